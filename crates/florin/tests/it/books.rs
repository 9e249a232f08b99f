//! The books as staff see them.

use florin_testkit::{Client, Database, TestApp, on_both_engines};
use serde_json::{Value, json};

fn sums(trial: &Value, currency: &str) -> Vec<(i64, String, String)> {
    let of = |line: &Value| {
        let amount = |side: &str| line[side]["amount"].as_str().unwrap().to_owned();
        (line["code"].as_i64().unwrap(), amount("debits"), amount("credits"))
    };
    let lines = trial["lines"].as_array().unwrap().iter();
    lines.filter(|line| line["debits"]["currency"] == currency).map(of).collect()
}

on_both_engines! {
    async fn the_trial_balance_is_balanced_in_each_currency_and_by_value_date(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let yen = ada.open_account("JPY").await;
        app.teller().await.deposit(&yen, "500", "JPY", "yen").await.expect(201);
        app.clock.advance_seconds(24 * 3_600);
        let ada = app.stranger().login(&ada.email).await;
        ada.transfer(&from, &to, "30.00", "k").await.expect(201);
        let teller = app.teller().await;

        let now = teller.get("/api/v1/ledger/trial-balance").await.expect(200).json();
        let yesterday = teller.get("/api/v1/ledger/trial-balance?as_of=2026-11-21").await.expect(200).json();
        let before = teller.get("/api/v1/ledger/trial-balance?as_of=2026-11-20").await.expect(200).json();

        assert_eq!((&now["balanced"], &yesterday["balanced"]), (&json!(true), &json!(true)));
        let line = |code, debits: &str, credits: &str| (code, debits.to_owned(), credits.to_owned());
        assert_eq!(sums(&now, "EUR"), [line(1_000, "101.00", "0.00"), line(2_000, "30.00", "131.00")]);
        assert_eq!(sums(&now, "JPY"), [line(1_000, "500", "0"), line(2_000, "0", "500")]);
        assert_eq!(sums(&yesterday, "EUR"), [line(1_000, "101.00", "0.00"), line(2_000, "0.00", "101.00")]);
        assert!(sums(&before, "EUR").iter().all(|(_, debits, credits)| debits == "0.00" && credits == "0.00"));
        ada.get("/api/v1/ledger/trial-balance").await.problem(403, "forbidden");
    }

    async fn every_transfer_is_one_row_of_the_books_with_both_sides(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let transfer = ada.transfer(&from, &to, "30.00", "k").await.expect(201).text("/id");
        let teller = app.teller().await;

        let entries = teller.get("/api/v1/ledger/entries?limit=1").await.expect(200).json();
        let accounts = teller.get("/api/v1/ledger/accounts").await.expect(200).json();

        let latest = &entries["data"][0];
        assert_eq!(latest["transfer_id"], transfer);
        assert_eq!((&latest["debit_account_id"], &latest["debit_version"]), (&json!(from), &json!(2)));
        assert_eq!((&latest["credit_account_id"], &latest["credit_version"]), (&json!(to), &json!(2)));
        assert!(entries["next_cursor"].is_string());
        let kinds: Vec<&str> =
            accounts["data"].as_array().unwrap().iter().map(|account| account["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["checking", "internal", "checking"]);
    }

    async fn a_closed_period_takes_no_more_entries_and_only_what_is_over_is_closed(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let manager = app.manager().await;
        let close = async |client: &Client, through: &str| {
            client.post("/api/v1/ledger/periods/close", &json!({ "through": through })).await
        };

        close(&ada, "2026-10-31").await.problem(403, "forbidden");
        assert!(close(&manager, "2026-11-21").await.status.is_client_error(), "the day is not over");
        let first = close(&manager, "2026-10-31").await.expect(200).json();
        let again = close(&manager, "2026-10-31").await.expect(200).json();
        let earlier = close(&manager, "2026-09-30").await.expect(200).json();

        assert_eq!(first, json!({ "through": "2026-10-31", "closed_now": true }));
        assert_eq!((&again["closed_now"], &earlier["closed_now"]), (&json!(false), &json!(false)));
        ada.transfer(&from, &to, "1.00", "k").await.expect(201);
        assert_eq!(app.count("SELECT COUNT(*) FROM ledger_period_close").await, 1);
    }

    async fn health_tells_of_the_database_and_the_metrics_of_the_requests(app: &TestApp) {
        let stranger = app.stranger();

        let health = stranger.get("/health").await.expect(200).json();
        let metrics = stranger.get("/metrics").await.expect(200);

        assert_eq!((&health["status"], &health["components"]["database"]["status"]), (&json!("ok"), &json!("ok")));
        stranger.get("/health/live").await.expect(200);
        stranger.get("/health/ready").await.expect(200);
        let metrics = String::from_utf8(metrics.body.to_vec()).unwrap();
        assert!(metrics.contains("florin_http_requests_total{route=\"/health\",method=\"GET\",status_class=\"2xx\"} 1"));
        stranger.get("/api/v1/nothing-here").await.problem(404, "not_found");
        stranger.post("/health", &json!({})).await.problem(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    for database in florin_testkit::test_databases() {
        let app = TestApp::start(database).await;
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let made = ada.transfer(&from, &to, "30.00", "k").await.expect(201);

        let app = Box::pin(app.restart()).await.unwrap();

        let ada = app.stranger().login(&ada.email).await;
        assert_eq!(ada.balance(&from).await, "70.00");
        let again = ada.transfer(&from, &to, "30.00", "k").await.expect(201);
        assert!(again.is_replayed() && again.body == made.body);
        let entries = ada.get(&format!("/api/v1/accounts/{from}/entries")).await.expect(200).json();
        assert_eq!(entries["data"].as_array().unwrap().len(), 2);
        app.finish().await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    for database in florin_testkit::test_databases() {
        let app = TestApp::start(database).await;
        let newer = app.services.db.housekeeping(|tx| {
            tx.execute("INSERT INTO schema_migration (name, at_us) VALUES ('ledger_9999_future', 0)", &[])
        });
        newer.await.unwrap_or_else(|error: florin_db::DbError| panic!("{error}"));

        let refused = Box::pin(app.restart()).await.err().unwrap().to_string();

        assert!(refused.contains("ledger_9999_future") && refused.contains("newer"), "{refused}");
    }
}

#[tokio::test]
async fn an_embedded_database_is_served_by_one_process() {
    let app = TestApp::start(Database::Sqlite).await;

    let refused = app.try_second().await.err().unwrap().to_string();

    assert!(refused.contains("another process"), "{refused}");
    app.finish().await;
}
