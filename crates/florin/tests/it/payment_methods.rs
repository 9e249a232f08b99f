//! Saved bank accounts, cards and payees: checked, sealed, masked, and one's own.

use axum::http::Method;
use florin_testkit::{Call, TestApp, on_both_engines};
use serde_json::{Value, json};

use crate::payments::{bank, card};

fn fields(problem: &Value) -> Vec<(&str, &str)> {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

on_both_engines! {
    async fn numbers_are_masked_in_answers_and_sealed_in_the_database(app: &TestApp) {
        let ada = app.customer().await;

        let account = ada.post("/api/v1/payment-methods", &json!({ "bank_account": bank("987612345678") })).await.expect(201);
        let kept = ada.post("/api/v1/payment-methods", &card("4242 4242 4242 4242")).await.expect(201);
        let payee = json!({ "name": "Landlord", "bank_account": bank("987612345678") });
        let payee = ada.post("/api/v1/payees", &payee).await.expect(201);

        assert_eq!((account.text("/number"), account.text("/bank_number")), ("****5678".to_owned(), "****0021".to_owned()));
        assert_eq!((kept.text("/number"), kept.text("/brand")), ("424242******4242".to_owned(), "visa".to_owned()));
        assert_eq!(payee.text("/account_number"), "****5678");
        let list = ada.get("/api/v1/payment-methods").await.expect(200);
        assert_eq!(list.json()["data"].as_array().unwrap().len(), 2);
        for answer in [&account, &kept, &payee, &list] {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("987612345678") && !text.contains("4242424242424242") && !text.contains("021000021"), "{text}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM payment_method WHERE details LIKE '%5678%' OR holder LIKE '%Ada%'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM payee WHERE details LIKE '%5678%' OR holder LIKE '%Ada%'").await, 0);
    }

    async fn the_same_is_saved_once_and_again_after_it_was_forgotten(app: &TestApp) {
        let (ada, ben) = (app.customer().await, app.customer().await);
        let body = json!({ "bank_account": bank("12345678") });
        let first = ada.post("/api/v1/payment-methods", &body).await.expect(201).text("/id");
        ada.post("/api/v1/payment-methods", &body).await.problem(409, "already_saved");
        ben.post("/api/v1/payment-methods", &body).await.expect(201);
        ada.post("/api/v1/payment-methods", &card("4242424242424242")).await.expect(201);
        ada.post("/api/v1/payment-methods", &card("4242424242424242")).await.problem(409, "already_saved");
        let forget = |id: &str| Call::new(Method::DELETE, format!("/api/v1/payment-methods/{id}"));

        ben.send(&forget(&first)).await.problem(404, "not_found");
        ada.send(&forget(&first)).await.expect(204);
        ada.send(&forget(&first)).await.problem(404, "not_found");

        ada.post("/api/v1/payment-methods", &body).await.expect(201);
    }

    async fn what_a_payment_under_way_needs_is_not_forgotten(app: &TestApp) {
        let (ada, account) = app.funded_customer("1.00").await;
        let method = ada.post("/api/v1/payment-methods", &card("4242424242424242")).await.expect(201).text("/id");
        let body = json!({ "payment_method_id": method, "to_account_id": account, "amount": { "amount": "5.00", "currency": "EUR" } });
        ada.send(&Call::post("/api/v1/payments").key("k").json(&body)).await.expect(201);
        let forget = Call::new(Method::DELETE, format!("/api/v1/payment-methods/{method}"));

        ada.send(&forget).await.problem(409, "conflict");
        app.run_jobs().await;
        ada.send(&forget).await.expect(204);
        ada.send(&Call::post("/api/v1/payments").key("l").json(&body)).await.problem(404, "not_found");
    }

    async fn what_cannot_be_an_account_or_a_card_is_refused_field_by_field(app: &TestApp) {
        let ada = app.customer().await;
        let refused = async |body: Value| ada.post("/api/v1/payment-methods", &body).await.problem(422, "validation_failed");
        let mut account = bank("12");
        account["routing_number"] = json!("021000022");

        assert_eq!(fields(&refused(json!({ "bank_account": account })).await), [("routing_number", "check_digit"), ("account_number", "malformed")]);
        assert_eq!(fields(&refused(card("4242424242424241")).await), [("number", "invalid")]);
        let mut over = card("4242424242424242");
        over["card"]["expiry_year"] = json!(2025);
        assert_eq!(fields(&refused(over).await), [("expiry_month", "expired")]);
        assert_eq!(fields(&refused(json!({})).await), [("bank_account", "required")]);
        let mut canadian = bank("1234567");
        canadian["country"] = json!("CA");
        assert_eq!(fields(&refused(json!({ "bank_account": canadian })).await), [("routing_number", "unknown")]);
    }

    async fn a_card_that_expired_since_pays_nothing(app: &TestApp) {
        let (ada, account) = app.funded_customer("1.00").await;
        let mut body = card("4242424242424242");
        body["card"]["expiry_month"] = json!(11);
        body["card"]["expiry_year"] = json!(2026);
        let method = ada.post("/api/v1/payment-methods", &body).await.expect(201).text("/id");
        app.clock.advance_seconds(15 * 24 * 3_600);
        let ada = app.stranger().login(&ada.email).await;

        let body = json!({ "payment_method_id": method, "to_account_id": account, "amount": 5 });
        ada.send(&Call::post("/api/v1/payments").key("k").json(&body)).await.problem(422, "card_expired");
    }

    async fn accounts_are_found_by_staff_alone_by_all_that_names_them(app: &TestApp) {
        let (ada, account) = app.funded_customer("1.00").await;
        let teller = app.teller().await;
        let number = ada.get(&format!("/api/v1/accounts/{account}")).await.expect(200).text("/number");
        let search = async |path: &str, term: &str| {
            let found = teller.post(path, &json!({ "search_term": term })).await.expect(200).json();
            let ids = found["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };

        for term in [account.as_str(), number.as_str(), ada.id.as_str(), ada.email.as_str()] {
            assert_eq!(search("/api/v1/accounts/search", term).await, [account.as_str()], "{term}");
            assert_eq!(search("/api/accounts/search", term).await, [account.as_str()], "{term}");
        }
        assert_eq!(search("/api/accounts/search", "9876").await, [""; 0]);
        teller.post("/api/accounts/search", &json!({ "search_term": "Ada" })).await.problem(422, "validation_failed");
        ada.post("/api/accounts/search", &json!({ "search_term": account })).await.problem(403, "forbidden");
    }
}
