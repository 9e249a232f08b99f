//! Own credit cards: applied for, opened, drawn on, paid, and told of at the end of each cycle.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

use super::lending::{Desk, application};

/// A card with a limit of 5,000.00 that two officers granted and the customer took.
async fn card(desk: &Desk<'_>, currency: &str) -> String {
    let mut wish = application();
    wish["kind"] = json!("credit-card");
    wish["loan_amount"] = json!({ "amount": "5000.00", "currency": currency });
    wish["annual_income"] = json!({ "amount": "90000.00", "currency": currency });
    wish.as_object_mut().unwrap().remove("term_months");
    let applied = desk.customer().await.post("/api/v1/loans/apply", &wish).await.expect(201).text("/id");
    let body = json!({ "application_id": applied });
    desk.officer().await.post("/api/v1/loans/approve", &body).await.expect(200);
    let second = desk.app.staff(Role::LoanOfficer).await;
    let card = second.post("/api/v1/loans/approve", &body).await.expect(200).text("/loan_id");
    let taken = desk.customer().await.post(&format!("/api/v1/loans/{card}/accept"), &json!({})).await;
    assert_eq!(taken.expect(200).text("/available_credit/amount"), "5000.00");
    card
}

async fn draw(client: &Client, card: &str, account: &str, key: &str, amount: &str) -> Answer {
    let body = json!({ "account_id": account, "amount": amount });
    client.send(&Call::post(format!("/api/v1/loans/{card}/draw")).key(key).json(&body)).await
}

async fn statement(client: &Client, card: &str, closed_on: &str) -> Value {
    client.get(&format!("/api/v1/loans/{card}/statement?period={closed_on}")).await.expect(200).json()
}

