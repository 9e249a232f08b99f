//! Two officers at the loan desk.

use super::*;

/// What Ada applies for, with that income.
fn application(email: &str, annual_income: &str) -> Value {
    let usd = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    json!({
        "customer_name": "Ada Lindqvist", "loan_amount": usd("12000.00"), "ssn": "536-22-8145", "email": email,
        "phone": "+14155550123", "term_months": 24, "annual_income": usd(annual_income),
        "monthly_debts": usd("350.00"), "employment_months": 30,
    })
}

async fn arrive_as(demonstration: &Demonstration, what: &str) -> Person {
    let person = Person::arrive(demonstration).await;
    let (email, password) = demonstration.person(what);
    person.sign_in((&email, &password)).await;
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_officers_grant_a_loan_pay_it_out_and_look_after_it() {
    let demonstration = Demonstration::start();
    let (email, _) = demonstration.person("customer");
    let customer = demonstration.token("customer");
    demonstration.asked(&customer, "/api/v1/loans/apply", &application(&email, "72000.00"));
    demonstration.asked(&customer, "/api/v1/loans/apply", &application(&email, "6000.00"));
    demonstration.asked(&customer, "/api/v1/accounts", &json!({ "kind": "checking", "currency": "USD" }));

    let first = arrive_as(&demonstration, "officer").await;
    first.sees("Applications for loans, the oldest first").await;
    first.looks_it_over().await;
    first.looks_over("/staff/loans").await;
    first.press("Ada Lindqvist").await;
    first.sees("Annual percentage rate").await;
    first.fill("rate", "much").await;
    first.press("Show the figures").await;
    first.sees("There is a problem").await;
    first.fill("rate", "8.5").await;
    first.press("Show the figures").await;
    first.sees("8.5 %").await;
    first.looks_it_over().await;
    first.confirm("Agree").await;
    first.sees("You agreed. Another officer must agree as well.").await;
    first.sees("Another officer decides now.").await;
    first.leave().await;

    let second = arrive_as(&demonstration, "officer2").await;
    second.go("/staff/loans").await;
    second.press("Ada Lindqvist").await;
    second.sees("These are the terms that the first officer agreed to.").await;
    second.sees("8.5 %").await;
    second.confirm("Agree").await;
    second.sees("Granted: the offer is made.").await;
    second.looks_it_over().await;
    second.confirm("Record that it was accepted").await;
    second.sees("The offer is accepted.").await;
    second.press("Pay out").await;
    second.press("Continue").await;
    second.sees("Look at it once more").await;
    second.looks_it_over().await;
    second.press("Pay out").await;
    second.sees("The loan is paid out.").await;
    second.sees("12,000.00 USD").await;
    look_after(&second).await;
    refuse(&second).await;
    second.leave().await;
    demonstration.end();
}

/// A payment is taken in, and taken back; to write a loan off needs a second person.
async fn look_after(officer: &Person) {
    let loan = officer.path().await;
    officer.press("Take in a payment").await;
    officer.fill("amount", "nothing").await;
    officer.press("Continue").await;
    officer.sees("There is a problem").await;
    officer.looks_it_over().await;
    officer.fill("amount", "600").await;
    officer.press("Continue").await;
    officer.sees("600.00 USD").await;
    officer.press("Take in a payment").await;
    officer.sees("The payment is taken in.").await;
    officer.sees("Paid 600.00 USD").await;
    officer.looks_it_over().await;
    officer.press("Take a payment back").await;
    officer.press_on(By::Css("a[href*='/orders/reverse']")).await;
    officer.press("Continue").await;
    officer.press("Take a payment back").await;
    officer.sees("The payment is taken back.").await;

    officer.press("Write off").await;
    officer.press("Continue").await;
    officer.press("Write off").await;
    officer.sees("A second person must approve it.").await;
    for path in ["orders/waive", "orders/fee", "orders/reschedule"] {
        officer.looks_over(&format!("{loan}/{path}")).await;
    }
    officer.looks_over("/staff/loans/book").await;
}

/// The other application is refused, for the reasons of the checks that failed.
async fn refuse(officer: &Person) {
    officer.go("/staff/loans").await;
    officer.press("Ada Lindqvist").await;
    officer.sees("speaks against").await;
    officer.confirm("Refuse").await;
    officer.sees("Refused. The notice is made.").await;
    officer.looks_it_over().await;
    officer.looks_over("/staff/loans/search?q=8145").await;
}
