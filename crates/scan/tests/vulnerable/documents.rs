//! What the documentation says of the rules.

use std::path::Path;

#[test]
fn the_documentation_lists_every_rule_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scan.md");
    let text = std::fs::read_to_string(path).unwrap();

    for rule in florin_scan::rules() {
        let line = format!("| `{}`: {} | {} | {} |", rule.id, rule.title, rule.severity.name(), rule.cwe);
        assert!(text.contains(&line), "docs/scan.md lacks the line\n{line}");
    }
    let rows = text.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, florin_scan::rules().len(), "a rule that is no more");
}
