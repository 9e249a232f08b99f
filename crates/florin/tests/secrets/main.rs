//! What must be told to nobody: a day at the bank with the most talkative log there is, and nothing of it in the log, in
//! a refusal, or in what is printed of the configuration. One test alone, since a process has one log.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod scenario;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use florin_app::config::{Loaded, Sources};
use florin_testkit::{TestApp, test_databases};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use scenario::Day;

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        log
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Asserts that none of the secrets stands in the text, and says which and where without saying more.
fn assert_silent(what: &str, text: &str, secrets: &[(String, String)]) {
    for (name, secret) in secrets {
        assert!(secret.len() >= 6, "{name} is no secret to look for");
        if let Some(at) = text.find(secret.as_str()) {
            let line = text[..at].lines().last().unwrap_or_default();
            let end: String = line.chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
            panic!("{what} tells the {name} after: {end}");
        }
    }
}

#[tokio::test]
async fn no_secret_is_told_in_a_log_a_refusal_or_the_configuration() {
    let log = Log::start();
    for database in test_databases() {
        let app = TestApp::start(database).await;
        let day = Day::lived(&app).await;

        assert!(day.secrets.len() > 25, "{} secrets", day.secrets.len());
        assert!(day.refusals.len() > 20, "{} refusals", day.refusals.len());
        for refusal in &day.refusals {
            assert_silent("a refusal", refusal, &day.secrets);
        }
        app.finish().await;
        let told = log.text();
        for word in ["identity.person.register", "parties.customer", "db.card", "kept"] {
            assert!(told.contains(word), "the log is talkative, and lacks {word}: {} bytes", told.len());
        }
        assert_silent("the log", &told, &day.secrets);
    }
    configuration();
}

/// Every setting that is a secret, set; none of it printed.
fn configuration() {
    let planted =
        |name: &str| (name.to_owned(), format!("planted-{}", name.to_lowercase().replace('_', "-")));
    let texts = ["FLORIN_MAIL__SMTP_PASSWORD", "FLORIN_OIDC__ACME__CLIENT_SECRET"].map(planted);
    let others = [
        ("FLORIN_VAULT__MASTER_KEY", "8f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210"),
        (
            "FLORIN_VAULT__PREVIOUS_MASTER_KEY",
            "1f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210",
        ),
        ("ENCRYPTION_KEY", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="),
        ("DATABASE_URL", "postgres://florin:planted-database-password@localhost/florin"),
        ("REDIS_URL", "redis://:planted-redis-password@localhost/0"),
    ];
    let others = others.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut sources = Sources::default();
    sources.environment.extend(texts.iter().chain(&others).cloned());
    sources.environment.insert("FLORIN_OIDC__ACME__CLIENT_ID".to_owned(), "florin".to_owned());
    sources.environment.insert("FLORIN_OIDC__ACME__ISSUER".to_owned(), "https://id.example".to_owned());
    sources.flags.push(("mail.smtp_password", "planted-on-the-command-line".to_owned()));
    let loaded = Loaded::read(&sources).unwrap();

    let mut secrets: Vec<(String, String)> = texts.into_iter().chain(others).collect();
    secrets.push(("flag".to_owned(), "planted-on-the-command-line".to_owned()));
    secrets.push(("password in a URL".to_owned(), "planted-database-password".to_owned()));
    secrets.push(("password in a URL".to_owned(), "planted-redis-password".to_owned()));
    for (what, printed) in [
        ("the sources", format!("{sources:?} {sources:#?}")),
        ("the configuration", format!("{:?} {:#?}", loaded.config, loaded.config)),
        ("the settings", format!("{loaded:?} {:#?}", loaded.settings)),
    ] {
        assert_silent(what, &printed, &secrets);
    }
    // A file that cannot be read as one, or holds a number where a secret's text is wanted, is refused without its lines.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("florin.toml");
    for text in ["[vault]\nmaster_key = planted-7f3a9c51", "[vault]\nmaster_key = 4242424242424242"] {
        std::fs::write(&file, text).unwrap();
        let wrong = Sources { file: Some(file.clone()), ..Sources::default() };
        let error = Loaded::read(&wrong).unwrap_err();
        let misplaced = ["planted-7f3a9c51", "4242424242424242"];
        let misplaced = misplaced.map(|secret| ("misplaced secret".to_owned(), secret.to_owned()));
        assert_silent("a refusal", &format!("{error} {error:?}"), &misplaced);
    }
}
