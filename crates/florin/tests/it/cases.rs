//! Cases about money that is held: deciding them decides about the money, whatever happens in between.

use florin_compliance::cases::{Decision, Verdict};
use florin_kernel::{Origin, Role};
use florin_testkit::{Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

fn body(from: &str, to: &str, amount: &str) -> Value {
    json!({ "from_account_id": from, "to_account_id": to, "amount": { "amount": amount, "currency": "USD" } })
}

/// A payer, their account, a payee and theirs, and a transfer or payment that is held because it is the third of its kind.
struct Held {
    payer: Client,
    from: String,
    other: Client,
    to: String,
    id: String,
}

async fn held(app: &TestApp, route: &str) -> Held {
    let payer = app.customer().await;
    let from = payer.open_account("USD").await;
    app.teller().await.deposit(&from, "40000.00", "USD", &format!("cash-{from}")).await.expect(201);
    let other = app.customer().await;
    let to = other.open_account("USD").await;
    let payer = payer.stepped_up().await;
    let mut made = None;
    for (number, route) in ["/api/v1/transfers", "/api/v1/transfers", route].into_iter().enumerate() {
        let call = Call::post(route).key(&format!("{from}-{number}")).json(&body(&from, &to, "9500.00"));
        made = Some(payer.send(&call).await.expect(201).json());
    }
    let made = made.unwrap();
    assert_eq!(made["status"], "pending", "{made}");
    Held { payer, from, other, to, id: made["id"].as_str().unwrap().to_owned() }
}

async fn analyst(app: &TestApp) -> Client {
    app.staff(Role::FraudAnalyst).await
}

/// The case about this transfer or payment.
async fn case_about(analyst: &Client, reference: &str) -> Value {
    let found = analyst.get("/api/v1/cases?kind=fraud&status=open").await.expect(200).json();
    let case = found["data"].as_array().unwrap().iter().find(|case| case["reference"] == json!(reference));
    case.unwrap_or_else(|| panic!("no case about {reference} in {found}")).clone()
}

/// How many notices of this kind somebody has.
async fn told(client: &Client, kind: &str) -> usize {
    let found = client.get("/api/v1/notifications").await.expect(200).json();
    found["data"].as_array().unwrap().iter().filter(|notice| notice["kind"] == json!(kind)).count()
}

fn verdict(decision: &str, version: u32) -> Value {
    json!({ "decision": decision, "reason": "The customer was called.", "version": version })
}

fn decide(case: &Value) -> String {
    format!("/api/v1/cases/{}/decide", case["id"].as_str().unwrap())
}

async fn resolution(analyst: &Client, case: &Value) -> String {
    let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
    let file = analyst.get(&path).await.expect(200).json();
    let evidence = file["evidence"].as_array().unwrap();
    let of_money = evidence.iter().find(|one| one["kind"] == "resolution").unwrap();
    of_money["text"].as_str().unwrap().to_owned()
}

on_both_engines! {
    with &[("risk.mode", "active")];

    async fn a_held_transfer_moves_when_its_case_is_decided_as_genuine(app: &TestApp) {
        let held = held(app, "/api/v1/transfers").await;
        let analyst = analyst(app).await;
        let case = case_about(&analyst, &held.id).await;
        assert_eq!((case["subject_id"].as_str(), &case["version"]), (Some(held.payer.id.as_str()), &json!(1)));

        let closed = analyst.post(&decide(&case), &verdict("genuine", 1)).await.expect(200).json();
        let again = analyst.post(&decide(&case), &verdict("genuine", 1)).await.expect(200).json();

        assert_eq!((&closed["status"], &closed["decision"]), (&json!("closed"), &json!("genuine")));
        assert_eq!(again, closed, "an answer that was lost is given again");
        assert_eq!(held.other.balance(&held.to).await, "28500.00");
        assert_eq!(held.payer.available(&held.from).await, "11500.00");
        assert_eq!(resolution(&analyst, &case).await, "The money was released.");
        assert_eq!(told(&held.payer, "payment-released").await, 1, "the payer is told once");
        assert_eq!(told(&held.other, "payment-released").await, 0, "and nobody else is");
        let reviews = app.count("SELECT COUNT(*) FROM risk_review WHERE released").await;
        assert_eq!(reviews, 1, "what was found is a label of the decision");
        analyst.post(&decide(&case), &verdict("fraud", 1)).await.problem(409, "conflict");
    }

    async fn a_held_transfer_is_freed_when_its_case_is_decided_as_fraud(app: &TestApp) {
        let held = held(app, "/api/v1/transfers").await;
        let analyst = analyst(app).await;
        let case = case_about(&analyst, &held.id).await;

        analyst.post(&decide(&case), &verdict("fraud", 1)).await.expect(200);

        assert_eq!(held.other.balance(&held.to).await, "19000.00");
        assert_eq!(held.payer.available(&held.from).await, "21000.00");
        assert_eq!(resolution(&analyst, &case).await, "The money was not let through; it is free for its payer.");
        assert_eq!(told(&held.payer, "payment-refused").await, 1);
    }

    async fn a_held_payment_goes_its_way_or_is_refused_with_its_case(app: &TestApp) {
        let (first, second) = (held(app, "/api/v1/payments").await, held(app, "/api/v1/payments").await);
        let analyst = analyst(app).await;
        let (one, two) = (case_about(&analyst, &first.id).await, case_about(&analyst, &second.id).await);

        analyst.post(&decide(&one), &verdict("genuine", 1)).await.expect(200);
        analyst.post(&decide(&two), &verdict("fraud", 1)).await.expect(200);
        app.run_jobs().await;

        let status = async |held: &Held| {
            held.payer.get(&format!("/api/v1/payments/{}", held.id)).await.expect(200).text("/status")
        };
        assert_eq!((status(&first).await, status(&second).await), ("completed".to_owned(), "failed".to_owned()));
        assert_eq!(first.other.balance(&first.to).await, "28500.00");
        assert_eq!(second.payer.available(&second.from).await, "21000.00");
        assert_eq!((told(&first.payer, "payment-released").await, told(&second.payer, "payment-refused").await), (1, 1));
    }

    /// The program dies after the money moved and before the case is closed.
    async fn a_decision_that_was_cut_off_is_taken_again(app: &TestApp) {
        let held = held(app, "/api/v1/transfers").await;
        let analyst = analyst(app).await;
        let case = case_about(&analyst, &held.id).await;
        let token = analyst.token.as_deref().unwrap();
        let actor = app.services.identity.authenticate(token, Origin::default()).await.unwrap();
        let id = case["id"].as_str().unwrap().parse().unwrap();
        let begun = Verdict { decision: Decision::Genuine, reason: "Called.".to_owned(), sar: false };
        app.services.cases.begin(&actor, id, 1, &begun).await.unwrap();
        let post = Call::post(format!("/api/v1/transfers/{}/post", held.id)).key("released");
        analyst.send(&post).await.expect(201);

        let seen = analyst.get(&format!("/api/v1/cases/{id}")).await.expect(200).json();
        analyst.post(&decide(&case), &verdict("fraud", 1)).await.problem(409, "conflict");
        let closed = analyst.post(&decide(&case), &verdict("genuine", 1)).await.expect(200).json();

        assert_eq!((&seen["deciding"], &seen["status"]), (&json!("genuine"), &json!("open")));
        assert_eq!((&closed["decision"], &closed["deciding"]), (&json!("genuine"), &json!(null)));
        assert_eq!(held.other.balance(&held.to).await, "28500.00", "the money moved once");
        assert_eq!(resolution(&analyst, &case).await, "The money had been released before.");
        assert_eq!(told(&held.payer, "payment-released").await, 1, "who decided again tells the payer");
    }

    async fn what_cannot_be_released_leaves_its_case_open(app: &TestApp) {
        let held = held(app, "/api/v1/transfers").await;
        let (analyst, manager) = (analyst(app).await, app.manager().await);
        let case = case_about(&analyst, &held.id).await;
        manager.post(&format!("/api/v1/accounts/{}/freeze", held.to), &json!({})).await.expect(200);

        analyst.post(&decide(&case), &verdict("genuine", 1)).await.problem(422, "account_frozen");

        let open = case_about(&analyst, &held.id).await;
        assert_eq!((&open["deciding"], &open["version"]), (&json!(null), &json!(1)));
        let said = "SELECT COUNT(*) FROM risk_label";
        assert_eq!(app.count(said).await, 0, "what could not be released was found to be nothing yet");
        assert_eq!(app.count("SELECT COUNT(*) FROM risk_review").await, 0);
        analyst.post(&decide(&case), &verdict("fraud", 1)).await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM risk_label WHERE fraud AND source = 'case'").await, 1);
        assert_eq!(app.count(said).await, 1);
        assert_eq!(held.payer.available(&held.from).await, "21000.00");
    }

    async fn nobody_decides_about_money_of_their_own(app: &TestApp) {
        let held = held(app, "/api/v1/transfers").await;
        let other = analyst(app).await;
        let case = case_about(&other, &held.id).await;
        // The payee comes to work here.
        let roles = json!({ "roles": ["customer", "fraud_analyst"] });
        let admin = app.admin().await.stepped_up().await;
        let asked = admin.post(&format!("/api/v1/users/{}/roles", held.other.id), &roles).await;
        if asked.status == 202 {
            let approve = format!("/api/v1/approvals/{}/approve", asked.text("/approval_id"));
            app.admin().await.stepped_up().await.post(&approve, &json!({})).await.expect(200);
        }
        let payee = app.stranger().login(&held.other.email).await;

        payee.post(&decide(&case), &verdict("genuine", 1)).await.problem(403, "forbidden");

        assert_eq!(held.other.at(&payee).balance(&held.to).await, "19000.00");
        other.post(&decide(&case), &verdict("genuine", 1)).await.expect(200);
    }

    async fn a_case_is_opened_by_hand_worked_on_and_closed(app: &TestApp) {
        let analyst = analyst(app).await;
        let customer = app.customer().await;
        let open = json!({
            "kind": "fraud", "reference": "call-17", "subject_id": customer.id, "title": "A caller knew too much",
            "priority": "urgent", "evidence": [{ "kind": "call", "reference": "17", "text": "They knew the balance." }],
        });
        let case = analyst.post("/api/v1/cases", &open).await.expect(201).json();
        let same = analyst.post("/api/v1/cases", &open).await.expect(201).json();
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());

        let to_customer = json!({ "assignee_id": customer.id, "version": 1 });
        analyst.post(&format!("{path}/assign"), &to_customer).await.problem(422, "validation_failed");
        let mine = json!({ "assignee_id": analyst.id, "version": 1 });
        let taken = analyst.post(&format!("{path}/assign"), &mine).await.expect(200).json();
        analyst.post(&format!("{path}/notes"), &json!({ "text": "x", "version": 1 })).await.problem(409, "conflict");
        let listed = analyst.get(&format!("/api/v1/cases?assignee={}", analyst.id)).await.expect(200).json();
        analyst.post(&decide(&case), &verdict("sar", 2)).await.problem(422, "validation_failed");
        let mut fraud = verdict("fraud", 2);
        fraud["sar"] = json!(true);
        let closed = analyst.post(&decide(&case), &fraud).await.expect(200).json();

        assert_eq!(same, case);
        assert_eq!((&taken["status"], &taken["priority"]), (&json!("in_progress"), &json!("urgent")));
        assert_eq!(listed["data"][0]["id"], case["id"]);
        assert_eq!((&closed["decision"], &closed["sar"]), (&json!("fraud"), &json!(true)));
        let unknown = json!({
            "kind": "fraud", "reference": "r", "title": "t", "subject_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
        });
        analyst.post("/api/v1/cases", &unknown).await.problem(422, "validation_failed");
        analyst.get("/api/v1/cases?kind=luck").await.problem(422, "validation_failed");
        analyst.get("/api/v1/cases/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b").await.problem(404, "not_found");
    }

    async fn a_report_joins_the_case_about_the_same_money_and_new_ones_follow_it(app: &TestApp) {
        let held = held(app, "/api/v1/transfers").await;
        let analyst = analyst(app).await;
        let case = case_about(&analyst, &held.id).await;
        let report = |text: &str| florin_app::FraudReport {
            id: app.services.env.new_uuid(),
            transfer: held.id.parse().unwrap(),
            owner: Some(held.payer.id.parse().unwrap()),
            by: Some(held.payer.id.parse().unwrap()),
            text: text.to_owned(),
        };
        let open = async |report: florin_app::FraudReport| {
            let desk = app.services.case_desk.clone();
            let opened = app.services.db.housekeeping(move |tx| Ok::<_, florin_db::DbError>(desk.open_fraud_case(tx, &report).unwrap()));
            opened.await.unwrap()
        };

        let joined = open(report("It was not me.")).await;
        analyst.post(&decide(&case), &verdict("fraud", 1)).await.expect(200);
        let next = open(report("And there is more.")).await;

        assert_eq!(json!(joined.id.to_string()), case["id"]);
        assert_eq!(next.follows, Some(joined.id));
        let next = json!({ "id": next.id.to_string() });
        analyst.post(&decide(&next), &verdict("fraud", 1)).await.expect(200);
        assert_eq!(resolution(&analyst, &next).await, "The money had been freed for its payer before.");
    }
}
