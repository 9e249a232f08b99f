//! `florin demo`, told against a demonstration.

use super::support::{Served, florin, florin_on};

#[test]
fn the_whole_story_is_told_and_the_books_agree_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let limits = [("FLORIN_RATE_LIMITS__ENABLED", "false")];
    Served::start(&data, &["--demo"]).stop();
    let server = Served::start_with(&data, &limits);
    let url = format!("http://{}", server.address);

    let told = florin(&["demo", &url, "--data", data.to_str().unwrap(), "--json"]);

    assert_eq!(told.code, 0, "{}", told.stderr);
    let findings = &told.json()["findings"];
    let expected = [
        ("balance_after_transfer", "4250.00 USD"),
        ("bill", "completed"),
        ("card_payment", "completed"),
        ("card_without_funds", "failed (insufficient_funds)"),
        ("owed_at_first", "6000.00 USD"),
        ("owed_after_500", "5500.00 USD"),
        ("loan_in_the_end", "paid_off"),
    ];
    for (name, value) in expected {
        assert_eq!(findings[name], value, "{name}: {findings:#}");
    }
    assert!(told.stderr.contains("  1. Stella registers ("), "{}", told.stderr);
    let (code, log) = server.stop();
    assert_eq!(code, 0, "{log}");
    for verify in [["ledger", "verify"], ["audit", "verify"]] {
        let said = florin_on(&data, &verify);
        assert_eq!(said.code, 0, "{verify:?}: {}{}", said.stdout, said.stderr);
    }
}

#[test]
fn where_there_is_no_demonstration_it_says_how_to_get_one() {
    let directory = tempfile::tempdir().unwrap();

    let said = florin(&["demo", "http://127.0.0.1:9", "--data", directory.path().to_str().unwrap()]);
    let nonsense = florin(&["demo", "somewhere"]);

    assert_eq!((said.code, nonsense.code), (2, 2));
    assert!(said.stderr.contains("florin serve --demo"), "{}", said.stderr);
}
