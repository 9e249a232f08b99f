//! What a stored loan was made from, and what happens to it, as they are written down.

use florin_db::DbError;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{CardHappening, CardTerms, Charge, Happening, Servicing, Terms};

/// The full terms of a loan, kept with it: no later version of its product changes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contract {
    /// It is repaid in instalments.
    Instalments(Box<InstalmentContract>),
    /// It is a card.
    Card(Box<CardContract>),
}

/// The terms of a loan in instalments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstalmentContract {
    /// What both sides agreed on.
    pub terms: Terms,
    /// How it is serviced.
    pub servicing: Servicing,
    /// What is taken out of it at its beginning.
    pub charges: Vec<Charge>,
}

/// The terms of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardContract {
    /// What both sides agreed on.
    pub terms: CardTerms,
    /// Since when it is followed.
    pub opened_on: Date,
}

/// Something that happened to a loan of either form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// To a loan in instalments.
    Loan(Happening),
    /// On a card.
    Card(CardHappening),
}

impl Happened {
    /// The money that came in, if it is a payment, in minor units.
    pub const fn paid_minor(&self) -> Option<i64> {
        match self {
            Self::Loan(Happening::Paid(minor) | Happening::PrincipalPaid(minor))
            | Self::Card(CardHappening::Paid(minor)) => Some(*minor),
            _ => None,
        }
    }
}

/// Text of what is kept.
pub(crate) fn write(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Other(error.to_string()))
}

/// What was kept, of its text; `what` names the column.
pub(crate) fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Corrupt(format!("{what}: {error}")))
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Amount, Currency, Money};
    use jiff::civil::date;

    use super::*;
    use crate::{Amortization, Calendar, ChargeKind, Component, Compounding, Convention, DayCount};
    use crate::{Frequency, LateAmount, LateFee, PaymentRule, Rate, Rescheduling, Rounding};

    #[test]
    fn a_contract_reads_back_as_it_was_written() {
        let money = |minor| Money::new(minor, Currency::CAD);
        let terms = Terms {
            principal: Amount::new(money(50_000_000)).unwrap(),
            annual_rate: Rate::parse_percent("5.1234567").unwrap(),
            compounding: Compounding::HalfYearly,
            day_count: DayCount::ActualActual,
            frequency: Frequency::BiWeekly,
            instalments: 130,
            interest_only: 2,
            amortization: Amortization::Balloon(money(100)),
            payment: PaymentRule::Agreed(Amount::new(money(700_00)).unwrap()),
            escrow_minor: 25_00,
            started_on: date(2026, 1, 31),
            first_due_on: date(2026, 2, 14),
            calendar: Calendar::Canada,
            convention: Convention::ModifiedFollowing,
            rounding: Rounding::HalfEven,
        };
        let amount = LateAmount::Share { ppm: 50_000, least_minor: 0, most_minor: 100_00 };
        let servicing =
            Servicing { late_fee: Some(LateFee { grace_days: 15, amount }), ..Servicing::default() };
        let charges = vec![Charge { kind: ChargeKind::MortgageInsurance, minor: 1 }];
        let contract = Contract::Instalments(Box::new(InstalmentContract { terms, servicing, charges }));

        assert_eq!(read::<Contract>("contract", &write(&contract).unwrap()).unwrap(), contract);
        assert!(read::<Contract>("contract", "{\"card\":{}}").is_err());
    }

    #[test]
    fn what_happened_reads_back_as_it_was_written() {
        let how = Rescheduling { instalments: 12, first_due_on: date(2026, 3, 1), capitalize: true };
        for happening in [
            Happening::RateChanged(Rate::ZERO),
            Happening::Paid(1),
            Happening::Waived(Component::Penalty, 5),
            Happening::Rescheduled(how),
            Happening::WrittenOff,
        ] {
            let happened = Happened::Loan(happening);
            assert_eq!(read::<Happened>("what", &write(&happened).unwrap()).unwrap(), happened);
        }
        assert_eq!(Happened::Card(CardHappening::Paid(7)).paid_minor(), Some(7));
        assert_eq!(Happened::Loan(Happening::FeeCharged(7)).paid_minor(), None);
    }
}
