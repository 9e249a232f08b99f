//! Monitoring for laundering: from cash at the counter to a case that is decided.

use florin_kernel::Role;
use florin_testkit::{Call, Client, TestApp, test_databases};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// An instance of each engine in which nothing but monitoring looks at money.
async fn apps() -> Vec<TestApp> {
    let mut apps = Vec::new();
    for database in test_databases() {
        apps.push(TestApp::start_with(database, &[("risk.mode", "off")]).await);
    }
    apps
}

/// Somebody with an account in dollars.
async fn saver(app: &TestApp) -> (Client, String) {
    let client = app.customer().await;
    let account = client.open_account("USD").await;
    (client, account)
}

async fn pay_in(app: &TestApp, account: &str, amount: &str) {
    let key = format!("cash-{account}-{}", app.services.env.now().as_second());
    app.teller().await.deposit(account, amount, "USD", &key).await.expect(201);
}

/// Cash on four days, each time below what is reported.
async fn structure(app: &TestApp, account: &str) {
    for amount in ["6200.00", "5800.00", "7100.00", "6500.00"] {
        pay_in(app, account, amount).await;
        app.clock.advance_seconds(DAY);
    }
}

async fn officer(app: &TestApp) -> Client {
    app.staff(Role::ComplianceOfficer).await
}

async fn alerts(client: &Client, query: &str) -> Vec<Value> {
    let found = client.get(&format!("/api/v1/aml/alerts{query}")).await.expect(200).json();
    found["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn deposits_cut_into_pieces_become_an_alert_and_a_case_that_is_decided() {
    for app in apps().await {
        let (_, account) = saver(&app).await;
        structure(&app, &account).await;

        app.run_jobs().await;

        let officer = officer(&app).await;
        let found = alerts(&officer, "?status=open&typology=structuring").await;
        assert_eq!(found.len(), 1, "{found:?}");
        let alert = &found[0];
        assert_eq!(alert["amount"], json!({ "amount": "25600.00", "currency": "USD" }));
        assert_eq!(alert["accounts"], json!([{ "account_id": account, "role": "main" }]));
        assert_eq!(alert["movements"].as_array().unwrap().len(), 4);
        let read = officer.get(&format!("/api/v1/aml/alerts/{}", alert["id"].as_str().unwrap())).await;
        assert_eq!(&read.expect(200).json(), alert);

        let case = format!("/api/v1/cases/{}", alert["case_id"].as_str().unwrap());
        let file = officer.get(&case).await.expect(200).json();
        assert_eq!(
            (&file["kind"], &file["status"], &file["version"]),
            (&json!("aml"), &json!("open"), &json!(1))
        );
        assert!(file["subject_id"].is_string());
        let kinds: Vec<&str> =
            file["evidence"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "transfer").count(), 4);
        assert!(kinds.contains(&"finding"));

        let assign = json!({ "assignee_id": officer.id, "version": 1, "priority": "high" });
        officer.post(&format!("{case}/assign"), &assign).await.expect(200);
        assert_eq!(alerts(&officer, "?status=in_progress").await.len(), 1);
        let note = json!({ "text": "No source of the money is known.", "version": 2 });
        officer.post(&format!("{case}/notes"), &note).await.expect(201);
        let receipt =
            json!({ "kind": "document", "reference": "slip-1", "text": "The slips.", "version": 3 });
        officer.post(&format!("{case}/evidence"), &receipt).await.expect(201);
        let decide = json!({ "decision": "sar", "reason": "It avoids the report.", "version": 4 });
        let closed = officer.post(&format!("{case}/decide"), &decide).await.expect(200).json();

        assert_eq!((&closed["status"], &closed["sar"]), (&json!("closed"), &json!(true)));
        assert_eq!(alerts(&officer, "?status=reported").await.len(), 1);
        assert_eq!(alerts(&officer, "?status=open").await.len(), 0);
        app.finish().await;
    }
}

#[tokio::test]
async fn looking_again_opens_nothing_again_and_what_goes_on_is_added() {
    for app in apps().await {
        let (_, account) = saver(&app).await;
        structure(&app, &account).await;
        app.run_jobs().await;
        let officer = officer(&app).await;

        let again = officer.post("/api/v1/aml/runs", &json!({})).await.expect(201).json();
        pay_in(&app, &account, "6900.00").await;
        app.clock.advance_seconds(60);
        let more = officer.post("/api/v1/aml/runs", &json!({})).await.expect(201).json();

        assert_eq!(
            (&again["findings"], &again["opened"], &again["went_on"]),
            (&json!(1), &json!(0), &json!(0))
        );
        assert_eq!(
            (&more["movements"], &more["opened"], &more["went_on"]),
            (&json!(5), &json!(0), &json!(1))
        );
        let found = alerts(&officer, "").await;
        assert_eq!((found.len(), &found[0]["movement_count"]), (1, &json!(5)));
        let case = format!("/api/v1/cases/{}", found[0]["case_id"].as_str().unwrap());
        let file = officer.get(&case).await.expect(200).json();
        assert_eq!(file["evidence"].as_array().unwrap().len(), 7, "two findings, five movements");
        assert_eq!(app.count("SELECT COUNT(*) FROM compliance_case").await, 1);
        let runs = officer.get("/api/v1/aml/runs?limit=1").await.expect(200).json();
        assert_eq!(runs["data"][0]["id"], more["id"]);
        let page = format!("/api/v1/aml/runs?cursor={}", runs["next_cursor"].as_str().unwrap());
        let earlier = officer.get(&page).await.expect(200).json();
        assert_eq!(earlier["data"][0]["id"], again["id"]);
        app.finish().await;
    }
}

