//! Payees renamed, and bank accounts to pay from, by page.

use florin_testkit::{Browser, Client, TestApp, on_both_engines};
use serde_json::json;

const METHODS: &str = "/payments/methods";
const NEW: &str = "/payments/methods/new";

async fn signed_in(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

on_both_engines! {
    async fn a_payee_is_renamed_by_whoever_has_it(app: &TestApp) {
        let ada = app.customer().await;
        let to = app.customer().await.open_account("EUR").await;
        let body = json!({ "name": "Bob", "account_id": to });
        let payee = ada.post("/api/v1/payees", &body).await.expect(201).text("/id");
        let path = format!("/payees/{payee}/rename");
        let mut browser = signed_in(app, &ada).await;
        let page = browser.open("/payees").await.expect(200);
        let form = browser.open(&page.link(&path)).await.expect(200).form(&path);
        assert_eq!(form.value("name"), "Bob");

        let nameless = browser.submit(&form.clone().with("name", "")).await.expect(422);
        assert!(nameless.html.contains(r##"href="#name""##), "{}", nameless.html);
        let renamed = browser.submit(&form.clone().with("name", "Robert & Sons")).await.expect(200);
        let stale = browser.submit(&form.with("name", "Bobby")).await.expect(409);

        assert!(renamed.path == "/payees" && renamed.says("It is called Robert & Sons now."), "{}", renamed.html);
        assert!(stale.says("Robert & Sons"), "what somebody else changed meanwhile is seen: {}", stale.html);
        let mut other = signed_in(app, &app.customer().await).await;
        let _ = other.open(&path).await.expect(404);
        let mut forged = other.open("/profile").await.form("/profile").with("name", "Mine").with("version", "2");
        forged.action.clone_from(&path);
        let _ = other.submit(&forged).await.expect(404);
        let listed = browser.open("/payees").await.expect(200);
        assert!(listed.says("Robert & Sons") && !listed.says("Mine"));
    }

    async fn a_bank_account_is_added_offered_and_removed(app: &TestApp) {
        let ada = app.customer_called("Ada Payer").await;
        ada.open_account("USD").await;
        let mut browser = signed_in(app, &ada).await;
        let empty = browser.open(METHODS).await.expect(200);
        assert!(empty.says("None yet"), "{}", empty.html);
        let form = browser.open(&empty.link(NEW)).await.expect(200).form(NEW);
        assert_eq!(form.value("holder_name"), "Ada Payer");
        let form = form.with("country", "US").with("routing_number", "021000021").with("account_number", "111122223333");

        let wrong = browser.submit(&form.clone().with("routing_number", "021000022")).await.expect(422);
        assert!(wrong.html.contains(r##"href="#routing_number""##), "{}", wrong.html);
        assert!(!wrong.html.contains("111122223333"), "a number is not written into a page");
        let missing = browser.submit(&form.clone().with("account_number", "")).await.expect(422);
        assert!(missing.html.contains(r##"href="#account_number""##), "{}", missing.html);
        let added = browser.submit(&form).await.expect(200);

        assert!(added.path == METHODS && added.says("is added.") && added.says("****3333"), "{}", added.html);
        assert!(!added.html.contains("111122223333"));
        let to = app.customer().await.open_account("USD").await;
        ada.post("/api/v1/payees", &json!({ "name": "Bob", "account_id": to })).await.expect(201);
        let offered = browser.open("/payments/new").await.expect(200);
        assert!(offered.says("Bank account ****3333"), "{}", offered.html);
        let remove = added.form_between("/payments/methods/", "/remove");
        let mut other = signed_in(app, &app.customer().await).await;
        let mut forged = other.open("/profile").await.form("/profile");
        forged.action.clone_from(&remove.action);
        let _ = other.submit(&forged).await.expect(404);
        let removed = browser.submit(&remove).await.expect(200);
        assert!(removed.says("It is removed.") && removed.says("None yet"), "{}", removed.html);
    }
}
