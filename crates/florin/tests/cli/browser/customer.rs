//! A customer's way, from registering to a statement.

use florin_kernel::{Env, Timestamp};
use florin_testkit::totp_code;

use super::*;

const EMAIL: &str = "stella.story@example.com";
const PASSWORD: &str = "quiet lanterns by the quay";

/// An authenticator app, each of whose codes works once; the server takes the next half minute's as well.
struct App {
    secret: String,
    last: i64,
}

impl App {
    /// A code that was not shown before.
    async fn code(&mut self) -> String {
        loop {
            let now = Env::system().now().as_second() / 30;
            if self.last <= now {
                self.last = now.max(self.last + 1);
                return totp_code(&self.secret, Timestamp::from_second(self.last * 30).unwrap());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn registers(stella: &Person, demonstration: &Demonstration) {
    stella.looks_over("/login").await;
    stella.press("Open an account").await;
    stella.fill("full_name", "Stella Story").await;
    stella.fill("email", EMAIL).await;
    stella.fill("password", "too short").await;
    stella.press("Register").await;
    stella.sees("There is a problem").await;
    stella.looks_it_over().await;
    stella.fill("password", PASSWORD).await;
    stella.press("Register").await;
    stella.sees("Look into your mail").await;
    stella.go(&demonstration.link("verify-email", EMAIL).await).await;
    stella.looks_it_over().await;
    stella.press("Confirm my address").await;
    stella.sees("Your address is confirmed.").await;
}

/// She sets an app up by the key behind the picture, signs out, and signs in with a code of it.
async fn sets_an_app_up(stella: &Person) -> App {
    stella.go("/security").await;
    stella.looks_it_over().await;
    stella.go("/security/authenticator").await;
    stella.press("Set up the app").await;
    assert!(stella.attribute("img.qr", "src").await.starts_with("data:image/png;base64,"));
    let secret = stella.reads("#totp-secret").await.replace(' ', "");
    let mut app = App { secret, last: 0 };
    stella.fill("code", "000000").await;
    stella.press("Turn it on").await;
    stella.sees("This is not the code").await;
    stella.looks_it_over().await;
    stella.fill("code", &app.code().await).await;
    stella.press("Turn it on").await;
    stella.sees("The authenticator app is on").await;
    stella.looks_it_over().await;
    stella.sign_out().await;

    stella.fill("email", EMAIL).await;
    stella.fill("password", PASSWORD).await;
    stella.press("Sign in").await;
    stella.sees("One more step").await;
    stella.looks_it_over().await;
    stella.fill("code", &app.code().await).await;
    stella.press("Continue").await;
    stella.is_at("/dashboard").await;
    app
}

/// She opens an account, and a teller pays in what she brought; its identifier.
async fn opens_an_account(stella: &Person, demonstration: &Demonstration, kind: &str) -> String {
    stella.go("/accounts/open").await;
    stella.looks_it_over().await;
    stella.tick("kind", kind).await;
    stella.choose("currency", "USD").await;
    stella.press("Open the account").await;
    stella.sees("USD").await;
    let account = stella.path().await.rsplit('/').next().unwrap().to_owned();
    if kind == "checking" {
        let cash = json!({ "amount": { "amount": "30000.00", "currency": "USD" } });
        demonstration.has_done("teller", &format!("/api/v1/accounts/{account}/deposit"), &cash);
    }
    account
}

/// More than ten thousand is sent with a fresh factor alone; what was typed is not typed again.
async fn sends_much(stella: &Person, app: &mut App) {
    stella.go("/transfer").await;
    stella.looks_it_over().await;
    stella.choose("from", "Checking").await;
    stella.choose("to", "Savings").await;
    stella.fill("amount", "12,000").await;
    stella.fill("description", "For later").await;
    stella.press("Continue").await;
    stella.sees("Check the transfer").await;
    stella.looks_it_over().await;
    stella.press("Send 12,000.00\u{a0}USD").await;
    stella.sees("Confirm that it is you").await;
    stella.looks_it_over().await;
    stella.fill("_code", "000000").await;
    stella.press("Confirm").await;
    stella.sees("Confirm that it is you").await;
    stella.fill("_code", &app.code().await).await;
    stella.press("Confirm").await;
    stella.sees("For later").await;
    stella.looks_it_over().await;
}

/// She asks for a loan, and two officers grant it; its identifier.
fn is_granted_a_loan(demonstration: &Demonstration) -> String {
    let usd = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    let application = json!({
        "customer_name": "Stella Story", "loan_amount": usd("6000.00"), "ssn": "536-22-8145", "email": EMAIL,
        "phone": "+14155550123", "term_months": 24, "annual_income": usd("72000.00"),
        "monthly_debts": usd("350.00"), "employment_months": 30,
    });
    let stella = demonstration.token_of(EMAIL, PASSWORD);
    let applied = demonstration.asked(&stella, "/api/v1/loans/apply", &application);
    let decision = json!({ "application_id": applied["id"] });
    demonstration.has_done("officer", "/api/v1/loans/approve", &decision);
    let agreed = demonstration.has_done("officer2", "/api/v1/loans/approve", &decision);
    agreed["loan_id"].as_str().unwrap().to_owned()
}

async fn pays_a_loan(stella: &Person, demonstration: &Demonstration, loan: &str, account: &str) {
    stella.looks_over("/loans").await;
    stella.looks_over(&format!("/loans/{loan}")).await;
    stella.confirm("Take the offer").await;
    stella.sees("Sign out").await;
    let to = json!({ "account_id": account });
    demonstration.has_done("officer2", &format!("/api/v1/loans/{loan}/disburse"), &to);
    stella.looks_over(&format!("/loans/{loan}")).await;
    stella.press("Pay").await;
    stella.sees("Personal loan").await;
    stella.looks_it_over().await;
    stella.fill("amount", "300").await;
    stella.press("Continue").await;
    stella.sees("300.00 USD").await;
    stella.looks_it_over().await;
    stella.press("Pay 300.00\u{a0}USD").await;
    stella.sees("300.00 USD").await;
    stella.looks_over(&format!("/loans/{loan}")).await;
    stella.sees("Payment").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_becomes_a_customer_who_sends_money_pays_a_loan_and_takes_a_statement() {
    let demonstration = Demonstration::start();
    let stella = Person::arrive(&demonstration).await;
    registers(&stella, &demonstration).await;
    stella.sign_in((EMAIL, PASSWORD)).await;
    stella.is_at("/dashboard").await;
    stella.looks_it_over().await;
    let loan = is_granted_a_loan(&demonstration);
    let mut app = sets_an_app_up(&stella).await;
    let checking = opens_an_account(&stella, &demonstration, "checking").await;
    opens_an_account(&stella, &demonstration, "savings").await;
    sends_much(&stella, &mut app).await;
    pays_a_loan(&stella, &demonstration, &loan, &checking).await;

    for path in [
        "/dashboard",
        "/accounts",
        "/payments",
        "/payments/methods",
        "/payments/methods/new",
        "/cards",
        "/statements",
        "/profile",
        "/profile/consents",
        "/notifications",
    ] {
        stella.looks_over(path).await;
    }
    let statement = format!("/statements/file?account={checking}&format=csv");
    let said = stella.downloads(&statement).await;
    assert!(said.contains("12000.00") && said.contains("For later"), "{said}");
    stella.leave().await;
    demonstration.end();
}
