//! What officers ask about an application, and what the applicant answers, by page and by the API.

use florin_kernel::Role;
use florin_testkit::{Browser, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

async fn signed_in(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

/// An application of this customer's.
async fn apply(ada: &Client) -> String {
    let body = json!({
        "customer_name": "Ada Example", "loan_amount": "5000", "ssn": "123-45-6789", "email": ada.email,
        "phone": "+14155550123", "annual_income": "90000", "employment_months": 60,
    });
    ada.post("/api/v1/loans/apply", &body).await.expect(201).text("/id")
}

async fn waits(ada: &Client, id: &str) -> Value {
    ada.get(&format!("/api/v1/loans/applications/{id}")).await.expect(200).json()["waits_for_answer"].clone()
}

on_both_engines! {
    async fn an_officer_asks_and_the_applicant_answers(app: &TestApp) {
        let ada = app.customer().await;
        let id = apply(&ada).await;
        let (desk_path, path) = (format!("/staff/loans/applications/{id}"), format!("/loans/applications/{id}"));
        let ask = format!("{desk_path}/questions");
        let mut desk = signed_in(app, &app.staff(Role::LoanOfficer).await).await;
        let mut portal = signed_in(app, &ada).await;
        assert!(!portal.open(&path).await.expect(200).says("What we want to know"));

        let form = desk.open(&desk_path).await.expect(200).form(&ask);
        let silent = desk.submit(&form).await.expect(422);
        assert!(silent.html.contains(r##"href="#question""##), "{}", silent.html);
        let form = form.with("question", "What is the <other> income?");
        let asked = desk.submit(&form).await.expect(200);
        let again = desk.submit(&form).await.expect(200);
        assert!(asked.says("The application waits for the applicant.") && asked.says("no answer yet"), "{}", asked.html);
        assert!(asked.says("more information wanted") && again.says("no answer yet"));
        assert_eq!(app.count("SELECT COUNT(*) FROM lending_question").await, 1, "asked once");
        assert!(desk.open("/staff/loans").await.says("more information wanted"));
        assert_eq!(waits(&ada, &id).await, true);

        assert!(portal.open("/loans").await.expect(200).says("Officers want to know something more"));
        let page = portal.open(&path).await.expect(200);
        assert!(page.says("Your application waits for your answer.") && page.says("What is the <other> income?"), "{}", page.html);
        let form = page.form_between(&format!("{path}/questions/"), "");
        let empty = portal.submit(&form).await.expect(422);
        assert!(empty.html.contains(r##"href="#answer""##), "{}", empty.html);
        let answered = portal.submit(&form.clone().with("answer", "Rent of a flat.\r\nSince May.")).await.expect(200);
        let twice = portal.submit(&form.clone().with("answer", "Rent of a flat.\r\nSince May.")).await.expect(200);
        let other = portal.submit(&form.with("answer", "Nothing at all.")).await.expect(409);

        assert!(answered.says("Your answer is with those who decide.") && answered.says("Rent of a flat."), "{}", answered.html);
        assert!(twice.says("Rent of a flat.") && other.says("answered already"), "{}", other.html);
        let seen = desk.open(&desk_path).await.expect(200);
        assert!(seen.says("Rent of a flat.") && !seen.says("no answer yet") && !seen.says("more information wanted"), "{}", seen.html);
        assert_eq!(waits(&ada, &id).await, false);
        let plain = "SELECT COUNT(*) FROM lending_question WHERE question LIKE '%income%' OR answer LIKE '%flat%'";
        assert_eq!(app.count(plain).await, 0, "what is asked and answered is sealed");
        let recorded = "SELECT COUNT(*) FROM audit_record WHERE action = 'loan.decide' AND outcome = 'success'";
        assert!(app.count(recorded).await >= 1);
    }

    async fn others_neither_ask_nor_answer_nor_read(app: &TestApp) {
        let (ada, ben) = (app.customer().await, app.customer().await);
        let id = apply(&ada).await;
        let path = format!("/api/v1/loans/applications/{id}/questions");
        let officer = app.staff(Role::LoanOfficer).await;
        let question = officer.post(&path, &json!({ "question": "Which employer?" })).await.expect(201);
        let answer = format!("{path}/{}/answer", question.text("/id"));
        let said = json!({ "answer": "A school." });

        ada.post(&path, &json!({ "question": "May I?" })).await.problem(403, "forbidden");
        app.teller().await.post(&path, &json!({ "question": "Why?" })).await.problem(403, "forbidden");
        ben.get(&path).await.problem(404, "not_found");
        ben.post(&answer, &said).await.problem(404, "not_found");
        let mut browser = signed_in(app, &ben).await;
        let mut forged = browser.open("/profile").await.form("/profile").with("answer", "Mine.");
        forged.action = format!("/loans/applications/{id}/questions/{}", question.text("/id"));
        let _ = browser.submit(&forged).await.expect(404);
        let nowhere = format!("{path}/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b/answer");
        ada.post(&nowhere, &said).await.problem(404, "not_found");
        let told = ada.get(&path).await.expect(200).json();
        assert!(told["data"][0]["asked_by"].is_null() && told["data"][0]["answer"].is_null(), "{told}");

        // What was decided or taken back is asked nothing more, and answers nothing.
        ada.post(&format!("/api/v1/loans/applications/{id}/withdraw"), &json!({})).await.expect(200);
        officer.post(&path, &json!({ "question": "Which year?" })).await.problem(409, "conflict");
        ada.post(&answer, &said).await.problem(409, "conflict");
        assert_eq!(waits(&ada, &id).await, false);
        officer.post(&path, &json!({ "question": "" })).await.problem(422, "validation_failed");
    }
}
