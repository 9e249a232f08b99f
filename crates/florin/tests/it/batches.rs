//! Many transfers in one request.

use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

async fn send(client: &Client, key: &str, transfers: &[Value], linked: bool) -> Answer {
    let body = json!({ "transfers": transfers, "linked": linked });
    client.send(&Call::post("/api/v1/transfers/batch").key(key).json(&body)).await
}

fn results(answer: &Answer) -> Vec<(i64, String, Option<String>)> {
    let json = answer.json();
    let of = |result: &Value| {
        let text = |name: &str| result[name].as_str().map(str::to_owned);
        (result["index"].as_i64().unwrap(), text("status").unwrap(), text("code"))
    };
    json["results"].as_array().unwrap().iter().map(of).collect()
}

on_both_engines! {
    async fn each_transfer_of_a_batch_has_its_own_outcome_in_order(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let transfer = |amount: &str| Client::transfer_body(&from, &to, amount);

        let answer = send(&ada, "k", &[transfer("6.00"), transfer("5.00"), transfer("4.00")], false).await.expect(200);
        let again = send(&ada, "k", &[transfer("6.00"), transfer("5.00"), transfer("4.00")], false).await.expect(200);

        let created = |index| (index, "created".to_owned(), None);
        let refused = (1, "refused".to_owned(), Some("insufficient_funds".to_owned()));
        assert_eq!(results(&answer), [created(0), refused, created(2)]);
        assert!(again.is_replayed() && again.body == answer.body);
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("0.00".to_owned(), "11.00".to_owned()));
    }

    async fn linked_transfers_go_through_together_or_not_at_all(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let transfer = |amount: &str| Client::transfer_body(&from, &to, amount);

        let failed = send(&ada, "a", &[transfer("6.00"), transfer("5.00"), transfer("4.00")], true).await.expect(200);
        assert_eq!(ada.balance(&from).await, "10.00");
        let done = send(&ada, "b", &[transfer("6.00"), transfer("4.00")], true).await.expect(200);

        let codes: Vec<Option<String>> = results(&failed).into_iter().map(|(_, _, code)| code).collect();
        let code = |code: &str| Some(code.to_owned());
        assert_eq!(codes, [code("linked_failed"), code("insufficient_funds"), code("linked_failed")]);
        assert!(results(&done).iter().all(|(_, status, _)| status == "created"));
        assert_eq!(ada.balance(&from).await, "0.00");
    }

    async fn a_batch_may_have_eight_thousand_transfers_and_no_more(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let mut transfers = vec![Client::transfer_body(&from, &to, "0.01"); 8_001];

        send(&ada, "more", &transfers, false).await.problem(422, "validation_failed");
        send(&ada, "none", &[], false).await.problem(422, "validation_failed");
        transfers.pop();
        let answer = send(&ada, "all", &transfers, false).await.expect(200);

        assert!(results(&answer).iter().all(|(_, status, _)| status == "created"));
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("20.00".to_owned(), "81.00".to_owned()));
    }

    async fn no_transfer_of_a_batch_draws_on_others(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("10.00").await;
        let transfers = [Client::transfer_body(&to, &from, "1.00"), Client::transfer_body(&from, &to, "1.00")];

        let answer = send(&ada, "k", &transfers, false).await.expect(200);

        let codes: Vec<Option<String>> = results(&answer).into_iter().map(|(_, _, code)| code).collect();
        assert_eq!(codes, [Some("not_found".to_owned()), None]);
        assert_eq!(ben.balance(&to).await, "11.00");
    }

    async fn a_batch_that_cannot_be_read_changes_nothing(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let good = Client::transfer_body(&from, &to, "1.00");
        let mut bad = good.clone();
        bad["amount"]["amount"] = json!("1.001");

        let refused = send(&ada, "k", &[good, bad], false).await;

        refused.problem(422, "validation_failed");
        assert_eq!(ada.balance(&from).await, "10.00");
    }
}
