//! Scheduled payments: made when they fall due, once, whatever comes in between.

use axum::http::Method;
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/scheduled-payments";

fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// A payment of so much, at nine in New York unless it says otherwise. The clock stands on the 21st of November 2026.
fn order(from: &str, to: &str, amount: &str, more: &Value) -> Value {
    let mut body = json!({
        "from_account_id": from, "to_account_id": to, "amount": euros(amount), "rhythm": "daily", "first_on": "2026-11-22",
        "time_zone": "America/New_York",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn schedule(client: &Client, body: &Value) -> String {
    client.post(PATH, body).await.expect(201).text("/id")
}

async fn change(client: &Client, id: &str, body: &Value) -> Answer {
    client.send(&Call::new(Method::PATCH, format!("{PATH}/{id}")).json(body)).await
}

async fn cancel(client: &Client, id: &str) -> Answer {
    client.send(&Call::new(Method::DELETE, format!("{PATH}/{id}"))).await
}

/// Lets time go by; nobody stays signed in for that long.
async fn pass(app: &TestApp, client: &Client, hours: i64) -> Client {
    app.clock.advance_seconds(hours * 3_600);
    app.run_jobs().await;
    app.stranger().login(&client.email).await
}

/// Goes to this instant.
async fn go_to(app: &TestApp, client: &Client, instant: &str) -> Client {
    let instant: florin_kernel::Timestamp = instant.parse().unwrap();
    let seconds = instant.as_second() - app.services.env.now().as_second();
    app.clock.advance_seconds(seconds);
    app.run_jobs().await;
    app.stranger().login(&client.email).await
}

async fn detail(client: &Client, id: &str) -> Value {
    client.get(&format!("{PATH}/{id}")).await.expect(200).json()
}

/// The states of what came of the occurrences, the latest first, each with its reason.
fn runs(detail: &Value) -> Vec<String> {
    let told = |run: &Value| match run["reason"].as_str() {
        Some(reason) => format!("{} {reason}", run["state"].as_str().unwrap()),
        None => run["state"].as_str().unwrap().to_owned(),
    };
    detail["runs"].as_array().unwrap().iter().map(told).collect()
}

fn instants(detail: &Value, list: &str, field: &str) -> Vec<String> {
    let all = detail[list].as_array().unwrap().iter();
    all.map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

/// The subjects of the letters about scheduled payments.
async fn letters(app: &TestApp, client: &Client) -> Vec<String> {
    let all = app.mails(&client.email).await;
    let subject =
        |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
    all.iter().map(subject).filter(|subject| subject.contains("payment")).collect()
}

on_both_engines! {
    async fn a_year_of_payments_on_the_thirty_first_is_twelve_payments(app: &TestApp) {
        let (ada, from) = app.funded_customer("1000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let asked = json!({ "rhythm": "monthly", "first_on": "2026-12-31", "end_after": 12, "description": "Rent" });
        let made = ada.post(PATH, &order(&from, &to, "10.00", &asked)).await.expect(201).json();
        let upcoming = instants(&made, "upcoming", "at");
        assert_eq!(upcoming[..3], ["2026-12-31T14:00:00Z", "2027-01-31T14:00:00Z", "2027-02-28T14:00:00Z"]);
        let id = made["id"].as_str().unwrap();

        let mut client = ada.clone();
        for _ in 0..13 {
            client = pass(app, &client, 24 * 31).await;
        }

        let after = detail(&client, id).await;
        assert_eq!((after["state"].as_str(), &after["next_at"]), (Some("ended"), &Value::Null));
        assert_eq!(runs(&after), ["made"; 12]);
        assert_eq!(instants(&after, "runs", "due_at")[9], "2027-02-28T14:00:00Z");
        assert_eq!(instants(&after, "runs", "due_at")[5], "2027-06-30T13:00:00Z", "in summer it is an hour earlier");
        assert_eq!(client.balance(&from).await, "880.00");
        let list = client.get("/api/v1/payments").await.expect(200).json();
        assert_eq!(list["data"].as_array().unwrap().len(), 12);
        assert!(list["data"].as_array().unwrap().iter().all(|one| one["description"] == "Rent"));
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_record WHERE operator = 'scheduler' AND user_id IS NOT NULL").await, 12);
    }

    async fn what_was_missed_is_made_once_each_and_the_oldest_first(app: &TestApp) {
        let (ada, from) = app.funded_customer("25.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let id = schedule(&ada, &order(&from, &to, "10.00", &json!({ "retry_times": 0 }))).await;

        // Nobody was there for three days.
        let ada = pass(app, &ada, 71).await;
        app.run_jobs().await;

        let after = detail(&ada, &id).await;
        assert_eq!(runs(&after), ["failed insufficient_funds", "made", "made"]);
        assert_eq!(ada.balance(&from).await, "5.00");
    }

    async fn closed_days_move_and_the_hour_that_is_not_there_is_an_hour_later(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        // Thanksgiving is the 26th of November, Christmas a Friday.
        let fed = json!({ "rhythm": "bi_weekly", "first_on": "2026-11-26", "calendar": "us_fed", "end_after": 3 });
        let made = ada.post(PATH, &order(&from, &to, "1.00", &fed)).await.expect(201).json();
        assert_eq!(instants(&made, "upcoming", "at"), ["2026-11-27T14:00:00Z", "2026-12-10T14:00:00Z", "2026-12-24T14:00:00Z"]);
        let before = json!({ "rhythm": "once", "first_on": "2026-12-25", "calendar": "canada", "convention": "preceding" });
        let made = ada.post(PATH, &order(&from, &to, "1.00", &before)).await.expect(201).json();
        assert_eq!(instants(&made, "upcoming", "at"), ["2026-12-24T14:00:00Z"]);

        let gap = json!({ "first_on": "2027-03-13", "time_of_day": "02:30", "end_after": 3 });
        let id = schedule(&ada, &order(&from, &to, "1.00", &gap)).await;
        let ada = go_to(app, &ada, "2027-03-14T07:29:59Z").await;
        assert_eq!(runs(&detail(&ada, &id).await).len(), 1);
        let ada = go_to(app, &ada, "2027-03-14T07:30:00Z").await;
        let after = detail(&ada, &id).await;
        assert_eq!(runs(&after).len(), 2);
        assert_eq!(instants(&after, "upcoming", "at"), ["2027-03-15T06:30:00Z"]);
    }

    async fn what_may_pass_is_tried_again_and_the_payer_is_told(app: &TestApp) {
        let (ada, from) = app.funded_customer("5.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let asked = json!({ "rhythm": "once", "retry_times": 2, "retry_hours": 6, "notice_made": true, "notice_days": 1 });
        let id = schedule(&ada, &order(&from, &to, "10.00", &asked)).await;
        app.run_jobs().await;
        assert_eq!(letters(app, &ada).await, ["A payment is coming up"], "and once");

        let ada = go_to(app, &ada, "2026-11-22T14:00:00Z").await;
        let first = detail(&ada, &id).await;
        assert_eq!(runs(&first), ["retrying insufficient_funds"]);
        assert_eq!((first["state"].as_str(), first["runs"][0]["retry_at"].as_str()), (Some("ended"), Some("2026-11-22T20:00:00Z")));
        app.fund(&from, "10.00").await;
        let ada = pass(app, &ada, 5).await;
        assert_eq!(runs(&detail(&ada, &id).await), ["retrying insufficient_funds"], "not before its time");
        let ada = pass(app, &ada, 1).await;

        let after = detail(&ada, &id).await;
        assert_eq!((runs(&after), &after["runs"][0]["attempts"]), (vec!["made".to_owned()], &json!(2)));
        assert_eq!(ada.balance(&from).await, "5.00");
        assert_eq!(
            letters(app, &ada).await,
            ["A payment is coming up", "A scheduled payment could not be made yet", "A scheduled payment was made"]
        );
        let list = ada.get("/api/v1/payments").await.expect(200).json();
        assert_eq!(list["data"].as_array().unwrap().len(), 2, "what was refused is a failed payment");
    }

    async fn three_failures_in_a_row_pause_a_schedule_until_its_payer_goes_on(app: &TestApp) {
        let (ada, from) = app.funded_customer("5.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let id = schedule(&ada, &order(&from, &to, "10.00", &json!({ "retry_times": 0 }))).await;
        let ada = pass(app, &ada, 24 * 6).await;

        let paused = detail(&ada, &id).await;
        assert_eq!((paused["state"].as_str(), paused["state_reason"].as_str()), (Some("paused"), Some("insufficient_funds")));
        assert_eq!(runs(&paused), ["failed insufficient_funds"; 3], "nothing was tried after the third");
        let told = letters(app, &ada).await;
        assert_eq!(told.iter().filter(|subject| subject.contains("was not made")).count(), 3);
        assert_eq!(told.last().unwrap(), "A scheduled payment is paused");

        app.fund(&from, "50.00").await;
        change(&ada, &id, &json!({ "version": 1, "state": "active" })).await.problem(409, "conflict");
        let version = &paused["version"];
        let on = change(&ada, &id, &json!({ "version": version, "state": "active" })).await.expect(200).json();
        assert_eq!(on["state_reason"], Value::Null);
        app.run_jobs().await;
        assert_eq!(runs(&detail(&ada, &id).await).len(), 3, "what fell due in between is left out");
        let ada = pass(app, &ada, 24).await;

        assert_eq!(runs(&detail(&ada, &id).await)[0], "made");
        assert_eq!(ada.balance(&from).await, "45.00");
    }

    async fn what_is_cancelled_or_paused_while_it_is_due_is_not_made(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let taken_back = schedule(&ada, &order(&from, &to, "10.00", &json!({}))).await;
        let stopped = schedule(&ada, &order(&from, &to, "10.00", &json!({}))).await;
        app.clock.advance_seconds(30 * 3_600);
        let ada = app.stranger().login(&ada.email).await;
        let ben = app.stranger().login(&ben.email).await;
        for stranger in [cancel(&ben, &taken_back).await, change(&ben, &stopped, &json!({ "version": 1 })).await] {
            stranger.problem(404, "not_found");
        }

        cancel(&ada, &taken_back).await.expect(204);
        cancel(&ada, &taken_back).await.expect(204);
        change(&ada, &stopped, &json!({ "version": 1, "state": "paused" })).await.expect(200);
        let ada = pass(app, &ada, 48).await;

        assert_eq!(ada.balance(&from).await, "100.00");
        let gone = detail(&ada, &taken_back).await;
        assert_eq!((gone["state"].as_str(), runs(&gone).len(), gone["upcoming"].as_array().unwrap().len()), (Some("cancelled"), 0, 0));
        change(&ada, &taken_back, &json!({ "version": 2, "state": "active" })).await.problem(409, "schedule_over");
        let list = ada.get(&format!("{PATH}?state=paused")).await.expect(200).json();
        assert_eq!(list["data"][0]["id"], json!(stopped));
        ada.get(&format!("{PATH}?state=asleep")).await.problem(422, "validation_failed");
    }

    async fn whoever_may_not_pay_any_more_pays_nothing(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let body = json!({ "name": "Ben", "account_id": to });
        let payee = ada.post("/api/v1/payees", &body).await.expect(201).text("/id");
        let mut to_payee = order(&from, &to, "10.00", &json!({}));
        to_payee.as_object_mut().unwrap().remove("to_account_id");
        to_payee["payee_id"] = json!(payee);
        let removed = schedule(&ada, &to_payee).await;
        let ends = json!({ "rhythm": "once", "first_on": "2026-11-23" });
        let suspended = schedule(&ada, &order(&from, &to, "10.00", &ends)).await;

        let ada = pass(app, &ada, 24).await;
        assert_eq!(ada.balance(&from).await, "90.00");
        ada.send(&Call::new(Method::DELETE, format!("/api/v1/payees/{payee}"))).await.expect(204);
        let admin = app.admin().await;
        admin.post(&format!("/api/v1/users/{}/suspend", ada.id), &json!({})).await.expect(204);
        app.clock.advance_seconds(24 * 3_600);
        app.run_jobs().await;
        let admin = app.stranger().login(&admin.email).await;
        admin.post(&format!("/api/v1/users/{}/reinstate", ada.id), &json!({})).await.expect(204);
        let ada = pass(app, &ada, 24).await;

        assert_eq!(runs(&detail(&ada, &removed).await), ["failed payee_removed", "failed payer_suspended", "made"]);
        assert_eq!(runs(&detail(&ada, &suspended).await), ["failed payer_suspended"]);
        assert_eq!(ada.balance(&from).await, "90.00");
    }

    async fn what_a_processor_carries_is_reserved_submitted_and_its_end_is_learned(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let card = |number: &str| json!({ "card": { "number": number, "expiry_month": 12, "expiry_year": 2030, "holder_name": "Ada Example" } });
        let mut ids = Vec::new();
        for number in ["4242424242424242", "4000000000000002", "4000000000009995"] {
            let method = ada.post("/api/v1/payment-methods", &card(number)).await.expect(201).text("/id");
            let mut body = order(&from, &from, "10.00", &json!({ "rhythm": "once", "retry_times": 1, "retry_hours": 1 }));
            body.as_object_mut().unwrap().remove("from_account_id");
            body["payment_method_id"] = json!(method);
            ids.push(schedule(&ada, &body).await);
        }

        let ada = go_to(app, &ada, "2026-11-22T14:00:00Z").await;
        app.run_jobs().await;

        assert_eq!(runs(&detail(&ada, &ids[0]).await), ["made"]);
        assert_eq!(runs(&detail(&ada, &ids[1]).await), ["failed card_declined"], "a declined card is not tried again");
        assert_eq!(runs(&detail(&ada, &ids[2]).await), ["retrying insufficient_funds"]);
        assert_eq!(ada.balance(&from).await, "110.00");
        let ada = pass(app, &ada, 2).await;
        app.run_jobs().await;
        let after = detail(&ada, &ids[2]).await;
        assert_eq!((runs(&after), &after["runs"][0]["attempts"]), (vec!["failed insufficient_funds".to_owned()], &json!(2)));
        assert_eq!(app.count("SELECT COUNT(*) FROM payment_simulation").await, 4);
    }

    async fn a_loan_is_paid_what_is_due_and_then_paid_off(app: &TestApp) {
        let (ada, from) = app.funded_customer("3000.00").await;
        let body = json!({ "loan_amount": "1200.00", "currency": "EUR", "annual_rate": "6", "term_months": 12, "first_due_date": "2026-12-21" });
        let loan = ada.post("/api/v1/personal/loans", &body).await.expect(201).text("/id");
        let instalment = ada.get(&format!("/api/v1/loans/{loan}/schedule")).await.expect(200).json();
        let of_loan = |kind: &str, more: &Value| {
            let mut body = order(&from, &from, "1.00", more);
            for field in ["to_account_id", "amount"] {
                body.as_object_mut().unwrap().remove(field);
            }
            body["loan_id"] = json!(loan);
            body["amount_kind"] = json!(kind);
            body
        };
        let monthly = json!({ "rhythm": "monthly", "first_on": "2026-12-22", "end_after": 2 });
        let due = schedule(&ada, &of_loan("instalment_due", &monthly)).await;
        let off = schedule(&ada, &of_loan("payoff", &json!({ "rhythm": "yearly", "first_on": "2027-02-01", "end_after": 2 }))).await;

        let ada = go_to(app, &ada, "2026-12-23T00:00:00Z").await;
        let paid = ada.get(&format!("/api/v1/loans/{loan}/payments")).await.expect(200).json();
        let left = ada.balance(&from).await;
        assert_eq!(runs(&detail(&ada, &due).await), ["made"], "{paid} {instalment}");
        assert!(left.starts_with("289"), "an instalment is a little more than a hundred: {left}");
        let ada = go_to(app, &ada, "2027-02-02T00:00:00Z").await;
        assert_eq!(runs(&detail(&ada, &off).await), ["made"]);
        let after = ada.get(&format!("/api/v1/loans/{loan}")).await.expect(200).json();
        assert_eq!(after["status"], "paid_off", "{after}");
    }

    async fn what_cannot_be_scheduled_is_refused_by_its_fields(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        for (wrong, field) in [
            (json!({ "time_zone": "Mars/Olympus" }), "time_zone"),
            (json!({ "first_on": "2026-11-21" }), "first_on"),
            (json!({ "first_on": "2026-02-30" }), "first_on"),
            (json!({ "end_on": "2026-11-21" }), "end_on"),
            (json!({ "end_after": 0 }), "end_after"),
            (json!({ "rhythm": "fortnightly" }), "rhythm"),
            (json!({ "time_of_day": "24:00" }), "time_of_day"),
            (json!({ "calendar": "moon" }), "calendar"),
            (json!({ "amount": euros("0.00") }), "amount"),
            (json!({ "amount": euros("-1.00") }), "amount"),
            (json!({ "amount_kind": "payoff" }), "amount_kind"),
            (json!({ "retry_times": 11 }), "retry_times"),
            (json!({ "retry_hours": 0 }), "retry_hours"),
            (json!({ "notice_days": 31 }), "notice_days"),
        ] {
            let refused = ada.post(PATH, &order(&from, &to, "1.00", &wrong)).await.problem(422, "validation_failed");
            assert_eq!(refused["errors"][0]["field"], field, "{refused}");
        }
        ben.post(PATH, &order(&from, &to, "1.00", &json!({}))).await.problem(404, "not_found");
        let nobodys = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";
        ada.post(PATH, &order(&from, nobodys, "1.00", &json!({}))).await.problem(404, "not_found");
        let dollars = json!({ "amount": { "amount": "1.00", "currency": "USD" } });
        ada.post(PATH, &order(&from, &to, "1.00", &dollars)).await.problem(422, "currency_mismatch");
        app.unverified().await.post(PATH, &order(&from, &to, "1.00", &json!({}))).await.problem(403, "email_unverified");
        assert_eq!(app.count("SELECT COUNT(*) FROM scheduled_payment").await, 0);

        // Above the limit a fresh factor is asked for once, and none when it falls due.
        let much = order(&from, &to, "10000.01", &json!({ "rhythm": "once" }));
        ada.post(PATH, &much).await.problem(403, "step_up_required");
        app.fund(&from, "20000.00").await;
        let again = Call::post(PATH).key("once").json(&much);
        let fresh = ada.stepped_up().await;
        let made = fresh.send(&again).await.expect(201);
        assert!(fresh.send(&again).await.is_replayed());
        assert_eq!(app.count("SELECT COUNT(*) FROM scheduled_payment").await, 1);
        let small = schedule(&ada, &order(&from, &to, "1.00", &json!({ "first_on": "2027-01-01" }))).await;
        let more = json!({ "version": 1, "amount": euros("10000.01") });
        change(&ada, &small, &more).await.problem(403, "step_up_required");
        let two = json!({ "version": 1, "amount": euros("2.00"), "end_after": 3, "description": "Two" });
        let changed = change(&ada, &small, &two).await.expect(200).json();
        assert_eq!((&changed["amount"], &changed["end_after"], &changed["version"]), (&euros("2.00"), &json!(3), &json!(2)));
        let until = json!({ "version": 2, "end_on": "2027-01-02", "description": null });
        let changed = change(&ada, &small, &until).await.expect(200).json();
        assert_eq!((&changed["end_after"], &changed["description"]), (&Value::Null, &Value::Null));
        assert_eq!(changed["upcoming"].as_array().unwrap().len(), 2);
        let ada = pass(app, &ada, 24).await;
        assert_eq!(runs(&detail(&ada, &made.text("/id")).await), ["made"]);
    }

    async fn two_who_make_them_at_once_make_each_once(app: &TestApp) {
        let (ada, from) = app.funded_customer("1000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        for _ in 0..40 {
            schedule(&ada, &order(&from, &to, "1.00", &json!({ "end_after": 3 }))).await;
        }
        let other = if app.services.db.engine() == florin_db::Engine::Postgres { Some(app.second().await) } else { None };
        app.clock.advance_seconds(4 * 24 * 3_600);

        let second = other.as_ref().map_or(&app.services.scheduled, |other| &other.services.scheduled);
        let (a, b, c) = tokio::join!(app.services.scheduled.run_due(), second.run_due(), second.run_due());

        assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 120);
        assert_eq!(app.count("SELECT COUNT(*) FROM scheduled_payment_run WHERE state = 'made'").await, 120);
        let ada = app.stranger().login(&ada.email).await;
        assert_eq!(ada.balance(&from).await, "880.00");
    }
}
