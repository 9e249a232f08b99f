//! Decisions about money, as people meet them: what is held, what is not, who may release it, and that it is remembered.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, Database, TestApp, test_databases};
use serde_json::{Value, json};

/// The address of the proxy that tells countries.
const PROXY: &str = "203.0.113.9";

const SETTINGS: [(&str, &str); 4] = [
    ("risk.mode", "active"),
    ("step_up.transfer_above", "1000000"),
    ("sessions.country_header", "CF-IPCountry"),
    ("server.trusted_proxies", "203.0.113.0/24"),
];

async fn bank(database: Database) -> TestApp {
    TestApp::start_with(database, &SETTINGS).await
}

/// A transfer by a device, from a country.
async fn from_country(
    client: &Client,
    (from, to): (&str, &str),
    amount: &str,
    key: &str,
    country: &str,
) -> Answer {
    let call = Client::transfer_call(from, to, amount).key(key).from(PROXY);
    let call = call.header("cf-ipcountry", country.as_bytes()).header("x-forwarded-for", b"198.51.100.7");
    client.send(&call.header("x-device-fingerprint", b"own phone")).await
}

fn reasons(answer: &Value) -> Vec<&str> {
    answer["risk"]["reasons"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// Somebody whose account was opened and used long ago: a year of small payments to the same few.
async fn regular(app: &TestApp, amount: &str) -> (Client, String, Vec<String>) {
    let (client, account) = app.funded_customer(amount).await;
    let mut payees = Vec::new();
    for _ in 0..3 {
        payees.push(app.funded_customer("1.00").await.1);
    }
    let client = {
        app.clock.advance_seconds(30 * 86_400);
        client
    };
    let client = app.stranger().login(&client.email).await;
    for week in 0..12 {
        for (number, payee) in payees.iter().enumerate() {
            app.clock.advance_seconds(2 * 86_400);
            let client = app.stranger().login(&client.email).await;
            let amount = format!("{}.00", 20 + 7 * number + week);
            let moved =
                from_country(&client, (&account, payee), &amount, &format!("r{week}-{number}"), "CA").await;
            assert_eq!(moved.expect(201).json()["risk"]["decision"], "approve", "a usual payment");
        }
    }
    let client = app.stranger().login(&client.email).await;
    (client, account, payees)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_amount_cut_into_pieces_is_held_and_released_by_an_analyst_alone() {
    for database in test_databases() {
        let app = bank(database).await;
        let (ada, from) = app.funded_customer("90000.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let analyst = app.staff(Role::FraudAnalyst).await;

        let mut held = None;
        for piece in 0..5 {
            app.clock.advance_seconds(90);
            let answer =
                ada.transfer(&from, &to, "9500.00", &format!("piece-{piece}")).await.expect(201).json();
            if answer["risk"]["decision"] == "review" {
                held = Some(answer);
                break;
            }
        }
        let held = held.expect("five payments just under 10,000 within minutes are held");
        let id = held["id"].as_str().unwrap().to_owned();
        assert!(reasons(&held).contains(&"structured-burst"), "{held}");
        assert_eq!(held["status"], "pending");
        let before = ben.balance(&to).await;

        // Neither the payer nor a teller lets it go; the payer's money stays reserved.
        let post = |key: &str| Call::post(format!("/api/v1/transfers/{id}/post")).key(key);
        ada.send(&post("own")).await.problem(409, "under_review");
        app.teller().await.send(&post("teller")).await.problem(403, "forbidden");
        assert_eq!(ben.balance(&to).await, before);

        let case =
            app.count("SELECT COUNT(*) FROM compliance_case WHERE status = 'open' AND kind = 'fraud'").await;
        assert_eq!(case, 1, "a case was opened in the commit that held the money");
        let events = analyst.get("/api/v1/security/events?decision=review").await.expect(200).json();
        let event = &events["data"][0];
        assert_eq!(
            (&event["subject_id"], &event["outcome"], &event["released"]),
            (&json!(id), &json!("held"), &Value::Null)
        );
        let detail = analyst.get(&format!("/api/v1/security/events/{}", event["id"].as_str().unwrap())).await;
        let detail = detail.expect(200).json();
        assert_eq!(detail["same_when_replayed"], true, "the decision can be made again, bit for bit");
        assert!(detail["explained"][0]["text"].as_str().unwrap().len() > 20);

        analyst.send(&post("release")).await.expect(201);

        assert_ne!(ben.balance(&to).await, before);
        let events = analyst.get("/api/v1/security/events?decision=review").await.expect(200).json();
        assert_eq!(events["data"][0]["released"], true);
        let labels = app.count("SELECT COUNT(*) FROM risk_label WHERE NOT fraud AND source = 'case'").await;
        assert_eq!(labels, 1, "what the analyst found is a label");
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_that_is_drained_is_held_and_refused() {
    for database in test_databases() {
        let app = bank(database).await;
        let (ada, from) = app.funded_customer("5000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let analyst = app.staff(Role::FraudAnalyst).await;
        app.clock.advance_seconds(600);

        let held = ada.transfer(&from, &to, "4900.00", "drain").await.expect(201).json();

        assert_eq!(held["risk"]["decision"], "review", "{held}");
        assert!(reasons(&held).contains(&"drained-new-account"), "{held}");
        assert_eq!(
            (ada.balance(&from).await, ada.available(&from).await),
            ("5000.00".to_owned(), "100.00".to_owned())
        );
        let id = held["id"].as_str().unwrap();
        analyst.send(&Call::post(format!("/api/v1/transfers/{id}/void")).key("no")).await.expect(201);
        assert_eq!(ada.available(&from).await, "5000.00");
        let score = ada.get("/api/v1/security/risk-score").await.expect(200).json();
        assert!(score["score"].as_u64().unwrap() >= 250 && score["frauds"] == 1, "{score}");
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_in_two_countries_within_minutes_but_a_traveller_is_let_be() {
    for database in test_databases() {
        let app = bank(database).await;
        let (ada, from, payees) = regular(&app, "20000.00").await;

        // The day after, by aeroplane, and on a shopping spree: nothing of it is held.
        app.clock.advance_seconds(86_400);
        let ada = app.stranger().login(&ada.email).await;
        for (stop, amount) in ["120.00", "75.50", "210.00", "64.90"].iter().enumerate() {
            app.clock.advance_seconds(3 * 3_600);
            let ada = app.stranger().login(&ada.email).await;
            let shop = app.funded_customer("1.00").await.1;
            let paid = from_country(&ada, (&from, &shop), amount, &format!("holiday-{stop}"), "FR").await;
            assert_eq!(paid.expect(201).json()["risk"]["decision"], "approve", "a holiday is no fraud");
        }

        app.clock.advance_seconds(120);
        let ada = app.stranger().login(&ada.email).await;
        let held = from_country(&ada, (&from, &payees[0]), "25.00", "trip", "AU").await.expect(201).json();

        assert_eq!(held["risk"]["decision"], "review", "{held}");
        assert!(reasons(&held).contains(&"impossible-travel"), "{held}");
        app.finish().await;
    }
}

fn check_of(from: &str, to: &str, amount: &str) -> Value {
    json!({ "from_account_id": from, "to_account_id": to, "amount": { "amount": amount, "currency": "EUR" } })
}

/// What a check says, but for how long it took.
async fn checked(client: &Client, body: &Value) -> Value {
    let mut answer = client.post("/api/v1/security/fraud-check", body).await.expect(200).json();
    assert!(answer.as_object_mut().unwrap().remove("elapsed_us").unwrap().is_u64());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_the_same_after_a_restart_and_in_another_process() {
    for database in test_databases() {
        let shared = matches!(database, Database::Postgres(_));
        let app = bank(database).await;
        let (ada, from, payees) = regular(&app, "20000.00").await;
        for piece in 0..4 {
            app.clock.advance_seconds(60);
            ada.transfer(&from, &payees[1], "95.00", &format!("more-{piece}")).await.expect(201);
        }
        let body = check_of(&from, &payees[1], "9500.00");
        let said = checked(&ada, &body).await;
        assert!(!said["reasons"].as_array().unwrap().is_empty(), "{said}");

        if shared {
            let second = app.second().await;
            let there = second.stranger().with_token(ada.token.as_deref().unwrap());
            assert_eq!(
                checked(&there, &body).await,
                said,
                "a process that begins knows all that was decided"
            );
            for piece in 0..3 {
                ada.transfer(&from, &payees[2], "95.00", &format!("then-{piece}")).await.expect(201);
            }
            let said = checked(&ada, &body).await;
            second.services.look_after_risk().await.unwrap();
            assert_eq!(checked(&there, &body).await, said, "and follows what the other decides");
            second.finish().await;
        }
        let said = checked(&ada, &body).await;
        let (token, app) = (ada.token.clone().unwrap(), Box::pin(app.restart()).await.unwrap());
        let again = app.stranger().with_token(&token);
        assert_eq!(checked(&again, &body).await, said);
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_engine_cannot_be_relied_on_money_out_is_held_and_nothing_is_lost() {
    for database in test_databases() {
        let app = bank(database).await;
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        app.services.risk.set_trouble(Some("the rules cannot be read".to_owned()));

        let held = ada.transfer(&from, &to, "5.00", "held").await.expect(201).json();
        assert_eq!((&held["risk"]["decision"], reasons(&held)), (&json!("review"), vec!["risk_unavailable"]));
        assert_eq!(app.stranger().get("/health").await.expect(200).json()["status"], "degraded");
        app.teller().await.deposit(&from, "7.00", "EUR", "in").await.expect(201);
        assert_eq!(
            (ada.balance(&from).await, ada.available(&from).await),
            ("107.00".to_owned(), "102.00".to_owned())
        );

        app.services.risk.set_trouble(None);
        let moved = ada.transfer(&from, &to, "5.00", "moved").await.expect(201).json();
        assert_eq!((&moved["risk"]["decision"], &moved["status"]), (&json!("approve"), &json!("completed")));
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_review_waits_for_a_decision_and_is_not_submitted_before() {
    for database in test_databases() {
        let app = bank(database).await;
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let analyst = app.staff(Role::FraudAnalyst).await;
        let kernel = actor_of(&app, &analyst).await;
        app.services.risk.set_trouble(Some("the rules cannot be read".to_owned()));
        let pay = |key: &str| {
            Call::post("/api/v1/payments").key(key).json(&Client::transfer_body(&from, &to, "10.00"))
        };

        let first = ada.send(&pay("one")).await.expect(201).json();
        let second = ada.send(&pay("two")).await.expect(201).json();
        app.run_jobs().await;

        assert_eq!((&first["status"], ben.balance(&to).await), (&json!("pending"), "1.00".to_owned()));
        assert_eq!(ada.available(&from).await, "80.00");
        let id = |payment: &Value| payment["id"].as_str().unwrap().parse().unwrap();
        // Its holds belong to it: nobody posts or voids them on their own.
        let void = Call::post(format!("/api/v1/transfers/{}/void", first["id"].as_str().unwrap())).key("v");
        ada.send(&void).await.problem(409, "part_of_payment");
        let release = florin_payments::ReviewVerdict::Release;
        let released = app.services.payments.decide_review(&kernel, id(&first), release).await.unwrap();
        let refuse = florin_payments::ReviewVerdict::Refuse;
        let refused = app.services.payments.decide_review(&kernel, id(&second), refuse).await.unwrap();

        assert_eq!((released.status.code(), refused.status.code()), ("completed", "failed"));
        assert_eq!(
            (ada.balance(&from).await, ada.available(&from).await),
            ("90.00".to_owned(), "90.00".to_owned())
        );
        assert_eq!(ben.balance(&to).await, "11.00");
        let again = app.services.payments.decide_review(&kernel, id(&first), release).await;
        assert!(matches!(again, Err(florin_payments::Error::NotUnderReview)));
        app.finish().await;
    }
}

/// The actor behind a client's token.
async fn actor_of(app: &TestApp, client: &Client) -> florin_kernel::Actor {
    let token = client.token.as_deref().unwrap();
    app.services.identity.authenticate(token, florin_kernel::Origin::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fraud_is_reported_once_and_by_its_payer_or_the_staff() {
    for database in test_databases() {
        let app = bank(database).await;
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let id = ada.transfer(&from, &to, "5.00", "t").await.expect(201).text("/id");
        let report = json!({ "transaction_id": id, "kind": "scam", "note": "they said they were the bank" });

        ben.post("/api/v1/security/report-fraud", &report).await.problem(404, "not_found");
        let said = ada.post("/api/v1/security/report-fraud", &report).await.expect(201).json();
        ada.post("/api/v1/security/report-fraud", &report).await.problem(409, "conflict");
        let analyst = app.staff(Role::FraudAnalyst).await;
        let by_staff = analyst.post("/api/v1/security/report-fraud", &report).await.expect(201).json();

        assert_eq!((&said["source"], &by_staff["source"]), (&json!("customer"), &json!("analyst")));
        let wrong = json!({ "transaction_id": id, "kind": "Not A Word" });
        ada.post("/api/v1/security/report-fraud", &wrong).await.problem(422, "validation_failed");
        let score =
            analyst.get(&format!("/api/v1/security/risk-score?user_id={}", user_of(&app, &ada).await)).await;
        assert_eq!(score.expect(200).json()["frauds"], 1);
        ben.get(&format!("/api/v1/security/risk-score?user_id={}", user_of(&app, &ada).await))
            .await
            .problem(403, "forbidden");
        app.finish().await;
    }
}

async fn user_of(app: &TestApp, client: &Client) -> String {
    actor_of(app, client).await.user().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_sign_ins_fail_from_are_told() {
    for database in test_databases() {
        let app = bank(database).await;
        let ada = app.customer().await;
        let guess = json!({ "email": ada.email, "password": "not her password" });
        for _ in 0..5 {
            app.clock.advance_seconds(20);
            let call = Call::post("/api/v1/auth/login").json(&guess).from("198.51.100.23");
            app.stranger().send(&call).await.problem(401, "invalid_credentials");
        }
        let analyst = app.staff(Role::FraudAnalyst).await;

        let found = analyst.get("/api/v1/security/suspicious-ips").await.expect(200).json();

        assert_eq!(
            (&found["data"][0]["ip"], &found["data"][0]["burst"]),
            (&json!("198.51.100.23"), &json!(5)),
            "{found}"
        );
        ada.get("/api/v1/security/suspicious-ips").await.problem(403, "forbidden");
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_by_card_at_a_blocked_merchant_is_declined_and_says_why() {
    for database in test_databases() {
        let app = bank(database).await;
        let (_, from) = app.funded_customer("100.00").await;
        let analyst = app.staff(Role::FraudAnalyst).await;
        let mut body = json!({ "from_account_id": from, "kind": "card_authorization", "merchant": "Crooked Corner Shop",
            "amount": { "amount": "20.00", "currency": "EUR" } });
        assert_eq!(checked(&analyst, &body).await["decision"], "approve");

        let entry = json!({ "dimension": "merchant", "value": "crooked corner shop", "effect": "block", "reason": "sells stolen goods" });
        let listed = analyst.post("/api/v1/security/lists", &entry).await.expect(201).json();
        let said = checked(&analyst, &body).await;

        assert_eq!(said["decision"], "decline", "{said}");
        assert!(said["reasons"][0]["text"].as_str().unwrap().len() > 10, "{said}");
        body["merchant"] = json!("Honest Corner Shop");
        assert_eq!(checked(&analyst, &body).await["decision"], "approve");
        let path = format!("/api/v1/security/lists/{}", listed["id"].as_str().unwrap());
        analyst.send(&Call::new(axum::http::Method::DELETE, path)).await;
        body["merchant"] = json!("Crooked Corner Shop");
        assert_eq!(checked(&analyst, &body).await["decision"], "approve", "taken off the list");
        app.finish().await;
    }
}
