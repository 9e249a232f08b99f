//! Accounts: opening, reading, freezing, closing, cash.

use florin_testkit::{Call, TestApp, on_both_engines};
use serde_json::json;

on_both_engines! {
    async fn a_customer_opens_accounts_and_sees_their_own_alone(app: &TestApp) {
        let (ada, ben) = (app.customer().await, app.customer().await);
        let (euros, yen) = (ada.open_account("EUR").await, ada.open_account("JPY").await);
        let theirs = ben.open_account("EUR").await;

        let listed = ada.get("/api/v1/accounts").await.expect(200).json();

        let ids: Vec<&str> = listed["data"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [euros.as_str(), yen.as_str()]);
        assert_eq!(ada.balance(&yen).await, "0", "yen have no decimals");
        ada.get(&format!("/api/v1/accounts/{theirs}")).await.problem(404, "not_found");
        ada.get(&format!("/api/v1/accounts/{theirs}/entries")).await.problem(404, "not_found");
        ada.get(&format!("/api/v1/accounts?customer_id={}", ben.id)).await.problem(403, "forbidden");
        let for_ben = json!({ "kind": "savings", "currency": "EUR", "customer_id": ben.id });
        ada.post("/api/v1/accounts", &for_ben).await.problem(403, "forbidden");
    }

    async fn a_teller_serves_customers_and_never_themselves(app: &TestApp) {
        let (ada, teller) = (app.customer().await, app.teller().await);
        let open = json!({ "kind": "savings", "currency": "USD", "customer_id": ada.id });
        let account = teller.post("/api/v1/accounts", &open).await.expect(201).text("/id");

        let deposit = teller.deposit(&account, "120.50", "USD", "in").await.expect(201).json();
        let body = json!({ "amount": 20.5, "description": "cash" });
        let withdrawal = Call::post(format!("/api/v1/accounts/{account}/withdraw")).key("out").json(&body);
        teller.send(&withdrawal).await.expect(201);

        assert_eq!((&deposit["status"], &deposit["to_account_id"]), (&json!("completed"), &json!(account)));
        assert_eq!(ada.balance(&account).await, "100.00");
        ada.deposit(&account, "1.00", "USD", "own").await.problem(403, "forbidden");
        let too_much = Call::post(format!("/api/v1/accounts/{account}/withdraw")).key("more");
        let too_much = teller.send(&too_much.json(&json!({ "amount": "100.01" }))).await;
        too_much.problem(422, "insufficient_funds");
        let mine = teller.post("/api/v1/accounts", &json!({ "kind": "checking", "currency": "USD" })).await;
        let mine = mine.expect(201).text("/id");
        app.teller().await.deposit(&mine, "1.00", "USD", "a").await.expect(201);
    }

    async fn entries_show_both_sides_with_the_balance_after_each(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let transfer = ada.transfer(&from, &to, "30.00", "k").await.expect(201).text("/id");

        let sent = ada.get(&format!("/api/v1/accounts/{from}/entries")).await.expect(200).json();
        let received = ben.get(&format!("/api/v1/accounts/{to}/entries")).await.expect(200).json();

        let seen = |entries: &serde_json::Value| {
            let entry = &entries["data"][0];
            assert_eq!(entry["transfer_id"], transfer);
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            (text("side"), entry["version"].clone(), entry["balance_after"]["amount"].clone(), text("other_account_id"))
        };
        assert_eq!(seen(&sent), ("debit".to_owned(), json!(2), json!("70.00"), to));
        assert_eq!(seen(&received), ("credit".to_owned(), json!(2), json!("31.00"), from));
    }

    async fn entries_are_read_page_by_page_without_gaps(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        for n in 0..7 {
            ada.transfer(&from, &to, "1.00", &format!("k{n}")).await.expect(201);
        }

        let mut versions = Vec::new();
        let mut query = "?limit=3".to_owned();
        loop {
            let page = ada.get(&format!("/api/v1/accounts/{from}/entries{query}")).await.expect(200).json();
            let rows = page["data"].as_array().unwrap();
            assert!(rows.len() <= 3);
            versions.extend(rows.iter().map(|row| row["version"].as_i64().unwrap()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("?limit=3&cursor={cursor}");
        }

        assert_eq!(versions, [8, 7, 6, 5, 4, 3, 2, 1]);
    }

    async fn a_balance_can_be_asked_for_as_of_any_past_instant(app: &TestApp) {
        let before = app.services.env.now();
        app.clock.advance_seconds(60);
        let (ada, from) = app.funded_customer("200.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let mut instants = vec![(before, "0.00".to_owned()), (app.services.env.now(), "200.00".to_owned())];
        // Enough to pass two signposts, within the life of one access token.
        for n in 1..=150 {
            app.clock.advance_seconds(5);
            ada.transfer(&from, &to, "1.00", &format!("k{n}")).await.expect(201);
            instants.push((app.services.env.now(), format!("{}.00", 200 - n)));
        }

        for (instant, expected) in instants {
            let answer = ada.get(&format!("/api/v1/accounts/{from}/balance?as_of={instant}")).await.expect(200);
            assert_eq!(answer.text("/balance/amount"), expected, "at {instant}");
        }
        let now = ada.get(&format!("/api/v1/accounts/{from}/balance")).await.expect(200);
        assert_eq!(now.text("/balance/amount"), "50.00");
    }

    async fn a_frozen_account_takes_part_in_nothing_until_it_is_unfrozen(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("10.00").await;
        let manager = app.manager().await;
        let control = async |what: &str| manager.post(&format!("/api/v1/accounts/{from}/{what}"), &json!({})).await;

        assert_eq!(control("freeze").await.expect(200).text("/status"), "frozen");
        ada.transfer(&from, &to, "1.00", "out").await.problem(422, "account_frozen");
        ben.transfer(&to, &from, "1.00", "in").await.problem(422, "account_frozen");
        assert_eq!(control("unfreeze").await.expect(200).text("/status"), "active");

        ada.transfer(&from, &to, "1.00", "out-again").await.expect(201);
        ada.transfer(&from, &to, "1.00", "out").await.problem(422, "account_frozen");
        ada.post(&format!("/api/v1/accounts/{from}/freeze"), &json!({})).await.problem(403, "forbidden");
    }

    async fn an_account_is_closed_when_it_is_empty_and_for_good(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("10.00").await;
        let manager = app.manager().await;
        let close = format!("/api/v1/accounts/{from}/close");

        manager.post(&close, &json!({})).await.problem(409, "conflict");
        ada.transfer(&from, &to, "10.00", "all").await.expect(201);
        assert_eq!(manager.post(&close, &json!({})).await.expect(200).text("/status"), "closed");

        ben.transfer(&to, &from, "1.00", "back").await.problem(422, "account_closed");
        let unfreeze = manager.post(&format!("/api/v1/accounts/{from}/unfreeze"), &json!({})).await;
        unfreeze.problem(422, "account_closed");
        assert_eq!(ada.balance(&from).await, "0.00", "what was is still to be read");
    }
}
