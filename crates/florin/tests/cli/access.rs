//! `florin access`: what the policies decide, and whether an institution's own can be used.

use super::support::{command, florin, run};

#[test]
fn a_decision_is_explained_by_the_policies_behind_it() {
    let allowed = florin(&["access", "explain", "account.deposit", "--role", "teller", "--whose", "others"]);
    assert_eq!((allowed.code, allowed.stdout.as_str()), (0, "allowed, by counter.serve-customers\n"));

    let own =
        florin(&["access", "explain", "account.deposit", "--role", "teller", "--whose", "own", "--json"]);
    let answer = own.json();
    assert_eq!((own.code, &answer["allowed"]), (3, &serde_json::json!(false)));
    assert_eq!(answer["policies"], serde_json::json!(["nobody.serves-themselves"]));

    let nobody = florin(&["access", "explain", "ledger.read", "--stranger"]);
    assert_eq!(nobody.code, 3);
    assert!(nobody.stdout.contains("nobody has signed in"), "{}", nobody.stdout);
    let due = florin(&["access", "explain", "ledger.read", "--role", "teller", "--owing-mfa"]);
    assert!(due.code == 3 && due.stdout.contains("second factor"), "{}", due.stdout);
    let unproved = florin(&["access", "explain", "ledger.read", "--role", "teller", "--unverified"]);
    assert!(unproved.code == 3 && unproved.stdout.contains("email is proved"), "{}", unproved.stdout);

    assert_eq!(florin(&["access", "explain", "account.fly"]).code, 2);
    assert_eq!(florin(&["access", "explain", "ledger.read", "--role", "king"]).code, 2);
}

#[test]
fn an_institutions_own_policies_are_checked_before_they_count() {
    let directory = tempfile::tempdir().unwrap();
    let policies = |name: &str, text: &str| {
        let dir = directory.path().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("own.cedar"), text).unwrap();
        dir
    };
    let with = |dir: &std::path::Path, arguments: &[&str]| {
        run(command(arguments).env("FLORIN_ACCESS__POLICIES", dir).arg("--data").arg(directory.path()))
    };

    let stricter = policies(
        "stricter",
        r#"@id("tellers.no-cash") forbid (principal is User in Role::"teller", action == Action::"account.deposit", resource);"#,
    );
    assert_eq!(with(&stricter, &["access", "check"]).code, 0);
    let explained =
        with(&stricter, &["access", "explain", "account.deposit", "--role", "teller", "--whose", "others"]);
    assert_eq!((explained.code, explained.stdout.as_str()), (3, "refused, by tellers.no-cash\n"));

    for (name, text) in [
        ("syntax", "permit (principal, action"),
        ("action", r#"permit (principal, action == Action::"account.fly", resource);"#),
        ("attribute", "permit (principal is User, action, resource) when { principal.tall };"),
    ] {
        let refused = with(&policies(name, text), &["access", "check"]);
        assert_ne!(refused.code, 0, "{name}");
        assert!(refused.stderr.contains("own.cedar"), "{name}: {}", refused.stderr);
    }
    assert_ne!(with(&directory.path().join("nowhere"), &["access", "check"]).code, 0);
}

#[test]
fn the_review_has_a_row_for_each_action_and_a_column_for_each_role() {
    let review = florin(&["access", "review"]);

    assert_eq!(review.code, 0);
    let header = review.stdout.lines().next().unwrap();
    assert!(["customer", "teller", "loan_officer", "auditor"].iter().all(|role| header.contains(role)));
    assert!(review.stdout.lines().any(|line| line.starts_with("transfer.create")));
}
