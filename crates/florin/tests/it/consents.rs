//! Consents: given, withdrawn, recorded from paper, told as given to an older text; over the API and by pages.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, Database, TestApp, on_both_engines};
use serde_json::{Value, json};

const CONSENTS: &str = "/api/v1/consents";
const PAGE: &str = "/profile/consents";

async fn say(client: &Client, key: &str, body: &Value) -> Answer {
    client.send(&Call::post(CONSENTS).key(key).json(body)).await
}

fn by_mail(given: bool) -> Value {
    json!({ "purpose": "marketing_email", "given": given })
}

/// How somebody stands to offers by mail.
async fn state(client: &Client) -> String {
    let answer = client.get(CONSENTS).await.expect(200);
    let data = answer.json()["data"].as_array().unwrap().clone();
    let one = data.iter().find(|one| one["purpose"] == "marketing_email").unwrap();
    one["state"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn a_consent_is_given_and_withdrawn_with_its_history(app: &TestApp) {
        let ada = app.customer().await;
        assert_eq!(state(&ada).await, "unanswered");

        let given = say(&ada, "one", &by_mail(true)).await.expect(200);
        assert_eq!((given.text("/state"), given.text("/latest/recorded_by")), ("given".to_owned(), ada.id.clone()));
        let again = say(&ada, "one", &by_mail(true)).await.expect(200);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        say(&ada, "two", &by_mail(true)).await.expect(200);
        app.clock.advance_seconds(60);
        say(&ada, "three", &by_mail(false)).await.expect(200);

        assert_eq!(state(&ada).await, "withdrawn");
        let history = ada.get(CONSENTS).await.json()["history"].clone();
        let said: Vec<&Value> = history.as_array().unwrap().iter().map(|record| &record["given"]).collect();
        assert_eq!(said, [&json!(false), &json!(true)]);
        assert_eq!(history[0]["text_sha256"].as_str().unwrap().len(), 64);
        say(&ada, "one", &by_mail(false)).await.problem(422, "idempotency_key_reused");
        ada.post(CONSENTS, &by_mail(true)).await.problem(400, "idempotency_key_required");
        say(&ada, "four", &json!({ "purpose": "telepathy", "given": true })).await.problem(422, "validation_failed");
        let terms = json!({ "purpose": "terms_of_service", "given": false });
        say(&ada, "five", &terms).await.problem(409, "conflict");
        let audited = "SELECT COUNT(*) FROM audit_record WHERE action = 'consent.record' AND outcome = 'success'";
        assert_eq!(app.count(audited).await, 3);
    }

    async fn staff_see_consents_and_record_what_came_on_paper(app: &TestApp) {
        let ada = app.customer().await;
        let (teller, auditor, eve) = (app.teller().await, app.staff(Role::Auditor).await, app.customer().await);
        let theirs = format!("{CONSENTS}?user_id={}", ada.id);
        let paper = json!({
            "purpose": "marketing_email", "given": true, "user_id": ada.id, "reason": "Form 7, signed at the counter",
        });

        say(&teller, "one", &json!({ "purpose": "marketing_email", "given": true, "user_id": ada.id })).await
            .problem(422, "validation_failed");
        say(&teller, "two", &paper).await.expect(200);
        say(&auditor, "three", &paper).await.problem(403, "forbidden");
        say(&eve, "four", &paper).await.problem(404, "not_found");
        eve.get(&theirs).await.problem(404, "not_found");

        let seen = auditor.get(&theirs).await.expect(200);
        assert_eq!(seen.text("/history/0/recorded_by"), teller.id);
        assert_eq!(seen.text("/history/0/reason"), "Form 7, signed at the counter");
        assert_eq!(state(&ada).await, "given");
        let nobody = format!("{CONSENTS}?user_id=0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b");
        teller.get(&nobody).await.problem(404, "not_found");
        teller.get(&format!("{CONSENTS}?user_id=ada")).await.problem(422, "validation_failed");
    }

    async fn an_address_that_is_not_proved_keeps_nobody_from_refusing(app: &TestApp) {
        let unverified = app.unverified().await;

        say(&unverified, "one", &by_mail(false)).await.expect(200);

        assert_eq!(state(&unverified).await, "withdrawn");
        app.stranger().get(CONSENTS).await.problem(401, "unauthenticated");
    }

    async fn consents_are_said_by_a_page_and_taken_along(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = app.browser();
        browser.sign_in(&ada.email).await.expect(200);
        assert_eq!(browser.open("/profile").await.link(PAGE), PAGE);
        assert_eq!(browser.open("/security").await.link(PAGE), PAGE);
        let page = browser.open(PAGE).await.expect(200);
        assert!(page.says("Offers by mail") && page.says("not answered") && page.says("Nothing said yet"));
        let about = |page: &florin_testkit::Page, code: &str, given: &str| {
            page.forms(PAGE).into_iter().find(|form| form.value("purpose") == code && form.value("given") == given)
        };

        let agreed = browser.submit(&about(&page, "marketing_email", "true").unwrap()).await.expect(200);
        assert!(agreed.says("Offers by mail: given."), "{}", agreed.html);
        assert!(about(&agreed, "marketing_email", "true").is_none());
        let twice = browser.submit(&about(&page, "marketing_email", "true").unwrap()).await.expect(200);
        assert!(twice.says("Offers by mail: given."), "a form that is sent twice is taken once");
        let taken = browser.submit(&about(&twice, "marketing_email", "false").unwrap()).await.expect(200);
        assert!(taken.says("Offers by mail: withdrawn.") && taken.says("Firefox on Linux"), "{}", taken.html);
        let terms = browser.submit(&about(&taken, "terms_of_service", "true").unwrap()).await.expect(200);
        assert!(about(&terms, "terms_of_service", "false").is_none(), "what the service needs has no button");

        let export = browser.open("/profile/export").await.form("/profile/export");
        let file = browser.submit(&export).await.expect(200).answer.json();
        assert_eq!(file["consents"].as_array().unwrap().len(), 3);
        assert!(file["consents"][0]["text"].as_str().unwrap().contains("my email address"), "{file}");
    }

    async fn the_counter_has_a_customers_consents_on_their_page(app: &TestApp) {
        let ada = app.customer().await;
        let (teller, auditor) = (app.teller().await, app.staff(Role::Auditor).await);
        let path = format!("/staff/customers/{}", ada.id);
        let action = format!("{path}/consents");
        let mut counter = app.browser();
        counter.sign_in(&teller.email).await.expect(200);

        let form = counter.open(&path).await.expect(200).form(&action);
        let form = form.with("purpose", "credit_bureau_inquiry").with("given", "true");
        counter.submit(&form.clone().with("reason", "")).await.expect(422);
        let done = counter.submit(&form.with("reason", "Letter of <19 November>")).await.expect(200);

        assert!(done.says("Inquiries at credit bureaus: given.") && done.says("Letter of <19 November>"));
        let mut hers = app.browser();
        hers.sign_in(&ada.email).await.expect(200);
        assert!(hers.open(PAGE).await.says("recorded by our staff: Letter of <19 November>"));
        let mut reader = app.browser();
        reader.sign_in(&auditor.email).await.expect(200);
        let seen = reader.open(&path).await.expect(200);
        assert!(seen.says("Inquiries at credit bureaus") && seen.forms(&action).is_empty());
    }
}

#[tokio::test]
async fn an_institutions_own_purposes_take_the_place_of_the_shipped_ones() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("purposes.toml");
    let purpose = |version: u32, text: &str| {
        format!(
            "[[purpose]]\ncode = \"newsletter\"\ntitle = \"Newsletter\"\nversion = {version}\ntext = \"{text}\"\n"
        )
    };
    std::fs::write(&file, purpose(1, "Once a month.")).unwrap();
    let settings = [("compliance.consents_file", file.display().to_string())];
    let app = TestApp::try_start(Database::Sqlite, &settings).await.unwrap();
    let ada = app.customer().await;
    say(&ada, "one", &json!({ "purpose": "newsletter", "given": true })).await.expect(200);
    say(&ada, "two", &by_mail(true)).await.problem(422, "validation_failed");

    std::fs::write(&file, purpose(2, "Every day.")).unwrap();
    let app = app.restart().await.unwrap();
    let ada = app.stranger().login(&ada.email).await;

    assert_eq!(ada.get(CONSENTS).await.text("/data/0/state"), "given_to_older_text");
    let mut browser = app.browser();
    browser.sign_in(&ada.email).await.expect(200);
    let page = browser.open(PAGE).await.expect(200);
    assert!(page.says("given to an older text") && page.says("Once a month.") && page.says("Every day."));
    browser.submit(&page.form(PAGE)).await.expect(200);
    assert_eq!(ada.get(CONSENTS).await.text("/data/0/state"), "given");
    app.finish().await;

    std::fs::write(&file, purpose(0, "Never.")).unwrap();
    let refused = TestApp::try_start(Database::Sqlite, &settings).await;
    let why = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(why.contains("compliance.consents_file") && why.contains("from 1 on"), "{why}");
}
