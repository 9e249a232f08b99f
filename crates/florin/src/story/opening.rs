//! How it begins: somebody becomes a customer, and money comes in and goes on.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::client::{Person, text};
use super::steps::Steps;
use super::{Stage, letters};
use crate::Failure;

/// A new customer with money.
pub(super) struct Opened {
    pub(super) customer: Person,
    pub(super) account: String,
}

/// Somebody registers, proves their email, opens an account, and moves money that a teller paid in.
pub(super) async fn tell(stage: &mut Stage<'_>, steps: &mut Steps) -> Result<Opened, Failure> {
    let customer = register(stage, steps).await?;
    let account = {
        let body = json!({ "kind": "checking", "currency": "USD" });
        let opened =
            steps.take("opens a checking account in US dollars", customer.post("/api/v1/accounts", &body));
        text(&opened.await?, "/id")?.to_owned()
    };
    let savings = {
        let body = json!({ "kind": "savings", "currency": "USD" });
        let opened = steps.take("opens a savings account", customer.post("/api/v1/accounts", &body)).await?;
        text(&opened, "/id")?.to_owned()
    };
    let player = stage.cast.the("teller")?;
    let teller =
        steps.take("a teller signs in", stage.server.sign_in(&player.email, &player.password)).await?;
    let cash =
        json!({ "amount": { "amount": "5000.00", "currency": "USD" }, "description": "first deposit" });
    let path = format!("/api/v1/accounts/{account}/deposit");
    steps.take("the teller takes in 5,000.00 in cash", teller.post_once(&path, &cash)).await?;
    let transfer = json!({
        "from_account_id": account, "to_account_id": savings,
        "amount": { "amount": "750.00", "currency": "USD" }, "description": "for later",
    });
    let moved =
        steps.take("transfers 750.00 to savings", customer.post_once("/api/v1/transfers", &transfer)).await?;
    stage.findings.push(("transfer", text(&moved, "/id")?.to_owned()));
    stage.findings.push(("risk_decision", text(&moved, "/risk/decision")?.to_owned()));
    let path = format!("/api/v1/accounts/{account}/balance");
    let balance = steps.take("looks at the balance", customer.get(&path)).await?;
    stage.findings.push(("balance_after_transfer", shown(&balance, "/balance")?));
    Ok(Opened { customer, account })
}

async fn register(stage: &Stage<'_>, steps: &mut Steps) -> Result<Person, Failure> {
    let server = &stage.server;
    let email = format!("story-{}@example.com", server.something_new());
    let password = Zeroizing::new(format!("velvet tundra {}", server.something_new()));
    let person = json!({ "email": email, "password": password.as_str(), "full_name": "Stella Story" });
    steps.take("Stella registers", server.post("/api/v1/auth/register", &person)).await?;
    let token = steps.take("her letter arrives", letters::token_for(stage.data, &email)).await?;
    let proof = json!({ "token": token.as_str() });
    steps.take("she proves her email", server.post("/api/v1/auth/email/verify", &proof)).await?;
    steps.take("she signs in", server.sign_in(&email, &password)).await
}

/// Money as it is told: `1234.56 USD`.
pub(super) fn shown(answer: &Value, pointer: &str) -> Result<String, Failure> {
    let amount = text(answer, &format!("{pointer}/amount"))?;
    Ok(format!("{amount} {}", text(answer, &format!("{pointer}/currency"))?))
}
