//! Payments within the books, and through the simulated processor: each of its behaviours, and the books after it.

use florin_payments::rail::simulator::{SIGNATURE_HEADER, SimulatorWebhooks};
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use florin_vault::Purpose;
use serde_json::{Value, json};

/// A card of Ada's that is good for long.
pub fn card(number: &str) -> Value {
    json!({ "card": { "number": number, "expiry_month": 12, "expiry_year": 2030, "holder_name": "Ada Example" } })
}

/// A bank account in the United States.
pub fn bank(number: &str) -> Value {
    json!({
        "country": "US", "routing_number": "021000021", "account_number": number, "account_type": "checking",
        "holder_name": "Ada Example",
    })
}

fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

async fn save(client: &Client, body: &Value) -> String {
    client.post("/api/v1/payment-methods", body).await.expect(201).text("/id")
}

async fn payee(client: &Client, body: &Value) -> String {
    client.post("/api/v1/payees", body).await.expect(201).text("/id")
}

async fn pay(client: &Client, key: &str, body: &Value) -> Answer {
    client.send(&Call::post("/api/v1/payments").key(key).json(body)).await
}

async fn status(client: &Client, payment: &str) -> String {
    client.get(&format!("/api/v1/payments/{payment}")).await.expect(200).text("/status")
}

/// Pays into an account by the card of this number, and gives the payment and what it was answered.
async fn top_up(client: &Client, account: &str, number: &str, amount: &str) -> String {
    let method = save(client, &card(number)).await;
    let body = json!({ "payment_method_id": method, "to_account_id": account, "amount": euros(amount) });
    let taken = pay(client, &format!("top-up-{number}"), &body).await.expect(201);
    assert_eq!(taken.text("/status"), "pending");
    taken.text("/id")
}

/// Pays a bank account elsewhere.
async fn pay_out(client: &Client, account: &str, number: &str, amount: &str) -> String {
    let body = json!({ "name": "Landlord", "bank_account": bank(number) });
    let payee = payee(client, &body).await;
    let body = json!({ "from_account_id": account, "payee_id": payee, "amount": euros(amount) });
    pay(client, &format!("out-{number}"), &body).await.expect(201).text("/id")
}

/// An event of the simulator, signed as it signs them.
async fn tell(app: &TestApp, id: &str, what: &str, payment: &str, reason: Option<(&str, &str)>) -> Answer {
    let body = SimulatorWebhooks::body(id, what, payment.parse().unwrap(), reason);
    let webhooks = SimulatorWebhooks::new(app.services.vault.derive(Purpose::SimulatedProcessor));
    let signature = webhooks.sign(&body, app.services.env.now());
    app.stranger().send(&webhook(body, signature.as_bytes())).await
}

fn webhook(body: Vec<u8>, signature: &[u8]) -> Call {
    Call::post("/api/v1/webhooks/simulator").raw("application/json", body).header(SIGNATURE_HEADER, signature)
}

async fn refund(client: &Client, payment: &str, key: &str, body: &Value) -> Answer {
    client.send(&Call::post(format!("/api/v1/payments/{payment}/refund")).key(key).json(body)).await
}

