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

/// Payees, a payment to one of them, and what is paid every month.
fn has_much(demonstration: &Demonstration) {
    let manager = demonstration.token("manager");
    let water = json!({ "name": "Harbour Waterworks", "category": "utilities", "currency": "EUR", "reference_rule": "luhn", "reference_min": 8 });
    let biller = demonstration.asked(&manager, "/api/v1/billers", &water);
    let customer = demonstration.token("customer");
    let water = json!({ "name": "Water", "biller_id": biller["id"], "reference": "7992-7398-713" });
    demonstration.asked(&customer, "/api/v1/payees", &water);
    let (from, to) = accounts_of(demonstration, &customer);
    let friend = json!({ "name": "Savings pot", "account_id": to });
    let payee = demonstration.asked(&customer, "/api/v1/payees", &friend);
    let dinner = json!({ "from_account_id": from, "payee_id": payee["id"], "amount": eur("25.40"), "description": "Dinner" });
    demonstration.asked(&customer, "/api/v1/payments", &dinner);
    let monthly = json!({
        "from_account_id": from, "to_account_id": to, "amount": eur("120.00"), "rhythm": "monthly",
        "first_on": "2099-01-31", "time_zone": "Europe/Berlin", "description": "For the holidays",
    });
    demonstration.asked(&customer, "/api/v1/scheduled-payments", &monthly);
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
    ada.follow("main tbody a").await;
    ada.looks_it_over().await;
    for path in
        ["/payments/scheduled", "/payments/scheduled/new", "/cards", "/loans", "/loans/apply", "/statements"]
    {
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
    ada.sign_out().await;
    for path in ["/nowhere", "/login", "/register", "/forgot-password"] {
        ada.looks_over(path).await;
    }
    ada.leave().await;
    demonstration.end();
}
