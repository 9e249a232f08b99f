//! Cases opened by hand, and what is brought to them, by page.

use florin_kernel::Role;
use florin_testkit::{Browser, Client, TestApp, on_both_engines};

const NEW: &str = "/staff/cases/new";

async fn at_desk(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

on_both_engines! {
    async fn a_case_is_opened_about_a_transfer_and_evidence_added(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let to = app.customer().await.open_account("EUR").await;
        let transfer = ada.transfer(&from, &to, "5.00", "k").await.expect(201).text("/id");
        let mut desk = at_desk(app, &app.staff(Role::FraudAnalyst).await).await;
        let customer = desk.open(&format!("/staff/customers/{}", ada.id)).await.expect(200);
        let page = desk.open(&customer.link(NEW)).await.expect(200);
        let form = page.form(NEW);
        assert_eq!(form.value("customer"), ada.id);
        let form = form.with("kind", "fraud").with("transfer", &transfer).with("priority", "high")
            .with("title", "Told of a stranger").with("text", "A <stranger> asked for it on the telephone.");

        let case = desk.submit(&form).await.expect(200);
        let again = desk.submit(&form).await.expect(200);

        assert!(case.says("The case is open.") && case.says("Told of a stranger") && case.says("high"), "{}", case.html);
        assert!(case.says("A <stranger> asked for it on the telephone.") && case.says("Observation"));
        assert_eq!(again.path, case.path, "one case is open about the same");
        assert_eq!(app.count("SELECT COUNT(*) FROM compliance_case").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM compliance_case_evidence").await, 1);
        let action = format!("{}/evidence", case.path);
        let brought = case.form(&action).with("evidence_kind", "document").with("evidence_text", "A letter of the bank.");
        let added = desk.submit(&brought.with("evidence_reference", "letter-7")).await.expect(200);
        assert!(added.says("The evidence is added.") && added.says("A letter of the bank.") && added.says("letter-7"), "{}", added.html);
        let opened = "SELECT COUNT(*) FROM audit_record WHERE action = 'case.work' AND outcome = 'success'";
        assert!(app.count(opened).await >= 2);
    }

    async fn what_is_wrong_with_a_case_is_told_at_its_field(app: &TestApp) {
        let ada = app.customer().await;
        let mut desk = at_desk(app, &app.staff(Role::ComplianceOfficer).await).await;
        let form = desk.open(&format!("{NEW}?customer={}", ada.id)).await.expect(200).form(NEW)
            .with("kind", "aml").with("title", "Many small deposits").with("text", "Seven on one day.");
        let nowhere = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";
        for (field, text) in [
            ("kind", "theft"), ("title", ""), ("text", ""), ("transfer", "no identifier"), ("transfer", nowhere),
            ("customer", nowhere), ("priority", "soon"),
        ] {
            let told = desk.submit(&form.clone().with(field, text)).await.expect(422);
            assert!(told.html.contains(&format!(r##"href="#{field}""##)), "{field}: {}", told.html);
            assert!(told.html.contains("Seven on one day.") || field == "text", "what was typed is kept");
        }
        let about_nothing = desk.submit(&form.clone().with("customer", "")).await.expect(422);
        assert!(about_nothing.says("Enter a transfer, a payment or a customer"), "{}", about_nothing.html);
        assert_eq!(app.count("SELECT COUNT(*) FROM compliance_case").await, 0);

        let case = desk.submit(&form).await.expect(200);
        let evidence = case.form(&format!("{}/evidence", case.path));
        for (field, text) in [("evidence_kind", "rumour"), ("evidence_text", ""), ("evidence_reference", "with spaces in it")] {
            let wrong = evidence.clone().with("evidence_kind", "document").with("evidence_text", "A letter.").with(field, text);
            let told = desk.submit(&wrong).await.expect(422);
            assert!(told.html.contains(&format!(r##"href="#{field}""##)), "{field}: {}", told.html);
        }
    }

    async fn cases_are_opened_by_those_who_work_on_them(app: &TestApp) {
        let ada = app.customer().await;
        let officer = app.staff(Role::ComplianceOfficer).await;
        let mut desk = at_desk(app, &officer).await;
        let form = desk.open(&format!("{NEW}?customer={}", ada.id)).await.form(NEW)
            .with("kind", "aml").with("title", "Many small deposits").with("text", "Seven on one day.");
        let case = desk.submit(&form.clone()).await.expect(200);
        let mut auditor = at_desk(app, &app.staff(Role::Auditor).await).await;

        let _ = auditor.open(NEW).await.expect(403);
        let list = auditor.open("/staff/cases?which=all").await.expect(200);
        assert!(!list.html.contains(NEW), "{}", list.html);
        let page = auditor.open(&case.path).await.expect(200);
        assert!(page.forms(&format!("{}/evidence", case.path)).is_empty());
        let mut forged = page.form("/logout");
        forged.fields.extend(form.fields.into_iter().filter(|(name, _)| name != "_csrf"));
        NEW.clone_into(&mut forged.action);
        let _ = auditor.submit(&forged).await.expect(403);
        forged.action = format!("{}/evidence", case.path);
        let forged = forged.with("evidence_kind", "document").with("evidence_text", "No.").with("version", "1");
        let _ = auditor.submit(&forged).await.expect(403);
        assert_eq!(app.count("SELECT COUNT(*) FROM compliance_case").await, 1);
    }
}
