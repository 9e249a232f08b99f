//! The checks, held against vectors that others worked out.

use florin_vault::Pan;
use serde_json::Value;

use super::{CanadianBranch, RoutingNumber};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/identifiers.json")).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    let texts: Vec<&str> = list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(!texts.is_empty());
    texts
}

#[test]
fn routing_numbers_are_as_the_vectors_say() {
    let vectors = vectors();
    for text in texts(&vectors["aba_valid"]) {
        assert!(text.parse::<RoutingNumber>().is_ok(), "{text}");
    }
    for text in texts(&vectors["aba_invalid"]) {
        assert!(text.parse::<RoutingNumber>().is_err(), "{text}");
    }
}

#[test]
fn cards_are_as_the_vectors_say() {
    let vectors = vectors();
    for text in texts(&vectors["luhn_valid"]) {
        assert!(text.parse::<Pan>().is_ok(), "{text}");
    }
    for text in texts(&vectors["luhn_invalid"]) {
        assert!(text.parse::<Pan>().is_err(), "{text}");
    }
}

#[test]
fn canadian_branches_are_as_the_vectors_say() {
    let vectors = vectors();
    for branch in vectors["ca_institution_transit"].as_array().unwrap() {
        let field = |name: &str| branch[name].as_str().unwrap();
        let read = CanadianBranch::try_new(field("institution"), field("transit")).unwrap();
        assert_eq!(
            (read.electronic().as_str(), read.on_cheques().as_str()),
            (field("electronic"), field("micr"))
        );
        assert_eq!(CanadianBranch::from_electronic(field("electronic")), Ok(read));
    }
}
