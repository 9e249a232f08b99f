//! Pending transfers: posted, voided, expired.

use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

async fn hold(client: &Client, from: &str, to: &str, amount: &str, key: &str) -> Answer {
    let mut body = Client::transfer_body(from, to, amount);
    body["pending"] = json!(true);
    body["timeout_seconds"] = json!(600);
    client.send(&Call::post("/api/v1/transfers").key(key).json(&body)).await
}

fn resolve(id: &str, what: &str, key: &str, body: &Value) -> Call {
    Call::post(format!("/api/v1/transfers/{id}/{what}")).key(key).json(body)
}

async fn status(client: &Client, id: &str) -> String {
    client.get(&format!("/api/v1/transfers/{id}")).await.expect(200).text("/status")
}

on_both_engines! {
    async fn a_pending_transfer_reserves_and_posting_a_part_releases_the_rest(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;

        let held = hold(&ada, &from, &to, "40.00", "h").await.expect(201).json();
        let id = held["id"].as_str().unwrap();
        assert_eq!((&held["status"], held["expires_at"].is_string()), (&json!("pending"), true));
        assert_eq!((ada.balance(&from).await, ada.available(&from).await), ("100.00".to_owned(), "60.00".to_owned()));
        assert_eq!(ben.available(&to).await, "1.00", "what is pending cannot be spent");
        ada.transfer(&from, &to, "60.01", "too-much").await.problem(422, "insufficient_funds");

        let part = json!({ "amount": { "amount": "30.00", "currency": "EUR" } });
        let posted = ada.send(&resolve(id, "post", "p", &part)).await.expect(201).json();

        assert_eq!((&posted["pending_id"], &posted["amount"]["amount"]), (&json!(id), &json!("30.00")));
        assert_eq!((ada.balance(&from).await, ada.available(&from).await), ("70.00".to_owned(), "70.00".to_owned()));
        assert_eq!(ben.balance(&to).await, "31.00");
        assert_eq!(status(&ada, id).await, "posted");
        for what in ["post", "void"] {
            ada.send(&resolve(id, what, what, &json!({}))).await.problem(409, "pending_already_posted");
        }
    }

    async fn a_voided_transfer_moves_nothing(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let id = hold(&ada, &from, &to, "40.00", "h").await.expect(201).text("/id");

        ada.send(&Call::post(format!("/api/v1/transfers/{id}/void")).key("v")).await.expect(201);

        assert_eq!(ada.available(&from).await, "100.00");
        assert_eq!(status(&ada, &id).await, "voided");
        ada.send(&resolve(&id, "post", "p", &json!({}))).await.problem(409, "pending_already_voided");
    }

    async fn a_pending_transfer_expires_at_its_time_and_frees_what_it_reserved(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let id = hold(&ada, &from, &to, "40.00", "h").await.expect(201).text("/id");

        app.clock.advance_seconds(599);
        app.services.ledger.tick().await.unwrap();
        assert_eq!(status(&ada, &id).await, "pending");
        // Times on an account increase, by a microsecond where the clock stands still.
        app.clock.advance_seconds(2);
        let late = ada.send(&resolve(&id, "post", "late", &json!({}))).await;

        late.problem(409, "pending_expired");
        app.services.ledger.tick().await.unwrap();
        assert_eq!(status(&ada, &id).await, "expired");
        assert_eq!((ada.balance(&from).await, ada.available(&from).await), ("100.00".to_owned(), "100.00".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_event WHERE topic = 'transfer.expired'").await, 1);
    }

    async fn more_than_was_reserved_cannot_be_posted(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let id = hold(&ada, &from, &to, "40.00", "h").await.expect(201).text("/id");
        let more = json!({ "amount": { "amount": "40.01", "currency": "EUR" } });

        ada.send(&resolve(&id, "post", "p", &more)).await.problem(422, "exceeds_pending");
        let void_of_part = resolve(&id, "void", "v", &json!({ "amount": "1.00" }));
        ada.send(&void_of_part).await.problem(422, "validation_failed");

        assert_eq!(status(&ada, &id).await, "pending");
    }

    async fn others_cannot_resolve_a_pending_transfer(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let id = hold(&ada, &from, &to, "40.00", "h").await.expect(201).text("/id");
        let eve = app.customer().await;

        for (n, client) in [&eve, &ben].into_iter().enumerate() {
            for what in ["post", "void"] {
                let refused = client.send(&resolve(&id, what, &format!("{what}{n}"), &json!({}))).await;
                refused.problem(404, "not_found");
            }
        }

        assert_eq!(status(&ada, &id).await, "pending");
    }
}
