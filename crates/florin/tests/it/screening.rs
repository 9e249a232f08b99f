//! Lists of sanctions: loaded, looked for, held, decided.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, Database, TestApp, on_both_engines};
use serde_json::{Value, json};

const HEAD: &str = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n";
const MARTA: &str = "1,person,Marta Kellermann,Marta Kelerman,,,,,,\n";

async fn officer(app: &TestApp) -> Client {
    app.staff(Role::ComplianceOfficer).await
}

async fn load(officer: &Client, rows: &str) -> Answer {
    officer.post("/api/v1/aml/lists/house", &json!({ "files": [format!("{HEAD}{rows}")] })).await
}

async fn open(officer: &Client) -> Vec<Value> {
    let page = officer.get("/api/v1/aml/screenings?status=open").await.expect(200).json();
    page["data"].as_array().unwrap().clone()
}

async fn decide(officer: &Client, id: &Value, decision: &str) -> Answer {
    let body = json!({ "decision": decision, "reason": "The passport tells another day of birth." });
    officer.post(&format!("/api/v1/aml/screenings/{}/decide", id.as_str().unwrap()), &body).await
}

const HELD: &str =
    "SELECT COUNT(*) FROM risk_decision WHERE reasons = 'sanctions_screening' AND outcome = 'held'";

