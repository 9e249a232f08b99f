//! A loan, from what it would cost to its last payment.

use serde_json::json;

use super::Stage;
use super::bills::usd;
use super::client::{Person, text};
use super::opening::{Opened, shown};
use super::steps::Steps;
use crate::Failure;

/// Where personal loans are paid.
const PAY: &str = "/api/v1/personal/pay";
/// Where officers agree to applications.
const APPROVE: &str = "/api/v1/loans/approve";

/// Stella borrows, two officers agree, and she pays it all back.
pub(super) async fn tell(stage: &mut Stage<'_>, steps: &mut Steps, opened: &Opened) -> Result<(), Failure> {
    let customer = &opened.customer;
    let wish = json!({ "loan_amount": usd("6000.00"), "annual_rate": "9.99", "term_months": 24 });
    let quote =
        steps.take("asks what 6,000.00 would cost", customer.post("/api/v1/loans/quote", &wish)).await?;
    stage.findings.push(("quoted_apr", text(&quote, "/apr")?.to_owned()));
    let (loan, officer) = borrow(stage, steps, customer).await?;
    let (path, nothing) = (format!("/api/v1/loans/{loan}/accept"), json!({}));
    let taken = steps.take("takes the offer", customer.post(&path, &nothing)).await?;
    stage.findings.push(("disclosed_apr", text(&taken, "/apr")?.to_owned()));
    pay_out(stage, steps, (opened, &officer), &loan).await?;
    pay_back(stage, steps, opened, &loan).await
}

/// An application that two officers agree to; the loan that is offered, and the officer who agreed last.
async fn borrow(
    stage: &Stage<'_>,
    steps: &mut Steps,
    customer: &Person,
) -> Result<(String, Person), Failure> {
    let application = json!({
        "customer_name": "Stella Story", "loan_amount": usd("6000.00"), "ssn": "536-22-8145",
        "email": opened_email(customer).await?, "phone": "+14155550123", "term_months": 24,
        "annual_income": usd("72000.00"), "monthly_debts": usd("350.00"), "employment_months": 30,
    });
    let applied = steps.take("applies for it", customer.post("/api/v1/loans/apply", &application)).await?;
    let decision = json!({ "application_id": text(&applied, "/id")? });
    let first = officer(stage, steps, "officer").await?;
    steps.take("she agrees", first.post(APPROVE, &decision)).await?;
    let second = officer(stage, steps, "officer2").await?;
    let agreed = steps.take("he agrees as well", second.post(APPROVE, &decision)).await?;
    Ok((text(&agreed, "/loan_id")?.to_owned(), second))
}

async fn officer(stage: &Stage<'_>, steps: &mut Steps, who: &str) -> Result<Person, Failure> {
    let player = stage.cast.the(who)?;
    steps.take("a loan officer signs in", stage.server.sign_in(&player.email, &player.password)).await
}

async fn opened_email(customer: &Person) -> Result<String, Failure> {
    let profile = customer.get("/api/v1/auth/profile").await?;
    Ok(text(&profile, "/email")?.to_owned())
}

async fn pay_out(
    stage: &mut Stage<'_>,
    steps: &mut Steps,
    (opened, officer): (&Opened, &Person),
    loan: &str,
) -> Result<(), Failure> {
    let (path, to) = (format!("/api/v1/loans/{loan}/disburse"), json!({ "account_id": opened.account }));
    let paid = steps.take("the officer pays it out", officer.post_once(&path, &to)).await?;
    stage.findings.push(("owed_at_first", shown(&paid, "/balance")?));
    let path = format!("/api/v1/loans/{loan}/schedule");
    let schedule = steps.take("she looks at the schedule", opened.customer.get(&path)).await?;
    stage.findings.push(("first_instalment", shown(&schedule, "/original/0/payment")?));
    Ok(())
}

async fn pay_back(
    stage: &mut Stage<'_>,
    steps: &mut Steps,
    opened: &Opened,
    loan: &str,
) -> Result<(), Failure> {
    let (customer, account) = (&opened.customer, opened.account.as_str());
    let pay = |amount: &str, principal_only: bool| {
        json!({
            "loan_id": loan, "from_account_id": account, "amount": usd(amount), "principal_only": principal_only,
        })
    };
    let extra = pay("500.00", true);
    let extra = steps.take("pays 500.00 of the principal ahead", customer.post_once(PAY, &extra)).await?;
    stage.findings.push(("owed_after_500", shown(&extra, "/loan/balance")?));
    let path = format!("/api/v1/loans/{loan}/payoff");
    let payoff = steps.take("asks what it takes to be done with it", customer.get(&path)).await?;
    let last = pay(text(&payoff, "/total/amount")?, false);
    let done = steps.take("pays the loan off", customer.post_once(PAY, &last)).await?;
    stage.findings.push(("loan_in_the_end", text(&done, "/loan/status")?.to_owned()));
    Ok(())
}
