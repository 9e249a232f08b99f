//! The same request again: one effect, one answer.

use florin_testkit::{Call, Client, TestApp, on_both_engines};
use serde_json::json;

on_both_engines! {
    async fn a_request_sent_again_gets_the_same_bytes_and_moves_nothing(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;

        let first = ada.transfer(&from, &to, "1.00", "k").await.expect(201);
        app.clock.advance_seconds(60);
        let again = ada.transfer(&from, &to, "1.00", "k").await.expect(201);

        assert_eq!(first.body, again.body);
        assert!(!first.is_replayed() && again.is_replayed());
        assert_eq!(ada.balance(&from).await, "9.00");
    }

    async fn spaces_and_the_order_of_fields_make_no_other_request(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        ada.transfer(&from, &to, "1.00", "k").await.expect(201);

        let spaced = format!(
            "{{ \"to_account_id\" : \"{to}\",\n \"amount\":{{\"amount\":\"1.00\",\"currency\":\"EUR\"}}, \"from_account_id\":\"{from}\" }}"
        );
        let again = ada.send(&Call::post("/api/v1/transfers").key("k").raw("application/json", spaced)).await;

        assert!(again.expect(201).is_replayed());
    }

    async fn a_key_with_another_body_is_refused(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        ada.transfer(&from, &to, "1.00", "k").await.expect(201);

        let other = ada.transfer(&from, &to, "2.00", "k").await;

        other.problem(422, "idempotency_key_reused");
        assert_eq!(ada.balance(&from).await, "9.00");
    }

    async fn a_key_belongs_to_one_person_and_one_route(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("10.00").await;

        let ours = ada.transfer(&from, &to, "1.00", "k").await.expect(201);
        let theirs = ben.transfer(&to, &from, "1.00", "k").await.expect(201);
        let batch = json!({ "transfers": [Client::transfer_body(&from, &to, "1.00")] });
        let batch = ada.send(&Call::post("/api/v1/transfers/batch").key("k").json(&batch)).await.expect(200);

        assert!(!ours.is_replayed() && !theirs.is_replayed() && !batch.is_replayed());
    }

    async fn moving_money_needs_a_key(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;

        let refused = ada.send(&Client::transfer_call(&from, &to, "1.00")).await;

        refused.problem(400, "idempotency_key_required");
        assert_eq!(ada.balance(&from).await, "10.00");
    }

    async fn a_refusal_is_the_answer_to_its_key_even_when_it_could_succeed_later(app: &TestApp) {
        let (ada, from) = app.funded_customer("1.00").await;
        let (_, to) = app.funded_customer("1.00").await;

        let first = ada.transfer(&from, &to, "5.00", "k").await;
        app.teller().await.deposit(&from, "9.00", "EUR", "more").await.expect(201);
        let again = ada.transfer(&from, &to, "5.00", "k").await;

        first.problem(422, "insufficient_funds");
        assert!(again.is_replayed());
        let mut told = [first.json(), again.json()];
        for problem in &mut told {
            problem["request_id"].take();
        }
        assert_eq!(told[0], told[1]);
        ada.transfer(&from, &to, "5.00", "another").await.expect(201);
    }

    async fn a_key_is_forgotten_after_a_day_and_not_before(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        ada.transfer(&from, &to, "1.00", "k").await.expect(201);
        let later = async |hours: i64| {
            app.clock.advance_seconds(hours * 3_600);
            app.run_jobs().await;
            app.run_jobs().await;
            app.stranger().login(&ada.email).await.transfer(&from, &to, "1.00", "k").await.expect(201)
        };

        assert!(later(23).await.is_replayed());
        assert!(!later(3).await.is_replayed());
    }
}
