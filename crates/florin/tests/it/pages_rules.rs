//! Rules that rest for somebody, and what waits for a second person about them, by page.

use florin_kernel::Role;
use florin_testkit::{Browser, Client, TestApp, on_both_engines};

const RULES: &str = "/staff/risk";
const SNOOZES: &str = "/staff/risk/snoozes";
const END: &str = "/staff/risk/snoozes/end";

async fn at_desk(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

/// A day of the test's calendar, so many from its own.
fn day(app: &TestApp, days: i64) -> String {
    let at = app.services.env.now().as_second() + days * 86_400;
    florin_kernel::Timestamp::from_second(at).unwrap().strftime("%Y-%m-%d").to_string()
}

on_both_engines! {
    with &[("risk.mode", "active")];

    async fn a_rule_rests_for_somebody_until_it_is_asked_again(app: &TestApp) {
        let ada = app.customer_called("Ada Frequent").await;
        let mut desk = at_desk(app, &app.staff(Role::FraudAnalyst).await).await;
        let page = desk.open(RULES).await.expect(200);
        assert!(page.says("No rule rests"), "{}", page.html);
        let form = page.form(SNOOZES).with("rule", "structured-burst").with("customer", &ada.id);

        let resting = desk.submit(&form.with("until", day(app, 7)).with("reason", "Pays out a <wedding>")).await.expect(200);

        assert!(resting.says("The rule rests for them.") && resting.says("Ada Frequent"), "{}", resting.html);
        assert!(resting.says("Pays out a <wedding>") && !resting.says("No rule rests"));
        let ended = desk.submit(&resting.form(END)).await.expect(200);
        assert!(ended.says("The rule counts for them again.") && ended.says("No rule rests"), "{}", ended.html);
        let again = desk.submit(&resting.form(END)).await;
        assert_eq!(again.answer.status.as_u16(), 404, "{}", again.html);
    }

    async fn what_is_wrong_is_told_at_its_field(app: &TestApp) {
        let ada = app.customer().await;
        let mut desk = at_desk(app, &app.staff(Role::FraudAnalyst).await).await;
        let form = desk.open(RULES).await.expect(200).form(SNOOZES)
            .with("rule", "structured-burst").with("customer", &ada.id).with("until", day(app, 7)).with("reason", "Known");
        let late = day(app, 91);
        for (field, text) in [
            ("rule", "no-such-rule"), ("customer", "Ada"), ("customer", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"),
            ("until", "soon"), ("until", late.as_str()), ("until", "2026-01-01"), ("reason", ""),
        ] {
            let told = desk.submit(&form.clone().with(field, text)).await.expect(422);
            assert!(told.html.contains(&format!(r##"href="#{field}""##)), "{field}: {}", told.html);
        }
        let page = desk.open(RULES).await.expect(200);
        assert!(page.says("No rule rests"));
    }

    async fn pending_changes_are_shown_and_auditors_only_look(app: &TestApp) {
        let ada = app.customer().await;
        let mut desk = at_desk(app, &app.staff(Role::FraudAnalyst).await).await;
        let page = desk.open(RULES).await.expect(200);
        let text = page.form(RULES).value("toml").replace("version = \"", "version = \"next-");
        let draft = desk.submit(&page.form(RULES).with("toml", text)).await.expect(200);
        let asked = desk.submit(&draft.form(&format!("{}/activate", draft.path))).await.expect(200);
        assert!(asked.says("A second person must approve it."), "{}", asked.html);

        let mut auditor = at_desk(app, &app.staff(Role::Auditor).await).await;
        let page = auditor.open(RULES).await.expect(200);
        assert!(page.says("Waiting for a second person") && page.says("Risk rules: activate"), "{}", page.html);
        assert!(page.forms(SNOOZES).is_empty());
        let mut forged = page.form("/logout").with("rule", "structured-burst").with("customer", &ada.id)
            .with("until", day(app, 7)).with("reason", "No");
        SNOOZES.clone_into(&mut forged.action);
        let _ = auditor.submit(&forged).await.expect(403);
        END.clone_into(&mut forged.action);
        let _ = auditor.submit(&forged).await.expect(403);
    }
}
