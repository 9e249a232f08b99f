//! Cards that Stripe keeps: charged, declined, given back, disputed; and what happens when answers or events are lost. After
//! each the books agree, and Stripe's own records say the same as ours.

use florin_testkit::rails::stripe::sign;
use florin_testkit::{
    Answer, Call, Client, Database, FakeStripe, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, TestApp,
};
use serde_json::{Value, json};

/// An instance that charges cards by a Stripe of its own.
struct Shop {
    app: TestApp,
    stripe: FakeStripe,
}

impl Shop {
    async fn open(database: Database) -> Self {
        let stripe = FakeStripe::start().await;
        let secrets = format!("whsec_before {STRIPE_WEBHOOK_SECRET}");
        let settings = [
            ("stripe.url", stripe.url.as_str()),
            ("stripe.secret_key", STRIPE_KEY),
            ("stripe.webhook_secrets", secrets.as_str()),
            ("payments.processor_timeout_ms", "300"),
        ];
        Self { app: TestApp::start_with(database, &settings).await, stripe }
    }

    /// Asserts that what Stripe took and gave back is what our payments say.
    async fn close(self) {
        let mut taken = 0;
        let manager = self.app.manager().await;
        for (_, id, amount, status) in self.stripe.charges() {
            let ours = manager.get(&format!("/api/v1/payments/{id}")).await.expect(200).json();
            let ours = ours["status"].as_str().unwrap().to_owned();
            let went_through = matches!(ours.as_str(), "completed" | "refunded");
            assert!(status != "succeeded" || went_through || ours == "failed", "{id} is {status} and {ours}");
            assert!(!went_through || status == "succeeded", "{id} is {status} and {ours}");
            taken += if went_through { amount } else { 0 };
        }
        let given =
            "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_refund WHERE status = 'completed'";
        let given = self.app.count(given).await;
        let ours = "SELECT CAST(COALESCE(SUM(amount + fee), 0) AS BIGINT) FROM payment_order WHERE processor = 'stripe' AND status IN ('completed', 'refunded')";
        assert_eq!((taken, self.stripe.refunded()), (self.app.count(ours).await, given));
        self.app.finish().await;
    }

    async fn save(&self, client: &Client, reference: &str) -> String {
        client.post("/api/v1/payment-methods", &kept(reference)).await.expect(201).text("/id")
    }

    /// Pays 50.00 into an account by the card that Stripe knows so.
    async fn pay(&self, client: &Client, account: &str, reference: &str) -> String {
        let method = self.save(client, reference).await;
        let body = json!({ "payment_method_id": method, "to_account_id": account, "amount": euros("50.00") });
        let call = Call::post("/api/v1/payments").key(reference).json(&body);
        let payment = client.send(&call).await.expect(201).text("/id");
        self.app.run_jobs().await;
        payment
    }

    /// Somebody with an empty account.
    async fn payer(&self) -> (Client, String) {
        let ada = self.app.customer().await;
        let account = ada.open_account("EUR").await;
        (ada, account)
    }

    /// Sends an event as Stripe does.
    async fn tell(&self, (signature, body): (String, Vec<u8>)) -> Answer {
        let call = Call::post("/api/v1/webhooks/stripe").raw("application/json", body);
        self.app.stranger().send(&call.header("stripe-signature", signature.as_bytes())).await
    }

    async fn tell_of(&self, intent: &str, kind: &str) -> Answer {
        self.tell(self.stripe.event(intent, kind, self.app.services.env.now())).await
    }

    /// Lets the janitor look once the first minutes are over.
    async fn later(&self) {
        self.app.clock.advance_seconds(130);
        self.app.run_jobs().await;
    }

    async fn refund(&self, manager: &Client, payment: &str, key: &str, body: &Value) -> Answer {
        let call = Call::post(format!("/api/v1/payments/{payment}/refund")).key(key).json(body);
        let answer = manager.send(&call).await;
        self.app.run_jobs().await;
        answer
    }
}

fn kept(reference: &str) -> Value {
    json!({ "kept_card": { "processor": "stripe", "reference": reference, "holder_name": "Ada Example" } })
}

fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

async fn read(client: &Client, payment: &str) -> Value {
    client.get(&format!("/api/v1/payments/{payment}")).await.expect(200).json()
}

async fn status(client: &Client, payment: &str) -> String {
    read(client, payment).await["status"].as_str().unwrap().to_owned()
}

