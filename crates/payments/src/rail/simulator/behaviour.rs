//! What the simulator does with which numbers.

use super::store::State;
use crate::rail::{Means, MeansKind};

/// How it behaves towards one bank account or card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Success,
    Declined,
    NoFunds,
    Silence,
    LateSuccess,
    Return,
    Processing,
    NoRefund,
}

/// By the last four digits.
const BY_DIGITS: [(&str, Behaviour); 7] = [
    ("0002", Behaviour::Declined),
    ("9995", Behaviour::NoFunds),
    ("0119", Behaviour::Silence),
    ("0341", Behaviour::LateSuccess),
    ("0259", Behaviour::Return),
    ("3220", Behaviour::Processing),
    ("0077", Behaviour::NoRefund),
];
/// How test cards begin.
const TEST_CARDS: &str = "400000";

impl Behaviour {
    const ALL: [(&'static str, Self); 8] = [
        ("success", Self::Success),
        ("declined", Self::Declined),
        ("no_funds", Self::NoFunds),
        ("silence", Self::Silence),
        ("late_success", Self::LateSuccess),
        ("return", Self::Return),
        ("processing", Self::Processing),
        ("no_refund", Self::NoRefund),
    ];

    pub(super) fn of(means: &Means) -> Self {
        let number = match means {
            Means::Bank(account) => account.number.expose(),
            Means::Card { masked, .. } if !masked.as_str().starts_with(TEST_CARDS) => return Self::Success,
            Means::Card { masked, .. } => masked.as_str(),
            Means::Kept(_) => return Self::Declined,
        };
        let found = BY_DIGITS.into_iter().find(|(digits, _)| number.ends_with(digits));
        found.map_or(Self::Success, |(_, behaviour)| behaviour)
    }

    pub(super) fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, one)| *one == self).map_or("success", |(code, _)| code)
    }

    pub(super) fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(one, _)| *one == code).map(|(_, behaviour)| behaviour)
    }

    /// The state that an instruction is in once it was submitted.
    pub(super) fn first(self, is_refund: bool) -> State {
        match self {
            Self::NoRefund if is_refund => State::Declined,
            // Whoever could be paid from can be paid back.
            _ if is_refund => State::Succeeded,
            Self::Success | Self::Return | Self::NoRefund => State::Succeeded,
            Self::Declined | Self::NoFunds => State::Declined,
            Self::Silence | Self::LateSuccess => State::Silent,
            Self::Processing => State::Processing,
        }
    }

    /// After how many seconds it tells what by itself.
    pub(super) fn later(self) -> Option<(i64, &'static str)> {
        match self {
            Self::Processing => Some((120, "succeeded")),
            Self::Return => Some((86_400, "returned")),
            _ => None,
        }
    }

    /// A stable code, and the same for people.
    pub(super) fn refusal(self, means: MeansKind) -> (&'static str, &'static str) {
        match (self, means) {
            (Self::NoFunds, MeansKind::Card | MeansKind::Kept(_)) => {
                ("insufficient_funds", "the card has too little money")
            }
            (Self::Return, MeansKind::Card | MeansKind::Kept(_)) => {
                ("chargeback", "the holder of the card objects")
            }
            (Self::NoFunds | Self::Return, MeansKind::BankAccount) => ("R01", "insufficient funds"),
            (Self::NoRefund, _) => ("refund_refused", "the processor gives nothing back"),
            (_, MeansKind::Card | MeansKind::Kept(_)) => ("card_declined", "the card was declined"),
            (_, MeansKind::BankAccount) => ("R03", "no such account"),
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_vault::{CardToken, Pan};

    use super::*;
    use crate::checks::Brand;

    fn card(number: &str) -> Behaviour {
        let pan: Pan = number.parse().unwrap();
        let token = CardToken::generate().unwrap();
        Behaviour::of(&Means::Card { token, masked: pan.masked(), brand: Brand::of(&pan) })
    }

    #[test]
    fn test_cards_behave_as_documented_and_others_go_through() {
        for (number, behaviour) in [
            ("4000000000000002", Behaviour::Declined),
            ("4000000000009995", Behaviour::NoFunds),
            ("4000000000000119", Behaviour::Silence),
            ("4000000000000341", Behaviour::LateSuccess),
            ("4000000000000259", Behaviour::Return),
            ("4000000000003220", Behaviour::Processing),
            ("4000000000000077", Behaviour::NoRefund),
            ("4242424242424242", Behaviour::Success),
        ] {
            assert_eq!(card(number), behaviour, "{number}");
            assert_eq!(Behaviour::find(behaviour.code()), Some(behaviour));
        }
    }
}
