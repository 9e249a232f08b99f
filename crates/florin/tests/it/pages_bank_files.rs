//! Files for banks by page: made, taken along, noted as sent, and what the bank answers taken in.

use florin_testkit::{Browser, Client, TestApp, on_both_engines};

use super::bank_files::{SETTINGS, Told, american, money, nacha_answer, pay_in, payer};

/// As many of the settings are about files for banks of the United States.
const AMERICAN: usize = 10;
const FILES: &str = "/staff/payments/files";
const ANSWERS: &str = "/staff/payments/answers";

async fn at_desk(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&person.email).await.expect(200);
    browser
}

on_both_engines! { with &SETTINGS[..AMERICAN];
    async fn a_file_is_made_taken_along_and_answered(app: &TestApp) {
        let (ada, account) = payer(app, "USD").await;
        let bank = american("111122223333");
        let (payment, _) = pay_in(app, &ada, &account, &bank, money("40.00", "USD")).await;
        let mut desk = at_desk(app, &app.manager().await).await;
        let page = desk.open(FILES).await.expect(200);
        assert!(page.says("No files"), "{}", page.html);

        // Made once, however often the form is sent.
        let form = page.form(FILES).with("network", "ach");
        let made = desk.submit(&form).await.expect(200);
        let again = desk.submit(&form).await.expect(200);
        assert!(made.says("The file is made.") && made.says("40.00 USD"), "{}", made.html);
        assert_eq!(again.path, made.path);
        assert!(!made.html.contains("111122223333"));
        let empty = desk.open(FILES).await.form(FILES).with("network", "ach");
        let empty = desk.submit(&empty).await.expect(409);
        assert!(empty.says("Nothing waits for a file"), "{}", empty.html);

        // Taken along by whoever proved a factor just now.
        app.clock.advance_seconds(301);
        let take = made.form(&format!("{}/content", made.path));
        let asked = desk.submit(&take).await;
        assert_eq!(asked.heading(), "Confirm that it is you");
        let proved = asked.form(&format!("{}/content", made.path)).with("_password", florin_testkit::PASSWORD);
        let taken = desk.submit(&proved).await.expect(200);
        assert!(taken.answer.headers["content-disposition"].to_str().unwrap().contains("ach-000001.txt"));
        assert!(taken.html.contains("111122223333"));

        // What was proved renewed the sign-in, and with it what forms are known by.
        let made = desk.open(&made.path).await.expect(200);
        let sent = desk.submit(&made.form(&format!("{}/sent", made.path))).await.expect(200);
        assert!(sent.says("The days count from now on.") && sent.says("At the bank since"), "{}", sent.html);
        assert!(sent.forms(&format!("{}/sent", made.path)).is_empty());

        let answer = nacha_answer(&taken.html, &[(0, Told::Back("R01"))]);
        let form = desk.open(ANSWERS).await.expect(200).form(ANSWERS);
        let told = desk.upload(&form, &[("file", answer.as_bytes())]).await.expect(200);
        assert!(told.says("The file is taken in.") && told.says("R01"), "{}", told.html);
        assert!(told.says("The payment came back"), "{}", told.html);
        let repeated = desk.upload(&form, &[("file", answer.as_bytes())]).await.expect(200);
        assert!(repeated.path == told.path && repeated.says("nothing is done twice"), "{}", repeated.html);
        let file = desk.open(&made.path).await.expect(200);
        assert!(file.says("returned") && file.says("The bank's reason: R01"), "{}", file.html);
        let listed = desk.open(ANSWERS).await.expect(200);
        assert_eq!(listed.link(&format!("{ANSWERS}/")), told.path);
        let payment = desk.open(&format!("/staff/payments/{payment}")).await.expect(200);
        assert!(payment.says("failed"), "{}", payment.html);
    }

    async fn a_file_that_cannot_be_read_is_told_with_its_line(app: &TestApp) {
        let mut desk = at_desk(app, &app.manager().await).await;
        let form = desk.open(ANSWERS).await.expect(200).form(ANSWERS);

        let nothing = desk.upload(&form, &[]).await.expect(422);
        let broken = desk.upload(&form, &[("file", b"101 but no more of it\n")]).await.expect(422);
        let binary = desk.upload(&form, &[("file", b"\xff\xfe\x00")]).await.expect(422);
        let large = desk.upload(&form, &[("file", &vec![b'1'; (8 << 20) + (32 << 10)])]).await;

        assert!(nothing.says("Choose the bank's file") && nothing.html.contains(r##"href="#file""##), "{}", nothing.html);
        assert!(broken.says("Line 1:"), "{}", broken.html);
        assert!(binary.says("The file is no text"), "{}", binary.html);
        assert_eq!(large.answer.status.as_u16(), 413, "{}", large.html);
        assert_eq!(app.count("SELECT COUNT(*) FROM bank_file_answer").await, 0);
        // Without what makes it a form of ours nothing is taken in.
        let mut bare = form.clone();
        bare.fields.retain(|(name, _)| name != "_csrf");
        let _ = desk.upload(&bare, &[("file", b"101")]).await.expect(403);
    }

    async fn files_are_exchanged_by_managers_alone(app: &TestApp) {
        let auditor = app.staff(florin_kernel::Role::Auditor).await;
        let mut desk = at_desk(app, &auditor).await;
        let page = desk.open(FILES).await.expect(200);
        assert!(page.forms(FILES).is_empty());
        assert!(desk.open(ANSWERS).await.expect(200).forms(ANSWERS).is_empty());
        let mut forged = page.form("/logout");
        FILES.clone_into(&mut forged.action);
        let forged = forged.with("_key", "0190b6a2-0000-7000-8000-000000000000").with("network", "ach");
        let _ = desk.submit(&forged).await.expect(403);
        let mut upload = forged;
        ANSWERS.clone_into(&mut upload.action);
        let _ = desk.upload(&upload, &[("file", b"101")]).await.expect(403);

        let mut customer = at_desk(app, &app.customer().await).await;
        for path in [FILES, ANSWERS] {
            let _ = customer.open(path).await.expect(403);
        }
        // A route that expects no files takes none.
        let form = customer.open("/profile").await.expect(200).form("/profile");
        let _ = customer.upload(&form, &[("file", b"x")]).await.expect(415);
    }
}
