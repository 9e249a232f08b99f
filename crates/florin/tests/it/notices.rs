//! Notices: what people were told is found again, read, and sent by mail as they want it.

use axum::http::Method;
use florin_testkit::{Answer, Call, Client, PASSWORD, TestApp, on_both_engines};
use serde_json::{Value, json};

const NOTICES: &str = "/api/v1/notifications";
const PREFERENCES: &str = "/api/v1/notifications/preferences";
const PAGE: &str = "/notifications";

/// The kinds of somebody's notices, the newest first.
async fn kinds(client: &Client, query: &str) -> Vec<String> {
    let found = client.get(&format!("{NOTICES}{query}")).await.expect(200).json();
    let data = found["data"].as_array().unwrap();
    data.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

async fn prefer(client: &Client, body: &Value) -> Answer {
    client.send(&Call::new(Method::PUT, PREFERENCES).json(body)).await
}

/// Schedules a payment for tomorrow that is told of when it is made.
async fn schedule(client: &Client, from: &str, to: &str) {
    let body = json!({
        "from_account_id": from, "to_account_id": to, "amount": { "amount": "5.00", "currency": "EUR" },
        "rhythm": "daily", "first_on": "2026-11-22", "time_zone": "UTC", "notice_made": true,
    });
    client.post("/api/v1/scheduled-payments", &body).await.expect(201);
}

/// Lets a day go by; nobody stays signed in for that long.
async fn next_day(app: &TestApp, client: &Client) -> Client {
    app.clock.advance_seconds(86_400);
    app.run_jobs().await;
    app.stranger().login(&client.email).await
}

async fn letters_about(app: &TestApp, client: &Client, subject: &str) -> usize {
    let subject = format!("Subject: {subject}");
    app.mails(&client.email).await.iter().filter(|mail| mail.contains(&subject)).count()
}

on_both_engines! {
    async fn what_is_written_by_mail_is_among_the_notices_without_its_secrets(app: &TestApp) {
        let ada = app.customer().await;
        app.stranger().post("/api/v1/auth/password/forgot", &json!({ "email": ada.email })).await.expect(202);
        app.run_jobs().await;
        let token = app.mailed_token(&ada.email).await;

        assert_eq!(kinds(&ada, "").await, ["reset-password", "welcome", "verify-email"]);
        assert_eq!(app.mails(&ada.email).await.len(), 3);
        let all = ada.get(NOTICES).await.expect(200);
        let text = String::from_utf8(all.body.to_vec()).unwrap();
        assert!(!text.contains(&token) && !text.contains("token") && !text.contains("https://"), "{text}");
        assert_eq!((&all.json()["unread"], all.text("/data/0/link")), (&json!(3), "/change_password".to_owned()));

        let eve = app.customer().await;
        assert_eq!(kinds(&eve, "").await.len(), 2, "others' are not among one's own");
        app.stranger().get(NOTICES).await.problem(401, "unauthenticated");
    }

    async fn notices_are_paged_and_marked_by_whoever_they_are_for(app: &TestApp) {
        let (ada, eve) = (app.customer().await, app.customer().await);
        let first = ada.get(&format!("{NOTICES}?limit=1")).await.expect(200);
        let rest = ada.get(&format!("{NOTICES}?limit=1&cursor={}", first.text("/next_cursor"))).await.expect(200);
        assert_eq!((first.text("/data/0/kind"), rest.text("/data/0/kind")), ("welcome".to_owned(), "verify-email".to_owned()));
        assert_eq!(rest.json()["next_cursor"], Value::Null);
        let read = format!("{NOTICES}/read");
        let this = json!({ "ids": [first.text("/data/0/id")] });

        let hers = eve.post(&read, &this).await.expect(200);
        assert_eq!((&hers.json()["marked"], &hers.json()["unread"]), (&json!(0), &json!(2)));
        let his = ada.post(&read, &this).await.expect(200);
        assert_eq!((&his.json()["marked"], &his.json()["unread"]), (&json!(1), &json!(1)));
        assert_eq!(kinds(&ada, "?unread=true").await, ["verify-email"]);
        assert_eq!(ada.post(&read, &json!({ "all": true })).await.expect(200).json()["unread"], 0);
        assert_eq!(ada.post(&read, &json!({ "all": true })).await.expect(200).json()["marked"], 0);
        assert_eq!(kinds(&ada, "").await.len(), 2);

        for wrong in [json!({}), json!({ "ids": [], "all": true }), json!({ "ids": ["one"] }), json!({ "ids": vec![ada.id.as_str(); 101] })] {
            ada.post(&read, &wrong).await.problem(422, "validation_failed");
        }
        ada.get(&format!("{NOTICES}?cursor=yesterday")).await.problem(422, "validation_failed");
    }

    async fn a_letter_that_is_not_wanted_is_not_sent_and_its_notice_is_kept(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let to = app.customer().await.open_account("EUR").await;
        schedule(&ada, &from, &to).await;
        let made = "A scheduled payment was made";

        let ada = next_day(app, &ada).await;
        assert_eq!(letters_about(app, &ada, made).await, 1);
        assert_eq!(kinds(&ada, "?limit=1").await, ["scheduled-made"]);
        let told = prefer(&ada, &json!({ "scheduled_payments": false })).await.expect(200).json();
        let mails: Vec<(&str, &Value)> =
            told["data"].as_array().unwrap().iter().map(|one| (one["topic"].as_str().unwrap(), &one["mail"])).collect();
        let (yes, no) = (json!(true), json!(false));
        assert_eq!(mails, [("security", &yes), ("payments", &yes), ("scheduled_payments", &no), ("marketing", &no)]);
        assert_eq!(told, ada.get(PREFERENCES).await.expect(200).json());

        let ada = next_day(app, &ada).await;
        assert_eq!(letters_about(app, &ada, made).await, 1, "none is sent any more");
        let count = kinds(&ada, "").await.iter().filter(|kind| *kind == "scheduled-made").count();
        assert_eq!(count, 2, "and the notice is there all the same");
        prefer(&ada, &json!({ "security": false })).await.problem(422, "validation_failed");
        let consent = json!({ "purpose": "marketing_email", "given": true });
        ada.send(&Call::post("/api/v1/consents").key("one").json(&consent)).await.expect(200);
        assert_eq!(ada.get(PREFERENCES).await.expect(200).json()["data"][3]["mail"], true);
    }

    async fn what_concerns_safety_is_always_sent(app: &TestApp) {
        let ada = app.customer().await;
        prefer(&ada, &json!({ "payments": false, "scheduled_payments": false })).await.expect(200);
        let change = json!({ "current_password": PASSWORD, "new_password": "quite another sentence 7" });

        ada.post("/api/v1/auth/password/change", &change).await.expect(200);

        assert_eq!(letters_about(app, &ada, "Your password was changed").await, 1);
        let audited = "SELECT COUNT(*) FROM audit_record WHERE action = 'notice.change'";
        assert_eq!(app.count(audited).await, 1);
    }

    async fn notices_are_read_by_a_page_that_the_way_around_counts(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = app.browser();
        let home = browser.sign_in(&ada.email).await.expect(200);
        assert!(home.says("Notifications2 not read"), "{}", home.html);

        let page = browser.open(PAGE).await.expect(200);
        assert!(page.says("Your email address is confirmed") && page.says("new"), "{}", page.html);
        let all = page.form("/notifications/read");
        let unread = browser.open(&format!("{PAGE}?show=unread")).await.expect(200);
        assert!(unread.says("Confirm your email address"));
        let read = browser.submit(&all).await.expect(200);
        assert!(read.says("Marked as read.") && !read.says("not read"), "{}", read.html);
        assert!(browser.open(&format!("{PAGE}?show=unread")).await.says("Everything is read"));

        let form = read.form("/notifications/preferences");
        assert_eq!((form.value("payments"), form.value("scheduled_payments")), ("true", "true"));
        let mut some = form.clone();
        some.fields.retain(|(name, _)| name != "payments");
        let saved = browser.submit(&some).await.expect(200);
        assert!(saved.says("Saved."));
        let form = saved.form("/notifications/preferences");
        assert!(form.fields.iter().all(|(name, _)| name != "payments") && form.value("scheduled_payments") == "true");
        let export = browser.open("/profile/export").await.form("/profile/export");
        let file = browser.submit(&export).await.expect(200).answer.json();
        assert_eq!(file["notices"][0]["kind"], "welcome");
    }

    async fn one_notice_is_marked_by_its_button(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = app.browser();
        browser.sign_in(&ada.email).await.expect(200);
        let newest = ada.get(NOTICES).await.expect(200).text("/data/0/id");
        let page = browser.open(PAGE).await.expect(200);

        let marked = browser.submit(&page.form(&format!("/notifications/{newest}/read"))).await.expect(200);

        assert!(marked.says("Notifications1 not read") && marked.forms(&format!("/notifications/{newest}/read")).is_empty());
        assert_eq!(kinds(&ada, "?unread=true").await, ["verify-email"]);
    }

    async fn old_notices_are_forgotten_by_night(app: &TestApp) {
        let ada = app.customer().await;
        app.run_jobs().await;

        app.clock.advance_seconds(729 * 86_400);
        app.run_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM notify_notice WHERE kind = 'welcome'").await, 1);
        app.clock.advance_seconds(3 * 86_400);
        app.run_jobs().await;

        assert_eq!(app.count("SELECT COUNT(*) FROM notify_notice").await, 0);
        assert_eq!(kinds(&app.stranger().login(&ada.email).await, "").await, [""; 0]);
    }
}
