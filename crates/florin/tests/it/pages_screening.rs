//! Screening by page: a name is looked for at once, and lists of sanctions are seen and taken in.

use florin_kernel::Role;
use florin_testkit::{Browser, Client, TestApp, on_both_engines};

const NAME: &str = "/staff/screenings/name";
const LISTS: &str = "/staff/screenings/lists";
const HOUSE: &str = "/staff/screenings/lists/house";
const HEAD: &str = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n";
const MARTA: &str = "1,person,Marta Kellermann,Marta Kelerman,,,,,,\n";

async fn at_desk(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

on_both_engines! {
    async fn a_list_is_taken_in_and_a_name_is_found_on_it(app: &TestApp) {
        let mut desk = at_desk(app, &app.staff(Role::ComplianceOfficer).await).await;
        let page = desk.open(LISTS).await.expect(200);
        assert!(page.says("No list is loaded") && page.says("not loaded"), "{}", page.html);
        let form = desk.open(&page.link(HOUSE)).await.expect(200).form(HOUSE);

        let list = format!("{HEAD}{MARTA}");
        let loaded = desk.upload(&form, &[("file", list.as_bytes())]).await.expect(200);
        assert!(loaded.path == LISTS && loaded.says("Entries: 1, of which new 1"), "{}", loaded.html);
        let same = desk.upload(&form, &[("file", list.as_bytes())]).await.expect(200);
        assert!(same.says("The content is the same as before"), "{}", same.html);

        let form = desk.open(NAME).await.expect(200).form(NAME);
        let found = desk.submit(&form.clone().with("name", "Marta Kellerman").with("kind", "person")).await.expect(200);
        assert!(found.path.starts_with("/staff/screenings/") && found.says("One entry of the lists may be meant."), "{}", found.html);
        assert!(found.says("Marta Kellermann") && found.says("of 1,000"), "{}", found.html);
        let nobody = desk.submit(&form.with("name", "Zbigniew Quux")).await.expect(200);
        assert!(nobody.says("Nobody on the lists"), "{}", nobody.html);
        app.run_jobs().await;
    }

    async fn what_is_wrong_is_told_beside_the_form_and_changes_nothing(app: &TestApp) {
        let mut desk = at_desk(app, &app.staff(Role::ComplianceOfficer).await).await;
        let form = desk.open(HOUSE).await.expect(200).form(HOUSE);
        let many: Vec<String> = (1..=30).map(|n| format!("{n},person,Person Number {n},,,,,,,\n")).collect();
        let many = many.concat();
        let _ = desk.upload(&form, &[("file", format!("{HEAD}{many}").as_bytes())]).await.expect(200);

        let nothing = desk.upload(&form, &[]).await.expect(422);
        let broken = desk.upload(&form, &[("file", b"no,such,head\n1,2,3\n")]).await.expect(422);
        let shrunk = desk.upload(&form, &[("file", format!("{HEAD}{MARTA}").as_bytes())]).await.expect(409);
        let meant = form.with("insist", "true");
        let insisted = desk.upload(&meant, &[("file", format!("{HEAD}{MARTA}").as_bytes())]).await.expect(200);

        assert!(nothing.says("Choose HOUSE.CSV") && nothing.html.contains(r##"href="#file""##), "{}", nothing.html);
        assert!(broken.says("cannot be read"), "{}", broken.html);
        assert!(shrunk.says("The list would shrink from 30 entries to 1"), "{}", shrunk.html);
        assert!(insisted.says("The list is taken in. Entries: 1,"), "{}", insisted.html);
        let form = desk.open(NAME).await.expect(200).form(NAME);
        for (field, text) in [("name", ""), ("date_of_birth", "soon"), ("country", "Nowhere at all")] {
            let wrong = form.clone().with("name", "Ann Other").with(field, text);
            let told = desk.submit(&wrong).await.expect(422);
            assert!(told.html.contains(&format!(r##"href="#{field}""##)), "{field}: {}", told.html);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM screening").await, 0);
        app.run_jobs().await;
    }

    async fn others_load_no_lists_and_screen_nobody(app: &TestApp) {
        let mut auditor = at_desk(app, &app.staff(Role::Auditor).await).await;
        let page = auditor.open(LISTS).await.expect(200);
        assert!(!page.html.contains(HOUSE) && !page.html.contains(NAME), "{}", page.html);
        for path in [HOUSE, NAME] {
            let _ = auditor.open(path).await.expect(403);
        }
        let mut forged = page.form("/logout");
        HOUSE.clone_into(&mut forged.action);
        let _ = auditor.upload(&forged, &[("file", HEAD.as_bytes())]).await.expect(403);
        NAME.clone_into(&mut forged.action);
        let _ = auditor.submit(&forged.with("name", "Ann Other")).await.expect(403);
        let mut teller = at_desk(app, &app.teller().await).await;
        let _ = teller.open(LISTS).await.expect(403);
        assert_eq!(app.count("SELECT COUNT(*) FROM screening").await, 0);
    }
}
