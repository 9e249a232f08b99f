//! Letters to a mail server: what arrives, what waits, and what is given up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod queue;
mod server;

use std::io::Write as _;
use std::time::Duration;

use florin_kernel::{Env, Timestamp, Uuid};
use florin_notify::{Letterhead, Mail, MailError, Mailer as _, Security, Smtp, SmtpSettings};

use server::{Manners, Server};

fn letterhead() -> Letterhead {
    let url = "https://bank.example".parse().unwrap();
    Letterhead::try_new("Bank", "Bank <no-reply@bank.example>", url).unwrap()
}

fn mail() -> Mail {
    Mail {
        id: Uuid::from_u128(7),
        kind: "note".to_owned(),
        written_at_us: 1_790_000_000_000_000,
        to: "ada@example.org".to_owned(),
        subject: "A note".to_owned(),
        text: "Hello Ada,\n\n.a line that begins with a dot\n".to_owned(),
        html: "<p>Hello Ada</p>\n".to_owned(),
        notice: String::new(),
    }
}

fn settings(port: u16, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port,
        security,
        user: String::new(),
        password: "".into(),
        ca_file: None,
        timeout: Duration::from_secs(5),
    }
}

fn smtp(settings: &SmtpSettings) -> Smtp {
    let (env, _) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
    Smtp::open(settings, letterhead(), env).unwrap()
}

/// With the server's own authority, and somebody who signs in.
fn trusting(server: &Server, security: Security) -> (tempfile::NamedTempFile, SmtpSettings) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(server.authority.as_bytes()).unwrap();
    let settings = SmtpSettings {
        user: "florin".to_owned(),
        password: "hush-hush".into(),
        ca_file: Some(file.path().to_owned()),
        ..settings(server.port, security)
    };
    (file, settings)
}

#[tokio::test]
async fn both_forms_of_a_letter_arrive_under_its_own_name() {
    let server = Server::start(Manners::default()).await;

    smtp(&settings(server.port, Security::None)).send(&mail()).await.unwrap();

    let letter = server.letters().pop().unwrap();
    for part in [
        "Message-ID: <00000000-0000-0000-0000-000000000007@bank.example>\r\n",
        "From: Bank <no-reply@bank.example>\r\n",
        "To: ada@example.org\r\n",
        "multipart/alternative",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Hello Ada,\r\n\r\n..a line that begins with a dot\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        "<p>Hello Ada</p>\r\n",
    ] {
        assert!(letter.contains(part), "no {part:?} in:\n{letter}");
    }
    let lines = server.lines();
    for line in
        ["EHLO bank.example", "MAIL FROM:<no-reply@bank.example>", "RCPT TO:<ada@example.org>", "QUIT"]
    {
        assert!(lines.iter().any(|said| said == line), "{line}: {lines:?}");
    }
}

