//! An analyst at the list of cases, and what guides decisions.

use super::*;

fn eur(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// The current account in euro of somebody.
fn account_in(accounts: &Value) -> String {
    let accounts = accounts["data"].as_array().unwrap();
    let found = accounts.iter().find(|one| one["currency"] == "EUR" && one["kind"] == "checking");
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Ada sends Bruno almost the same sum again and again, until one is held.
fn a_transfer_is_held(demonstration: &Demonstration) {
    let (customer, teller) = (demonstration.token("customer"), demonstration.token("teller"));
    let from = account_in(&demonstration.asked(&customer, "/api/v1/accounts", &Value::Null));
    let term = json!({ "search_term": "bruno castellani" });
    let found = demonstration.asked(&teller, "/api/v1/customers/search", &term);
    let bruno = found["data"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/accounts?customer_id={bruno}");
    let to = account_in(&demonstration.asked(&teller, &path, &Value::Null));
    let cash = json!({ "amount": eur("40000.00") });
    demonstration.asked(&teller, &format!("/api/v1/accounts/{from}/deposit"), &cash);
    let order = json!({ "from_account_id": from, "to_account_id": to, "amount": eur("9500.00") });
    let mut made = Value::Null;
    for _ in 0..3 {
        made = demonstration.asked(&customer, "/api/v1/transfers", &order);
    }
    assert_eq!(made["status"], "pending", "the third of its kind is held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_analyst_decides_about_money_that_is_held() {
    let demonstration = Demonstration::start();
    a_transfer_is_held(&demonstration);
    let analyst = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("analyst");
    analyst.sign_in((&email, &password)).await;
    analyst.sees("Cases that nobody works on").await;
    analyst.looks_it_over().await;
    analyst.looks_over("/staff/cases?kind=fraud").await;
    analyst.press("A transfer is held for review").await;
    analyst.sees("Why it was held").await;
    analyst.sees("Where the money went").await;
    analyst.looks_it_over().await;
    assert!(analyst.reads("figure.graph svg").await.contains("9,500.00"));

    analyst.press("Take it").await;
    analyst.sees("It is noted.").await;
    analyst.fill("text", "Called the customer.").await;
    analyst.press("Write it down").await;
    analyst.sees("The note is written.").await;
    analyst.tick("decision", "genuine").await;
    analyst.fill("reason", "The customer bought a boat.").await;
    analyst.press("Decide").await;
    analyst.sees("The case is decided.").await;
    analyst.sees("The money was released.").await;
    analyst.looks_it_over().await;
    analyst.press("All that the decision was made of").await;
    analyst.sees("The same, to the bit").await;
    analyst.looks_it_over().await;
    analyst.leave().await;
    demonstration.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_and_the_payments_are_looked_at() {
    let demonstration = Demonstration::start();
    let manager = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("manager");
    manager.sign_in((&email, &password)).await;
    for path in ["/staff/payments", "/staff/payments/files", "/staff/payments/answers"] {
        manager.looks_over(path).await;
    }
    manager.looks_over("/staff/ledger").await;
    manager.sees("EUR balances").await;
    manager.fill("through", "01/01/2099").await;
    manager.tick("sure", "true").await;
    manager.press("Close them").await;
    manager.sees("There is a problem").await;
    manager.looks_it_over().await;
    manager.leave().await;
    demonstration.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_guides_decisions_is_looked_at_tried_and_listed() {
    let demonstration = Demonstration::start();
    let analyst = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("analyst");
    analyst.sign_in((&email, &password)).await;
    for path in [
        "/staff/aml",
        "/staff/cases/new",
        "/staff/screenings",
        "/staff/screenings/lists",
        "/staff/security-events",
        "/staff/security-events/addresses",
    ] {
        analyst.looks_over(path).await;
    }
    analyst.looks_over("/staff/risk/models").await;
    analyst.looks_over("/staff/risk").await;
    analyst.fill("toml", "this is no set of rules").await;
    analyst.press("Check it and keep it").await;
    analyst.sees("There is a problem").await;

    analyst.looks_over("/staff/risk/lists").await;
    analyst.choose("dimension", "ip").await;
    analyst.fill("value", "203.0.113.0/24").await;
    analyst.tick("effect", "block").await;
    analyst.fill("reason", "Guesses passwords.").await;
    analyst.press("Put it on the list").await;
    analyst.sees("It is on the list.").await;
    analyst.looks_it_over().await;
    analyst.confirm("Remove").await;
    analyst.sees("It is off the list.").await;
    analyst.leave().await;
    demonstration.end();
}
