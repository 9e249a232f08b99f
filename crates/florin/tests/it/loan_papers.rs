//! Papers of loans and payments: for whom they are, in which formats, and what they say.

use florin_kernel::Role;
use florin_testkit::{Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

use super::lending::{Desk, application};

/// The beginning of a file of each format.
fn begins(format: &str) -> &'static [u8] {
    match format {
        "pdf" => b"%PDF-1.7",
        "csv" => b"number,",
        _ => b"{",
    }
}

async fn assert_formats(client: &Client, path: &str, formats: &[&str]) {
    let glue = if path.contains('?') { '&' } else { '?' };
    for format in ["pdf", "csv", "json", "ofx"] {
        let asked = format!("{path}{glue}format={format}");
        let answer = client.get(&asked).await;
        if formats.contains(&format) {
            let body = answer.expect(200).body;
            assert!(body.starts_with(begins(format)), "{asked}: {}", String::from_utf8_lossy(&body[..40]));
        } else {
            let problem = answer.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["field"], "format", "{asked}: {problem}");
        }
    }
}

/// A mortgage of 200,000.00 over thirty years that is offered to the customer.
async fn offered(desk: &Desk<'_>, currency: &str) -> String {
    let mut wish = application();
    wish["kind"] = json!("mortgage");
    wish["loan_amount"] = json!({ "amount": "200000.00", "currency": currency });
    wish["annual_income"] = json!({ "amount": "190000.00", "currency": currency });
    wish["term_months"] = json!(if currency == "USD" { 360 } else { 60 });
    if currency == "CAD" {
        wish["ssn"].take();
        wish.as_object_mut().unwrap().remove("ssn");
        wish["sin"] = json!("046 454 286");
    }
    let applied = desk.customer().await.post("/api/v1/loans/apply", &wish).await.expect(201).text("/id");
    let body = json!({ "application_id": applied });
    desk.officer().await.post("/api/v1/loans/approve", &body).await.expect(200);
    let second = desk.app.staff(Role::LoanOfficer).await;
    second.post("/api/v1/loans/approve", &body).await.expect(200).text("/loan_id")
}

async fn read(client: &Client, path: &str) -> Value {
    client.get(path).await.expect(200).json()
}

