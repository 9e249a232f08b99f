//! What is exchanged with processors and banks, held against other people's programs; the scripts lie in `tests/interop`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use florin_testkit::rails::cpa005::{self, Kind};
use florin_testkit::rails::stripe::sign;
use florin_testkit::{Call, Client, Database, TestApp};
use serde_json::{Value, json};

use super::interop::{node_with, python_with, script};
use super::support::run;

/// What the stand-in signs its webhooks with.
const SECRET: &str = "whsec_interop";

/// Another implementation of Stripe, which ends with this value.
struct StandIn {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl StandIn {
    fn start() -> Self {
        let python = python_with("interop-localstripe", &["localstripe==1.15.10"]);
        let program = python.with_file_name("localstripe");
        let mut command = Command::new(python);
        command.arg(script("stripe_local.py")).arg(program).arg(SECRET);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // It ends with its standard input, and ends what it started.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stripe_charges_signs_and_gives_back() {
    let mut stripe = StandIn::start();
    let told = stripe.line();
    let url = text(&told, "url");
    let settings = [
        ("stripe.url", url.as_str()),
        ("stripe.secret_key", "sk_test_12345"),
        ("stripe.webhook_secrets", SECRET),
    ];
    let app = TestApp::start_with(Database::Sqlite, &settings).await;
    let ada = app.customer().await;
    let account = ada.open_account("EUR").await;
    let card = json!({ "kept_card": {
        "processor": "stripe", "reference": told["method"], "customer": told["customer"], "holder_name": "Ada Example",
    } });
    let card = ada.post("/api/v1/payment-methods", &card).await.expect(201);
    assert_eq!((card.text("/number"), card.text("/brand")), ("****4242".to_owned(), "visa".to_owned()));
    let amount = json!({ "amount": "50.00", "currency": "EUR" });
    let body = json!({ "payment_method_id": card.text("/id"), "to_account_id": account, "amount": amount });
    let payment =
        ada.send(&Call::post("/api/v1/payments").key("k").json(&body)).await.expect(201).text("/id");

    app.run_jobs().await;

    let read = ada.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json();
    assert_eq!(read["status"], "completed", "{read}");
    assert!(text(&read, "processor_id").starts_with("pi_"), "{read}");
    let caught = stripe.line();
    let (signature, event) = (text(&caught, "signature"), text(&caught, "body"));
    assert_eq!(serde_json::from_str::<Value>(&event).unwrap()["type"], "payment_intent.succeeded");
    let signed_at: i64 = signature.split(',').next().unwrap().trim_start_matches("t=").parse().unwrap();
    app.clock.advance_seconds(signed_at - app.services.env.now().as_second());
    let deliver = async |signature: &str| {
        let call = Call::post("/api/v1/webhooks/stripe").raw("application/json", event.clone());
        app.stranger().send(&call.header("stripe-signature", signature.as_bytes())).await
    };
    let forged = sign(event.as_bytes(), b"whsec_of_somebody_else", app.services.env.now());
    deliver(&forged).await.problem(403, "webhook_refused");
    deliver(&signature).await.expect(200);
    let heard = "SELECT COUNT(*) FROM payment_webhook_event WHERE effect = 'ignored'";
    assert_eq!(app.count(heard).await, 1, "it was known already");

    let part = json!({ "amount": { "amount": "20.00", "currency": "EUR" } });
    let refund = Call::post(format!("/api/v1/payments/{payment}/refund")).key("r").json(&part);
    app.manager().await.send(&refund).await.expect(201);
    app.run_jobs().await;

    let ada = app.stranger().login(&ada.email).await;
    let read = ada.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json();
    assert_eq!(read["refunds"][0]["status"], "completed", "{read}");
    assert_eq!(ada.balance(&account).await, "30.00");
    app.finish().await;
}

/// A bank with files of both networks.
async fn bank() -> TestApp {
    let settings = [
        ("ach.enabled", "true"),
        ("ach.destination", "231380104"),
        ("ach.destination_name", "Federal Reserve Bank"),
        ("ach.origin", "121042882"),
        ("ach.origin_name", "Florin Bank"),
        ("ach.company_name", "Florin Bank"),
        ("ach.company_id", "1210428820"),
        ("ach.originating_bank", "121042882"),
        ("eft.enabled", "true"),
        ("eft.originator", "0123456789"),
        ("eft.data_centre", "00610"),
        ("eft.short_name", "FLORIN"),
        ("eft.long_name", "Florin Bank of Halifax"),
        ("eft.returns_institution", "003"),
        ("eft.returns_transit", "54321"),
        ("eft.returns_account", "1234567"),
    ];
    TestApp::start_with(Database::Sqlite, &settings).await
}

/// The content of a file with twelve payments in both directions, each between a whole and an odd number of cents; and what
/// they were: whether they draw on the account, the account and the cents.
async fn file_of(
    app: &TestApp,
    rail: &str,
    currency: &str,
    bank: &dyn Fn(u32) -> Value,
) -> (String, Vec<(bool, String, i64)>) {
    let ada: Client = app.customer().await;
    let account = ada.open_account(currency).await;
    app.teller().await.deposit(&account, "9000.00", currency, rail).await.expect(201);
    let mut wanted = Vec::new();
    for number in 0..12 {
        let (bank, draws, cents) = (bank(number), number % 3 != 0, i64::from(number) * 777 + 1);
        let amount = json!({ "amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": currency });
        let body = if draws {
            let saved =
                ada.post("/api/v1/payment-methods", &json!({ "bank_account": bank })).await.expect(201);
            json!({ "payment_method_id": saved.text("/id"), "to_account_id": account, "amount": amount })
        } else {
            let payee = json!({ "name": "Landlord", "bank_account": bank });
            let payee = ada.post("/api/v1/payees", &payee).await.expect(201);
            json!({ "from_account_id": account, "payee_id": payee.text("/id"), "amount": amount })
        };
        let call = Call::post("/api/v1/payments").key(&format!("{rail}-{number}")).json(&body);
        ada.send(&call).await.expect(201);
        app.run_jobs().await;
        wanted.push((draws, text(&bank, "account_number"), cents));
    }
    let manager = app.manager().await;
    let call = Call::post("/api/v1/bank-files").key(rail).json(&json!({ "rail": rail }));
    let file = manager.send(&call).await.expect(201).text("/id");
    let content = manager.get(&format!("/api/v1/bank-files/{file}/content")).await.expect(200);
    (String::from_utf8(content.body.to_vec()).unwrap(), wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_other_programs_find_no_fault_with_our_nacha_files() {
    let python = python_with("interop-nacha", &["achkit==0.2.0", "achlens==0.1.7", "carta-ach==0.4.5"]);
    let app = bank().await;
    let american = |number: u32| {
        let kind = if number.is_multiple_of(2) { "checking" } else { "savings" };
        json!({
            "country": "US", "routing_number": if number < 6 { "021000021" } else { "011401533" },
            "account_number": format!("90012345{number:04}"), "account_type": kind, "holder_name": "Zoë Ø'Brien-Łuczak",
        })
    };
    let (content, wanted) = file_of(&app, "ach", "USD", &american).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file.ach");
    std::fs::write(&file, &content).unwrap();

    let mut reading = Command::new(&python);
    reading.arg(script("nacha_files.py")).arg(python.with_file_name("achlens")).arg(&file);
    let said = run(&mut reading);

    assert_eq!(said.code, 0, "{}{}\n{content}", said.stdout, said.stderr);
    let read: Vec<(u8, String, String, i64, u64)> = serde_json::from_str(&said.stdout).unwrap();
    let mut read: Vec<_> =
        read.into_iter().map(|(code, _, account, cents, _)| (code % 10 == 7, account, cents)).collect();
    let mut wanted = wanted;
    read.sort();
    wanted.sort();
    assert_eq!(read, wanted);
    // What is damaged they refuse, so that their silence says something.
    std::fs::write(&file, content.replacen("0000000778", "0000000779", 1)).unwrap();
    assert_ne!(run(&mut reading).code, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_generator_writes_the_same_canadian_transfers() {
    let packages = node_with("interop-eft", "@cityssm/eft-generator@1.0.0");
    let app = bank().await;
    let canadian = |number: u32| {
        json!({
            "country": "CA", "institution_number": "001", "transit_number": format!("{:05}", 1_000 + number),
            "account_number": format!("7700{number:04}"), "account_type": "checking", "holder_name": "Ada Example",
        })
    };
    let (content, _) = file_of(&app, "eft", "CAD", &canadian).await;
    let ours = cpa005::File::read(&content).unwrap();
    let theirs = generated(&packages, &ours);

    assert_eq!(theirs.header, ours.header);
    assert_eq!(theirs.payments.len(), 12);
    // It writes all debits before all credits; the clearing system's number is nobody's to write.
    let in_order = |file: &cpa005::File| {
        let mut payments = file.payments.clone();
        payments.sort_by(|a, b| a.reference.cmp(&b.reference));
        payments.into_iter().map(|one| cpa005::Payment { trace: String::new(), ..one }).collect::<Vec<_>>()
    };
    for (ours, theirs) in in_order(&ours).into_iter().zip(in_order(&theirs)) {
        let upper = |one: cpa005::Payment| cpa005::Payment {
            name: one.name.to_uppercase(),
            long_name: one.long_name.to_uppercase(),
            short_name: one.short_name.to_uppercase(),
            ..one
        };
        assert_eq!(upper(theirs), upper(ours));
    }
    app.finish().await;
}

/// The transfers of a file as the other generator writes them.
fn generated(packages: &Path, ours: &cpa005::File) -> cpa005::File {
    let payment = |one: &cpa005::Payment| {
        json!({
            "debit": one.kind == Kind::Debit, "on": one.on.to_string(), "cpaCode": one.code.to_string(),
            "amount": serde_json::from_str::<Value>(&format!("{}.{:02}", one.cents / 100, one.cents % 100)).unwrap(),
            "bankInstitutionNumber": one.bank.institution(), "bankTransitNumber": one.bank.transit(),
            "bankAccountNumber": one.account.expose(), "payeeName": one.name, "crossReferenceNumber": one.reference,
        })
    };
    let header = &ours.header;
    let input = json!({
        "config": {
            "originatorId": header.originator, "originatorShortName": "FLORIN",
            "originatorLongName": "Florin Bank of Halifax", "fileCreationNumber": format!("{:04}", header.number),
            "fileCreationDate": header.created_on.to_string(), "destinationDataCentre": format!("{:05}", header.centre),
            "destinationCurrency": "CAD", "returnInstitutionNumber": "003", "returnTransitNumber": "54321",
            "returnAccountNumber": "1234567",
        },
        "payments": ours.payments.iter().map(payment).collect::<Vec<_>>(),
    });
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("transfers.json");
    std::fs::write(&file, input.to_string()).unwrap();
    let program = packages.join("eft_file.mjs");
    std::fs::copy(script("eft_file.mjs"), &program).unwrap();
    let said = run(Command::new("node").arg(&program).arg(&file));
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    cpa005::File::read(&said.stdout).unwrap_or_else(|error| panic!("{error} in {}", said.stdout))
}