on_both_engines! {
    async fn a_payment_within_the_books_is_complete_at_once_and_answered_once(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let friend = payee(&ada, &json!({ "name": "Ben", "account_id": to })).await;
        let body = json!({ "from_account_id": from, "payee_id": friend, "amount": 25, "description": "Dinner" });

        let first = pay(&ada, "dinner", &body).await.expect(201);
        ada.send(&Call::new(axum::http::Method::DELETE, format!("/api/v1/payees/{friend}"))).await.expect(204);
        let again = pay(&ada, "dinner", &body).await.expect(201);

        assert!(again.is_replayed() && again.body == first.body, "though the payee is gone since");
        pay(&ada, "another", &body).await.problem(404, "not_found");
        let made = first.json();
        assert_eq!((&made["status"], &made["method"], &made["amount"]), (&json!("completed"), &json!("internal"), &euros("25.00")));
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("75.00".to_owned(), "26.00".to_owned()));
        let id = first.text("/id");
        let read = ada.get(&format!("/api/v1/payments/{id}")).await.expect(200).json();
        assert_eq!(read["history"][0]["cause"], "created");
        ben.get(&format!("/api/v1/payments/{id}")).await.problem(404, "not_found");
        ada.post(&format!("/api/v1/payments/{id}/cancel"), &json!({})).await.problem(409, "payment_not_cancellable");
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'payment.create' AND outcome = 'success'").await, 1);
    }

    async fn what_the_books_refuse_is_a_failed_payment_and_stays_refused(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let body = json!({ "from_account_id": from, "to_account_id": to, "amount": euros("10.01") });

        pay(&ada, "k", &body).await.problem(422, "insufficient_funds");
        app.fund(&from, "5.00").await;
        let again = pay(&ada, "k", &body).await;

        again.problem(422, "insufficient_funds");
        assert!(again.is_replayed());
        let list = ada.get("/api/v1/payments?status=failed").await.expect(200).json();
        assert_eq!(list["data"][0]["decline_code"], "insufficient_funds");
        let much = json!({ "from_account_id": from, "to_account_id": to, "amount": euros("10000.01") });
        pay(&ada, "step", &much).await.problem(403, "step_up_required");
        let more = json!({ "from_account_id": from, "to_account_id": to, "amount": euros("1000000.01") });
        pay(&ada.stepped_up().await, "risk", &more).await.problem(422, "declined_by_risk");
        assert_eq!(ada.balance(&from).await, "15.00");
    }

    async fn a_bill_is_owed_to_its_biller(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let manager = app.manager().await;
        let water = json!({ "name": "City Water", "category": "utilities", "currency": "EUR", "reference_rule": "luhn", "reference_min": 8 });
        ada.post("/api/v1/billers", &water).await.problem(403, "forbidden");
        let biller = manager.post("/api/v1/billers", &water).await.expect(201).text("/id");
        manager.post("/api/v1/billers", &water).await.problem(409, "already_saved");
        let account = |reference: &str| json!({ "name": "Water", "biller_id": biller, "reference": reference });
        ada.post("/api/v1/payees", &account("79927398710")).await.problem(422, "validation_failed");
        let water = ada.post("/api/v1/payees", &account("7992-7398-713")).await.expect(201);
        assert_eq!(water.text("/reference"), "****8713");
        ada.post("/api/v1/payees", &account("79927398713")).await.problem(409, "already_saved");

        let body = json!({ "from_account_id": from, "payee_id": water.text("/id"), "amount": euros("40.00") });
        let paid = pay(&ada, "bill", &body).await.expect(201);

        assert_eq!((paid.text("/status"), paid.text("/biller_id")), ("completed".to_owned(), biller.clone()));
        let trial = manager.get("/api/v1/ledger/trial-balance").await.expect(200).json();
        let line = trial["lines"].as_array().unwrap().iter().find(|line| line["code"] == 2_300).unwrap();
        assert_eq!(line["credits"], euros("40.00"));
        let change = json!({ "version": 1, "active": false });
        let call = Call::new(axum::http::Method::PATCH, format!("/api/v1/billers/{biller}")).json(&change);
        manager.send(&call).await.expect(200);
        manager.send(&call).await.problem(409, "conflict");
        pay(&ada, "bill-2", &body).await.problem(404, "not_found");
    }

    async fn money_comes_in_by_card_and_goes_out_to_a_bank_account(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;

        let payment = top_up(&ada, &account, "4242424242424242", "50.00").await;
        assert_eq!(ada.balance(&account).await, "100.00", "nothing moved yet");
        app.run_jobs().await;
        let read = ada.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json();
        let causes: Vec<&str> = read["history"].as_array().unwrap().iter().map(|line| line["cause"].as_str().unwrap()).collect();
        assert_eq!(causes, ["created", "submitting", "submitted"]);
        assert_eq!((&read["status"], &read["method_details"]), (&json!("completed"), &json!("424242******4242")));
        assert_eq!(ada.balance(&account).await, "150.00");

        let out = pay_out(&ada, &account, "123456785678", "70.00").await;
        assert_eq!((ada.balance(&account).await, ada.available(&account).await), ("150.00".to_owned(), "80.00".to_owned()));
        app.run_jobs().await;
        assert_eq!((status(&ada, &out).await, ada.balance(&account).await), ("completed".to_owned(), "80.00".to_owned()));
        refund(&app.manager().await, &out, "back", &json!({})).await.problem(409, "payment_not_refundable");
    }

    async fn what_is_declined_fails_with_its_code_and_frees_the_money(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let declined = top_up(&ada, &account, "4000000000000002", "50.00").await;
        let broke = top_up(&ada, &account, "4000000000009995", "50.00").await;
        let nowhere = pay_out(&ada, &account, "10000002", "60.00").await;

        app.run_jobs().await;

        for (payment, code) in [(&declined, "card_declined"), (&broke, "insufficient_funds"), (&nowhere, "R03")] {
            let read = ada.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json();
            assert_eq!((&read["status"], &read["decline_code"]), (&json!("failed"), &json!(code)));
        }
        assert_eq!((ada.balance(&account).await, ada.available(&account).await), ("100.00".to_owned(), "100.00".to_owned()));
    }

    async fn what_nobody_can_tell_keeps_its_money_reserved_until_the_processor_can(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let late = pay_out(&ada, &account, "10000341", "60.00").await;
        app.run_jobs().await;
        assert_eq!((status(&ada, &late).await, ada.available(&account).await), ("unknown".to_owned(), "40.00".to_owned()));
        ada.post(&format!("/api/v1/payments/{late}/cancel"), &json!({})).await.problem(409, "payment_not_cancellable");

        app.clock.advance_seconds(61);
        app.run_jobs().await;
        app.clock.advance_seconds(61);
        app.run_jobs().await;

        let ada = app.stranger().login(&ada.email).await;
        assert_eq!((status(&ada, &late).await, ada.balance(&account).await), ("completed".to_owned(), "40.00".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM payment_simulation").await, 1, "it was submitted once");
    }

    async fn two_persons_settle_what_the_processor_never_tells(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let lost = pay_out(&ada, &account, "10000119", "60.00").await;
        let found = top_up(&ada, &account, "4000000000000119", "20.00").await;
        app.run_jobs().await;
        app.clock.advance_seconds(40 * 24 * 3_600);
        app.run_jobs().await;
        let ada = app.stranger().login(&ada.email).await;
        assert_eq!((status(&ada, &lost).await, ada.available(&account).await), ("unknown".to_owned(), "40.00".to_owned()), "a hold does not expire");
        let (asks, agrees) = (app.manager().await, app.manager().await);
        let settle = async |payment: &str, outcome: &str| {
            let path = format!("/api/v1/payments/{payment}/settle");
            ada.post(&path, &json!({ "outcome": outcome })).await.problem(403, "forbidden");
            let approval = asks.post(&path, &json!({ "outcome": outcome, "note": "by phone" })).await.expect(202).text("/approval_id");
            let approve = format!("/api/v1/approvals/{approval}/approve");
            asks.post(&approve, &json!({})).await.problem(403, "forbidden");
            agrees.post(&approve, &json!({})).await.expect(200);
        };

        settle(&lost, "failed").await;
        settle(&found, "completed").await;

        assert_eq!((status(&ada, &lost).await, status(&ada, &found).await), ("failed".to_owned(), "completed".to_owned()));
        assert_eq!((ada.balance(&account).await, ada.available(&account).await), ("120.00".to_owned(), "120.00".to_owned()));
        let again = format!("/api/v1/payments/{lost}/settle");
        asks.post(&again, &json!({ "outcome": "completed" })).await.problem(409, "payment_not_unknown");
        tell(app, "evt-late", "succeeded", &lost, None).await.expect(200);
        assert_eq!(status(&ada, &lost).await, "failed", "what is over does not begin again");
    }

    async fn a_return_takes_back_what_went_through(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let (ben, spent) = app.funded_customer("0.01").await;
        let back = pay_out(&ada, &account, "10000259", "60.00").await;
        let gone = top_up(&ben, &spent, "4000000000000259", "50.00").await;
        app.run_jobs().await;
        assert_eq!((status(&ada, &back).await, status(&ben, &gone).await), ("completed".to_owned(), "completed".to_owned()));
        ben.transfer(&spent, &account, "50.01", "spend").await.expect(201);

        app.clock.advance_seconds(24 * 3_600 + 1);
        app.run_jobs().await;

        let (ada, ben) = (app.stranger().login(&ada.email).await, app.stranger().login(&ben.email).await);
        let read = ada.get(&format!("/api/v1/payments/{back}")).await.expect(200).json();
        assert_eq!((&read["status"], &read["decline_code"]), (&json!("failed"), &json!("R01")));
        assert_eq!(ada.balance(&account).await, "150.01");
        let read = ben.get(&format!("/api/v1/payments/{gone}")).await.expect(200).json();
        let last = read["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["cause"], &last["status"]), (&json!("returned"), &json!("failed")));
        assert!(last["detail"].as_str().unwrap().ends_with("shortfall"), "{last}");
        assert_eq!(ben.balance(&spent).await, "0.00", "nobody is overdrawn by it: suspense stands in");
    }

    async fn a_payment_that_is_under_way_ends_by_a_webhook(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let payment = top_up(&ada, &account, "4000000000003220", "50.00").await;
        app.run_jobs().await;
        assert_eq!(status(&ada, &payment).await, "processing");

        tell(app, "evt-1", "succeeded", &payment, None).await.expect(200);
        tell(app, "evt-1", "succeeded", &payment, None).await.expect(200);
        tell(app, "evt-0", "failed", &payment, Some(("card_declined", "late"))).await.expect(200);

        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("completed".to_owned(), "150.00".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM payment_webhook_event WHERE effect = 'applied'").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM payment_webhook_event WHERE effect = 'ignored'").await, 1);
        app.clock.advance_seconds(200);
        app.run_jobs().await;
        app.assert_books().await;
    }

    async fn a_forged_stale_or_foreign_event_changes_nothing(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let payment = pay_out(&ada, &account, "10000119", "60.00").await;
        app.run_jobs().await;
        let body = SimulatorWebhooks::body("evt", "succeeded", payment.parse().unwrap(), None);
        let webhooks = SimulatorWebhooks::new(app.services.vault.derive(Purpose::SimulatedProcessor));
        let genuine = webhooks.sign(&body, app.services.env.now());
        let forged = SimulatorWebhooks::new(app.services.vault.derive(Purpose::Pseudonym)).sign(&body, app.services.env.now());
        let stranger = app.stranger();

        stranger.send(&webhook(body.clone(), forged.as_bytes())).await.problem(403, "webhook_refused");
        stranger.send(&webhook(body.clone(), b"t=1,v1=zz")).await.problem(403, "webhook_refused");
        let unsigned = Call::post("/api/v1/webhooks/simulator").raw("application/json", body.clone());
        stranger.send(&unsigned).await.problem(403, "webhook_refused");
        let other = SimulatorWebhooks::body("evt", "failed", payment.parse().unwrap(), Some(("x", "y")));
        stranger.send(&webhook(other, genuine.as_bytes())).await.problem(403, "webhook_refused");
        app.clock.advance_seconds(301);
        stranger.send(&webhook(body.clone(), genuine.as_bytes())).await.problem(403, "webhook_refused");
        let nobody = Call::post("/api/v1/webhooks/nobody").raw("application/json", body);
        stranger.send(&nobody).await.problem(404, "not_found");
        tell(app, "evt-x", "succeeded", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", None).await.expect(200);
        let malformed = b"{}".to_vec();
        let signature = webhooks.sign(&malformed, app.services.env.now());
        stranger.send(&webhook(malformed, signature.as_bytes())).await.problem(400, "invalid_request");

        let ada = app.stranger().login(&ada.email).await;
        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("unknown".to_owned(), "100.00".to_owned()));
        tell(app, "evt-end", "failed", &payment, Some(("R04", "invalid account number"))).await.expect(200);
        assert_eq!((status(&ada, &payment).await, ada.available(&account).await), ("failed".to_owned(), "100.00".to_owned()));
    }

    async fn a_payment_that_waits_can_be_cancelled_and_is_not_submitted_then(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let ben = app.customer().await;
        let payment = pay_out(&ada, &account, "123456785678", "60.00").await;
        let path = format!("/api/v1/payments/{payment}/cancel");
        ben.post(&path, &json!({})).await.problem(404, "not_found");

        ada.post(&path, &json!({})).await.expect(200);
        assert_eq!(ada.post(&path, &json!({})).await.expect(200).text("/status"), "cancelled");
        app.run_jobs().await;

        assert_eq!((status(&ada, &payment).await, ada.available(&account).await), ("cancelled".to_owned(), "100.00".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM payment_simulation").await, 0);
    }

    async fn refunds_come_to_no_more_than_was_paid(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let body = json!({ "from_account_id": from, "to_account_id": to, "amount": euros("50.00") });
        let payment = pay(&ada, "k", &body).await.expect(201).text("/id");
        let manager = app.manager().await;

        refund(&ada, &payment, "own", &json!({})).await.problem(403, "forbidden");
        let part = json!({ "amount": euros("20.00"), "reason": "half of it was cold" });
        let first = refund(&manager, &payment, "part", &part).await.expect(201);
        let again = refund(&manager, &payment, "part", &part).await.expect(201);
        assert!(again.is_replayed() && first.body == again.body);
        assert_eq!(first.text("/payment/status"), "completed");
        refund(&manager, &payment, "much", &json!({ "amount": euros("30.01") })).await.problem(422, "refund_too_large");
        ben.transfer(&to, &from, "30.00", "spend").await.expect(201);
        refund(&manager, &payment, "spent", &json!({})).await.problem(422, "insufficient_funds");
        app.fund(&to, "30.00").await;
        let rest = refund(&manager, &payment, "rest", &json!({})).await.expect(201);

        assert_eq!((rest.text("/payment/status"), rest.text("/refund/amount/amount")), ("refunded".to_owned(), "30.00".to_owned()));
        refund(&manager, &payment, "none", &json!({})).await.problem(409, "payment_not_refundable");
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("130.00".to_owned(), "1.00".to_owned()));
    }

    async fn what_came_by_card_is_given_back_through_the_processor(app: &TestApp) {
        let (ada, account) = app.funded_customer("10.00").await;
        let payment = top_up(&ada, &account, "4242424242424242", "50.00").await;
        let stuck = top_up(&ada, &account, "4000000000000077", "20.00").await;
        app.run_jobs().await;
        let manager = app.manager().await;

        let asked = refund(&manager, &payment, "part", &json!({ "amount": euros("30.00") })).await.expect(201);
        assert_eq!((asked.text("/refund/status"), ada.available(&account).await), ("pending".to_owned(), "50.00".to_owned()));
        refund(&manager, &payment, "much", &json!({ "amount": euros("20.01") })).await.problem(422, "refund_too_large");
        refund(&manager, &stuck, "stuck", &json!({})).await.expect(201);
        app.run_jobs().await;

        let read = ada.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json();
        assert_eq!((&read["refunded_amount"], &read["refunds"][0]["status"]), (&euros("30.00"), &json!("completed")));
        let read = ada.get(&format!("/api/v1/payments/{stuck}")).await.expect(200).json();
        assert_eq!((&read["refunded_amount"], &read["refunds"][0]["decline_code"]), (&euros("0.00"), &json!("refund_refused")));
        assert_eq!((ada.balance(&account).await, ada.available(&account).await), ("50.00".to_owned(), "50.00".to_owned()));
    }

    async fn a_loan_that_there_is_not_is_not_paid(app: &TestApp) {
        let (ada, account) = app.funded_customer("10.00").await;
        let body = json!({ "loan_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", "amount": euros("1.00"), "from_account_id": account });

        for (path, key) in [("/api/v1/payments", "a"), ("/api/v1/mortgage/pay", "b"), ("/api/v1/payday/pay", "c")] {
            ada.send(&Call::post(path).key(key).json(&body)).await.problem(404, "not_found");
        }
        assert_eq!(ada.get("/api/v1/payments").await.expect(200).json()["data"], json!([]));
    }

    async fn payments_are_listed_latest_first_by_state_and_time(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let mut made = Vec::new();
        for n in 0..4 {
            app.clock.advance_seconds(1);
            let body = json!({ "from_account_id": from, "to_account_id": to, "amount": euros("1.00") });
            made.push(pay(&ada, &format!("k{n}"), &body).await.expect(201).text("/id"));
        }
        made.reverse();
        let ids = |page: &Value| -> Vec<String> {
            page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };

        let first = ada.get("/api/v1/payments?limit=3&status=completed").await.expect(200).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = ada.get(&format!("/api/v1/payments?limit=3&cursor={cursor}")).await.expect(200).json();

        assert_eq!((ids(&first), ids(&second)), (made[..3].to_vec(), made[3..].to_vec()));
        assert_eq!(ids(&ada.get("/api/v1/payments?status=pending").await.expect(200).json()), [""; 0]);
        assert_eq!(ids(&ada.get("/api/v1/payments?from=2026-11-21T15:33:23Z&to=2026-11-21T15:33:24Z").await.expect(200).json()), [made[1].clone()]);
        assert_eq!(ids(&ben.get("/api/v1/payments").await.expect(200).json()), [""; 0], "whoever is paid sees their account");
        assert_eq!(ids(&app.teller().await.get("/api/v1/payments").await.expect(200).json()), made);
        ada.get("/api/v1/payments?status=lost").await.problem(422, "validation_failed");
    }
}
