//! Everything else that a customer finds: payees, payments and schedules, cards, statements, keys and what is known of them.

use super::*;

fn eur(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// The accounts in euro that somebody has: the current account, and what they save on.
fn accounts_of(demonstration: &Demonstration, customer: &str) -> (String, String) {
    let accounts = demonstration.asked(customer, "/api/v1/accounts", &Value::Null);
    let of_kind = |kind: &str| {
        let mut all = accounts["data"].as_array().unwrap().iter();
        all.find(|one| one["kind"] == kind).unwrap()["id"].as_str().unwrap().to_owned()
    };
    (of_kind("checking"), of_kind("savings"))
}

/// A bill that is paid, what is paid every month, and an application that is refused.
fn has_much(demonstration: &Demonstration) {
    let manager = demonstration.token("manager");
    let water = json!({ "name": "Harbour Waterworks", "category": "utilities", "currency": "EUR",
        "reference_pattern": "digits", "reference_length_min": 6, "reference_length_max": 12 });
    let _ = (manager, water);
    let customer = demonstration.token("customer");
    let (from, to) = accounts_of(demonstration, &customer);
    let friend = json!({ "name": "Savings pot", "account_id": to });
    let payee = demonstration.asked(&customer, "/api/v1/payees", &friend);
    let bill = json!({ "from_account_id": from, "payee_id": payee["id"], "amount": eur("25.40"), "description": "Dinner" });
    demonstration.asked(&customer, "/api/v1/payments", &bill);
    let monthly = json!({
        "from_account_id": from, "to_account_id": to, "amount": eur("120.00"), "rhythm": "monthly",
        "first_on": "2099-01-31", "time_zone": "Europe/Berlin", "description": "For the holidays",
    });
    demonstration.asked(&customer, "/api/v1/payments/scheduled", &monthly);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_a_customer_finds_is_looked_over() {
    let demonstration = Demonstration::start();
    has_much(&demonstration);
    let ada = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("customer");
    ada.sign_in((&email, &password)).await;
    for path in ["/dashboard", "/accounts", "/payments", "/payments/new", "/payees", "/payees/new"] {
        ada.looks_over(path).await;
    }
    ada.go("/accounts").await;
    ada.follow("main tbody a").await;
    ada.looks_it_over().await;
    ada.go("/payments").await;
    ada.press("Dinner").await;
    ada.looks_it_over().await;
    for path in ["/payments/scheduled", "/payments/scheduled/new", "/cards", "/loans", "/loans/apply", "/statements"] {
        ada.looks_over(path).await;
    }
    ada.go("/payments/scheduled").await;
    ada.follow("main tbody a").await;
    ada.looks_it_over().await;
    ada.leave().await;
    demonstration.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_about_a_customer_is_looked_over() {
    let demonstration = Demonstration::start();
    let ada = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("customer");
    ada.sign_in((&email, &password)).await;
    for path in [
        "/profile",
        "/profile/export",
        "/security",
        "/security/sign-ins",
        "/security/log",
        "/security/api-keys",
        "/security/password",
        "/security/authenticator",
        "/security/passkeys",
        "/step-up",
    ] {
        ada.looks_over(path).await;
    }
    ada.go("/security/api-keys/new").await;
    ada.proves(&password).await;
    ada.looks_it_over().await;
    ada.fill("name", "Nightly export").await;
    ada.follow("#scope-0").await;
    ada.fill("expires_on", "01/01/2027").await;
    ada.press("Make the key").await;
    ada.sees("The key is made").await;
    ada.looks_it_over().await;
    ada.press("I have kept it").await;
    ada.sees("Nightly export").await;
    ada.looks_it_over().await;
    ada.looks_over("/nowhere").await;
    ada.sign_out().await;
    for path in ["/login", "/register", "/forgot-password"] {
        ada.looks_over(path).await;
    }
    ada.leave().await;
    demonstration.end();
}
