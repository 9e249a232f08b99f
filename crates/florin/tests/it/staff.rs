//! Roles by two persons, suspension, and who there is.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, Database, PASSWORD, TestApp, on_both_engines};
use serde_json::json;

async fn ask_for_roles(by: &Client, user: &str, roles: &[&str]) -> Answer {
    by.post(&format!("/api/v1/users/{user}/roles"), &json!({ "roles": roles })).await
}

async fn decide(by: &Client, approval: &str, decision: &str) -> Answer {
    by.post(&format!("/api/v1/approvals/{approval}/{decision}"), &json!({ "note": "as agreed by phone" }))
        .await
}

async fn may_read_the_books(client: &Client) -> u16 {
    client.get("/api/v1/ledger/trial-balance").await.status.as_u16()
}

on_both_engines! {
    async fn a_role_is_given_by_two_persons(app: &TestApp) {
        let (asking, deciding, customer) = (app.admin().await, app.admin().await, app.customer().await);

        let answer = ask_for_roles(&asking, &customer.id, &["teller"]).await.expect(202);
        let approval = answer.text("/approval_id");
        assert_eq!(may_read_the_books(&customer).await, 403, "nothing happened yet");

        let waiting = deciding.get("/api/v1/approvals").await.expect(200);
        assert_eq!(waiting.text("/data/0/id"), approval);
        assert_eq!(waiting.text("/data/0/kind"), "user.change_roles");
        assert_eq!(waiting.text("/data/0/subject_id"), customer.id);
        assert_eq!(waiting.text("/data/0/asked_by"), asking.id);
        assert_eq!(waiting.json()["data"][0]["details"], json!({ "roles": ["teller"] }));

        decide(&asking, &approval, "approve").await.problem(403, "forbidden");
        decide(&asking, &approval, "reject").await.problem(403, "forbidden");
        decide(&app.manager().await, &approval, "approve").await.problem(403, "forbidden");
        decide(&app.teller().await, &approval, "approve").await.problem(403, "forbidden");
        decide(&customer, &approval, "approve").await.problem(403, "forbidden");
        assert_eq!(may_read_the_books(&customer).await, 403);

        let approved = decide(&deciding, &approval, "approve").await.expect(200);
        assert_eq!(approved.text("/state"), "approved");
        assert_eq!(approved.text("/decided_by"), deciding.id);
        assert_eq!(approved.text("/note"), "as agreed by phone");
        assert_eq!(may_read_the_books(&customer).await, 200, "from the next request on, with the token they had");

        decide(&deciding, &approval, "approve").await.problem(409, "conflict");
        decide(&deciding, &approval, "reject").await.problem(409, "conflict");
        assert_eq!(deciding.get("/api/v1/approvals").await.expect(200).json()["data"], json!([]));
        let all = deciding.get("/api/v1/approvals?state=all").await.expect(200);
        assert_eq!(all.text("/data/0/state"), "approved");
        let recorded = "SELECT COUNT(*) FROM audit_record WHERE action = 'approval.decide' AND outcome = 'success'";
        assert_eq!(app.count(recorded).await, 1);
    }

    async fn what_is_rejected_or_waited_too_long_never_happens(app: &TestApp) {
        let (asking, deciding, customer) = (app.admin().await, app.admin().await, app.customer().await);

        let rejected = ask_for_roles(&asking, &customer.id, &["admin"]).await.expect(202).text("/approval_id");
        assert_eq!(decide(&deciding, &rejected, "reject").await.expect(200).text("/state"), "rejected");
        decide(&deciding, &rejected, "approve").await.problem(409, "conflict");

        let late = ask_for_roles(&asking, &customer.id, &["admin"]).await.expect(202).text("/approval_id");
        app.clock.advance_seconds(7 * 86_400);
        let deciding = app.stranger().login(&deciding.email).await;
        decide(&deciding, &late, "approve").await.problem(409, "conflict");
        let all = deciding.get("/api/v1/approvals?state=all&limit=1").await.expect(200);
        assert_eq!(all.text("/data/0/state"), "expired");
        let next = format!("/api/v1/approvals?state=all&cursor={}", all.text("/next_cursor"));
        assert_eq!(deciding.get(&next).await.expect(200).text("/data/0/id"), rejected);
        assert_eq!(may_read_the_books(&app.stranger().login(&customer.email).await).await, 403);
    }

    async fn nobody_decides_about_themselves(app: &TestApp) {
        let (one, two) = (app.admin().await, app.admin().await);

        ask_for_roles(&one, &one.id, &["admin", "manager"]).await.problem(403, "forbidden");
        let about_two = ask_for_roles(&one, &two.id, &["admin", "manager"]).await.expect(202).text("/approval_id");
        decide(&two, &about_two, "approve").await.problem(403, "forbidden");
        one.post(&format!("/api/v1/users/{}/suspend", one.id), &json!({})).await.problem(403, "forbidden");
    }

    async fn what_is_no_request_for_roles_is_refused(app: &TestApp) {
        let (admin, customer) = (app.admin().await, app.customer().await);
        let nobody = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";

        let unknown = ask_for_roles(&admin, &customer.id, &["teller", "king"]).await;
        let errors = unknown.problem(422, "validation_failed")["errors"].clone();
        assert_eq!(errors[0]["field"], "roles[1]");
        ask_for_roles(&admin, nobody, &["teller"]).await.problem(404, "not_found");
        ask_for_roles(&app.manager().await, &customer.id, &["teller"]).await.problem(403, "forbidden");
        decide(&admin, nobody, "approve").await.problem(404, "not_found");
        let held = ask_for_roles(&admin, &customer.id, &["teller"]).await.expect(202).text("/approval_id");
        let note = json!({ "note": "x".repeat(501) });
        let other = app.admin().await;
        let path = format!("/api/v1/approvals/{held}/approve");
        other.post(&path, &note).await.problem(422, "validation_failed");
        other.post(&path, &json!({ "note": "bell\u{7}" })).await.problem(422, "validation_failed");
        admin.get("/api/v1/approvals?state=some").await.problem(422, "validation_failed");

        app.clock.advance_seconds(301);
        ask_for_roles(&admin, &customer.id, &["teller"]).await.problem(403, "step_up_required");
        decide(&other, &held, "approve").await.problem(403, "step_up_required");
        ask_for_roles(&admin.stepped_up().await, &customer.id, &["teller"]).await.expect(202);
    }

    async fn whoever_is_suspended_is_out_at_once(app: &TestApp) {
        let (admin, customer) = (app.admin().await, app.customer().await);
        let key = json!({ "name": "export", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" });
        let key = customer.post("/api/v1/auth/api-keys", &key).await.expect(201).text("/secret");
        let machine = customer.with_token(&key);
        machine.get("/api/v1/auth/profile").await.expect(200);
        let suspend = format!("/api/v1/users/{}/suspend", customer.id);

        app.teller().await.post(&suspend, &json!({})).await.problem(403, "forbidden");
        customer.get("/api/v1/auth/profile").await.expect(200);
        admin.send(&Call::post(&*suspend)).await.expect(204);

        customer.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        machine.get("/api/v1/auth/profile").await.expect(401);
        let refresh = json!({ "refresh_token": customer.refresh_token });
        app.stranger().post("/api/v1/auth/refresh", &refresh).await.expect(401);
        let login = json!({ "email": customer.email, "password": PASSWORD });
        app.stranger().post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
        let listed = admin.get(&format!("/api/v1/users?search={}", customer.email)).await.expect(200);
        assert_eq!(listed.text("/data/0/status"), "suspended");

        admin.send(&Call::post(format!("/api/v1/users/{}/reinstate", customer.id))).await.expect(204);
        app.stranger().post("/api/v1/auth/login", &login).await.expect(200);
        customer.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        machine.get("/api/v1/auth/profile").await.expect(200);
        let nobody = "/api/v1/users/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b/suspend";
        admin.send(&Call::post(nobody)).await.problem(404, "not_found");
    }

    async fn people_are_listed_for_those_who_may(app: &TestApp) {
        let (admin, auditor) = (app.admin().await, app.staff(Role::Auditor).await);
        let (first, second) = (app.customer().await, app.customer().await);

        let tellers = auditor.get("/api/v1/users?role=customer").await.expect(200).json();
        let ids: Vec<_> = tellers["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(first.id), json!(second.id)]);
        assert!(tellers["data"][0]["last_activity_at"].is_string());
        assert_eq!(admin.get("/api/v1/users?search=%25").await.expect(200).json()["data"], json!([]));
        let page = admin.get("/api/v1/users?limit=1&search=ADA%20exam").await.expect(200);
        assert_eq!(page.text("/data/0/id"), first.id);
        let next = format!("/api/v1/users?limit=1&search=ADA%20exam&cursor={}", page.text("/next_cursor"));
        assert_eq!(admin.get(&next).await.expect(200).text("/data/0/id"), second.id);
        for refused in [first, app.teller().await, app.manager().await] {
            refused.get("/api/v1/users").await.problem(403, "forbidden");
            refused.get("/api/v1/access/review").await.problem(403, "forbidden");
        }

        let review = auditor.get("/api/v1/access/review").await.expect(200).json();
        let people = review["people"].as_array().unwrap();
        assert!(people.iter().any(|one| one["id"] == json!(admin.id) && one["roles"] == json!(["admin"])));
        assert!(people.iter().all(|one| one["id"] != json!(second.id)), "customers are not staff");
        let permissions = review["permissions"].as_array().unwrap();
        let deposits: Vec<_> = permissions
            .iter()
            .filter(|row| row["action"] == "account.deposit" && row["whose"] == "others")
            .map(|row| row["roles"].clone())
            .collect();
        assert_eq!(deposits, [json!(["teller", "manager", "admin"])]);
    }
}

#[tokio::test]
async fn one_person_is_enough_where_the_configuration_says_so() {
    let app = TestApp::start_with(Database::Sqlite, &[("access.four_eyes", "false")]).await;
    let (admin, customer) = (app.admin().await, app.customer().await);

    ask_for_roles(&admin, &customer.id, &["teller"]).await.expect(200);

    assert_eq!(may_read_the_books(&customer).await, 200);
    assert_eq!(admin.get("/api/v1/approvals").await.expect(200).json()["data"], json!([]));
    app.finish().await;
}
