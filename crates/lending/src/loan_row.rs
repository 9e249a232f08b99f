//! A loan as it is kept, and the words for where it stands.

use florin_kernel::{AccountId, Currency, LoanId, Timestamp, UserId};
use jiff::civil::Date;

use crate::contract::{CardContract, Contract};
use crate::opened::Balances;
use crate::{ApplicationId, CardState, Component, Delinquency, Figures, Kind, Loan, Standing};

/// Whose loan it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The institution lent it: it is in the books.
    Own,
    /// Another lender did: it is followed, and paid to them.
    External,
}

impl Origin {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::External => "external",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Own, Self::External].into_iter().find(|origin| origin.code() == text)
    }
}

/// Where a loan stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The institution offers it.
    Offered,
    /// The borrower took the offer.
    Accepted,
    /// It was paid out, and something is owed.
    Active,
    /// Nothing is owed.
    PaidOff,
    /// Nothing more is expected.
    WrittenOff,
    /// The offer came to nothing.
    Withdrawn,
}

impl Status {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Offered, Self::Accepted, Self::Active, Self::PaidOff, Self::WrittenOff, Self::Withdrawn];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Active => "active",
            Self::PaidOff => "paid_off",
            Self::WrittenOff => "written_off",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == text)
    }

    /// Whether money was lent.
    pub const fn is_paid_out(self) -> bool {
        matches!(self, Self::Active | Self::PaidOff | Self::WrittenOff)
    }
}

/// A loan as its row has it.
#[derive(Clone, Debug)]
pub(crate) struct LoanRow {
    pub id: LoanId,
    pub borrower: Option<UserId>,
    pub application: Option<ApplicationId>,
    pub kind: Kind,
    pub origin: Origin,
    pub product: (String, u32),
    pub currency: Currency,
    pub status: Status,
    pub contract: Contract,
    /// The annual percentage rate that was disclosed with the offer and the other figures, as JSON.
    pub disclosure: Option<String>,
    pub lender: Option<String>,
    /// The other lender's account number: sealed, its blind index, and what may be shown.
    pub account_number: Option<SealedNumber>,
    pub receivables: Receivables,
    /// What the books have of it, and until which business day.
    pub booked: Figures,
    pub booked_on: Date,
    pub bucket: u32,
    pub days_past_due: u32,
    pub offer_ends_on: Option<Date>,
    pub paid_to: Option<AccountId>,
    pub created_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub paid_out_at: Option<Timestamp>,
}

/// An account number as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SealedNumber {
    pub sealed: String,
    pub index: [u8; 32],
    pub shown: String,
}

impl std::fmt::Debug for SealedNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedNumber({})", self.shown)
    }
}

/// The accounts of the books that hold what a loan is owed; each is opened when it is needed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Receivables([Option<AccountId>; 5]);

impl Receivables {
    pub(crate) const fn new(accounts: [Option<AccountId>; 5]) -> Self {
        Self(accounts)
    }

    pub(crate) fn of(&self, component: Component) -> Option<AccountId> {
        self.0.get(place(component)).copied().flatten()
    }

    pub(crate) fn set(&mut self, component: Component, account: AccountId) {
        if let Some(slot) = self.0.get_mut(place(component)) {
            *slot = Some(account);
        }
    }
}

/// The order of the columns.
const fn place(component: Component) -> usize {
    match component {
        Component::Principal => 0,
        Component::Interest => 1,
        Component::Fee => 2,
        Component::Penalty => 3,
        Component::Escrow => 4,
    }
}

impl LoanRow {
    /// Takes over where a card stands now, once the books have it.
    pub(crate) fn stands_as_card(&mut self, state: &CardState, card: &CardContract, on: Date) {
        let balances = Balances::of_card(state, card, on, self.status);
        self.booked = state.figures();
        self.booked_on = on;
        self.days_past_due = u32::try_from(balances.days_past_due).unwrap_or(u32::MAX);
        self.bucket = u32::try_from(balances.bucket).unwrap_or(u32::MAX);
    }

    /// Takes over where the loan stands now, once the books have it.
    pub(crate) fn stands_as(&mut self, loan: &Loan) {
        let Delinquency { days, bucket, .. } = loan.delinquency();
        self.booked = loan.state().figures();
        self.booked_on = loan.state().on();
        self.days_past_due = u32::try_from(days).unwrap_or(u32::MAX);
        self.bucket = u32::try_from(bucket).unwrap_or(u32::MAX);
        self.status = match loan.state().standing() {
            Standing::Open => Status::Active,
            Standing::PaidOff => Status::PaidOff,
            Standing::WrittenOff(_) => Status::WrittenOff,
        };
    }
}
