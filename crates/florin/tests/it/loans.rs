//! Loans: what one would cost.

use florin_testkit::{TestApp, on_both_engines};
use serde_json::{Value, json};

/// The ten thousand dollars of the amortization tables.
fn personal() -> Value {
    json!({
        "loan_amount": { "amount": "10000.00", "currency": "USD" },
        "annual_rate": "8",
        "term_months": 36,
        "start_date": "2026-01-01",
        "charges": [{ "kind": "origination", "amount": "200.00" }],
    })
}

on_both_engines! {
    async fn a_customer_is_told_what_a_loan_would_cost_and_nothing_is_kept(app: &TestApp) {
        let ada = app.customer().await;
        let records = app.count("SELECT COUNT(*) FROM audit_record").await;

        let quote = ada.post("/api/v1/loans/quote", &personal()).await.expect(200).json();

        assert_eq!((&quote["kind"], &quote["apr"]), (&json!("personal"), &json!("9.38")));
        assert_eq!(quote["finance_charge"], json!({ "amount": "1481.13", "currency": "USD" }));
        assert_eq!(quote["amount_financed"]["amount"], "9800.00");
        assert_eq!(quote["total_of_payments"]["amount"], "11281.13");
        assert_eq!(quote["payment"]["amount"], "313.36");
        assert_eq!(quote["schedule"].as_array().unwrap().len(), 36);
        assert_eq!(quote["schedule"][0]["due_date"], "2026-02-01");
        assert_eq!(quote["schedule"][35]["payment"]["amount"], "313.53");
        assert_eq!(quote["schedule"][35]["balance"]["amount"], "0.00");
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_record").await, records);
    }

    async fn a_canadian_mortgage_is_quoted_as_canada_does(app: &TestApp) {
        let ada = app.customer().await;
        let mortgage = json!({
            "kind": "mortgage", "loan_amount": 500_000, "currency": "CAD", "annual_rate": "5",
            "term_months": 60, "amortization_months": 300, "start_date": "2026-01-01",
        });

        let quote = ada.post("/api/v1/loans/quote", &mortgage).await.expect(200).json();

        assert_eq!(quote["payment"]["amount"], "2908.02");
        assert_eq!(quote["cost_of_borrowing"]["apr"], "5.00");
        assert_eq!(quote["schedule"][59]["payment"]["amount"], "445445.93");
    }

    async fn what_cannot_be_quoted_is_refused_by_its_field(app: &TestApp) {
        let ada = app.customer().await;
        let cases = [
            ("kind", json!("payday"), "kind"),
            ("kind", json!("credit-card"), "kind"),
            ("loan_amount", json!(1000), "loan_amount"),
            ("loan_amount", json!({ "amount": "100000000000.01", "currency": "USD" }), "loan_amount"),
            ("annual_rate", json!("-8"), "annual_rate"),
            ("annual_rate", json!("1000.1"), "annual_rate"),
            ("term_months", json!(0), "term_months"),
            ("term_months", json!(601), "term_months"),
            ("repayment", json!("never"), "repayment"),
            ("frequency", json!("hourly"), "frequency"),
            ("first_due_date", json!("2025-12-31"), "first_due_date"),
            ("first_due_date", json!("soon"), "first_due_date"),
            ("start_date", json!("9999-12-01"), "start_date"),
            ("amortization_months", json!(12), "amortization_months"),
            ("charges", json!([{ "kind": "bribe", "amount": "1.00" }]), "charges[0].kind"),
            ("charges", json!([{ "kind": "origination", "amount": "10000.00" }]), "charges"),
            ("more", json!(1), "more"),
        ];
        for (field, value, named) in cases {
            let mut body = personal();
            body[field] = value;
            let problem = ada.post("/api/v1/loans/quote", &body).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["field"], named, "{body}: {problem}");
        }
        let mut foreign = personal();
        foreign["charges"][0]["amount"] = json!({ "amount": "1.00", "currency": "EUR" });
        ada.post("/api/v1/loans/quote", &foreign).await.problem(422, "currency_mismatch");
        let mut endless = personal();
        endless["annual_rate"] = json!("900");
        endless["term_months"] = json!(600);
        let problem = ada.post("/api/v1/loans/quote", &endless).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "never_amortizes");
        app.stranger().post("/api/v1/loans/quote", &personal()).await.problem(401, "unauthenticated");
    }
}
