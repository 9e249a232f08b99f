//! `florin risk`: rules as files, and models of an instance's own decisions.

use florin_app::Services;
use florin_app::config::{Loaded, Sources};
use florin_db::{Access, Db, DbError, params};
use florin_kernel::{Currency, Env};
use florin_risk::rules::{RuleSet, starter};
use florin_risk::service::Risk;
use florin_risk::{Attempt, Kind, Outcome, Settings};
use jiff::SignedDuration;

use super::support::{florin, florin_on};

const DAY_SECONDS: i64 = 86_400;

#[test]
fn a_file_of_rules_is_checked_and_what_is_wrong_is_shown_where() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, starter(Currency::EUR)).unwrap();

    let good = florin(&["risk", "rules", "check", path, "--json"]);
    assert_eq!((good.code, &good.json()["reference"]), (0, &serde_json::json!("EUR")), "{good:?}");
    assert!(good.json()["active"].as_u64().is_some_and(|active| active > 10));

    let text = starter(Currency::EUR).replacen("user.near.10m", "user.nearly", 1);
    let line = text.lines().position(|line| line.contains("user.nearly")).unwrap() + 1;
    std::fs::write(&file, &text).unwrap();
    let bad = florin(&["risk", "rules", "check", path]);
    assert_eq!(bad.code, 3);
    assert!(
        bad.stderr.contains(&format!("line {line}, column")) && bad.stderr.contains("user.nearly"),
        "{bad:?}"
    );
}

/// Decisions of the last sixty days, eight a day, of which those of more than eighty are mostly known to be fraud two days later.
async fn decide(db: &Db, risk: &Risk, clock: &florin_kernel::ManualClock) {
    for number in 0..480_i64 {
        let minor = 1_000 + number * 37 % 100 * 100;
        let now = db.env().now();
        let mut attempt =
            Attempt::new(db.env().new_uuid(), Kind::Transfer, now.as_microsecond(), minor, Currency::USD);
        attempt.user = Some(db.env().new_uuid().into());
        let decided = risk.assess(attempt);
        let fraud = minor > 8_000 && number % 10 != 0;
        let (subject, known) = (decided.attempt.id, now + SignedDuration::from_hours(48));
        let done = db.housekeeping(move |tx| {
            tx.bulk(decided.rows(Outcome::Approved))?;
            if fraud {
                let label = "INSERT INTO risk_label (subject_id, fraud, source, kind, at_us) VALUES ($1, $2, 'case', 'theft', $3)";
                tx.execute(label, &params![subject, true, known])?;
            }
            Ok::<_, DbError>(())
        });
        done.await.unwrap();
        clock.advance_seconds(DAY_SECONDS / 8);
    }
}

#[test]
fn a_model_is_learned_from_an_instances_own_decisions_and_kept_as_the_challenger() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    assert_eq!(florin_on(data, &["migrate"]).code, 0);
    let before = Env::system().now() - SignedDuration::from_hours(60 * 24);
    let (env, clock) = Env::manual(before);
    let flags = vec![("instance.data", data.display().to_string())];
    let config = Loaded::read(&Sources { flags, ..Sources::default() }).unwrap().config;
    let db = Services::open_database(&config, Access::Command, env).unwrap();
    let rules = RuleSet::silent(Currency::USD);
    let risk = Risk::new(db.clone(), Settings::new(Currency::USD), rules).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(decide(&db, &risk, &clock));

    let model = data.join("model.json");
    let train =
        ["risk", "train", "--from", "database", "--train-days", "28", "--store", "--json", "--output"];
    let learned = florin_on(data, &[&train[..], &[model.to_str().unwrap()]].concat());

    assert_eq!(learned.code, 0, "{learned:?}");
    let report = learned.json();
    let ap = report["evaluations"][0]["average_precision"].as_f64().unwrap();
    assert!(ap > 0.8, "{ap}");
    assert_eq!(report["provenance"]["rows"], 28 * 8);
    let found = runtime.block_on(db.read(|r| {
        let row = r.row("SELECT r.version, m.report FROM risk_model_role r JOIN risk_model m ON m.version = r.version WHERE r.role = 'challenger'", &[])?;
        row.map(|row| Ok::<_, DbError>((row.get::<String>(0)?, row.get::<String>(1)?))).transpose()
    }));
    let (version, figures) = found.unwrap().unwrap();
    assert_eq!(report["model"], serde_json::json!(version));
    assert!(figures.contains("\"average_precision\":0."), "{figures}");
    db.close();
    let other = florin_on(
        data,
        &["risk", "backtest", "--model", model.to_str().unwrap(), "--from", "database", "--train-days", "28"],
    );
    assert_eq!(other.code, 0, "{other:?}");
}
