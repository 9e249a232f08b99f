//! How good screening is on samples: a test that fails when it gets worse.

use florin_screening::evaluate::{cases, pairs};
use florin_screening::lists::{UnNames, read_un};

#[test]
fn pairs_of_names_are_told_apart() {
    let sample = pairs::read_pairs(&include_bytes!("../data/pairs.csv")[..]).unwrap();
    let report = pairs::evaluate(&sample, 0.70);
    let (_, all) = &report.figures[0];

    assert!(all.f1 >= 0.88, "{report}");
    assert!(all.average_precision >= 0.90, "{report}");
    assert_eq!(all.errors[0], 0, "{:?}", report.wrong);
}

#[test]
fn those_who_are_listed_are_found_and_those_who_are_not_are_left_alone() {
    let sample = cases::read_cases(&include_bytes!("../data/cases.csv")[..]).unwrap();
    let un = read_un(&include_bytes!("../data/un_sample.xml")[..], UnNames::WithoutOriginalScript).unwrap();
    let report = cases::evaluate(&sample, &cases::Lists { un, ofac: Vec::new() });
    let recall = |set: &str| report.rows.iter().find(|(name, ..)| name == set).unwrap().2;

    let [five, one, tenth] = recall("all");
    assert!(five >= one && one >= tenth, "{report}");
    assert!(one >= 0.85, "{report}");
    assert!(recall("un_original_script")[1] >= 0.70, "{report}");
    assert!(recall("un_treated")[2] >= 0.95, "{report}");
}