macro_rules! with_stripe {
    ($(async fn $name:ident($shop:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn scenario($shop: &Shop) $body

            #[tokio::test]
            async fn on_sqlite() {
                let shop = Shop::open(Database::Sqlite).await;
                scenario(&shop).await;
                shop.close().await;
            }

            #[tokio::test]
            async fn on_postgres() {
                let Some(database) = Database::postgres() else { return };
                let shop = Shop::open(database).await;
                scenario(&shop).await;
                shop.close().await;
            }
        }
    )+};
}

with_stripe! {
    async fn a_card_that_stripe_keeps_is_saved_as_stripe_describes_it(shop) {
        let (ada, ben) = (shop.app.customer().await, shop.app.customer().await);

        let saved = ada.post("/api/v1/payment-methods", &kept("pm_card_visa")).await.expect(201).json();

        let shown = (&saved["kind"], &saved["number"], &saved["brand"], &saved["processor"], &saved["expiry_year"]);
        assert_eq!(shown, (&json!("card"), &json!("****4242"), &json!("visa"), &json!("stripe"), &json!(2034)));
        ada.post("/api/v1/payment-methods", &kept("pm_card_visa")).await.problem(409, "already_saved");
        ben.post("/api/v1/payment-methods", &kept("pm_card_visa")).await.problem(409, "already_saved");
        let refused = async |body: Value| {
            let problem = ben.post("/api/v1/payment-methods", &body).await.problem(422, "validation_failed");
            let error = &problem["errors"][0];
            (error["field"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())
        };
        let told = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        assert_eq!(refused(kept("card_nowhere")).await, told("reference", "unknown"));
        assert_eq!(refused(kept("pm_over")).await, told("reference", "expired"));
        assert_eq!(refused(kept("../charges")).await, told("reference", "malformed"));
        let with = |name: &str, value: &str| {
            let mut body = kept("pm_of_ben");
            body["kept_card"][name] = json!(value);
            body
        };
        assert_eq!(refused(with("processor", "simulator")).await, told("processor", "unknown"));
        assert_eq!(refused(with("customer", "cus_ada")).await, told("customer", "mismatch"));
        ben.post("/api/v1/payment-methods", &with("customer", "cus_ben")).await.expect(201);
        let both = json!({ "kept_card": kept("pm_x")["kept_card"], "card": crate::payments::card("4242424242424242")["card"] });
        assert_eq!(refused(both).await.1, "exclusive");
    }

    async fn a_charge_goes_through_once(shop) {
        let (ada, account) = shop.payer().await;

        let payment = shop.pay(&ada, &account, "pm_of_ben_visa").await;
        shop.app.run_jobs().await;
        shop.later().await;

        let ada = shop.app.stranger().login(&ada.email).await;
        let read = read(&ada, &payment).await;
        let told = (&read["status"], &read["processor"], &read["processor_id"]);
        assert_eq!(told, (&json!("completed"), &json!("stripe"), &json!("pi_1")), "{read}");
        assert_eq!(ada.balance(&account).await, "50.00");
        assert_eq!(shop.stripe.charges(), [("pi_1".to_owned(), payment, 5_000, "succeeded".to_owned())]);
        assert_eq!(shop.stripe.posts(), 1);
    }

    async fn a_declined_card_moves_nothing(shop) {
        let (ada, account) = shop.payer().await;

        let declined = shop.pay(&ada, &account, "pm_card_chargeDeclined").await;
        let broke = shop.pay(&ada, &account, "pm_card_insufficientFunds").await;

        for (payment, code) in [(declined, "card_declined"), (broke, "insufficient_funds")] {
            let read = read(&ada, &payment).await;
            assert_eq!((&read["status"], &read["decline_code"]), (&json!("failed"), &json!(code)));
        }
        assert_eq!(ada.balance(&account).await, "0.00");
        // What Stripe says once more of it comes too late.
        shop.tell_of("pi_1", "payment_intent.payment_failed").await.expect(200);
    }

    async fn a_lost_answer_is_made_good_by_the_late_webhook(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_silent").await;
        assert_eq!(status(&ada, &payment).await, "unknown");
        assert_eq!(ada.balance(&account).await, "0.00");

        shop.tell_of("pi_1", "payment_intent.succeeded").await.expect(200);

        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("completed".to_owned(), "50.00".to_owned()));
        shop.later().await;
        assert_eq!(shop.stripe.posts(), 1, "nobody asked again");
    }

    async fn a_lost_answer_is_made_good_by_asking(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_silent").await;

        shop.later().await;

        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("completed".to_owned(), "50.00".to_owned()));
        assert_eq!((shop.stripe.charges().len(), shop.stripe.posts()), (1, 1), "it was found");
        // The event that comes after that is no second payment.
        shop.tell_of("pi_1", "payment_intent.succeeded").await.expect(200);
        assert_eq!(ada.balance(&account).await, "50.00");
    }

    async fn what_cannot_be_found_yet_is_asked_for_again_under_its_own_key(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_silent").await;
        shop.stripe.forget_to_index(true);

        shop.later().await;
        assert_eq!(status(&ada, &payment).await, "unknown");
        assert_eq!((shop.stripe.charges().len(), shop.stripe.posts()), (1, 2), "the same request, the same charge");
        shop.stripe.forget_to_index(false);
        shop.app.clock.advance_seconds(400);
        shop.app.run_jobs().await;

        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("completed".to_owned(), "50.00".to_owned()));
        assert_eq!(shop.stripe.charges().len(), 1);
    }

    async fn a_request_that_never_arrived_is_unknown_until_two_persons_say_so(shop) {
        let (ada, account) = shop.payer().await;
        let lost = shop.pay(&ada, &account, "pm_lost").await;
        let broken = shop.pay(&ada, &account, "pm_broken").await;
        shop.later().await;
        for payment in [&lost, &broken] {
            assert_eq!(status(&ada, payment).await, "unknown");
        }

        let (asks, agrees) = (shop.app.manager().await, shop.app.manager().await);
        for payment in [&lost, &broken] {
            let path = format!("/api/v1/payments/{payment}/settle");
            let approval = asks.post(&path, &json!({ "outcome": "failed" })).await.expect(202).text("/approval_id");
            agrees.post(&format!("/api/v1/approvals/{approval}/approve"), &json!({})).await.expect(200);
        }
        shop.app.run_jobs().await;

        assert_eq!((status(&ada, &lost).await, status(&ada, &broken).await), ("failed".to_owned(), "failed".to_owned()));
        assert_eq!((ada.balance(&account).await, shop.stripe.charges().len()), ("0.00".to_owned(), 0));
    }

    async fn what_is_under_way_ends_by_its_webhook(shop) {
        let (ada, account) = shop.payer().await;
        let good = shop.pay(&ada, &account, "pm_processing").await;
        assert_eq!(status(&ada, &good).await, "processing");
        shop.later().await;
        assert_eq!(read(&ada, &good).await["history"].as_array().unwrap().len(), 3, "that nothing is new is no news");
        shop.stripe.settle("pi_1", None);
        let (signature, body) = shop.stripe.event("pi_1", "payment_intent.succeeded", shop.app.services.env.now());
        shop.tell((signature.clone(), body.clone())).await.expect(200);
        // Twice, and an older one after it.
        shop.tell((signature, body)).await.expect(200);
        shop.stripe.settle("pi_1", Some("card_declined"));
        shop.tell_of("pi_1", "payment_intent.payment_failed").await.expect(200);
        shop.stripe.settle("pi_1", None);

        assert_eq!((status(&ada, &good).await, ada.balance(&account).await), ("completed".to_owned(), "50.00".to_owned()));
        assert_eq!(shop.app.count("SELECT COUNT(*) FROM payment_webhook_event WHERE effect = 'applied'").await, 1);
        assert_eq!(shop.app.count("SELECT COUNT(*) FROM payment_webhook_event").await, 2, "the second time leaves nothing");
    }

    async fn what_is_under_way_may_fail(shop) {
        let (ada, account) = shop.payer().await;
        let bad = shop.pay(&ada, &account, "pm_processing").await;
        shop.stripe.settle("pi_1", Some("insufficient_funds"));

        shop.tell_of("pi_1", "payment_intent.payment_failed").await.expect(200);

        let read = read(&ada, &bad).await;
        assert_eq!((&read["status"], &read["decline_code"]), (&json!("failed"), &json!("insufficient_funds")));
        assert_eq!(ada.balance(&account).await, "0.00");
    }

    async fn a_charge_is_given_back_in_parts_and_never_more_than_it_was(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_card_visa").await;
        let manager = shop.app.manager().await;

        shop.refund(&manager, &payment, "part", &json!({ "amount": euros("20.00") })).await.expect(201);
        shop.refund(&manager, &payment, "part", &json!({ "amount": euros("20.00") })).await.expect(201);
        shop.refund(&manager, &payment, "above", &json!({ "amount": euros("30.01") })).await.problem(422, "refund_too_large");
        assert_eq!(read(&ada, &payment).await["refunded_amount"], euros("20.00"));
        assert_eq!(ada.balance(&account).await, "30.00");
        shop.refund(&manager, &payment, "rest", &json!({})).await.expect(201);

        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("refunded".to_owned(), "0.00".to_owned()));
        let amounts: Vec<i64> = shop.stripe.refunds().into_iter().map(|(_, _, amount)| amount).collect();
        assert_eq!(amounts, [2_000, 3_000]);
        let told = shop.stripe.refund_event("re_1", "refund.updated", shop.app.services.env.now());
        shop.tell(told).await.expect(200);
        assert_eq!(ada.balance(&account).await, "0.00");
    }

    async fn a_payment_is_cancelled_before_stripe_hears_of_it(shop) {
        let (ada, account) = shop.payer().await;
        let method = shop.save(&ada, "pm_card_visa").await;
        let body = json!({ "payment_method_id": method, "to_account_id": account, "amount": euros("50.00") });
        let payment = ada.send(&Call::post("/api/v1/payments").key("k").json(&body)).await.expect(201).text("/id");

        ada.post(&format!("/api/v1/payments/{payment}/cancel"), &json!({})).await.expect(200);
        shop.app.run_jobs().await;

        assert_eq!((status(&ada, &payment).await, shop.stripe.posts()), ("cancelled".to_owned(), 0));
    }

    async fn what_two_persons_say_failed_is_stopped_at_stripe(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_processing").await;
        // As if the answer had been lost, and nobody could tell.
        let unknown = "UPDATE payment_order SET status = 'unknown', processor_id = NULL";
        let lost = shop.app.services.db.housekeeping(move |tx| tx.execute(unknown, &[])).await;
        assert_eq!(lost.unwrap_or_else(|error: florin_db::DbError| panic!("{error}")), 1);
        let (asks, agrees) = (shop.app.manager().await, shop.app.manager().await);
        let path = format!("/api/v1/payments/{payment}/settle");
        let approval = asks.post(&path, &json!({ "outcome": "failed" })).await.expect(202).text("/approval_id");
        agrees.post(&format!("/api/v1/approvals/{approval}/approve"), &json!({})).await.expect(200);

        shop.app.run_jobs().await;

        assert_eq!(shop.stripe.charges()[0].3, "canceled");
        assert_eq!(status(&ada, &payment).await, "failed");
    }

    async fn what_stripe_did_not_sign_just_now_is_not_believed(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_processing").await;
        shop.stripe.settle("pi_1", None);
        let now = shop.app.services.env.now();
        let (signature, body) = shop.stripe.event("pi_1", "payment_intent.succeeded", now);

        shop.tell((signature.replace("v1=", "v1=0"), body.clone())).await.problem(403, "webhook_refused");
        shop.tell((signature.clone(), [&body[..], b" "].concat())).await.problem(403, "webhook_refused");
        let unsigned = Call::post("/api/v1/webhooks/stripe").raw("application/json", body.clone());
        shop.app.stranger().send(&unsigned).await.problem(403, "webhook_refused");
        let forged = sign(&body, b"whsec_of_somebody_else", now);
        shop.tell((forged, body.clone())).await.problem(403, "webhook_refused");
        shop.app.clock.advance_seconds(301);
        shop.tell((signature, body.clone())).await.problem(403, "webhook_refused");
        assert_eq!(status(&ada, &payment).await, "processing");

        let before = sign(&body, b"whsec_before", shop.app.services.env.now());
        shop.tell((before, body)).await.expect(200);
        assert_eq!(status(&ada, &payment).await, "completed", "the secret that is being replaced is good");
    }

    async fn events_of_payments_that_there_are_not_are_acknowledged_and_change_nothing(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_processing").await;
        let now = shop.app.services.env.now();
        let intent = |id: &str, florin_id: Value, amount: i64| {
            json!({ "id": id, "object": "payment_intent", "amount": amount, "currency": "eur", "status": "succeeded",
                "metadata": { "florin_id": florin_id } })
        };
        let stranger = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";
        for object in [
            intent("pi_9", json!(stranger), 5_000),
            intent("pi_9", json!("no identifier"), 5_000),
            intent("pi_9", Value::Null, 5_000),
            // As much as was never instructed.
            intent("pi_1", json!(payment), 5_001),
            json!({ "id": "bal", "object": "balance" }),
            json!({ "id": "dp_1", "object": "dispute", "payment_intent": "pi_9", "amount": 1, "currency": "eur", "status": "lost", "reason": "x" }),
        ] {
            shop.tell(shop.stripe.event_about(&object, "x.y", now)).await.expect(200);
        }
        let broken = b"{\"id\":7}".to_vec();
        let signature = sign(&broken, STRIPE_WEBHOOK_SECRET.as_bytes(), now);
        shop.tell((signature, broken)).await.problem(400, "invalid_request");

        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("processing".to_owned(), "0.00".to_owned()));
        shop.stripe.settle("pi_1", None);
        shop.tell_of("pi_1", "payment_intent.succeeded").await.expect(200);
    }

    async fn a_dispute_is_noted_and_takes_the_payment_back_when_it_is_lost(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_card_visa").await;
        let now = shop.app.services.env.now();

        shop.tell(shop.stripe.dispute_event("pi_1", "needs_response", 5_000, now)).await.expect(200);
        assert_eq!((status(&ada, &payment).await, ada.balance(&account).await), ("completed".to_owned(), "50.00".to_owned()));
        shop.tell(shop.stripe.dispute_event("pi_1", "lost", 1_000, now)).await.expect(200);
        assert_eq!(status(&ada, &payment).await, "completed", "people settle what is lost in part");
        shop.tell(shop.stripe.dispute_event("pi_1", "lost", 5_000, now)).await.expect(200);

        let read = read(&ada, &payment).await;
        let causes: Vec<&str> = read["history"].as_array().unwrap().iter().map(|line| line["cause"].as_str().unwrap()).collect();
        assert_eq!(causes[3..], ["disputed", "dispute_lost_in_part", "returned"]);
        assert_eq!((&read["status"], &read["decline_code"]), (&json!("failed"), &json!("dispute_lost")));
        assert_eq!(ada.balance(&account).await, "0.00");
        assert_eq!(shop.app.count("SELECT COUNT(*) FROM outbox_event WHERE topic = 'payment.disputed'").await, 1);
    }

    async fn a_refund_made_in_stripes_own_pages_is_noted(shop) {
        let (ada, account) = shop.payer().await;
        let payment = shop.pay(&ada, &account, "pm_card_visa").await;
        let refund = json!({ "id": "re_9", "object": "refund", "amount": 700, "currency": "eur", "status": "succeeded",
            "payment_intent": "pi_1", "metadata": {} });

        shop.tell(shop.stripe.event_about(&refund, "refund.created", shop.app.services.env.now())).await.expect(200);

        let read = read(&ada, &payment).await;
        let last = read["history"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["cause"], &last["status"]), (&json!("refunded_elsewhere"), &json!("completed")));
        assert_eq!(ada.balance(&account).await, "50.00");
    }
}

