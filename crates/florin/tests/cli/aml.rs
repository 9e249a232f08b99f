//! `florin aml`: monitoring by hand, and how good it is.

use std::path::Path;

use super::support::{Served, florin, florin_on};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn books_are_looked_through_beside_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let nothing = florin_on(directory.path(), &["aml", "run"]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.stderr.contains("there is no database"), "{}", nothing.stderr);

    let server = Served::start(directory.path(), &[]);
    let run = florin_on(directory.path(), &["aml", "run", "--json"]);
    let told = florin_on(directory.path(), &["aml", "run"]);
    server.stop();

    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!((&run.json()["movements"], &run.json()["opened"]), (&0.into(), &0.into()));
    assert!(told.stderr.contains("0 movements, 0 findings"), "{}", told.stderr);
}

#[test]
fn data_whose_schemes_are_known_is_judged() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write(
        "accounts.csv",
        "account_id,customer_id,customer_kind,opened\nA,1,retail,2023-01-01\nB,2,retail,2023-01-01\n",
    );
    write("alert_members.csv", "alert_id,typology,account_id\n1,structuring,A\n2,fan_in,B\n");
    let deposits =
        (1..=4).map(|day| format!("{day},2024-03-0{day}T10:00:00Z,EXT,A,6{day}00.00,USD,cash_in\n"));
    let deposits: String = deposits.collect();
    write(
        "transactions.csv",
        &format!("txn_id,ts,src_account,dst_account,amount,currency,channel\n{deposits}"),
    );
    let folder = text(directory.path());

    let judged = florin(&["aml", "evaluate", folder, "--missed"]);

    assert_eq!(judged.code, 0, "{judged:?}");
    assert!(
        judged.stdout.contains("found 1 of 2, rightly named 1; accounts rightly named 1.000"),
        "{}",
        judged.stdout
    );
    assert!(judged.stdout.contains("missed 2 fan_in B"), "{}", judged.stdout);

    let settings = florin(&["aml", "settings"]);
    let file = directory.path().join("monitoring.toml");
    std::fs::write(&file, settings.stdout.replace("deposits = 3", "deposits = 9")).unwrap();
    let stricter = florin(&["aml", "evaluate", folder, "--settings", text(&file)]);
    assert!(stricter.stdout.contains("found 0 of 2"), "{}", stricter.stdout);

    std::fs::write(&file, "[fans]\nday = 3").unwrap();
    assert_eq!(florin(&["aml", "evaluate", folder, "--settings", text(&file)]).code, 2);
    std::fs::remove_file(directory.path().join("accounts.csv")).unwrap();
    let lacking = florin(&["aml", "evaluate", folder]);
    assert_eq!(lacking.code, 2);
    assert!(lacking.stderr.contains("accounts.csv"), "{}", lacking.stderr);
}