#[tokio::test]
async fn what_was_dismissed_and_goes_on_opens_another_case_that_names_it() {
    for app in apps().await {
        let (_, account) = saver(&app).await;
        structure(&app, &account).await;
        app.run_jobs().await;
        let officer = officer(&app).await;
        let first = alerts(&officer, "").await[0]["case_id"].as_str().unwrap().to_owned();
        let decide = json!({ "decision": "no_action", "reason": "Takings of a stall.", "version": 1 });
        officer.post(&format!("/api/v1/cases/{first}/decide"), &decide).await.expect(200);
        assert_eq!(alerts(&officer, "?status=dismissed").await.len(), 1);

        officer.post("/api/v1/aml/runs", &json!({})).await.expect(201);
        assert_eq!(app.count("SELECT COUNT(*) FROM compliance_case").await, 1, "nothing is new");
        pay_in(&app, &account, "6900.00").await;
        app.clock.advance_seconds(60);
        officer.post("/api/v1/aml/runs", &json!({})).await.expect(201);

        let found = alerts(&officer, "?status=open").await;
        let case = format!("/api/v1/cases/{}", found[0]["case_id"].as_str().unwrap());
        let next = officer.get(&case).await.expect(200).json();
        assert_eq!((&next["follows"], next["id"] == json!(first)), (&json!(first), false));
        app.finish().await;
    }
}

#[tokio::test]
async fn a_payroll_and_what_was_reversed_are_no_laundering() {
    for app in apps().await {
        let (employer, till) = saver(&app).await;
        pay_in(&app, &till, "90000.00").await;
        let mut staff = Vec::new();
        for _ in 0..6 {
            staff.push(saver(&app).await.1);
        }
        for month in 0..3 {
            let employer = app.stranger().login(&employer.email).await;
            for account in &staff {
                let body = json!({
                    "from_account_id": till, "to_account_id": account,
                    "amount": { "amount": "3100.00", "currency": "USD" },
                });
                let call = Call::post("/api/v1/transfers").key(&format!("{month}-{account}")).json(&body);
                employer.stepped_up().await.send(&call).await.expect(201);
            }
            app.clock.advance_seconds(28 * DAY);
        }
        // Cash that a teller booked by mistake, and took back.
        let (_, mistaken) = saver(&app).await;
        for amount in ["6200.00", "5800.00", "7100.00", "6500.00"] {
            let key = format!("mistake-{amount}");
            let booked = app.teller().await.deposit(&mistaken, amount, "USD", &key).await.expect(201);
            let undo = Call::post(format!("/api/v1/transfers/{}/reverse", booked.text("/id"))).key(&key);
            app.manager().await.send(&undo).await.expect(201);
            app.clock.advance_seconds(DAY);
        }

        let run = officer(&app).await.post("/api/v1/aml/runs", &json!({})).await.expect(201).json();

        assert_eq!((&run["movements"], &run["findings"]), (&json!(19), &json!(0)));
        assert_eq!(app.count("SELECT COUNT(*) FROM aml_alert").await, 0);
        app.finish().await;
    }
}

#[tokio::test]
async fn auditors_read_alerts_and_customers_do_not_know_of_them() {
    for app in apps().await {
        let (customer, account) = saver(&app).await;
        structure(&app, &account).await;
        app.run_jobs().await;
        let customer = app.stranger().login(&customer.email).await;
        let auditor = app.staff(Role::Auditor).await;
        let alert = alerts(&auditor, "").await[0].clone();
        let (alert, case) = (alert["id"].as_str().unwrap(), alert["case_id"].as_str().unwrap());

        auditor.get(&format!("/api/v1/cases/{case}")).await.expect(200);
        auditor.get("/api/v1/aml/runs").await.expect(200);
        auditor.post("/api/v1/aml/runs", &json!({})).await.problem(403, "forbidden");
        let note = json!({ "text": "x", "version": 1 });
        auditor.post(&format!("/api/v1/cases/{case}/notes"), &note).await.problem(403, "forbidden");
        for path in ["/api/v1/aml/alerts", "/api/v1/aml/runs", "/api/v1/cases"] {
            customer.get(path).await.problem(403, "forbidden");
        }
        customer.get(&format!("/api/v1/aml/alerts/{alert}")).await.problem(403, "forbidden");
        customer.get(&format!("/api/v1/cases/{case}")).await.problem(403, "forbidden");
        auditor.get("/api/v1/aml/alerts?typology=luck").await.problem(422, "validation_failed");
        auditor.get("/api/v1/aml/alerts?status=lost").await.problem(422, "validation_failed");
        app.finish().await;
    }
}
