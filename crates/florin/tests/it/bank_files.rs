//! Files for banks: everything that is queued in one of them, once; settled by time; returned, corrected, given back. After
//! each the books agree.

use axum::http::Method;
use florin_testkit::rails::cpa005::{self, Kind};
use florin_testkit::rails::nacha::{self, Addendum, Class, Service, TransactionCode};
use florin_testkit::{Answer, Call, Client, Database, TestApp};
use serde_json::{Value, json};

/// What the banks assigned.
pub const SETTINGS: [(&str, &str); 17] = [
    ("payments.processor", "none"),
    ("ach.enabled", "true"),
    ("ach.destination", "231380104"),
    ("ach.destination_name", "Federal Reserve Bank"),
    ("ach.origin", "121042882"),
    ("ach.origin_name", "Florin Bank"),
    ("ach.company_name", "Florin Bank"),
    ("ach.company_id", "1210428820"),
    ("ach.originating_bank", "121042882"),
    ("ach.file_amount_max", "1000"),
    ("eft.enabled", "true"),
    ("eft.originator", "0123456789"),
    ("eft.data_centre", "00610"),
    ("eft.short_name", "FLORIN"),
    ("eft.long_name", "Florin Bank"),
    ("eft.returns_institution", "001"),
    ("eft.returns_transit", "01234"),
];

/// A day, in seconds.
const DAY: i64 = 86_400;

async fn start(database: Database) -> TestApp {
    let mut settings = SETTINGS.to_vec();
    settings.push(("eft.returns_account", "1234567"));
    TestApp::start_with(database, &settings).await
}

macro_rules! with_banks {
    ($(async fn $name:ident($app:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn scenario($app: &TestApp) $body

            #[tokio::test]
            async fn on_sqlite() {
                let app = start(Database::Sqlite).await;
                scenario(&app).await;
                app.finish().await;
            }

            #[tokio::test]
            async fn on_postgres() {
                let Some(database) = Database::postgres() else { return };
                let app = start(database).await;
                scenario(&app).await;
                app.finish().await;
            }
        }
    )+};
}

pub fn american(number: &str) -> Value {
    crate::payments::bank(number)
}

fn canadian(number: &str) -> Value {
    json!({
        "country": "CA", "institution_number": "001", "transit_number": "01234", "account_number": number,
        "account_type": "checking", "holder_name": "Zoë Example",
    })
}

