//! The customers' pages, as somebody uses them whose browser runs no script: every step is a link or a form.

use florin_testkit::{Browser, Client, Page, PageForm, TestApp, on_both_engines, totp_code};
use serde_json::json;

use super::lending::Desk;

async fn signed_in(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(email).await.expect(200);
    browser
}

/// The step of a form that is the last: its fields carry what was typed.
fn last(page: &Page, action: &str) -> PageForm {
    let forms = page.forms(action);
    forms.into_iter().find(|form| form.value("_step") == "confirm").unwrap()
}

/// Transfers by the two pages for that, as far as the second.
async fn checked(browser: &mut Browser, from: &str, to: &str, amount: &str) -> Page {
    let form = browser.open("/transfer").await.expect(200).form("/transfer");
    let form = form.with("from", from).with("to", "").with("to_other", to).with("amount", amount);
    browser.submit(&form.with("description", "For the <garden>")).await.expect(200)
}

on_both_engines! {
    async fn a_transfer_is_checked_sent_once_and_found_among_the_entries(app: &TestApp) {
        let (ada, from) = app.funded_customer("500.00").await;
        let to = app.customer().await.open_account("EUR").await;
        let mut browser = signed_in(app, &ada.email).await;

        let check = checked(&mut browser, &from, &to, "120.50").await;
        assert_eq!(check.heading(), "Check the transfer");
        let confirm = last(&check, "/transfer");
        let receipt = browser.submit(&confirm).await.expect(200);
        let again = browser.submit(&confirm).await.expect(200);

        assert!(receipt.path.starts_with("/transfers/") && receipt.says("120.50 EUR was sent."), "{}", receipt.html);
        assert_eq!(again.path, receipt.path, "a form that is sent twice is taken once");
        assert!(receipt.html.contains("For the &lt;garden&gt;"));
        assert_eq!(ada.balance(&from).await, "379.50");
        let account = browser.open(&format!("/accounts/{from}")).await.expect(200);
        assert!(account.says("For the <garden>") && account.says("−120.50 EUR") && account.says("379.50 EUR"));
        let found = browser.open(&format!("/accounts/{from}?q=GARDEN&side=out")).await.expect(200);
        assert!(found.says("−120.50 EUR") && !found.says("Cash paid in"));
        let none = browser.open(&format!("/accounts/{from}?q=garden&side=in")).await.expect(200);
        assert!(none.says("Nothing found"));
        let twice = checked(&mut browser, &from, &to, "120.50").await;
        assert!(twice.says("Is this meant twice?"));
    }

    async fn a_large_transfer_asks_for_a_factor_and_keeps_what_was_typed(app: &TestApp) {
        let (ada, from) = app.funded_customer("20000.00").await;
        let to = app.customer().await.open_account("EUR").await;
        let mut browser = signed_in(app, &ada.email).await;
        app.clock.advance_seconds(600);
        let check = checked(&mut browser, &from, &to, "15000.00").await;

        let asked = browser.submit(&last(&check, "/transfer")).await;

        assert_eq!(asked.heading(), "Confirm that it is you");
        let form = asked.form("/transfer");
        assert_eq!(form.value("amount"), "15000.00");
        let wrong = browser.submit(&form.clone().with("_password", "not it at all")).await;
        assert_eq!(wrong.heading(), "Confirm that it is you");
        assert_eq!(ada.balance(&from).await, "20000.00");
        let done = browser.submit(&form.with("_password", florin_testkit::PASSWORD)).await.expect(200);
        assert!(done.path.starts_with("/transfers/"), "{}", done.html);
        assert_eq!(ada.balance(&from).await, "5000.00");
    }

    async fn another_customers_things_are_not_there(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let other = app.customer().await;
        let to = other.open_account("EUR").await;
        ada.transfer(&account, &to, "5.00", "one").await.expect(201);
        let stranger = app.customer().await;
        let mut browser = signed_in(app, &stranger.email).await;

        let entry = ada.get("/api/v1/transfers").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
        for path in [format!("/accounts/{account}"), format!("/transfers/{entry}"), format!("/payments/{entry}")] {
            browser.open(&path).await.expect(404);
        }
        let file = browser.open(&format!("/statements/file?account={account}&format=csv")).await;
        assert_eq!(file.answer.status.as_u16(), 404, "{}", file.html);
        assert_eq!(app.browser().open("/accounts").await.path, "/login?next=%2Faccounts");
    }

    async fn an_authenticator_app_is_set_up_by_pages_and_asked_for(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = signed_in(app, &ada.email).await;
        let path = "/security/authenticator";
        let scan = browser.open(path).await.expect(200).form(path);
        let scan = browser.submit(&scan).await.expect(200);
        let form = scan.form(path);
        let secret = form.value("secret").to_owned();
        assert!(scan.html.contains("src=\"data:image/png;base64,"));

        let wrong = browser.submit(&form.clone().with("code", "000000")).await.expect(422);
        assert_eq!(wrong.form(path).value("secret"), secret, "what was scanned still counts");
        let code = totp_code(&secret, app.services.env.now());
        let on = browser.submit(&wrong.form(path).with("code", code)).await.expect(200);

        assert_eq!(on.html.matches("<li>").count() - on.html.matches("<li><a").count(), 10, "{}", on.html);
        assert!(browser.open("/security").await.says("Second factor"));
        assert!(browser.open("/security/log").await.says("Set up a second factor"));
        app.clock.advance_seconds(30);
        let mut elsewhere = app.browser();
        let second = elsewhere.sign_in(&ada.email).await;
        let code = totp_code(&secret, app.services.env.now());
        let home = elsewhere.submit(&second.form("/login/mfa").with("code", code)).await.expect(200);
        assert_eq!(home.path, "/dashboard");
    }

    async fn somebody_at_the_counter_without_a_factor_is_led_to_set_one_up(app: &TestApp) {
        let teller = app.teller().await;
        let mut browser = app.browser();
        browser.sign_in(&teller.email).await;
        let path = "/security/authenticator";

        let page = browser.open(path).await.expect(200);
        let scan = browser.submit(&page.form(path)).await.expect(200);

        assert_eq!(scan.heading(), "Scan this with the app");
    }

    async fn a_password_is_changed_and_every_other_sign_in_ends(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = signed_in(app, &ada.email).await;
        let mut other = signed_in(app, &ada.email).await;
        let form = browser.open("/change_password").await.form("/change_password");

        let wrong = form.clone().with("current_password", "not it at all").with("new_password", "long enough to be one 9");
        let wrong = browser.submit(&wrong).await;
        assert!(wrong.says("This is not your password") && !wrong.html.contains("long enough"), "{}", wrong.html);
        let form = wrong.form("/change_password").with("current_password", florin_testkit::PASSWORD);
        let done = browser.submit(&form.with("new_password", "quite another sentence 7")).await.expect(200);

        assert!(done.says("The password is changed."));
        assert_eq!(other.open("/security").await.path, "/login?next=%2Fsecurity");
    }

    async fn sign_ins_are_ended_and_keys_made_and_revoked(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = signed_in(app, &ada.email).await;
        let mut other = signed_in(app, &ada.email).await;
        let list = browser.open("/security/sign-ins").await.expect(200);
        assert!(list.says("Firefox on Linux") && list.says("this one"));

        let form = browser.open("/security/api-keys/new").await.form("/security/api-keys/new");
        let form = form.with("name", "Export").with("expires_on", "2027-06-30").with("scopes", "account.read");
        let made = browser.submit(&form).await.expect(200);
        let key = made.html.split("id=\"api-key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        app.stranger().with_token(&key).get("/api/v1/accounts").await.expect(200);
        let keys = browser.open("/security/api-keys").await;
        assert!(keys.says("Export") && !keys.html.contains(&key));
        let revoke = keys.form_between("/security/api-keys/", "/revoke");
        browser.submit(&revoke).await.expect(200);
        assert_eq!(app.stranger().with_token(&key).get("/api/v1/accounts").await.status.as_u16(), 401);

        let all = browser.open("/security/sign-ins").await.form("/security/sign-ins/end-all");
        assert_eq!(browser.submit(&all).await.path, "/login?out=1");
        assert_eq!(other.open("/profile").await.path, "/login?next=%2Fprofile");
    }

    async fn a_payee_is_added_and_paid_and_its_name_is_the_payers_alone(app: &TestApp) {
        let (ada, from) = app.funded_customer("300.00").await;
        let bob = app.customer().await;
        let to = bob.open_account("EUR").await;
        let mut browser = signed_in(app, &ada.email).await;

        let form = browser.open("/payees/new?kind=account").await.form("/payees/new");
        let payees = browser.submit(&form.with("name", "Rascal Bob").with("account_id", &to)).await.expect(200);
        assert!(payees.says("Rascal Bob is added."));
        let link = payees.link("/payments/new?to=payee:");
        let form = browser.open(&link).await.form("/payments/new");
        let target = link.split_once("to=").unwrap().1.to_owned();
        assert_eq!(form.value("to"), target);
        let wrong = browser.submit(&form.with("amount", "ten").with("description", "Lunch")).await.expect(422);
        assert!(wrong.says("Enter an amount in figures"), "{}", wrong.html);
        let form = wrong.form("/payments/new").with("amount", "25.00");
        let check = browser.submit(&form).await.expect(200);
        assert!(check.says("At once") && check.says("25.00 EUR"));
        let paid = browser.submit(&last(&check, "/payments/new")).await.expect(200);

        assert!(paid.path.starts_with("/payments/") && paid.says("Rascal Bob"), "{}", paid.html);
        assert_eq!(bob.balance(&to).await, "25.00");
        assert!(browser.open(&format!("/accounts/{from}")).await.says("Rascal Bob"));
        let mut his = signed_in(app, &bob.email).await;
        let seen = his.open(&format!("/accounts/{to}")).await.expect(200);
        assert!(seen.says("Lunch") && !seen.html.contains("Rascal"), "{}", seen.html);
        let receipt = browser.open(&format!("{}/receipt", paid.path)).await.expect(200);
        assert!(receipt.answer.body.starts_with(b"%PDF"));
    }

    async fn a_payment_is_scheduled_paused_and_ended(app: &TestApp) {
        let (ada, from) = app.funded_customer("300.00").await;
        let to = app.customer().await.open_account("EUR").await;
        let payee = json!({ "name": "Landlord", "account_id": to });
        ada.post("/api/v1/payees", &payee).await.expect(201);
        let mut browser = signed_in(app, &ada.email).await;
        let path = "/payments/scheduled/new";

        let form = browser.open(path).await.form(path).with("from", format!("account:{from}"));
        let nothing = browser.submit(&form.clone().with("first_on", "")).await.expect(422);
        assert!(nothing.says("Enter the first day") || nothing.says("Enter an amount"), "{}", nothing.html);
        let day = (app.services.loans.today() + jiff::Span::new().days(40)).to_string();
        let form = form.with("amount", "50.00").with("first_on", &day).with("rhythm", "monthly");
        let check = browser.submit(&form).await.expect(200);
        assert!(check.says("The first payments"));
        let made = browser.submit(&last(&check, path)).await.expect(200);
        assert!(made.says("The payment is scheduled.") && made.says("Monthly"), "{}", made.html);

        let paused = browser.submit(&made.form(&format!("{}/state", made.path))).await.expect(200);
        assert!(paused.says("It is paused.") && paused.says("Nothing is paid by it now."));
        let ended = browser.submit(&paused.form(&format!("{}/cancel", made.path))).await.expect(200);
        assert!(ended.says("Nothing is paid by it any more."));
        assert!(browser.open("/dashboard").await.says("Nothing is due"));
    }

    async fn a_loan_is_looked_at_and_paid(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = desk.loan().await;
        let customer: Client = desk.customer().await;
        let mut browser = signed_in(app, &customer.email).await;

        let page = browser.open(&format!("/loans/{loan}")).await.expect(200);
        assert!(page.says("What comes") && page.says("All that is owed"), "{}", page.html);
        let other = browser.open(&format!("/loans/{loan}?payoff=nonsense")).await.expect(422);
        assert!(other.says("Enter a day"));
        for paper in ["schedule?format=pdf", "schedule?format=csv", "payoff", "disclosure"] {
            let file = browser.open(&format!("/loans/{loan}/papers/{paper}")).await.expect(200);
            assert!(file.answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        }
        let form = browser.open(&format!("/payments/new?to=loan:{loan}")).await.form("/payments/new");
        let check = browser.submit(&form.with("amount", "100.00")).await.expect(200);
        let paid = browser.submit(&last(&check, "/payments/new")).await.expect(200);

        assert!(paid.says("Paid."), "{}", paid.html);
        let page = browser.open(&format!("/loans/{loan}")).await.expect(200);
        assert!(page.says("Latest payments") && page.says("100.00 USD"), "{}", page.html);
        assert!(browser.open("/loans").await.says("Personal loan"));
        assert!(browser.open("/cards").await.says("No credit card"));
    }

    async fn a_loan_is_applied_for_in_steps(app: &TestApp) {
        let ada = app.customer().await;
        let mut browser = signed_in(app, &ada.email).await;
        let path = "/loans/apply";

        let form = browser.open(path).await.form(path).with("loan_amount", "10,000").with("term_months", "36");
        let person = browser.submit(&form).await.expect(200);
        assert_eq!(person.heading(), "About you");
        assert!(person.says("APR") && person.says("10,000.00 USD"), "{}", person.html);
        let form = person.form(path);
        assert_eq!((form.value("email"), form.value("customer_name")), (ada.email.as_str(), "Ada Example"));
        let wrong = browser.submit(&form.clone().with("phone", "+14165550100").with("tax_number", "12")).await.expect(422);
        assert_eq!(wrong.heading(), "About you");
        assert!(!wrong.html.contains("value=\"12\""), "a tax number is not written back");
        let form = wrong.form(path).with("tax_number", "123-45-6789").with("annual_income", "90000");
        let sent = browser.submit(&form).await.expect(200);

        assert!(sent.path.starts_with("/loans/applications/") && sent.says("Being looked at"), "{}", sent.html);
        let back = browser.submit(&sent.form(&format!("{}/withdraw", sent.path))).await.expect(200);
        assert!(back.says("Taken back"));
    }

    async fn statements_and_ones_data_are_taken_along(app: &TestApp) {
        let (ada, account) = app.funded_customer("42.00").await;
        let mut browser = signed_in(app, &ada.email).await;

        let form = browser.open(&format!("/statements?account={account}")).await.form("/statements/file");
        assert_eq!(form.value("account"), account);
        let file = browser.submit(&form).await.expect(200);
        assert!(file.answer.body.starts_with(b"%PDF"));
        let backwards = browser.open(&format!("/statements/file?account={account}&from=x&format=pdf")).await.expect(422);
        assert_eq!(backwards.heading(), "Statements");
        let form = browser.open("/profile/export").await.form("/profile/export");
        let data = browser.submit(&form).await.expect(200);
        let told: serde_json::Value = serde_json::from_slice(&data.answer.body).unwrap();

        assert_eq!(told["profile"]["email"], json!(ada.email));
        assert_eq!(told["accounts"][0]["balance"], json!({ "amount": "42.00", "currency": "EUR" }));
        assert_eq!(told["accounts"][0]["entries"].as_array().unwrap().len(), 1);
    }
}
