//! Administration, in a browser without a script.

use std::sync::Arc;

use florin_jobs::Workers;
use florin_kernel::Role;
use florin_testkit::{Browser, Client, Page, TestApp, on_both_engines};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::sync::Notify;

async fn at_desk(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    let _ = browser.sign_in(&person.email).await.expect(200);
    browser
}

/// Sends the form for this path, which must lead to a page that says what was done.
async fn press(browser: &mut Browser, page: &Page, action: &str) -> Page {
    browser.submit(&page.form(action)).await.expect(200)
}

/// Work that nobody could do: it is dead now, and can be done as soon as it is tried again.
async fn dead_job(app: &TestApp) -> i64 {
    app.run_jobs().await;
    let now = app.services.env.now();
    let db = app.services.db.clone();
    let add = move |tx: &mut florin_db::Tx<'_>| florin_jobs::enqueue(tx, "identity.forget_failures", "", now);
    db.housekeeping(add).await.unwrap();
    let unable = Workers::new(db.clone(), Vec::new(), Vec::new(), Arc::new(Notify::new()));
    unable.run_due().await.unwrap();
    db.read(florin_jobs::dead).await.unwrap()[0].seq
}

on_both_engines! {
    async fn whoever_administers_sees_settings_with_their_origins_and_no_secret(app: &TestApp) {
        let mut browser = at_desk(app, &app.admin().await).await;

        let page = browser.open("/staff/admin").await.expect(200);

        assert_eq!(page.heading(), "Settings");
        assert!(page.says("The first 80 of") && page.says("The command line"), "{}", page.html);
        let address = app.services.config.database.url.expose_secret();
        assert!(address.is_empty() || !page.html.contains(address), "the address of the database is a secret");
        let set = browser.open("/staff/admin/settings?set=true").await.expect(200);
        assert!(set.says("public_url") && !set.says("hold_seconds"));
        let payments = browser.open("/staff/admin/settings?section=payments").await.expect(200);
        assert!(payments.says("hold_seconds") && !payments.says("public_url") && !payments.says("The first 80"));
        let found = browser.open("/staff/admin/settings?q=nothing+is+called+so").await.expect(200);
        assert!(found.says("No such setting"));
        let keys = browser.open("/staff/admin/keys").await.expect(200);
        assert!(keys.says("Access tokens") && keys.says("seal-1") && keys.says("Master key"), "{}", keys.html);
    }

    async fn work_that_failed_too_often_is_tried_again_once(app: &TestApp) {
        let mut browser = at_desk(app, &app.admin().await).await;
        let job = dead_job(app).await;
        let page = browser.open("/staff/admin/jobs").await.expect(200);
        assert!(page.says("no handler knows jobs of kind identity.forget_failures"), "{}", page.html);
        let retry = format!("/staff/admin/jobs/{job}/retry");

        let done = press(&mut browser, &page, &retry).await;

        assert!(done.says("It is tried again.") && done.says("Nothing failed too often"), "{}", done.html);
        let _ = browser.submit(&page.form(&retry)).await.expect(404);
        app.run_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM job WHERE state <> 'done'").await, 0);
        let recorded = "SELECT COUNT(*) FROM audit_record WHERE action = 'job.retry' AND outcome = 'success'";
        assert_eq!(app.count(recorded).await, 1);
    }

    async fn a_key_of_anybody_is_seen_and_revoked(app: &TestApp) {
        let owner = app.customer_called("Ona Owner").await;
        let wanted = json!({ "name": "Nightly export", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" });
        let made = owner.post("/api/v1/auth/api-keys", &wanted).await.expect(201);
        let machine = owner.with_token(&made.text("/secret"));
        machine.get("/api/v1/auth/profile").await.expect(200);
        let mut browser = at_desk(app, &app.admin().await).await;

        let page = browser.open("/staff/admin/api-keys").await.expect(200);
        assert!(page.says("Nightly export") && page.says("Ona Owner") && page.says("Read your profile"));
        assert!(!page.html.contains(&made.text("/secret")));
        let done = press(&mut browser, &page, &format!("/staff/admin/api-keys/{}/revoke", made.text("/id"))).await;

        assert!(done.says("The key is revoked.") && done.says("No machine has a key"), "{}", done.html);
        machine.get("/api/v1/auth/profile").await.expect(401);
    }

    async fn a_sign_in_of_anybody_is_seen_and_ended(app: &TestApp) {
        let person = app.customer().await;
        let mut browser = at_desk(app, &app.admin().await).await;
        let found = browser.open(&format!("/staff/people?q={}", person.email)).await.expect(200);
        let path = found.link("/staff/people/");
        let page = browser.open(&path).await.expect(200);
        assert!(page.says("Signed in now") && page.says("by an app"), "{}", page.html);
        let end = page.html.split("action=\"").map(|rest| rest.split('"').next().unwrap());
        let end = end.into_iter().find(|action| action.ends_with("/end")).unwrap();

        let done = press(&mut browser, &page, end).await;

        assert!(done.says("They are signed out there.") && done.says("They are not signed in anywhere."));
        person.get("/api/v1/auth/profile").await.expect(401);
    }

    async fn what_a_role_may_do_is_told_action_by_action(app: &TestApp) {
        let mut browser = at_desk(app, &app.admin().await).await;

        let all = browser.open("/staff/admin/access").await.expect(200);
        let teller = browser.open("/staff/admin/access?who=teller").await.expect(200);

        assert!(all.says("Loan officer") && all.says("Department: Customer service"), "{}", all.html);
        assert!(teller.says("account.deposit") && !teller.says("user.change_roles"), "{}", teller.html);
        let _ = browser.open("/staff/admin/access?who=nobody").await.expect(422);
    }

    async fn nobody_else_finds_the_desk_and_auditors_only_look(app: &TestApp) {
        let job = dead_job(app).await;
        for person in [app.teller().await, app.manager().await] {
            let mut browser = at_desk(app, &person).await;
            assert!(!browser.open("/staff").await.html.contains("/staff/admin"));
            for page in ["settings", "keys", "api-keys"] {
                let _ = browser.open(&format!("/staff/admin/{page}")).await.expect(403);
            }
        }
        let mut browser = at_desk(app, &app.staff(Role::Auditor).await).await;

        let page = browser.open("/staff/admin/jobs").await.expect(200);

        let retry = format!("/staff/admin/jobs/{job}/retry");
        assert!(page.says("identity.forget_failures") && page.forms(&retry).is_empty());
        assert!(browser.open("/staff").await.html.contains("/staff/admin"));
        let _ = browser.open("/staff/admin/keys").await.expect(200);
        let mut form = page.form("/logout");
        form.action.clone_from(&retry);
        let _ = browser.submit(&form.with("_key", "0190b6a2-0000-7000-8000-000000000000")).await.expect(403);
        let mut admin = at_desk(app, &app.admin().await).await;
        let page = admin.open("/staff/admin/jobs").await;
        let _ = press(&mut admin, &page, &retry).await;
    }
}
