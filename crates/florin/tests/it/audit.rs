//! The audit trail over HTTP: who may read it, what it tells, that it is sealed, proved and verified.

use florin_audit::{Document, FaultKind};
use florin_kernel::Role;
use florin_testkit::{Call, Client, PASSWORD, TestApp, on_both_engines};
use serde_json::{Value, json};

const LOGS: &str = "/api/v1/compliance/audit-logs";

async fn auditor(app: &TestApp) -> Client {
    app.staff(Role::Auditor).await
}

async fn logs(by: &Client, query: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = by.get(&format!("{LOGS}?limit=100&{query}{cursor}")).await.expect(200);
        rows.extend(answer.json()["data"].as_array().unwrap().iter().cloned());
        match answer.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

async fn sql(app: &TestApp, sql: String) {
    let sql: &'static str = Box::leak(sql.into_boxed_str());
    let run = app.services.db.housekeeping(move |tx| tx.execute(sql, &[]));
    run.await.map_err(|error: florin_db::DbError| panic!("{sql}: {error}")).unwrap();
}

async fn without_guards(app: &TestApp) {
    if app.services.db.engine() == florin_db::Engine::Postgres {
        sql(app, "ALTER TABLE audit_record DISABLE TRIGGER USER".to_owned()).await;
    } else {
        sql(app, "DROP TRIGGER audit_record_never_updated".to_owned()).await;
        sql(app, "DROP TRIGGER audit_record_never_deleted".to_owned()).await;
    }
}

on_both_engines! {
    async fn what_somebody_does_is_in_the_trail_with_who_when_where_and_how_it_ended(app: &TestApp) {
        let customer = app.customer().await;
        let wrong = json!({ "email": customer.email, "password": "velvet tundra orbit lanterns" });
        let failed = Call::post("/api/v1/auth/login").header("user-agent", b"curl/8").json(&wrong);
        app.stranger().send(&failed).await.expect(401);
        let auditor = auditor(app).await;

        let rows = logs(&auditor, &format!("user_id={}", customer.id)).await;

        let actions: Vec<&str> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert!(actions.contains(&"session.login") && actions.contains(&"user.verify_email"), "{actions:?}");
        let failed = rows.iter().find(|row| row["result"] == "failure").unwrap();
        assert_eq!(failed["action"], "session.login");
        assert_eq!(failed["error"], "invalid_credentials");
        assert_eq!(failed["user_agent"], "curl/8");
        assert_eq!(failed["user_id"].as_str(), Some(customer.id.as_str()));
        assert!(failed["request_id"].is_string() && failed["at"].as_str().unwrap().ends_with('Z'));
        assert!(rows.iter().all(|row| !row.to_string().contains(PASSWORD)));
    }

    async fn the_trail_is_searched_by_action_result_resource_and_time(app: &TestApp) {
        let (customer, account) = app.funded_customer("100.00").await;
        let auditor = auditor(app).await;
        let body = json!({});
        app.admin().await.post(&format!("/api/v1/accounts/{account}/freeze"), &body).await.expect(200);

        let about = logs(&auditor, &format!("resource_id={account}")).await;
        let logins = logs(&auditor, "action=session.login&result=success").await;
        let none = logs(&auditor, "to=2020-01-31").await;
        let all = logs(&auditor, "from=2020-01-31").await;

        assert!(about.iter().any(|row| row["action"] == "account.change"), "{about:?}");
        assert!(about.iter().all(|row| row["resource_id"] == account));
        assert!(logins.len() >= 3 && logins.iter().all(|row| row["action"] == "session.login"));
        assert!(none.is_empty() && all.len() > logins.len());
        assert!(logs(&auditor, &format!("user_id={}", customer.id)).await.len() >= 2);
        for wrong in ["user_id=me", "from=yesterday", "result=maybe", "format=xml", "limit=0", "cursor=x", "colour=blue"] {
            let refused = auditor.get(&format!("{LOGS}?{wrong}")).await;
            assert_eq!((refused.status.as_u16(), refused.text("/code").as_str()), (422, "validation_failed"), "{wrong}");
        }
    }

    async fn only_those_who_audit_read_the_trail_and_that_they_did_is_in_it(app: &TestApp) {
        let auditor = auditor(app).await;
        for nobody in [app.customer().await, app.teller().await, app.staff(Role::Support).await] {
            nobody.get(LOGS).await.expect(403);
            nobody.post(&format!("{LOGS}/verify"), &json!({})).await.expect(403);
        }
        app.stranger().get(LOGS).await.expect(401);

        auditor.get(&format!("{LOGS}?action=transfer.create")).await.expect(200);
        auditor.get(&format!("{LOGS}?format=csv")).await.expect(200);
        auditor.post(&format!("{LOGS}/verify"), &json!({})).await.expect(200);

        let rows = logs(&auditor, &format!("action=audit.read&user_id={}", auditor.id)).await;
        let how: Vec<&str> = rows.iter().map(|row| row["details"]["how"].as_str().unwrap()).collect();
        assert_eq!(how, ["verify", "export", "search"]);
        assert_eq!(rows[2]["details"]["action"], "transfer.create");
    }

    async fn all_that_is_found_is_read_out_as_lines_or_as_a_table(app: &TestApp) {
        let auditor = auditor(app).await;
        let formula = "=HYPERLINK(\"https://evil.example\")";
        let wrong = json!({ "email": "nobody@example.org", "password": PASSWORD });
        let call = Call::post("/api/v1/auth/login").header("user-agent", formula.as_bytes()).json(&wrong);
        app.stranger().send(&call).await.expect(401);

        let lines = auditor.get(&format!("{LOGS}?format=jsonl&action=session.login")).await.expect(200);
        let table = auditor.get(&format!("{LOGS}?format=csv&action=session.login")).await.expect(200);

        let lines = String::from_utf8(lines.body.to_vec()).unwrap();
        let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rows.iter().any(|row| row["user_agent"] == formula));
        let table = String::from_utf8(table.body.to_vec()).unwrap();
        assert!(table.starts_with("id,seq,at,action,"), "{table}");
        assert!(table.contains("\"'=HYPERLINK(\"\"https://evil.example\"\")\""), "{table}");
        assert_eq!(table.lines().count(), rows.len() + 1);
    }

    async fn a_record_is_proved_by_what_its_owner_can_check_alone(app: &TestApp) {
        let auditor = auditor(app).await;
        let newest = app.newest_audit_record().await;

        let proof = auditor.get(&format!("{LOGS}/{newest}/proof")).await.expect(200);

        let text = proof.json().to_string();
        let document = Document::read(&text).unwrap();
        assert_eq!(document.check(Some(app.services.audit.trusted())), Ok(()));
        let forged = text.replace("audit.read", "audit.none").replace("session.login", "session.none");
        assert!(Document::read(&forged).unwrap().check(None).is_err());
        auditor.get(&format!("{LOGS}/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b/proof")).await.expect(404);
        auditor.get(&format!("{LOGS}/7/proof")).await.expect(404);
    }

    async fn what_is_changed_behind_the_programs_back_is_found_over_http(app: &TestApp) {
        app.customer().await;
        let auditor = auditor(app).await;
        app.services.audit.seal().await.unwrap();
        let verify = async |body: Value| auditor.post(&format!("{LOGS}/verify"), &body).await.expect(200).json();

        let before = verify(json!({})).await;
        assert_eq!((&before["valid"], &before["fault_count"]), (&json!(true), &json!(0)), "{before}");
        assert!(before["records"].as_i64().unwrap() > 3 && before["newest_seal"].is_string());

        without_guards(app).await;
        sql(app, "CREATE TABLE kept AS SELECT * FROM audit_record WHERE seq = 2".to_owned()).await;
        sql(app, "UPDATE audit_record SET outcome = 'failure' WHERE seq = 2".to_owned()).await;
        let after = verify(json!({ "from": "2026-01-01" })).await;
        assert_eq!(after["valid"], false);
        assert_eq!((&after["faults"][0]["kind"], &after["faults"][0]["seq"]), (&json!("record_changed"), &json!(2)));
        auditor.post(&format!("{LOGS}/verify"), &json!({ "from": "never" })).await.expect(422);

        sql(app, "DELETE FROM audit_record WHERE seq = 2".to_owned()).await;
        let gone = verify(json!({})).await;
        assert_eq!(gone["faults"][0]["kind"], serde_json::to_value(FaultKind::RecordDeleted).unwrap());
        // As it was, for what is asserted at every scenario's end.
        sql(app, "INSERT INTO audit_record SELECT * FROM kept".to_owned()).await;
    }

    async fn two_instances_seal_one_trail(app: &TestApp) {
        if app.services.db.engine() == florin_db::Engine::Sqlite {
            return;
        }
        let second = app.second().await;
        for _ in 0..5 {
            let (one, two) = (app.customer().await, second.customer().await);
            // Both seal while both are written to.
            let (here, there) = (app.stranger(), second.stranger());
            let (first, other, _, _) = tokio::join!(
                app.services.audit.seal(),
                second.services.audit.seal(),
                here.login(&two.email),
                there.login(&one.email),
            );
            first.unwrap();
            other.unwrap();
        }
        app.assert_trail().await;
    }

    async fn a_change_of_roles_tells_what_they_were_and_what_they_are(app: &TestApp) {
        let auditor = auditor(app).await;
        let customer = app.customer().await;
        let path = format!("/api/v1/users/{}/roles", customer.id);
        let asked = app.admin().await.post(&path, &json!({ "roles": ["customer", "teller"] })).await;
        let approval = asked.json()["approval_id"].as_str().unwrap().to_owned();
        let other = app.admin().await;
        other.post(&format!("/api/v1/approvals/{approval}/approve"), &json!({})).await.expect(200);

        let rows = logs(&auditor, &format!("resource_id={}", customer.id)).await;

        let changed = rows.iter().find(|row| row["details"]["after"].is_object());
        let details = changed.map_or_else(|| panic!("{rows:?}"), |row| row["details"].clone());
        assert_eq!(details["before"]["roles"], "customer");
        assert!(details["after"]["roles"].as_str().unwrap().contains("teller"));
    }
}
