//! Single transfers.

use florin_testkit::{Call, Client, TestApp, on_both_engines};
use serde_json::json;

on_both_engines! {
    async fn a_transfer_moves_money_once_and_both_parties_see_it(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let mut body = Client::transfer_body(&from, &to, "25.00");
        body["description"] = json!("Rent, März");

        let made = ada.send(&Call::post("/api/v1/transfers").key("rent").json(&body)).await.expect(201).json();

        assert_eq!(made["status"], "completed");
        assert_eq!(made["amount"], json!({ "amount": "25.00", "currency": "EUR" }));
        assert_eq!(made["risk"], json!({ "decision": "approve", "score": 0, "reasons": [] }));
        let path = format!("/api/v1/transfers/{}", made["id"].as_str().unwrap());
        for party in [&ada, &ben] {
            let read = party.get(&path).await.expect(200).json();
            assert_eq!((&read["description"], &read["amount"]), (&made["description"], &made["amount"]));
        }
        app.customer().await.get(&path).await.problem(404, "not_found");
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("75.00".to_owned(), "26.00".to_owned()));
    }

    async fn a_transfer_leaves_its_payment_its_audit_record_and_its_event(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let before = [
            app.count("SELECT COUNT(*) FROM payment WHERE status = 'completed' AND kind = 'transfer'").await,
            app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'transfer.create' AND outcome = 'success'").await,
            app.count("SELECT COUNT(*) FROM outbox_event WHERE topic = 'transfer.created'").await,
            app.count("SELECT COUNT(*) FROM idempotency_record").await,
        ];

        ada.transfer(&from, &to, "1.00", "k").await.expect(201);

        let after = [
            app.count("SELECT COUNT(*) FROM payment WHERE status = 'completed' AND kind = 'transfer'").await,
            app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'transfer.create' AND outcome = 'success'").await,
            app.count("SELECT COUNT(*) FROM outbox_event WHERE topic = 'transfer.created'").await,
            app.count("SELECT COUNT(*) FROM idempotency_record").await,
        ];
        assert_eq!(after, before.map(|count| count + 1));
    }

    async fn a_refusal_moves_nothing_and_is_recorded(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;

        let refused = ada.transfer(&from, &to, "10.01", "k").await;

        refused.problem(422, "insufficient_funds");
        assert_eq!(ada.balance(&from).await, "10.00");
        let failed = "SELECT COUNT(*) FROM payment WHERE status = 'failed' AND error = 'insufficient_funds'";
        assert_eq!(app.count(failed).await, 1);
        let audited = "SELECT COUNT(*) FROM audit_record WHERE outcome = 'failure' AND error = 'insufficient_funds'";
        assert_eq!(app.count(audited).await, 1);
    }

    async fn an_amount_above_the_limit_is_declined(app: &TestApp) {
        let (ada, from) = app.funded_customer("1000000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        app.teller().await.deposit(&from, "1000.00", "EUR", "more").await.expect(201);
        let ada = ada.stepped_up().await;

        ada.transfer(&from, &to, "1000000.01", "a").await.problem(422, "declined_by_risk");
        ada.transfer(&from, &to, "1000000.00", "b").await.expect(201);
    }

    async fn others_accounts_can_be_paid_and_not_be_drawn_on(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("10.00").await;

        ben.transfer(&from, &to, "1.00", "theft").await.problem(404, "not_found");
        ada.transfer(&from, &from, "1.00", "self").await.problem(400, "accounts_equal");
        ada.transfer(&from, &to, "1.00", "gift").await.expect(201);

        assert_eq!(ada.balance(&from).await, "9.00");
    }

    async fn a_clients_own_identifier_is_a_key_for_ever(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let mut body = Client::transfer_body(&from, &to, "1.00");
        body["id"] = json!("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001");
        let send = async |key: &str, body: &serde_json::Value| {
            ada.send(&Call::post("/api/v1/transfers").key(key).json(body)).await
        };

        let first = send("a", &body).await.expect(201);
        let again = send("b", &body).await.expect(200);
        body["amount"]["amount"] = json!("2.00");
        let other = send("c", &body).await;

        assert_eq!(first.text("/id"), again.text("/id"));
        other.problem(409, "exists_with_different_amount");
        assert_eq!(ada.balance(&from).await, "9.00");
    }

    async fn a_bare_amount_is_in_the_accounts_currency(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let call = |key: &str, amount: serde_json::Value| {
            let body = json!({ "from_account": from, "to_account": to, "amount": amount });
            Call::post("/api/accounts/transfer").key(key).json(&body)
        };

        let number = ada.send(&call("a", json!(1.5))).await.expect(201).json();
        ada.send(&call("b", json!("2"))).await.expect(201);

        assert_eq!(number["amount"], json!({ "amount": "1.50", "currency": "EUR" }));
        assert_eq!(ada.balance(&from).await, "6.50");
    }

    async fn a_reversal_gives_back_at_most_what_was_moved(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let transfer = ada.transfer(&from, &to, "5.00", "k").await.expect(201).text("/id");
        let teller = app.teller().await;
        let reverse = |key: &str, body: serde_json::Value| {
            Call::post(format!("/api/v1/transfers/{transfer}/reverse")).key(key).json(&body)
        };

        ada.send(&reverse("own", json!({}))).await.problem(403, "forbidden");
        let part = json!({ "amount": { "amount": "2.00", "currency": "EUR" } });
        let made = teller.send(&reverse("part", part)).await.expect(201).json();
        let rest = teller.send(&reverse("rest", json!({}))).await.expect(201).json();
        let more = teller.send(&reverse("more", json!({}))).await;

        assert_eq!(made["reverses"], transfer);
        assert_eq!(rest["amount"]["amount"], "3.00");
        more.problem(422, "exceeds_reversible");
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("10.00".to_owned(), "1.00".to_owned()));
    }

    async fn transfers_are_listed_latest_first_and_ones_own_alone(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let mut made = Vec::new();
        for n in 0..5 {
            app.clock.advance_seconds(1);
            made.push(ada.transfer(&from, &to, "1.00", &format!("k{n}")).await.expect(201).text("/id"));
        }
        made.reverse();

        let first = ada.get("/api/v1/transfers?limit=3").await.expect(200).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = ada.get(&format!("/api/v1/transfers?limit=3&cursor={cursor}")).await.expect(200).json();
        let ids = |page: &serde_json::Value| -> Vec<String> {
            page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };

        assert_eq!(ids(&first), made[..3]);
        assert_eq!(ids(&second)[..2], made[3..]);
        assert_eq!(ids(&second).len(), 3, "the deposit is a transfer, too");
        assert_eq!(second["next_cursor"], json!(null));
        assert_eq!(ids(&ben.get("/api/v1/transfers").await.json())[..5], made[..]);
        let other = app.customer().await.get("/api/v1/transfers").await.expect(200).json();
        assert_eq!(other["data"], json!([]));
    }
}
