//! Accounts opened by page: one for a form, however often it is sent.

use florin_testkit::{Browser, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

async fn signed_in(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

async fn accounts(person: &Client) -> usize {
    let listed = person.get("/api/v1/accounts").await.expect(200).json();
    listed["data"].as_array().map_or(0, Vec::len)
}

fn opening(key: &str, body: &Value) -> Call {
    Call::post("/api/v1/accounts").key(key).json(body)
}

on_both_engines! {
    async fn pressing_twice_opens_one_account(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = signed_in(app, &ada).await;
        let page = browser.open("/accounts/open").await.expect(200);
        let form = page.form("/accounts/open").with("kind", "savings").with("currency", "EUR");

        let first = browser.submit(&form).await.expect(200);
        let again = browser.submit(&form).await.expect(200);

        assert!(first.path.starts_with("/accounts/") && first.says("Savings"), "{}", first.html);
        assert_eq!((again.path, accounts(&ada).await), (first.path, 1));
        let other = browser.submit(&form.with("kind", "checking")).await.expect(422);
        assert!(other.html.to_lowercase().contains("this form was sent before with other values"), "{}", other.html);
        let another = browser.open("/accounts/open").await.form("/accounts/open");
        let _ = browser.submit(&another.with("kind", "savings").with("currency", "EUR")).await.expect(200);
        assert_eq!(accounts(&ada).await, 2, "another form opens another account");
    }

    async fn what_is_wrong_is_told_at_its_field_and_opens_nothing(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = signed_in(app, &ada).await;
        let form = browser.open("/accounts/open").await.form("/accounts/open");

        let wrong = browser.submit(&form.with("kind", "gold").with("currency", "EUR")).await.expect(422);

        assert!(wrong.html.contains(r##"href="#kind""##), "{}", wrong.html);
        assert_eq!(accounts(&ada).await, 0);
    }

    async fn a_form_of_a_page_from_before_is_told_to_be_out_of_date(app: &TestApp) {
        let ada = app.customer().await;
        // A page of another sign-in of hers, as one is that was open while the sign-in was renewed.
        let form = signed_in(app, &ada).await.open("/accounts/open").await.form("/accounts/open");
        let mut browser = signed_in(app, &ada).await;

        let old = browser.submit(&form.with("kind", "savings").with("currency", "EUR")).await.expect(403);

        assert!(old.says("This page is out of date") && old.says("Nothing was done"), "{}", old.html);
        assert_eq!(accounts(&ada).await, 0);
    }

    async fn a_teller_opens_one_account_by_one_form(app: &TestApp) {
        let ada = app.customer().await;
        let mut desk = signed_in(app, &app.teller().await).await;
        let path = format!("/staff/customers/{}", ada.id);
        let page = desk.open(&path).await.expect(200);
        let action = format!("{path}/accounts");
        let form = page.form(&action).with("kind", "checking").with("currency", "EUR");

        let first = desk.submit(&form).await.expect(200);
        let again = desk.submit(&form).await.expect(200);

        assert!(first.says("is open.") && again.says("is open."), "{}", first.html);
        assert_eq!(accounts(&ada).await, 1);
        let wrong = desk.submit(&page.form(&action).with("currency", "EURO")).await.expect(422);
        assert!(wrong.html.contains(r##"href="#currency""##), "{}", wrong.html);
        // Whoever may not open accounts is refused, whatever form they send.
        let mut stranger = signed_in(app, &app.customer().await).await;
        let mut forged = stranger.open("/accounts/open").await.form("/accounts/open");
        forged.action.clone_from(&action);
        let _ = stranger.submit(&forged.with("kind", "checking").with("currency", "EUR")).await.expect(403);
        assert_eq!(accounts(&ada).await, 1);
    }

    async fn a_key_comes_along_where_somebody_gives_one(app: &TestApp) {
        let ada = app.customer().await;
        let body = json!({ "kind": "checking", "currency": "EUR" });

        let first = ada.send(&opening("k", &body)).await.expect(201);
        let again = ada.send(&opening("k", &body)).await.expect(201);

        assert!(!first.is_replayed() && again.is_replayed() && again.body == first.body);
        let other = json!({ "kind": "savings", "currency": "EUR" });
        ada.send(&opening("k", &other)).await.problem(422, "idempotency_key_reused");
        assert_eq!(accounts(&ada).await, 1);
        ada.post("/api/v1/accounts", &body).await.expect(201);
        ada.post("/api/v1/accounts", &body).await.expect(201);
        assert_eq!(accounts(&ada).await, 3, "without a key each request is one of its own");
        let opened = "SELECT COUNT(*) FROM audit_record WHERE action = 'account.open' AND outcome = 'success'";
        assert_eq!(app.count(opened).await, 3);
    }
}
