//! Statements of accounts, and quotes as files.

use florin_kernel::{Actor, Timestamp};
use florin_testkit::{Answer, Call, TestApp, on_both_engines};
use serde_json::{Value, json};

fn header(answer: &Answer, name: &str) -> String {
    answer.headers.get(name).unwrap().to_str().unwrap().to_owned()
}

fn amounts(statement: &Value) -> Vec<(&str, &str, &str)> {
    let rows = statement["entries"].as_array().unwrap();
    rows.iter()
        .map(|entry| {
            let of = |pointer: &str| entry.pointer(pointer).unwrap().as_str().unwrap();
            (of("/direction"), of("/amount/amount"), of("/balance/amount"))
        })
        .collect()
}

on_both_engines! {
    async fn a_statement_lies_between_the_balances_before_and_after(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        app.clock.advance_seconds(24 * 3_600);
        let ada = app.stranger().login(&ada.email).await;
        let sent = json!({ "from_account_id": from, "to_account_id": to, "amount": { "amount": "30.00", "currency": "EUR" },
            "description": "=rent(\"May\")" });
        ada.send(&Call::post("/api/v1/transfers").key("rent").json(&sent)).await.expect(201);
        app.fund(&from, "5.50").await;
        app.clock.advance_seconds(24 * 3_600);
        let ada = app.stranger().login(&ada.email).await;
        ada.transfer(&from, &to, "1.00", "later").await.expect(201);

        let whole = ada.get(&format!("/api/v1/accounts/{from}/statement")).await.expect(200).json();
        let first = whole["entries"][0]["booked_on"].as_str().unwrap().to_owned();
        let second = whole["entries"][1]["booked_on"].as_str().unwrap().to_owned();
        let of_days = |from_day: &str, to_day: &str| format!("/api/v1/accounts/{from}/statement?from={from_day}&to={to_day}");
        let of_one = ada.get(&of_days(&second, &second)).await.expect(200).json();
        let before = ada.get(&of_days("2019-12-01", "2019-12-31")).await.expect(200).json();

        assert_eq!(
            amounts(&whole),
            [("credit", "100.00", "100.00"), ("debit", "30.00", "70.00"), ("credit", "5.50", "75.50"), ("debit", "1.00", "74.50")]
        );
        assert_eq!((&whole["opening"]["amount"], &whole["closing"]["amount"]), (&json!("0.00"), &json!("74.50")));
        assert_eq!(whole["credits"], json!({ "sum": { "amount": "105.50", "currency": "EUR" }, "count": 2 }));
        assert_eq!(whole["holder"]["name"], "Ada Example");
        assert_ne!(first, second);
        assert_eq!((&of_one["opening"]["amount"], &of_one["closing"]["amount"]), (&json!("100.00"), &json!("75.50")));
        assert_eq!(amounts(&of_one), [("debit", "30.00", "70.00"), ("credit", "5.50", "75.50")]);
        assert_eq!(of_one["entries"][0]["description"], "=rent(\"May\")");
        assert_eq!(of_one["entries"][1]["description"], "Cash deposit");
        assert_eq!((&before["opening"]["amount"], before["entries"].as_array().unwrap().len()), (&json!("0.00"), 0));
    }

    async fn a_statement_comes_in_each_format_by_query_or_by_header(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let path = format!("/api/v1/accounts/{account}/statement");
        let cases = [
            ("pdf", "application/pdf", ".pdf\"", "%PDF-1.7"),
            ("csv", "text/csv", ".csv\"", "booked_on,"),
            ("json", "application/json", ".json\"", "{"),
            ("ofx", "application/x-ofx", ".ofx\"", "<?xml"),
            ("camt053", "application/xml", ".xml\"", "<?xml"),
        ];
        for (format, media_type, ending, begin) in cases {
            let by_query = ada.get(&format!("{path}?format={format}")).await.expect(200);
            let accepted = Call::get(&path).header("accept", media_type.as_bytes());
            let by_header = ada.send(&accepted).await.expect(200);

            assert!(header(&by_query, "content-type").starts_with(media_type), "{by_query:?}");
            assert!(header(&by_query, "content-disposition").ends_with(ending), "{by_query:?}");
            assert!(by_query.body.starts_with(begin.as_bytes()), "{format}");
            assert_eq!(by_query.body, by_header.body, "{format}: the clock stands still");
        }
        let json = ada.get(&path).await.expect(200);
        assert!(header(&json, "content-disposition").starts_with("inline; filename=\"statement-"));
    }

    async fn a_statement_is_for_whoever_may_read_the_account(app: &TestApp) {
        let (_, account) = app.funded_customer("100.00").await;
        let path = format!("/api/v1/accounts/{account}/statement");

        app.customer().await.get(&path).await.problem(404, "not_found");
        app.stranger().get(&path).await.problem(401, "unauthenticated");
        app.teller().await.get(&path).await.expect(200);
        let nobodys = "/api/v1/accounts/018f0000-0000-7000-8000-000000000000/statement?format=pdf";
        app.teller().await.get(nobodys).await.problem(404, "not_found");
    }

    async fn a_period_that_cannot_be_is_refused_by_its_field(app: &TestApp) {
        let (ada, account) = app.funded_customer("1.00").await;
        let cases = [
            ("from=2019-03-02&to=2019-03-01", "to", "before_start"),
            ("from=2018-01-01&to=2019-12-31", "from", "too_long"),
            ("to=2999-01-01", "to", "in_future"),
            ("from=yesterday", "from", "malformed"),
            ("to=2019-02-30", "to", "malformed"),
            ("format=docx", "format", "unknown"),
        ];
        for (query, field, code) in cases {
            let answer = ada.get(&format!("/api/v1/accounts/{account}/statement?{query}")).await;
            let problem = answer.problem(422, "validation_failed");
            let error = &problem["errors"][0];
            assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{query}");
        }
        let year = format!("/api/v1/accounts/{account}/statement?from=2018-11-27&to=2019-12-31");
        ada.get(&year).await.expect(200);
    }

    async fn holds_and_their_release_move_nothing_on_a_statement(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let pending = |description: &str| json!({ "from_account_id": from, "to_account_id": to, "pending": true,
            "amount": { "amount": "30.00", "currency": "EUR" }, "description": description });
        let held = ada.send(&Call::post("/api/v1/transfers").key("a").json(&pending("hotel"))).await.expect(201).text("/id");
        let kept = ada.send(&Call::post("/api/v1/transfers").key("b").json(&pending("car"))).await.expect(201).text("/id");
        let resolve = |id: &str, what: &str| Call::post(format!("/api/v1/transfers/{id}/{what}")).key(what).json(&json!({}));
        ada.send(&resolve(&held, "void")).await;
        let teller = app.teller().await;
        teller.send(&resolve(&held, "void")).await;
        teller.send(&resolve(&kept, "post")).await.expect(201);

        let statement = ada.get(&format!("/api/v1/accounts/{from}/statement")).await.expect(200).json();

        assert_eq!(amounts(&statement), [("credit", "100.00", "100.00"), ("debit", "30.00", "70.00")]);
        assert_eq!(statement["entries"][1]["description"], "car", "what it was for was said when it was held");
    }

    async fn a_busy_account_is_read_over_many_pages(app: &TestApp) {
        let (ada, from) = app.funded_customer("1000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let transfers: Vec<Value> = (0..700).map(|_| florin_testkit::Client::transfer_body(&from, &to, "1.00")).collect();
        let batch = Call::post("/api/v1/transfers/batch").key("many").json(&json!({ "transfers": transfers }));
        ada.send(&batch).await.expect(200);

        let statement = ada.get(&format!("/api/v1/accounts/{from}/statement")).await.expect(200).json();
        let printed = ada.get(&format!("/api/v1/accounts/{from}/statement?format=pdf")).await.expect(200);

        assert_eq!(statement["entries"].as_array().unwrap().len(), 701);
        assert_eq!(statement["closing"]["amount"], "300.00");
        assert!(printed.body.len() > 100_000);
    }

    async fn an_account_with_too_much_for_one_statement_is_refused_before_all_of_it_is_read(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        for number in 0..3 {
            ada.transfer(&from, &to, "1.00", &format!("k{number}")).await.expect(201);
        }
        let span = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let by = Actor::system("test");
        let accounts = &app.services.accounts;

        let all = accounts.activity(&by, from.parse().unwrap(), span, 4).await.unwrap();
        let refused = accounts.activity(&by, from.parse().unwrap(), span, 3).await.unwrap_err();

        assert_eq!(all.booked.len(), 4);
        assert!(matches!(refused, florin_payments::Error::TooManyEntries(3)));
        let problem = florin_http::Problem::from(refused);
        assert_eq!(problem.code(), "statement_too_large");
    }

    async fn a_quote_is_a_disclosure_for_whoever_wants_a_file(app: &TestApp) {
        let ada = app.customer().await;
        let quote = json!({
            "loan_amount": { "amount": "10000.00", "currency": "USD" }, "annual_rate": "8", "term_months": 36,
            "start_date": "2026-01-01",
            "charges": [{ "kind": "origination", "amount": "200.00" }, { "kind": "application", "amount": "50.00" }],
        });
        let of = |format: &str| Call::post(format!("/api/v1/loans/quote?format={format}")).json(&quote);

        let pdf = ada.send(&of("pdf")).await.expect(200);
        let csv = ada.send(&of("csv")).await.expect(200);
        let by_header = Call::post("/api/v1/loans/quote").header("accept", b"application/pdf").json(&quote);

        assert_eq!(header(&pdf, "content-type"), "application/pdf");
        assert!(pdf.body.starts_with(b"%PDF-1.7"));
        assert_eq!(ada.send(&by_header).await.expect(200).body, pdf.body);
        assert_eq!(csv.body.split(|byte| *byte == b'\n').count(), 38, "a heading, 36 instalments, and the end");
        ada.send(&of("ofx")).await.problem(422, "validation_failed");
        assert_eq!(ada.send(&of("json")).await.expect(200).text("/apr"), "9.38");
    }

    async fn loans_of_every_shape_become_documents(app: &TestApp) {
        let ada = app.customer().await;
        let shapes = [
            json!({ "kind": "mortgage", "loan_amount": 500_000, "currency": "CAD", "annual_rate": "5", "term_months": 60, "amortization_months": 300 }),
            json!({ "kind": "auto", "loan_amount": 30_000, "currency": "USD", "annual_rate": "0", "term_months": 24 }),
            json!({ "loan_amount": 12_000, "currency": "USD", "annual_rate": "9.999", "term_months": 120, "repayment": "equal_principal" }),
            json!({ "kind": "mortgage", "loan_amount": 90_000, "currency": "EUR", "annual_rate": "4.125", "term_months": 36, "repayment": "interest_only", "frequency": "quarterly" }),
            json!({ "loan_amount": 900_000, "currency": "JPY", "annual_rate": "3", "term_months": 12 }),
        ];
        for shape in shapes {
            let answer = ada.send(&Call::post("/api/v1/loans/quote?format=pdf").json(&shape)).await.expect(200);
            assert!(answer.body.starts_with(b"%PDF-1.7"), "{shape}");
        }
    }
}
