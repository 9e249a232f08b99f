//! What happens to a loan after it was paid out.

use florin_kernel::{Uuid, ids};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Component, Rate};

ids! {
    /// Something that happened to a loan.
    LoanEventId,
}

/// Something that happened, and on which business day; sums are in minor units and above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identifier: the last word in the order of one day's events.
    pub id: LoanEventId,
    /// The day on which it counts, which may lie before the day on which it became known.
    pub on: Date,
    /// What happened.
    pub what: Happening,
}

/// What can happen to a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A new rate, from that day on; instalments are made level anew over what remains of the term.
    RateChanged(Rate),
    /// A charge for a service, due at once.
    FeeCharged(i64),
    /// A charge for default, due at once.
    PenaltyCharged(i64),
    /// The borrower paid.
    Paid(i64),
    /// The borrower paid and wants principal reduced by it; what is above the principal is a payment like any other.
    PrincipalPaid(i64),
    /// The lender forgives at most this much of a component that is due, the oldest first; what is not due is not forgiven.
    Waived(Component, i64),
    /// What was overpaid, or at most this much of it, was given back.
    Refunded(i64),
    /// New instalments for the principal that is not due yet.
    Rescheduled(Rescheduling),
    /// What is past due is put off to the day of the last instalment.
    ReAged,
    /// The lender expects nothing more; what is paid later is a recovery.
    WrittenOff,
}

/// The instalments of a loan that is rescheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescheduling {
    /// How many there are from now on.
    pub instalments: u16,
    /// When the first is due; later than the day of the rescheduling.
    pub first_due_on: Date,
    /// Whether what is due and what has accrued becomes principal; otherwise it stays due.
    pub capitalize: bool,
}

impl Event {
    /// Where it stands among the events of a loan: by day, then by kind, then by identifier, whenever it became known.
    pub(super) fn place(&self) -> (Date, u8, Uuid) {
        (self.on, self.what.rank(), self.id.uuid())
    }
}

impl Happening {
    fn rank(&self) -> u8 {
        match self {
            Self::RateChanged(_) => 0,
            Self::FeeCharged(_) => 1,
            Self::PenaltyCharged(_) => 2,
            Self::Paid(_) => 3,
            Self::PrincipalPaid(_) => 4,
            Self::Waived(..) => 5,
            Self::Refunded(_) => 6,
            Self::Rescheduled(_) => 7,
            Self::ReAged => 8,
            Self::WrittenOff => 9,
        }
    }

    /// The sum it speaks of, if any.
    pub(super) const fn minor(&self) -> Option<i64> {
        match self {
            Self::FeeCharged(minor)
            | Self::PenaltyCharged(minor)
            | Self::Paid(minor)
            | Self::PrincipalPaid(minor)
            | Self::Waived(_, minor)
            | Self::Refunded(minor) => Some(*minor),
            Self::RateChanged(_) | Self::Rescheduled(_) | Self::ReAged | Self::WrittenOff => None,
        }
    }

    /// Whether money came in, so that it can be reversed.
    pub const fn is_payment(&self) -> bool {
        matches!(self, Self::Paid(_) | Self::PrincipalPaid(_))
    }
}
