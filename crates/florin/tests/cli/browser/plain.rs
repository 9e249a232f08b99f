//! A browser that runs no scripts: what is essential works all the same.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_sent_without_scripts() {
    let demonstration = Demonstration::start();
    let person = Person::arrive_without_scripts(&demonstration).await;
    let (email, password) = demonstration.person("customer");
    person.go("/transfer").await;
    person.is_at("/login").await;
    person.fill("email", &email).await;
    person.fill("password", "wrong, and long enough").await;
    person.press("Sign in").await;
    person.sees("The credentials are wrong").await;
    person.fill("email", &email).await;
    person.fill("password", &password).await;
    person.press("Sign in").await;
    person.is_at("/transfer").await;

    person.choose("from", "Checking").await;
    person.choose("to", "Savings").await;
    person.fill("amount", "12.5").await;
    person.fill("description", "Put aside").await;
    person.press("Continue").await;
    person.sees("Check the transfer").await;
    person.press("Send 12.50\u{a0}EUR").await;
    person.sees("12.50 EUR was sent.").await;
    person.go("/dashboard").await;
    person.sees("Put aside").await;
    person.sign_out().await;
    person.go("/dashboard").await;
    person.is_at("/login").await;
    person.leave().await;
    demonstration.end();
}
