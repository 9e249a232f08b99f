//! How findings and movements are told to people.

use florin_kernel::{Money, Timestamp};

use crate::monitor::{Channel, Finding, Movement, Typology};

/// The title of a case: what is suspected and over how much, and nobody's name.
pub(super) fn title(finding: &Finding) -> String {
    format!("Suspected {} over {}", named(finding.typology), told(finding.amount))
}

/// What a finding says, as evidence.
pub(super) fn seen(finding: &Finding) -> String {
    let also: Vec<String> = finding.also.iter().copied().map(named).collect();
    let also = if also.is_empty() { String::new() } else { format!(" Also: {}.", also.join(", ")) };
    format!(
        "{} From {} to {}, {}.{also}",
        sentence(&finding.explanation),
        day(finding.first_at_us),
        day(finding.last_at_us),
        told(finding.amount),
    )
}

/// A movement, as evidence: when, by which way, how much.
pub(super) fn moved(movement: &Movement) -> String {
    let way = match (movement.from.is_some(), movement.to.is_some()) {
        (true, true) => "between accounts",
        (false, _) => "in",
        (true, false) => "out",
    };
    let channel = match movement.channel {
        Channel::Cash => "cash",
        Channel::Wire => "wire",
        Channel::Ach => "bank transfer",
        Channel::Transfer => "transfer",
        Channel::Card => "card",
        Channel::Payroll => "payroll",
        Channel::Crypto => "virtual assets",
        Channel::Other => "other",
    };
    let amount = Money::new(movement.amount_minor, movement.currency);
    format!("{}: {channel} {way}, {}", day(movement.at_us), told(amount))
}

fn named(typology: Typology) -> String {
    typology.name().replace('_', " ")
}

fn told(amount: Money) -> String {
    format!("{} {}", amount.grouped(), amount.currency())
}

fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn day(at_us: i64) -> String {
    let at = Timestamp::from_microsecond(at_us).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_string().chars().take(10).collect()
}
