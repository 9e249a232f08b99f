//! Signing somebody out everywhere, by page and by the API.

use florin_kernel::Role;
use florin_testkit::{Browser, Client, TestApp, on_both_engines};
use serde_json::json;

async fn at_desk(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

const RECORDED: &str =
    "SELECT COUNT(*) FROM audit_record WHERE action = 'session.end' AND outcome = 'success'";

on_both_engines! {
    async fn all_sign_ins_of_somebody_end_at_once_with_a_reason(app: &TestApp) {
        let ada = app.customer().await;
        let elsewhere = app.stranger().login(&ada.email).await;
        let mut desk = at_desk(app, &app.admin().await).await;
        let path = format!("/staff/people/{}", ada.id);
        let action = format!("{path}/sign-out");
        let page = desk.open(&path).await.expect(200);
        let form = page.form(&action);

        let unsaid = desk.submit(&form).await.expect(422);
        assert!(unsaid.html.contains(r##"href="#reason""##) && unsaid.says("Enter a reason"), "{}", unsaid.html);
        ada.get("/api/v1/auth/profile").await.expect(200);
        let done = desk.submit(&form.with("reason", "A lost telephone")).await.expect(200);

        assert!(done.says("sign-ins are ended.") && done.says("They are not signed in anywhere."), "{}", done.html);
        for client in [&ada, &elsewhere] {
            client.get("/api/v1/auth/profile").await.expect(401);
        }
        app.stranger().login(&ada.email).await.get("/api/v1/auth/profile").await.expect(200);
        assert_eq!(app.count(RECORDED).await, 1);
        let trail = app.staff(Role::Auditor).await.get("/api/v1/compliance/audit-logs?action=session.end").await.expect(200);
        let text = String::from_utf8_lossy(&trail.body).into_owned();
        assert!(text.contains("A lost telephone") && text.contains(&ada.id), "{text}");
    }

    async fn nobody_else_signs_others_out(app: &TestApp) {
        let (ada, admin) = (app.customer().await, app.admin().await);
        let path = format!("/api/v1/users/{}/sign-out", ada.id);
        let body = json!({ "reason": "a lost telephone" });

        for person in [&app.customer().await, &app.teller().await, &app.staff(Role::Auditor).await] {
            person.post(&path, &body).await.problem(403, "forbidden");
        }
        ada.post(&path, &body).await.problem(403, "forbidden");
        admin.post(&format!("/api/v1/users/{}/sign-out", admin.id), &body).await.problem(403, "forbidden");
        admin.post(&path, &json!({ "reason": "" })).await.problem(422, "validation_failed");
        let nobody = "/api/v1/users/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b/sign-out";
        admin.post(nobody, &body).await.problem(404, "not_found");
        let mut auditor = at_desk(app, &app.staff(Role::Auditor).await).await;
        let person = auditor.open(&format!("/staff/people/{}", ada.id)).await.expect(200);
        let mut forged = person.form("/logout").with("reason", "No");
        forged.action = format!("/staff/people/{}/sign-out", ada.id);
        let _ = auditor.submit(&forged).await.expect(403);
        let own = at_desk(app, &admin).await.open(&format!("/staff/people/{}", admin.id)).await.expect(200);
        assert!(own.forms(&format!("/staff/people/{}/sign-out", admin.id)).is_empty());

        ada.get("/api/v1/auth/profile").await.expect(200);
        let ended = admin.post(&path, &body).await.expect(200).json();
        assert_eq!(ended, json!({ "ended": 1 }));
        assert_eq!(app.count(RECORDED).await, 1);
    }
}