#[tokio::test]
async fn a_password_travels_encrypted_or_not_at_all() {
    for (security, manners) in [
        (Security::Tls, Manners { tls: true, ..Manners::default() }),
        (Security::Starttls, Manners { starttls: true, ..Manners::default() }),
    ] {
        let server = Server::start(manners).await;
        let (_file, settings) = trusting(&server, security);
        let smtp = smtp(&settings);

        smtp.probe().await.unwrap();
        smtp.send(&mail()).await.unwrap();

        assert_eq!(server.letters().len(), 1, "{security:?}");
        assert!(server.lines().iter().any(|line| line.starts_with("AUTH PLAIN ")), "{security:?}");
        let clear = server.in_the_clear();
        assert!(clear.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{clear:?}");
        assert!(!format!("{smtp:?}").contains("hush"), "{smtp:?}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let server = Server::start(Manners::default()).await;
    let (_file, settings) = trusting(&server, Security::Starttls);
    let smtp = smtp(&settings);

    let refusal = smtp.send(&mail()).await.unwrap_err();

    assert!(matches!(&refusal, MailError::Service(why) if why.contains("STARTTLS")), "{refusal}");
    assert!(matches!(smtp.probe().await, Err(MailError::Service(_))));
    let lines = server.lines();
    assert!(lines.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{lines:?}");
}

#[tokio::test]
async fn answers_that_somebody_put_in_before_the_encryption_are_not_the_servers() {
    // An answer to every command, and the server hears of none but the first.
    const FORGED: &str =
        "250 test\r\n235 welcome\r\n250 fine\r\n250 fine\r\n354 go on\r\n250 taken\r\n221 bye";
    let manners =
        Manners { starttls: true, injected: Some(FORGED), drop_at: Some("MAIL"), ..Manners::default() };
    let server = Server::start(manners).await;
    let (_file, settings) = trusting(&server, Security::Starttls);

    let taken = smtp(&settings).send(&mail()).await;

    assert!(taken.is_err(), "the letter counts as taken, and the server has {:?}", server.letters());
    assert!(!server.lines().iter().any(|line| line.starts_with("AUTH")), "{:?}", server.lines());
}

#[tokio::test]
async fn a_server_that_cannot_prove_its_name_gets_neither_letter_nor_password() {
    for (security, manners) in [
        (Security::Tls, Manners { tls: true, ..Manners::default() }),
        (Security::Starttls, Manners { starttls: true, ..Manners::default() }),
    ] {
        let server = Server::start(manners).await;
        let (_file, trusted) = trusting(&server, security);
        let strangers = SmtpSettings { ca_file: None, ..trusted };

        let refusal = smtp(&strangers).send(&mail()).await.unwrap_err();

        assert!(!matches!(refusal, MailError::Refused(_)), "{refusal}");
        assert!(server.letters().is_empty(), "{security:?}");
        assert!(!server.lines().iter().any(|line| line.starts_with("AUTH")), "{security:?}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart_by_who_has_to_act() {
    let unavailable: fn(&MailError) -> bool = |error| matches!(error, MailError::Unavailable(_));
    let service: fn(&MailError) -> bool = |error| matches!(error, MailError::Service(_));
    let refused: fn(&MailError) -> bool = |error| matches!(error, MailError::Refused(_));
    for (at, answer, expected, code) in [
        ("greeting", "421 4.3.2 come back later", unavailable, "421 4.3.2"),
        ("greeting", "554 no service here", service, "554"),
        ("greeting", "HTTP/1.1 400 Bad Request", unavailable, "no SMTP"),
        ("MAIL", "451 4.3.0 a moment", unavailable, "451 4.3.0"),
        ("MAIL", "550 5.7.1 you may not send as no-reply@bank.example", service, "550 5.7.1"),
        ("MAIL", "530 5.7.0 sign in first", service, "530 5.7.0"),
        ("RCPT", "450 4.2.1 ada@example.org is greylisted", unavailable, "450 4.2.1"),
        ("RCPT", "550 5.1.1 ada@example.org: no such user", refused, "550 5.1.1"),
        ("RCPT", "530 5.7.0 sign in first", service, "530 5.7.0"),
        ("DATA", "452 4.3.1 no room", unavailable, "452 4.3.1"),
        (".", "451 4.7.1 later, ada@example.org", unavailable, "451 4.7.1"),
        (".", "554 5.6.0 ada@example.org does not want this", refused, "554 5.6.0"),
    ] {
        let server = Server::start(Manners { answers: vec![(at, answer)], ..Manners::default() }).await;

        let error = smtp(&settings(server.port, Security::None)).send(&mail()).await.unwrap_err();

        assert!(expected(&error), "{at} {answer}: {error:?}");
        let words = error.to_string();
        assert!(words.contains(code), "{at} {answer}: {words}");
        assert!(!format!("{words}{error:?}").contains("example"), "it names people: {words}");
        assert!(server.letters().is_empty(), "{at} {answer}");
    }
}

#[tokio::test]
async fn a_wrong_password_keeps_letters_waiting_and_is_not_repeated_to_anyone() {
    let answers = vec![("AUTH", "535 5.7.8 florin, hush-hush is wrong")];
    let server = Server::start(Manners { tls: true, answers, ..Manners::default() }).await;
    let (_file, settings) = trusting(&server, Security::Tls);

    let error = smtp(&settings).send(&mail()).await.unwrap_err();

    assert!(matches!(&error, MailError::Service(why) if why.contains("535 5.7.8")), "{error}");
    assert!(!format!("{error}{error:?}").contains("hush"), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_is_an_outage() {
    for at in ["EHLO", "MAIL", "RCPT", "DATA", "."] {
        let server = Server::start(Manners { drop_at: Some(at), ..Manners::default() }).await;

        let error = smtp(&settings(server.port, Security::None)).send(&mail()).await.unwrap_err();

        assert!(matches!(error, MailError::Unavailable(_)), "{at}: {error:?}");
    }
}

#[tokio::test]
async fn a_letter_whose_acceptance_was_not_heard_of_is_recognised_when_it_comes_again() {
    let server = Server::start(Manners { drop_at: Some("."), ..Manners::default() }).await;
    let smtp = smtp(&settings(server.port, Security::None));

    smtp.send(&mail()).await.unwrap_err();
    server.behave(Manners::default());
    smtp.send(&mail()).await.unwrap();

    let letters = server.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0], letters[1], "the same bytes, and so the same Message-ID");
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for_longer_than_set() {
    let server = Server::start(Manners { silent: true, ..Manners::default() }).await;
    let settings = SmtpSettings { timeout: Duration::from_secs(1), ..settings(server.port, Security::None) };

    let smtp = smtp(&settings);
    let waited = tokio::time::timeout(Duration::from_secs(4), smtp.send(&mail())).await;

    assert!(matches!(waited.unwrap(), Err(MailError::Unavailable(why)) if why.contains("1 second")));
    let at_once = tokio::time::timeout(Duration::from_millis(200), smtp.send(&mail())).await;
    assert!(matches!(at_once.unwrap(), Err(MailError::Unavailable(_))), "the next does not find out anew");
}

#[tokio::test]
async fn no_text_adds_a_command_or_a_header() {
    let server = Server::start(Manners::default()).await;
    let smtp = smtp(&settings(server.port, Security::None));
    let to = |to: &str| Mail { to: to.to_owned(), ..mail() };
    let about = |subject: &str| Mail { subject: subject.to_owned(), ..mail() };

    for bad in [
        to("ada@example.org>\r\nRCPT TO:<eve@example.org"),
        to("ada@example.org\r\nBcc: eve@example.org"),
        to("ada@example.org, eve@example.org"),
        about("Hi\r\nBcc: eve@example.org"),
    ] {
        assert!(matches!(smtp.send(&bad).await, Err(MailError::Address(_) | MailError::Text(_))));
    }
    assert!(server.lines().is_empty(), "the server is not even greeted");
    let end = Mail { text: "Hello\r\n.\r\nMAIL FROM:<eve@example.org>\r\n".to_owned(), ..mail() };
    smtp.send(&end).await.unwrap();
    let senders = server.lines().iter().filter(|line| line.starts_with("MAIL")).count();
    assert_eq!((senders, server.letters().len()), (1, 1));
}