on_both_engines! {
    async fn cash_is_drawn_on_a_card_within_its_limit_and_paid_back_after_its_statement(app: &TestApp) {
        let desk = Desk::new(app).await;
        let card = card(&desk, "USD").await;
        let customer = desk.customer().await;
        let drawn = draw(&customer, &card, &desk.account, "cash", "1000.00").await.expect(201).json();
        assert_eq!((&drawn["fee"]["amount"], &drawn["loan"]["balance"]["amount"]), (&json!("50.00"), &json!("1050.00")));
        assert!(draw(&customer, &card, &desk.account, "cash", "1000.00").await.is_replayed());
        assert_eq!(customer.balance(&desk.account).await, "21000.00");
        draw(&customer, &card, &desk.account, "more", "3762.00").await.problem(422, "insufficient_funds");
        assert_eq!(customer.get(&format!("/api/v1/loans/{card}/statements")).await.expect(200).json()["data"], json!([]));

        // Cycles close on the second. Eleven days of 1,000.00 at 26.99 % are 8.13; the fee has grace.
        desk.days(12);
        app.run_jobs().await;
        desk.assert_loans().await;
        let customer = desk.customer().await;
        let told = customer.get(&format!("/api/v1/loans/{card}/statements")).await.expect(200).json();
        let cycle = &told["data"][0];
        assert_eq!((&cycle["closed_on"], &cycle["balance"]["amount"]), (&json!("2026-12-02"), &json!("1058.13")));
        // One per cent of the balance, the interest and the fee; the 25th is a holiday, and a weekend follows.
        assert_eq!((&cycle["minimum_payment"]["amount"], &cycle["due_date"]), (&json!("68.71"), &json!("2026-12-28")));
        let first = statement(&customer, &card, "2026-12-02").await;
        assert_eq!((&first["cash_advances"]["amount"], &first["fees"]["amount"]), (&json!("1000.00"), &json!("50.00")));
        assert_eq!((&first["interest"]["amount"], &first["new_balance"]["amount"]), (&json!("8.13"), &json!("1058.13")));
        assert_eq!(first["late_fee"]["amount"], "29.00");
        assert!(first["warning"]["minimum_only"]["months"].as_u64().unwrap() > 24);
        let pdf = customer.get(&format!("/api/v1/loans/{card}/statement?period=2026-12&format=pdf")).await.expect(200);
        assert!(pdf.body.starts_with(b"%PDF-1.7"));
        customer.get(&format!("/api/v1/loans/{card}/statement?period=2026-11")).await.problem(404, "not_found");

        let pay = json!({ "loan_id": card, "from_account_id": desk.account, "amount": "1058.13" });
        let paid = customer.send(&Call::post("/api/v1/credit-card/pay").key("december").json(&pay)).await.expect(201).json();
        assert_eq!((&paid["allocation"]["interest"]["amount"], &paid["allocation"]["principal"]["amount"]), (&json!("8.13"), &json!("1000.00")));
        assert_eq!(paid["loan"]["available_credit"]["amount"], "5000.00");
        desk.days(31);
        app.run_jobs().await;
        let customer = desk.customer().await;
        let second = statement(&customer, &card, "2027-01-02").await;
        assert_eq!((&second["previous_balance"]["amount"], &second["payments"]["amount"]), (&json!("1058.13"), &json!("1058.13")));
        // The cash was owed for a day of this cycle.
        assert_eq!((&second["interest"]["amount"], &second["new_balance"]["amount"]), (&json!("0.75"), &json!("0.75")));
        assert_eq!(statement(&customer, &card, "2026-12-02").await, first, "a statement never changes");
        desk.assert_loans().await;
        app.assert_trail().await;
    }

    async fn a_payment_that_becomes_known_late_takes_the_late_fee_back_on_the_next_statement(app: &TestApp) {
        let desk = Desk::new(app).await;
        let card = card(&desk, "USD").await;
        draw(&desk.customer().await, &card, &desk.account, "cash", "500.00").await.expect(201);
        desk.days(43);
        app.run_jobs().await;
        let before = statement(&desk.customer().await, &card, "2027-01-02").await;
        assert_eq!(before["fees"]["amount"], "29.00", "nothing was paid by the 28th");
        let paid = desk.take_in(&card, "late", "200.00", Some("2026-12-20")).await.expect(201).text("/id");
        let owed = desk.read(&card).await;
        assert_eq!(owed["owed"]["penalties"]["amount"], "0.00");
        desk.days(10);
        let reverse = format!("/api/v1/loans/{card}/payments/{paid}/reverse");
        desk.officer().await.post(&reverse, &json!({ "to_account_id": desk.account })).await.expect(200);
        desk.days(21);
        app.run_jobs().await;
        let customer = desk.customer().await;
        let after = statement(&customer, &card, "2027-02-02").await;
        assert_eq!((&after["payments"]["amount"], &after["returned"]["amount"]), (&json!("200.00"), &json!("200.00")));
        assert_eq!(statement(&customer, &card, "2027-01-02").await, before);
        desk.assert_loans().await;
    }

    async fn cards_are_for_their_holder_and_told_as_canada_has_it(app: &TestApp) {
        let desk = Desk::new(app).await;
        let canadian = card(&desk, "CAD").await;
        let customer = desk.customer().await;
        let account = customer.open_account("CAD").await;
        draw(&customer, &canadian, &account, "cash", "1234.56").await.expect(201);
        draw(&customer, &canadian, &desk.account, "dollars", "1.00").await.problem(422, "currency_mismatch");
        let stranger = app.customer().await;
        draw(&stranger, &canadian, &account, "theirs", "1.00").await.problem(404, "not_found");
        draw(&desk.officer().await, &canadian, &account, "ours", "1.00").await.problem(403, "forbidden");
        stranger.get(&format!("/api/v1/loans/{canadian}/statements")).await.problem(404, "not_found");
        let loan = desk.loan().await;
        draw(&desk.customer().await, &loan, &desk.account, "loan", "1.00").await.problem(409, "conflict");
        desk.customer().await.get(&format!("/api/v1/loans/{loan}/statements")).await.problem(409, "conflict");

        desk.days(12);
        app.run_jobs().await;
        let told = statement(&desk.customer().await, &canadian, "2026-12").await;
        assert_eq!(told["warning"]["thirty_six"], json!(null));
        assert!(told["warning"]["minimum_only"]["months"].as_u64().unwrap() > 24);
        desk.assert_loans().await;
    }
}
