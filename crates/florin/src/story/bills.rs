//! Bills: a biller, what is paid to it by account and by card, and what a card can refuse.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Person, text};
use super::opening::Opened;
use super::steps::Steps;
use super::{Stage, failed};
use crate::Failure;

/// How often a payment is looked at until it is done, and how long between.
const LOOKS: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(100);

/// A bill is paid, a card is charged and another is declined, and one payment is given back.
pub(super) async fn tell(stage: &mut Stage<'_>, steps: &mut Steps, opened: &Opened) -> Result<(), Failure> {
    let (customer, account) = (&opened.customer, opened.account.as_str());
    let player = stage.cast.the("manager")?;
    let manager =
        steps.take("a manager signs in", stage.server.sign_in(&player.email, &player.password)).await?;
    let name = format!("Aurora Power {}", stage.server.something_new());
    let biller =
        json!({ "name": name, "category": "utilities", "currency": "USD", "reference_rule": "digits" });
    let biller =
        steps.take("the manager makes a biller known", manager.post("/api/v1/billers", &biller)).await?;
    let payee =
        json!({ "name": "Electricity", "biller_id": text(&biller, "/id")?, "reference": "4000123412" });
    let payee = steps.take("Stella saves it as a payee", customer.post("/api/v1/payees", &payee)).await?;
    let bill = json!({
        "from_account_id": account, "payee_id": text(&payee, "/id")?, "amount": usd("84.20"),
        "description": "Electricity, October",
    });
    let paid = steps.take("pays a bill of 84.20", customer.post_once("/api/v1/payments", &bill)).await?;
    stage.findings.push(("bill", text(&paid, "/status")?.to_owned()));

    let good = card(customer, steps, "4242424242424242").await?;
    let charged =
        steps.take("pays 60.00 into her account by card", pay_by(customer, &good, account, "60.00")).await?;
    stage.findings.push(("card_payment", text(&charged, "/status")?.to_owned()));
    let empty = card(customer, steps, "4000000000009995").await?;
    let declined =
        steps.take("tries a card without funds", pay_by(customer, &empty, account, "60.00")).await?;
    let code = text(&declined, "/decline_code")?.to_owned();
    stage.findings.push(("card_without_funds", format!("{} ({code})", text(&declined, "/status")?)));

    let path = format!("/api/v1/payments/{}/refund", text(&charged, "/id")?);
    let refund = json!({ "amount": usd("20.00"), "reason": "a goodwill gesture" });
    let refund = steps.take("the manager gives 20.00 of it back", manager.post_once(&path, &refund)).await?;
    stage.findings.push(("refund", text(&refund, "/refund/status")?.to_owned()));
    Ok(())
}

/// An amount in US dollars.
pub(super) fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

async fn card(customer: &Person, steps: &mut Steps, number: &str) -> Result<String, Failure> {
    let card = json!({
        "card": { "number": number, "expiry_month": 12, "expiry_year": 2034, "holder_name": "Stella Story" },
    });
    let shown = number.get(12..).unwrap_or_default();
    let saved = customer.post("/api/v1/payment-methods", &card);
    let saved = steps.take(format!("saves the card that ends with {shown}"), saved).await?;
    Ok(text(&saved, "/id")?.to_owned())
}

/// Pays by a card and waits until it is known what became of it.
async fn pay_by(customer: &Person, card: &str, account: &str, amount: &str) -> Result<Value, Failure> {
    let payment = json!({ "payment_method_id": card, "to_account_id": account, "amount": usd(amount) });
    let made = customer.post_once("/api/v1/payments", &payment).await?;
    let path = format!("/api/v1/payments/{}", text(&made, "/id")?);
    for _ in 0..LOOKS {
        let seen = customer.get(&path).await?;
        if !matches!(text(&seen, "/status")?, "pending" | "processing") {
            return Ok(seen);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Err(failed("the payment is still under way after ten seconds"))
}