on_both_engines! {
    async fn who_is_on_a_list_moves_no_money_until_it_was_somebody_else(app: &TestApp) {
        let officer = officer(app).await;
        load(&officer, MARTA).await.expect(200);
        let listed = app.customer_called("Marta Kellerman").await;
        let account = listed.open_account("EUR").await;
        app.fund(&account, "100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        app.run_jobs().await;

        let found = open(&officer).await;
        assert_eq!((found.len(), &found[0]["user_id"]), (1, &json!(listed.id)));
        let detail = officer.get(&format!("/api/v1/aml/screenings/{}", found[0]["id"].as_str().unwrap())).await;
        let hit = detail.expect(200).json()["hits"][0].clone();
        assert_eq!((&hit["source"], &hit["entry_id"]), (&json!("house"), &json!("1")));
        assert!(hit["score"].as_u64().unwrap() >= 690 && !hit["explanation"].as_array().unwrap().is_empty());

        let held = listed.transfer(&account, &to, "10.00", "while-open").await.expect(201);
        assert_eq!(held.text("/status"), "pending");
        let cash = json!({ "amount": { "amount": "5.00", "currency": "EUR" } });
        let counter = Call::post(format!("/api/v1/accounts/{account}/withdraw")).key("cash").json(&cash);
        app.teller().await.send(&counter).await.expect(201);
        assert_eq!((listed.balance(&account).await, app.count(HELD).await), ("100.00".to_owned(), 2));
        app.fund(&account, "1.00").await;
        assert_eq!(listed.balance(&account).await, "101.00", "money in is taken");

        decide(&listed, &found[0]["id"], "false_match").await.problem(403, "forbidden");
        let cleared = decide(&officer, &found[0]["id"], "false_match").await.expect(200);
        assert_eq!(cleared.text("/status"), "cleared");
        let free = listed.transfer(&account, &to, "10.00", "when-cleared").await.expect(201);
        assert_eq!(free.text("/status"), "completed");
        let closed = "SELECT COUNT(*) FROM compliance_case WHERE kind = 'screening' AND status = 'closed'";
        assert_eq!(app.count(closed).await, 1);
    }

    async fn what_was_cleared_is_asked_again_when_the_entry_changes(app: &TestApp) {
        let officer = officer(app).await;
        let listed = app.customer_called("Marta Kellermann").await;
        let account = listed.open_account("EUR").await;
        app.fund(&account, "100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        load(&officer, MARTA).await.expect(200);
        app.run_jobs().await;
        let found = open(&officer).await;
        decide(&officer, &found[0]["id"], "false_match").await.expect(200);

        load(&officer, &format!("{MARTA}2,person,Somebody Other,,,,,,,\n")).await.expect(200);
        app.run_jobs().await;
        assert_eq!(open(&officer).await.len(), 0, "the entry is as it was");
        listed.transfer(&account, &to, "1.00", "cleared").await.expect(201);
        assert_eq!(app.count(HELD).await, 0);

        load(&officer, "1,person,Marta Kellermann,,,1970-03-05,,,,\n2,person,Somebody Other,,,,,,,\n").await.expect(200);
        app.run_jobs().await;
        let again = open(&officer).await;
        assert_eq!(again.len(), 1);
        listed.transfer(&account, &to, "1.00", "open-again").await.expect(201);
        assert_eq!(app.count(HELD).await, 1);

        let confirmed = decide(&officer, &again[0]["id"], "true_match").await.expect(200);
        assert_eq!(confirmed.text("/status"), "confirmed");
        listed.transfer(&account, &to, "1.00", "confirmed").await.expect(201);
        assert_eq!(app.count(HELD).await, 2, "what is confirmed stays held");
        decide(&officer, &again[0]["id"], "false_match").await.problem(403, "forbidden");
        let other = app.staff(Role::ComplianceOfficer).await;
        decide(&other, &again[0]["id"], "false_match").await.expect(200);
        decide(&other, &again[0]["id"], "false_match").await.problem(409, "conflict");
    }

    async fn money_to_a_payee_whose_holder_is_listed_is_held(app: &TestApp) {
        let officer = officer(app).await;
        load(&officer, MARTA).await.expect(200);
        app.run_jobs().await;
        let (payer, account) = app.funded_customer("100.00").await;
        let payee = async |holder: &str, number: &str| {
            let bank = json!({
                "country": "US", "routing_number": "021000021", "account_number": number,
                "account_type": "checking", "holder_name": holder,
            });
            let body = json!({ "name": holder, "bank_account": bank });
            payer.post("/api/v1/payees", &body).await.expect(201).text("/id")
        };
        let pay = async |payee: &str, key: &str| {
            let body = json!({
                "from_account_id": account, "payee_id": payee, "amount": { "amount": "5.00", "currency": "EUR" },
            });
            let call = Call::post("/api/v1/payments").key(key).json(&body);
            let payment = payer.send(&call).await.expect(201).text("/id");
            app.run_jobs().await;
            payer.get(&format!("/api/v1/payments/{payment}")).await.expect(200).text("/status")
        };
        let listed = payee("Kellermann Marta", "7000000001").await;
        let other = payee("Jennifer Lindqvist", "7000000002").await;

        assert_eq!(pay(&listed, "listed").await, "pending", "no job submits it");
        assert_ne!(pay(&other, "other").await, "pending");
        assert_eq!(app.count(HELD).await, 1);
        let found = open(&officer).await;
        assert_eq!((&found[0]["subject_kind"], &found[0]["user_id"]), (&json!("payee"), &json!(payer.id)));
        decide(&officer, &found[0]["id"], "false_match").await.expect(200);
        assert_ne!(pay(&listed, "cleared").await, "pending");
    }

    async fn a_customers_date_of_birth_and_new_name_count(app: &TestApp) {
        let officer = officer(app).await;
        load(&officer, "1,person,Marta Kellermann,,,1970-03-05,DE,,,\n").await.expect(200);
        let body = json!({
            "full_name": "Jennifer Lindqvist", "email": "jennifer@example.org", "phone": "+14155550123",
            "date_of_birth": "1970-03-05",
            "address": { "line1": "1 Main Street", "city": "Berlin", "country": "DE" },
        });
        let manager = app.manager().await;
        let made = manager.post("/api/v1/customers", &body).await.expect(201);
        app.run_jobs().await;
        assert_eq!(open(&officer).await.len(), 0);

        let renamed = json!({ "version": 1, "full_name": "Marta Kelermann" });
        let change = Call::new(axum::http::Method::PATCH, format!("/api/v1/customers/{}", made.text("/id")));
        manager.send(&change.json(&renamed)).await.expect(200);
        app.run_jobs().await;
        let found = open(&officer).await;
        assert_eq!(found.len(), 1);
        let detail = officer.get(&format!("/api/v1/aml/screenings/{}", found[0]["id"].as_str().unwrap())).await;
        let told = detail.expect(200).json()["hits"][0]["explanation"].to_string();
        assert!(told.contains("the date of birth is the same") && told.contains("a country is the same"), "{told}");
    }

    async fn a_list_that_is_broken_is_refused_with_its_place_and_changes_nothing(app: &TestApp) {
        let officer = officer(app).await;
        let first = load(&officer, MARTA).await.expect(200).json();
        assert_eq!((&first["changed"], &first["entries"]), (&json!(true), &json!(1)));
        assert_eq!(load(&officer, MARTA).await.expect(200).json()["changed"], json!(false));

        let broken = load(&officer, &format!("{MARTA}2,robot,R2,,,,,,,\n")).await;
        let problem = broken.problem(422, "sanctions_list_unreadable");
        assert!(problem["detail"].as_str().unwrap().contains("line 3, column 2"), "{problem}");
        let few = officer.post("/api/v1/aml/lists/ofac_sdn", &json!({ "files": [""] })).await;
        few.problem(422, "validation_failed");
        officer.post("/api/v1/aml/lists/eu", &json!({ "files": [""] })).await.problem(404, "not_found");
        let lists = officer.get("/api/v1/aml/lists").await.expect(200).json();
        assert_eq!((lists["data"].as_array().unwrap().len(), &lists["data"][0]["entries"]), (1, &json!(1)));

        let teller = app.teller().await;
        load(&teller, MARTA).await.problem(403, "forbidden");
        teller.post("/api/v1/aml/screenings", &json!({ "name": "A B" })).await.problem(403, "forbidden");
        teller.get("/api/v1/aml/screenings").await.problem(403, "forbidden");
    }

    async fn a_name_is_looked_for_on_demand(app: &TestApp) {
        let officer = officer(app).await;
        load(&officer, "1,person,Yusuf Mahmoud al-Tamimi,,,1965,Iraq,male,A1234567,\n").await.expect(200);

        let body = json!({ "name": "Youssef Mahmud Altamimi", "date_of_birth": "1965-02-01", "country": "IQ" });
        let found = officer.post("/api/v1/aml/screenings", &body).await.expect(201);
        assert_eq!((found.text("/status"), found.text("/hits/0/entry_id")), ("open".to_owned(), "1".to_owned()));
        let by_number = json!({ "name": "Somebody Else", "identifiers": ["a-1234567"] });
        let found = officer.post("/api/v1/aml/screenings", &by_number).await.expect(201).json();
        assert_eq!(found["hits"][0]["score"], json!(1000));
        let nobody = officer.post("/api/v1/aml/screenings", &json!({ "name": "Jennifer Lindqvist" })).await;
        assert_eq!(nobody.expect(201).text("/status"), "clear");
        for (field, value) in [("date_of_birth", "someday"), ("country", "Atlantis"), ("kind", "robot"), ("name", " ")] {
            let mut body = json!({ "name": "A B" });
            body[field] = json!(value);
            let refused = officer.post("/api/v1/aml/screenings", &body).await.problem(422, "validation_failed");
            assert_eq!(refused["errors"][0]["field"], field);
        }
    }
}

#[tokio::test]
async fn what_is_held_stays_held_after_a_restart_and_without_an_engine_of_risk() {
    let app = TestApp::start_with(Database::Sqlite, &[("risk.mode", "off")]).await;
    let officer = officer(&app).await;
    load(&officer, MARTA).await.expect(200);
    let listed = app.customer_called("Marta Kellermann").await;
    let account = listed.open_account("EUR").await;
    app.fund(&account, "100.00").await;
    let (_, to) = app.funded_customer("1.00").await;
    app.run_jobs().await;

    let app = Box::pin(app.restart()).await.unwrap();

    let listed = app.stranger().login(&listed.email).await;
    let held = listed.transfer(&account, &to, "10.00", "held").await.expect(201);
    assert_eq!((held.text("/status"), app.count(HELD).await), ("pending".to_owned(), 1));
    app.finish().await;
}

#[tokio::test]
async fn a_folder_of_lists_is_loaded_and_looked_through() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("HOUSE.CSV"), format!("{HEAD}{MARTA}")).unwrap();
    let path = folder.path().display().to_string();
    let app = TestApp::start_with(Database::Sqlite, &[("compliance.sanctions_dir", &path)]).await;
    let officer = officer(&app).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let looking = tokio::spawn(app.services.sanctions.clone().keep_looking(stopped));
    while app.services.sanctions.index().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stop.send_replace(true);
    looking.await.unwrap();

    app.customer_called("Marta Kellermann").await;
    app.run_jobs().await;
    assert_eq!(open(&officer).await.len(), 1);
    app.finish().await;
}