on_both_engines! {
    async fn papers_of_a_loan_come_in_their_formats_and_are_for_its_borrower(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = desk.loan().await;
        let customer = desk.customer().await;
        let path = |what: &str| format!("/api/v1/loans/{loan}/{what}");
        assert_formats(&customer, &path("disclosure"), &["pdf", "csv", "json"]).await;
        assert_formats(&customer, &path("schedule"), &["pdf", "csv", "json"]).await;
        assert_formats(&customer, &path("payoff"), &["pdf", "json"]).await;
        let csv = customer.get(&path("schedule?format=csv")).await.expect(200);
        assert_eq!(String::from_utf8_lossy(&csv.body).lines().count(), 13);
        let accepted = Call::get(path("statement")).header("accept", b"application/pdf");
        assert!(customer.send(&accepted).await.expect(200).body.starts_with(b"%PDF"));
        let statement = customer.get(&path("statement?format=csv")).await.expect(200);
        assert!(String::from_utf8_lossy(&statement.body).contains("Loan paid out"));

        let stranger = app.customer().await;
        for what in ["disclosure?format=pdf", "schedule?format=csv", "statement", "payoff?format=pdf", "disclosure?kind=estimate"] {
            stranger.get(&path(what)).await.problem(404, "not_found");
        }
        for (period, code) in [
            ("2026-10", "before_loan"), ("2027-01", "in_future"), ("2026-11-21,2026-11-20", "before_start"),
            ("soon", "malformed"), ("2024-01-01,2026-11-20", "too_long"),
        ] {
            let problem = customer.get(&path(&format!("statement?period={period}"))).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["code"], code, "{period}: {problem}");
        }
        customer.get(&path("disclosure?kind=estimate")).await.problem(404, "not_found");
    }

    async fn another_lenders_loan_has_no_papers_of_ours(app: &TestApp) {
        let ada = app.customer().await;
        let body = json!({ "loan_amount": "5000", "annual_rate": "7", "term_months": 24 });
        let loan = ada.post("/api/v1/auto/loans", &body).await.expect(201).text("/id");
        for what in ["disclosure?format=pdf", "schedule?format=pdf", "statement", "payoff?format=pdf"] {
            ada.get(&format!("/api/v1/loans/{loan}/{what}")).await.problem(409, "conflict");
        }
        ada.get(&format!("/api/v1/loans/{loan}/schedule")).await.expect(200);
    }

    async fn mortgages_are_told_as_the_law_of_their_country_has_it(app: &TestApp) {
        let desk = Desk::new(app).await;
        let american = offered(&desk, "USD").await;
        let customer = desk.customer().await;
        let estimate = format!("/api/v1/loans/{american}/disclosure?kind=estimate");
        assert_formats(&customer, &estimate, &["pdf", "json"]).await;
        let told = read(&customer, &estimate).await;
        // 200,000.00 at 6.5 % over 360 months, one per cent charged at the beginning.
        assert_eq!((&told["document"], &told["interest_rate"]), (&json!("loan_estimate"), &json!("6.50")));
        assert_eq!(told["principal_and_interest"]["amount"], "1264.14");
        assert_eq!(told["costs"][0]["items"][0]["amount"]["amount"], "2000.00");
        assert_eq!(told["cash_to_close"]["amount"], "-198000.00");
        assert_eq!(told["comparisons"]["five_years_total"]["amount"], "77848.40", "sixty payments and the charge");
        assert_eq!(told["projected"].as_array().unwrap().len(), 1);

        let canadian = offered(&desk, "CAD").await;
        assert_formats(&customer, &format!("/api/v1/loans/{canadian}/disclosure"), &["pdf", "csv", "json"]).await;
        customer.get(&format!("/api/v1/loans/{canadian}/disclosure?kind=estimate")).await.problem(404, "not_found");
    }

    async fn a_refusal_has_its_notice(app: &TestApp) {
        let desk = Desk::new(app).await;
        let applied = desk.customer.post("/api/v1/loans/apply", &application()).await.expect(201).text("/id");
        let path = format!("/api/v1/loans/applications/{applied}/notice");
        desk.customer.get(&path).await.problem(404, "not_found");
        let body = json!({ "application_id": applied, "reasons": ["insufficient_income", "short_employment"] });
        desk.officer().await.post("/api/v1/loans/reject", &body).await.expect(200);

        assert_formats(&desk.customer, &path, &["pdf", "json"]).await;
        let told = read(&desk.customer, &path).await;
        assert_eq!(told["applied_for"], "a personal loan of 12000.00 USD");
        assert_eq!(
            told["reasons"],
            json!(["Income insufficient for amount of credit requested", "Length of employment"])
        );
        assert!(told["creditor"]["supervisor"].as_str().unwrap().contains("Consumer Financial Protection Bureau"));
        assert_eq!(told["applicant"]["name"], "Ada Example");
        app.customer().await.get(&path).await.problem(404, "not_found");
    }

    async fn a_payment_has_its_receipt_once_it_went_through(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = desk.loan().await;
        desk.days(30);
        let body = json!({ "loan_id": loan, "from_account_id": desk.account, "amount": "1066.19" });
        let customer = desk.customer().await;
        let paid = customer.send(&Call::post("/api/v1/personal/pay").key("december").json(&body)).await.expect(201);
        let path = format!("/api/v1/payments/{}/receipt", paid.text("/payment/id"));
        assert_formats(&customer, &path, &["pdf", "json"]).await;
        let told = read(&customer, &path).await;
        assert_eq!((&told["kind"], &told["amount"]["amount"]), (&json!("Loan payment"), &json!("1066.19")));
        assert_eq!(told["allocation"]["interest"]["amount"], "120.00");
        assert_eq!(told["allocation"]["principal"]["amount"], "946.19");
        assert_eq!(told["remaining"]["sum"]["amount"], "11053.81", "{told}");
        assert!(told["paid_from"].as_str().unwrap().starts_with("Checking ****"));
        app.customer().await.get(&path).await.problem(404, "not_found");
    }
}