pub fn money(amount: &str, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

/// Somebody with an account in this currency that has 100.00 on it.
pub async fn payer(app: &TestApp, currency: &str) -> (Client, String) {
    let ada = app.customer().await;
    let account = ada.open_account(currency).await;
    app.teller().await.deposit(&account, "100.00", currency, &account).await.expect(201);
    (ada, account)
}

async fn ask(client: &Client, key: &str, body: &Value) -> Answer {
    client.send(&Call::post("/api/v1/payments").key(key).json(body)).await
}

/// Pays into an account out of a bank account elsewhere; the payment and the saved account.
pub async fn pay_in(
    app: &TestApp,
    ada: &Client,
    account: &str,
    bank: &Value,
    amount: Value,
) -> (String, String) {
    let saved =
        ada.post("/api/v1/payment-methods", &json!({ "bank_account": bank })).await.expect(201).text("/id");
    let body = json!({ "payment_method_id": saved, "to_account_id": account, "amount": amount });
    let payment = ask(ada, &format!("in-{saved}"), &body).await.expect(201).text("/id");
    app.run_jobs().await;
    (payment, saved)
}

/// Pays a bank account elsewhere.
async fn pay_out(
    app: &TestApp,
    ada: &Client,
    account: &str,
    bank: &Value,
    amount: Value,
) -> (String, String) {
    let body = json!({ "name": "Landlord", "bank_account": bank });
    let payee = ada.post("/api/v1/payees", &body).await.expect(201).text("/id");
    let body = json!({ "from_account_id": account, "payee_id": payee, "amount": amount });
    let payment = ask(ada, &format!("out-{payee}"), &body).await.expect(201).text("/id");
    app.run_jobs().await;
    (payment, payee)
}

async fn build(manager: &Client, rail: &str, key: &str) -> Answer {
    manager.send(&Call::post("/api/v1/bank-files").key(key).json(&json!({ "rail": rail }))).await
}

async fn content(manager: &Client, file: &str) -> String {
    let answer = manager.get(&format!("/api/v1/bank-files/{file}/content")).await.expect(200);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// Has a file made and taken to the bank; its identifier and text.
async fn send(app: &TestApp, rail: &str) -> (String, String) {
    let manager = app.manager().await;
    let file = build(&manager, rail, rail).await.expect(201).text("/id");
    let text = content(&manager, &file).await;
    manager.post(&format!("/api/v1/bank-files/{file}/sent"), &json!({})).await.expect(200);
    (file, text)
}

async fn answer(app: &TestApp, text: &str) -> Answer {
    let call = Call::post("/api/v1/bank-files/answers").raw("text/plain", text.to_owned());
    app.manager().await.send(&call).await
}

/// What each line of an answer did.
fn effects(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    json["lines"].as_array().unwrap().iter().map(|line| line["effect"].as_str().unwrap().to_owned()).collect()
}

async fn read(app: &TestApp, client: &Client, payment: &str) -> Value {
    let client = app.stranger().login(&client.email).await;
    client.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json()
}

async fn status(app: &TestApp, client: &Client, payment: &str) -> String {
    read(app, client, payment).await["status"].as_str().unwrap().to_owned()
}

async fn balance(app: &TestApp, client: &Client, account: &str) -> String {
    app.stranger().login(&client.email).await.balance(account).await
}

/// Lets so many days pass, and what is done by itself be done.
async fn days(app: &TestApp, days: i64) {
    app.clock.advance_seconds(days * DAY);
    app.run_jobs().await;
}

/// What a receiver's bank does with an entry.
pub enum Told {
    Back(&'static str),
    Change(&'static str, &'static str),
}

/// The file by which banks answer to these entries of a file of ours, by their place in it.
pub fn nacha_answer(sent: &str, told: &[(usize, Told)]) -> String {
    let mut file = nacha::File::read(sent).unwrap();
    let entries: Vec<nacha::Entry> = file.batches.iter().flat_map(|batch| batch.entries.clone()).collect();
    let mut model = file.batches.remove(0);
    (model.service, model.class) = (Service::Mixed, Class::Ppd);
    let (mut returns, mut changes) = (Vec::new(), Vec::new());
    for (trace, (place, told)) in (231_380_100_000_001_u64..).zip(told) {
        let mut entry = entries[*place].clone();
        // The tens tell the kind of account; 1 and 6 are answers to credits and debits.
        let answer = entry.code.digits() / 10 * 10 + if entry.code.is_debit() { 6 } else { 1 };
        entry.code = TransactionCode::of(answer).unwrap();
        let original_bank = entry.receiving_bank.without_check_digit().to_owned();
        let original_trace = std::mem::replace(&mut entry.trace, trace);
        entry.receiving_bank = model.originating_bank.clone();
        entry.discretionary = String::new();
        match told {
            Told::Back(reason) => {
                let (reason, information) = ((*reason).to_owned(), String::new());
                let back = Addendum::Return {
                    reason,
                    original_trace,
                    died_on: None,
                    original_bank,
                    information,
                    trace,
                };
                entry.addenda = vec![back];
                returns.push(entry);
            }
            Told::Change(code, data) => {
                entry.cents = 0;
                entry.addenda = vec![Addendum::change(code, original_trace, &original_bank, data, trace)];
                changes.push(entry);
            }
        }
    }
    file.batches = Vec::new();
    for (class, entries) in [(Class::Ppd, returns), (Class::Cor, changes)] {
        if !entries.is_empty() {
            let number = u32::try_from(file.batches.len() + 1).unwrap();
            file.batches.push(nacha::Batch { class, entries, number, ..model.clone() });
        }
    }
    file.write().unwrap()
}

/// The file by which Canadian banks send back all payments of a file of ours.
fn cpa_answer(sent: &str, code: u16) -> String {
    let mut file = cpa005::File::read(sent).unwrap();
    for payment in &mut file.payments {
        payment.kind = if payment.kind == Kind::Debit { Kind::ReturnedDebit } else { Kind::ReturnedCredit };
        payment.original_code = std::mem::replace(&mut payment.code, code);
        "0000012340000000000042".clone_into(&mut payment.original_trace);
    }
    file.write().unwrap()
}

with_banks! {
    async fn everything_queued_is_written_into_one_file_once(app) {
        let (ada, account) = payer(app, "USD").await;
        let (drawn, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (paid, _) = pay_out(app, &ada, &account, &american("444455556666"), money("25.50", "USD")).await;
        assert_eq!((status(app, &ada, &drawn).await, status(app, &ada, &paid).await), ("processing".to_owned(), "processing".to_owned()));
        let manager = app.manager().await;

        let made = build(&manager, "ach", "k").await.expect(201);
        let again = build(&manager, "ach", "k").await.expect(201);

        assert!(again.is_replayed() && again.body == made.body);
        build(&manager, "ach", "l").await.problem(409, "bank_file_empty");
        build(&manager, "eft", "m").await.problem(409, "bank_file_empty");
        let view = made.json();
        let told = (&view["number"], &view["entries"], &view["debits"], &view["credits"], &view["more"]);
        assert_eq!(told, (&json!(1), &json!(2), &money("40.00", "USD"), &money("25.50", "USD"), &json!(false)));
        // It is Saturday: Monday's file settles on Tuesday, and three banking days later Thanksgiving is over.
        assert_eq!((&view["effective_on"], &view["settles_on"]), (&json!("2026-11-24"), &json!("2026-11-30")));
        let id = made.text("/id");
        let file = nacha::File::read(&content(&manager, &id).await).unwrap();
        let entries: Vec<_> = file.batches.iter().flat_map(|batch| &batch.entries).collect();
        let told: Vec<_> = entries.iter().map(|entry| (entry.code.digits(), entry.account.expose(), entry.cents, entry.trace)).collect();
        assert_eq!(told, [(27, "111122223333", 4_000, 121_042_880_000_001), (22, "444455556666", 2_550, 121_042_880_000_002)]);
        let detail = manager.get(&format!("/api/v1/bank-files/{id}")).await.expect(200).json();
        let ids: Vec<&str> = detail["payments"].as_array().unwrap().iter().map(|one| one["payment_id"].as_str().unwrap()).collect();
        assert_eq!(ids, [drawn, paid]);
        let list = manager.get("/api/v1/bank-files").await.expect(200);
        for answer in [&made, &list] {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("111122223333") && !text.contains("3333"), "{text}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM bank_file WHERE content LIKE '%1111%'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM bank_file_entry WHERE details LIKE '%1111%' OR holder LIKE '%Ada%'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'bank_file.exchange' AND outcome = 'success'").await, 2);
    }

    async fn files_are_for_managers_who_just_proved_a_factor(app) {
        let (ada, account) = payer(app, "USD").await;
        pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        build(&ada, "ach", "k").await.problem(403, "forbidden");
        build(&app.teller().await, "ach", "k").await.problem(403, "forbidden");
        let manager = app.manager().await;
        let file = build(&manager, "ach", "k").await.expect(201).text("/id");
        build(&manager, "wire", "n").await.problem(422, "validation_failed");

        app.clock.advance_seconds(301);
        let path = format!("/api/v1/bank-files/{file}/content");
        manager.get(&path).await.problem(403, "step_up_required");
        let read = manager.stepped_up().await.get(&path).await.expect(200);

        assert_eq!(read.headers["cache-control"], "no-store");
        ada.get(&path).await.problem(403, "forbidden");
        manager.get("/api/v1/bank-files/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b").await.problem(404, "not_found");
    }

    async fn what_is_not_returned_goes_through_once_its_file_was_sent(app) {
        let (ada, account) = payer(app, "USD").await;
        let (drawn, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (paid, _) = pay_out(app, &ada, &account, &american("444455556666"), money("25.50", "USD")).await;
        let manager = app.manager().await;
        let file = build(&manager, "ach", "k").await.expect(201).text("/id");
        // On the second of December nobody has taken it to the bank.
        days(app, 11).await;
        assert_eq!(status(app, &ada, &drawn).await, "processing");

        let manager = app.manager().await;
        let sent = manager.post(&format!("/api/v1/bank-files/{file}/sent"), &json!({})).await.expect(200).json();
        assert_eq!((&sent["effective_on"], &sent["settles_on"]), (&json!("2026-12-03"), &json!("2026-12-08")));
        let again = manager.post(&format!("/api/v1/bank-files/{file}/sent"), &json!({})).await.expect(200).json();
        assert_eq!(again, sent);
        days(app, 5).await;
        assert_eq!(status(app, &ada, &paid).await, "processing", "it is the seventh");
        days(app, 1).await;

        assert_eq!((status(app, &ada, &drawn).await, status(app, &ada, &paid).await), ("completed".to_owned(), "completed".to_owned()));
        assert_eq!(balance(app, &ada, &account).await, "114.50");
        let manager = app.manager().await;
        let read = manager.get(&format!("/api/v1/bank-files/{file}")).await.expect(200).json();
        assert_eq!((&read["state"], &read["payments"][0]["state"]), (&json!("settled"), &json!("settled")));
        days(app, 1).await;
        assert_eq!(balance(app, &ada, &account).await, "114.50", "once");
    }

    async fn a_return_fails_a_payment_before_it_settled_and_takes_it_back_after(app) {
        let (ada, account) = payer(app, "USD").await;
        let (early, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (late, _) = pay_in(app, &ada, &account, &american("222233334444"), money("30.00", "USD")).await;
        let (out, _) = pay_out(app, &ada, &account, &american("444455556666"), money("25.50", "USD")).await;
        let (_, text) = send(app, "ach").await;

        let first = answer(app, &nacha_answer(&text, &[(0, Told::Back("R01"))])).await.expect(200);
        assert_eq!(effects(&first), ["returned"]);
        let told = read(app, &ada, &early).await;
        assert_eq!((&told["status"], &told["decline_code"]), (&json!("failed"), &json!("R01")));
        days(app, 20).await;
        assert_eq!((status(app, &ada, &late).await, balance(app, &ada, &account).await), ("completed".to_owned(), "104.50".to_owned()));
        let back = nacha_answer(&text, &[(1, Told::Back("R10")), (2, Told::Back("R03")), (0, Told::Back("R01"))]);
        let second = answer(app, &back).await.expect(200);

        assert_eq!(effects(&second), ["returned", "returned", "known"]);
        let told = read(app, &ada, &late).await;
        assert_eq!((&told["status"], &told["decline_code"]), (&json!("failed"), &json!("R10")));
        assert_eq!((status(app, &ada, &out).await, balance(app, &ada, &account).await), ("failed".to_owned(), "100.00".to_owned()));
        let again = answer(app, &back).await.expect(200);
        assert_eq!((again.json()["repeated"].as_bool(), effects(&again)), (Some(true), effects(&second)));
        assert_eq!(balance(app, &ada, &account).await, "100.00", "the same file changes nothing");
    }

    async fn what_is_not_ours_or_damaged_changes_nothing(app) {
        let (ada, account) = payer(app, "USD").await;
        let (payment, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (_, text) = send(app, "ach").await;
        let back = nacha_answer(&text, &[(0, Told::Back("R01"))]);

        let damaged = back.replacen("0000004000", "0000004001", 1);
        let problem = answer(app, &damaged).await.problem(422, "bank_file_unreadable");
        assert!(problem["detail"].as_str().unwrap().starts_with("line "), "{problem}");
        assert!(!problem.to_string().contains("111122223333"), "{problem}");
        answer(app, &back[..back.len() / 2]).await.problem(422, "bank_file_unreadable");
        answer(app, "").await.problem(422, "bank_file_unreadable");
        answer(app, "{}").await.problem(422, "bank_file_unreadable");
        // Our own file is no answer.
        answer(app, &text).await.problem(422, "bank_file_unreadable");
        let other = back.replace("121042880000001", "121042880000099");
        assert_eq!(effects(&answer(app, &other).await.expect(200)), ["unknown"]);
        let mut less = nacha::File::read(&back).unwrap();
        less.batches[0].entries[0].cents = 3_999;
        assert_eq!(effects(&answer(app, &less.write().unwrap()).await.expect(200)), ["mismatch"]);
        assert_eq!(status(app, &ada, &payment).await, "processing");
        ada.send(&Call::post("/api/v1/bank-files/answers").raw("text/plain", back)).await.problem(403, "forbidden");
    }

    async fn a_notification_of_change_corrects_the_saved_account(app) {
        let (ada, account) = payer(app, "USD").await;
        let (_, saved) = pay_in(app, &ada, &account, &american("111122223333"), money("4.00", "USD")).await;
        let (_, named) = pay_in(app, &ada, &account, &american("222233334444"), money("3.00", "USD")).await;
        pay_out(app, &ada, &account, &american("444455556666"), money("2.00", "USD")).await;
        let (_, text) = send(app, "ach").await;
        let change = nacha_answer(&text, &[
            (0, Told::Change("C01", "111122229999")),
            (1, Told::Change("C04", "Ada Lovelace")),
            (2, Told::Change("C07", "031000503444455557777     32")),
        ]);

        let told = answer(app, &change).await.expect(200);

        assert_eq!(effects(&told), ["corrected", "flagged", "corrected"]);
        assert!(!String::from_utf8_lossy(&told.body).contains("111122229999"));
        let methods = ada.get("/api/v1/payment-methods").await.expect(200).json();
        let number = |id: &str| {
            let found = methods["data"].as_array().unwrap().iter().find(|one| one["id"] == id);
            found.unwrap()["number"].as_str().unwrap().to_owned()
        };
        assert_eq!((number(&saved), number(&named)), ("****9999".to_owned(), "****4444".to_owned()));
        let payee = ada.get("/api/v1/payees").await.expect(200).json()["data"][0].clone();
        let shown = (&payee["account_number"], &payee["bank_number"], &payee["account_type"], &payee["version"]);
        assert_eq!(shown, (&json!("****7777"), &json!("****0503"), &json!("savings"), &json!(2)), "{payee}");
        assert_eq!(app.count("SELECT COUNT(*) FROM bank_file_answer_line WHERE correction LIKE '%9999%'").await, 0);
        // The next payment goes where the bank wants it.
        let body = json!({ "payment_method_id": saved, "to_account_id": account, "amount": money("1.00", "USD") });
        ask(&ada, "next", &body).await.expect(201);
        app.run_jobs().await;
        let manager = app.manager().await;
        let file = build(&manager, "ach", "next").await.expect(201).text("/id");
        let next = nacha::File::read(&content(&manager, &file).await).unwrap();
        assert_eq!(next.batches[0].entries[0].account.expose(), "111122229999");
        // The account that the bank knew before may be saved once more.
        let again = answer(app, &change).await.expect(200);
        assert_eq!(effects(&again), ["corrected", "flagged", "corrected"]);
        ada.post("/api/v1/payment-methods", &json!({ "bank_account": american("111122223333") })).await.expect(201);
        let taken = ada.post("/api/v1/payment-methods", &json!({ "bank_account": american("111122229999") })).await;
        taken.problem(409, "already_saved");
    }

    async fn a_refund_is_a_payment_of_the_next_file(app) {
        let (ada, account) = payer(app, "USD").await;
        let (payment, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (_, text) = send(app, "ach").await;
        days(app, 15).await;
        let manager = app.manager().await;
        let call = Call::post(format!("/api/v1/payments/{payment}/refund")).key("r").json(&json!({ "amount": money("15.00", "USD") }));
        manager.send(&call).await.expect(201);
        app.run_jobs().await;
        let file = build(&manager, "ach", "second").await.expect(201).text("/id");
        let second = content(&manager, &file).await;
        let entry = nacha::File::read(&second).unwrap().batches[0].entries[0].clone();
        assert_eq!((entry.code.digits(), entry.cents, entry.account.expose()), (22, 1_500, "111122223333"));
        manager.post(&format!("/api/v1/bank-files/{file}/sent"), &json!({})).await.expect(200);

        days(app, 15).await;
        assert_eq!(read(app, &ada, &payment).await["refunded_amount"], money("15.00", "USD"));
        assert_eq!(balance(app, &ada, &account).await, "125.00");
        // Then the bank takes the whole payment back: what the payer was given already is not taken from them twice.
        let told = answer(app, &nacha_answer(&text, &[(0, Told::Back("R07"))])).await.expect(200);

        assert_eq!(effects(&told), ["returned_after_refund"]);
        assert_eq!((status(app, &ada, &payment).await, balance(app, &ada, &account).await), ("failed".to_owned(), "100.00".to_owned()));
        let told = answer(app, &nacha_answer(&second, &[(0, Told::Back("R02"))])).await.expect(200);
        assert_eq!(effects(&told), ["refund_failed"]);
        assert_eq!(balance(app, &ada, &account).await, "100.00", "it lies in suspense for a person");
    }

    async fn a_return_of_what_was_given_back_whole_is_recorded(app) {
        let (ada, account) = payer(app, "USD").await;
        let (payment, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (_, text) = send(app, "ach").await;
        days(app, 15).await;
        let manager = app.manager().await;
        manager.send(&Call::post(format!("/api/v1/payments/{payment}/refund")).key("r").json(&json!({}))).await.expect(201);
        app.run_jobs().await;
        let file = build(&manager, "ach", "second").await.expect(201).text("/id");
        manager.post(&format!("/api/v1/bank-files/{file}/sent"), &json!({})).await.expect(200);
        days(app, 15).await;
        assert_eq!((status(app, &ada, &payment).await, balance(app, &ada, &account).await), ("refunded".to_owned(), "100.00".to_owned()));

        let told = answer(app, &nacha_answer(&text, &[(0, Told::Back("R10"))])).await.expect(200);

        assert_eq!(effects(&told), ["returned_after_refund"]);
        let read = read(app, &ada, &payment).await;
        let last = read["history"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["cause"], &last["status"]), (&json!("returned_after_refund"), &json!("refunded")));
        assert_eq!(balance(app, &ada, &account).await, "100.00");
    }

    async fn a_refund_that_waits_is_not_sent_after_a_return(app) {
        let (ada, account) = payer(app, "USD").await;
        let (payment, _) = pay_in(app, &ada, &account, &american("111122223333"), money("40.00", "USD")).await;
        let (_, text) = send(app, "ach").await;
        days(app, 15).await;
        let manager = app.manager().await;
        manager.send(&Call::post(format!("/api/v1/payments/{payment}/refund")).key("r").json(&json!({}))).await.expect(201);
        app.run_jobs().await;

        let told = answer(app, &nacha_answer(&text, &[(0, Told::Back("R10"))])).await.expect(200);

        assert_eq!(effects(&told), ["returned"]);
        let read = read(app, &ada, &payment).await;
        assert_eq!((&read["status"], &read["refunds"][0]["status"]), (&json!("failed"), &json!("failed")), "{read}");
        assert_eq!(balance(app, &ada, &account).await, "100.00");
        build(&app.manager().await, "ach", "second").await.problem(409, "bank_file_empty");
    }

    async fn canadian_payments_go_the_same_way(app) {
        let (ada, account) = payer(app, "CAD").await;
        let (drawn, _) = pay_in(app, &ada, &account, &canadian("1234567"), money("40.00", "CAD")).await;
        let (kept, _) = pay_out(app, &ada, &account, &canadian("7654321"), money("10.00", "CAD")).await;
        let (file, text) = send(app, "eft").await;
        let read_back = cpa005::File::read(&text).unwrap();
        let told: Vec<_> = read_back.payments.iter().map(|one| (one.kind, one.account.expose(), one.cents, one.name.as_str())).collect();
        assert_eq!(told, [(Kind::Debit, "1234567", 4_000, "ZOE EXAMPLE"), (Kind::Credit, "7654321", 1_000, "ZOE EXAMPLE")]);
        assert_eq!((read_back.header.number, read_back.header.centre), (1, 610));

        let mut only = cpa005::File::read(&cpa_answer(&text, 901)).unwrap();
        only.payments.truncate(1);
        let back = answer(app, &only.write().unwrap()).await.expect(200);
        assert_eq!((back.text("/rail"), effects(&back)), ("eft".to_owned(), vec!["returned".to_owned()]));
        days(app, 15).await;

        let told = read(app, &ada, &drawn).await;
        assert_eq!((&told["status"], &told["decline_code"]), (&json!("failed"), &json!("901")));
        assert_eq!((status(app, &ada, &kept).await, balance(app, &ada, &account).await), ("completed".to_owned(), "90.00".to_owned()));
        let late = answer(app, &cpa_answer(&text, 905)).await.expect(200);
        assert_eq!(effects(&late), ["known", "returned"]);
        assert_eq!(balance(app, &ada, &account).await, "100.00");
        let read = app.manager().await.get(&format!("/api/v1/bank-files/{file}")).await.expect(200).json();
        assert_eq!(read["payments"][1]["reason"], "905");
    }

    async fn each_network_carries_its_own_currency_and_country_alone(app) {
        let (ada, account) = payer(app, "USD").await;
        let save = async |bank: Value| ada.post("/api/v1/payment-methods", &json!({ "bank_account": bank })).await.expect(201).text("/id");
        let pay = async |key: &str, method: &str, to: &str, amount: Value| {
            let body = json!({ "payment_method_id": method, "to_account_id": to, "amount": amount });
            ask(&ada, key, &body).await
        };
        let abroad = save(canadian("1234567")).await;
        let home = save(american("111122223333")).await;
        pay("a", &abroad, &account, money("1.00", "USD")).await.problem(422, "payment_unsupported");
        let euros = ada.open_account("EUR").await;
        pay("b", &home, &euros, money("1.00", "EUR")).await.problem(422, "payment_unsupported");
        assert_eq!(pay("c", &home, &account, money("1.00", "USD")).await.expect(201).text("/processor"), "ach");
        app.run_jobs().await;
    }

    async fn a_file_moves_no_more_than_was_agreed(app) {
        let (ada, account) = payer(app, "USD").await;
        let (above, _) = pay_in(app, &ada, &account, &american("111122223333"), money("1000.01", "USD")).await;
        let told = read(app, &ada, &above).await;
        assert_eq!((&told["status"], &told["decline_code"]), (&json!("failed"), &json!("amount_above_file_limit")));
        pay_in(app, &ada, &account, &american("222233334444"), money("600.00", "USD")).await;
        pay_in(app, &ada, &account, &american("333344445555"), money("600.00", "USD")).await;
        pay_in(app, &ada, &account, &american("444455556666"), money("400.00", "USD")).await;
        let manager = app.manager().await;

        let first = build(&manager, "ach", "1").await.expect(201).json();
        let second = build(&manager, "ach", "2").await.expect(201).json();

        assert_eq!((&first["entries"], &first["debits"], &first["more"]), (&json!(2), &money("1000.00", "USD"), &json!(true)));
        assert_eq!((&second["entries"], &second["number"], &second["more"]), (&json!(1), &json!(2), &json!(false)));
    }

    async fn the_days_file_is_made_at_the_cut_off(app) {
        let (ada, account) = payer(app, "USD").await;
        app.run_jobs().await;
        pay_in(app, &ada, &account, &american("111122223333"), money("4.00", "USD")).await;
        // Ten past five in the afternoon of Saturday and Sunday in New York, when banks are closed; then Monday morning.
        for hours in [6, 24, 12] {
            app.clock.advance_seconds(hours * 3_600 + if hours == 6 { 37 * 60 } else { 0 });
            app.run_jobs().await;
            assert_eq!(app.count("SELECT COUNT(*) FROM bank_file").await, 0);
        }
        app.clock.advance_seconds(12 * 3_600);
        app.run_jobs().await;

        let manager = app.manager().await;
        let list = manager.get("/api/v1/bank-files").await.expect(200).json();
        let made = (&list["data"][0]["effective_on"], &list["data"][0]["created_by"], &list["data"][0]["state"]);
        assert_eq!(made, (&json!("2026-11-24"), &Value::Null, &json!("created")));
    }

    async fn of_many_who_ask_at_once_one_gets_the_file(app) {
        let (ada, account) = payer(app, "USD").await;
        for number in 0..5 {
            pay_in(app, &ada, &account, &american(&format!("11112222333{number}")), money("1.00", "USD")).await;
        }
        let manager = app.manager().await;

        let keys: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
        let mut asked = Vec::new();
        for key in keys {
            let manager = manager.clone();
            asked.push(tokio::spawn(async move { build(&manager, "ach", &key).await.status.as_u16() }));
        }
        let mut told = Vec::new();
        for one in asked {
            told.push(one.await.unwrap());
        }

        told.sort_unstable();
        assert_eq!(told, [201, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(app.count("SELECT COUNT(*) FROM bank_file_entry WHERE state = 'filed'").await, 5);
    }

    async fn what_is_in_use_by_a_queued_payment_is_not_forgotten(app) {
        let (ada, account) = payer(app, "USD").await;
        let (_, saved) = pay_in(app, &ada, &account, &american("111122223333"), money("4.00", "USD")).await;
        ada.send(&Call::new(Method::DELETE, format!("/api/v1/payment-methods/{saved}"))).await.problem(409, "conflict");
    }
}