#[tokio::test]
async fn stripe_and_the_simulator_stand_side_by_side() {
    let shop = Shop::open(Database::Sqlite).await;
    let (ada, account) = shop.payer().await;
    let method = ada
        .post("/api/v1/payment-methods", &crate::payments::card("4242424242424242"))
        .await
        .expect(201)
        .text("/id");
    let body = json!({ "payment_method_id": method, "to_account_id": account, "amount": euros("5.00") });
    let simulated = ada.send(&Call::post("/api/v1/payments").key("s").json(&body)).await.expect(201);
    assert_eq!(simulated.text("/processor"), "simulator");
    let charged = shop.pay(&ada, &account, "pm_card_visa").await;

    assert_eq!(read(&ada, &charged).await["processor"], "stripe");
    assert_eq!(ada.balance(&account).await, "55.00");
    Box::pin(shop.close()).await;
}

#[tokio::test]
async fn without_a_key_stripe_keeps_nothing_and_is_not_heard() {
    let app = TestApp::start(Database::Sqlite).await;
    let ada = app.customer().await;

    let refused =
        ada.post("/api/v1/payment-methods", &kept("pm_card_visa")).await.problem(422, "validation_failed");

    assert_eq!(refused["errors"][0]["field"], "processor");
    let call = Call::post("/api/v1/webhooks/stripe").raw("application/json", "{}");
    app.stranger().send(&call).await.problem(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn a_stripe_that_does_not_answer_saves_no_card_and_its_key_is_told_nobody() {
    let settings = [
        ("stripe.url", "http://127.0.0.1:9/"),
        ("stripe.secret_key", "sk_live_hush"),
        ("payments.processor_timeout_ms", "300"),
    ];
    let app = TestApp::start_with(Database::Sqlite, &settings).await;
    let ada = app.customer().await;

    let problem =
        ada.post("/api/v1/payment-methods", &kept("pm_card_visa")).await.problem(502, "provider_unavailable");

    assert!(!problem.to_string().contains("hush") && !problem.to_string().contains("127.0.0.1"), "{problem}");
    assert!(!format!("{:?}", app.services.config).contains("hush"));
    app.finish().await;
}
