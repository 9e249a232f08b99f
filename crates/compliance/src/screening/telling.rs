//! Why an entry may be meant, in sentences.

use florin_screening::compare::like::How;
use florin_screening::{Evidence, Explanation};

/// The sentences of an explanation, what speaks for it first: how the words of the names are paired, then dates, countries, numbers.
pub fn sentences(explanation: &Explanation) -> Vec<String> {
    let names = &explanation.names;
    let mut told = Vec::new();
    for pair in &names.pairs {
        let how = match pair.how {
            How::Same => "is the same word as",
            How::Sound => "sounds like",
            How::SameName => "is another form of the name",
            How::Letters => "differs in some letters from",
            How::Consonants => "has the consonants of",
            How::Initial => "may be short for",
            How::Joined => "is, written together or apart,",
        };
        told.push(format!(
            "\"{}\" {how} \"{}\" of \"{}\"",
            pair.left, pair.right, explanation.listed_name.text
        ));
    }
    for word in &names.left_alone {
        told.push(format!("\"{word}\" is not in the listed name"));
    }
    for word in &names.right_alone {
        told.push(format!("\"{word}\" is in the listed name alone"));
    }
    told.extend(explanation.evidence.iter().map(evidence));
    told
}

fn evidence(evidence: &Evidence) -> String {
    use florin_screening::Agreement;
    match evidence {
        Evidence::Identifier { kind } => format!("a number is the same ({kind})"),
        Evidence::Birth { agreement } => match agreement {
            Agreement::Day => "the date of birth is the same".to_owned(),
            Agreement::Year => "the year of birth fits".to_owned(),
            Agreement::Near => "the date of birth is near".to_owned(),
            Agreement::Conflict => "the date of birth is another one".to_owned(),
        },
        Evidence::Country { same: true } => "a country is the same".to_owned(),
        Evidence::Country { same: false } => "no country is the same".to_owned(),
        Evidence::Gender => "the gender is another one".to_owned(),
        Evidence::WeakAlias => "the list itself calls this name a weak one".to_owned(),
        Evidence::CommonName => "many are called like this".to_owned(),
    }
}
