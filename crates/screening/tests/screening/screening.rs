//! The index: what it finds, what raises and lowers, what it never leaves out.

use florin_screening::lists::read_house;
use florin_screening::{Birth, Evidence, Gender, Kind, Query, Screener, Settings};

const HOUSE: &str = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n\
1,person,\"KELLERMANN, Marta\",Marta Kelerman,Tita,1970-03-05,DE,female,C01X00T47,\n\
2,person,Yusuf Mahmoud al-Tamimi,Abu Yusuf,,circa 1965,Iraq,male,,\n\
3,organisation,Amberline Trading Company Ltd,Amberline,,,CY,,HE 123456,\n\
4,vessel,Amber Spirit,,,,Panama,,IMO 9123456,\n\
5,person,Ali,,,1980,,,,\n";

fn screener() -> Screener {
    Screener::new(read_house("house", HOUSE.as_bytes()).unwrap())
}

fn score(screener: &Screener, id: &str, query: &Query) -> Option<f64> {
    screener.screen(query).into_iter().find(|hit| hit.entry.id == id).map(|hit| hit.score)
}

#[test]
fn entries_are_found_by_any_of_their_names() {
    let screener = screener();
    for (id, name) in [
        ("1", "Marta Kellerman"),
        ("1", "Marta Kelerman"),
        ("2", "Youssef Mahmud Altamimi"),
        ("3", "AMBERLINE"),
        ("4", "MV Amber Spirit"),
    ] {
        assert!(score(&screener, id, &Query::named(name)).is_some(), "{name}");
    }
    assert_eq!(screener.screen(&Query::named("Jennifer Lindqvist")), []);
    assert_eq!(screener.screen(&Query::named("")), []);
}

#[test]
fn what_else_is_known_raises_and_lowers() {
    let screener = screener();
    let query = |birth: &str, country: &str, gender| Query {
        birth: Birth::parse(birth),
        countries: country.parse().into_iter().collect(),
        gender,
        ..Query::named("Marta Kelermen")
    };
    let of = |query: &Query| score(&screener, "1", query).unwrap_or_default();

    let plain = of(&query("", "", None));
    assert!(of(&query("1970-03-05", "", None)) > of(&query("1970", "", None)));
    assert!(of(&query("1970", "", None)) > plain);
    assert!(of(&query("1950", "", None)) < plain);
    assert!(of(&query("", "de", None)) > plain);
    assert!(of(&query("", "fr", None)) < plain);
    assert!(of(&query("", "", Some(Gender::Male))) < plain);
}

#[test]
fn a_number_matches_outright_and_says_so() {
    let screener = screener();
    let query = Query { identifiers: vec!["c01x00t47".to_owned()], ..Query::named("Somebody Else") };
    let hits = screener.screen(&query);

    assert_eq!(hits.len(), 1);
    assert!(hits[0].score > 0.999);
    assert!(hits[0].explanation.evidence.iter().any(|e| matches!(e, Evidence::Identifier { .. })));
    let short = Query { identifiers: vec!["47".to_owned()], ..Query::named("Somebody Else") };
    assert_eq!(screener.screen(&short), []);
}

#[test]
fn only_the_kind_that_is_asked_for_is_told() {
    let screener = screener();
    let person = Query { kind: Some(Kind::Person), ..Query::named("Amberline") };
    assert_eq!(screener.screen(&person), []);
}

#[test]
fn a_common_name_alone_is_no_certainty() {
    let screener = screener();
    assert!(score(&screener, "5", &Query::named("Ali")).is_some_and(|score| score < 0.95));
    assert_eq!(score(&screener, "5", &Query::named("Ali Hassan Karimov")), None);
}

#[test]
fn the_threshold_is_the_only_limit() {
    let rows: Vec<String> = (0..200).map(|n| format!("{n},person,Marta Kellermann,,,,,,,")).collect();
    let header = HOUSE.lines().next().unwrap();
    let entries = read_house("house", format!("{header}\n{}\n", rows.join("\n")).as_bytes()).unwrap();
    let screener = Screener::with_settings(entries, Settings { threshold: 0.60 });
    assert_eq!(screener.screen(&Query::named("Marta Kellermann")).len(), 200);
}

#[test]
fn fingerprints_change_with_content_and_not_with_order() {
    let entries = read_house("house", HOUSE.as_bytes()).unwrap();
    let mut turned = entries[0].clone();
    turned.names.reverse();
    assert_eq!(entries[0].fingerprint(), turned.fingerprint());
    turned.births.push(Birth::year(1971));
    assert_ne!(entries[0].fingerprint(), turned.fingerprint());
    assert_eq!(entries[0].fingerprint().len(), 64);
}

#[test]
fn hostile_queries_are_answered() {
    let screener = screener();
    for name in
        ["a".repeat(100_000), "Ali ".repeat(50_000), "\u{fdfa}".repeat(1_000), "\u{0}\u{202e}".to_owned()]
    {
        let query = Query { identifiers: vec!["0".repeat(100_000)], ..Query::named(name) };
        screener.screen(&query);
    }
}
