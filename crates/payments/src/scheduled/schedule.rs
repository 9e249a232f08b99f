//! A scheduled payment, and what came of its occurrences.

use florin_kernel::{
    AccountId, Currency, LoanId, Money, PayeeId, ScheduledPaymentId, Timestamp, TransferId, UserId,
};

use super::When;
use crate::order::Asked;
use crate::orders::{CreatePayment, From, To};

/// How much is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// The same each time.
    Fixed(Money),
    /// What of a loan is due by then; where nothing is, the next instalment.
    InstalmentDue,
    /// All that is owed of a loan.
    Payoff,
}

impl Sum {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fixed(_) => "fixed",
            Self::InstalmentDue => "instalment_due",
            Self::Payoff => "payoff",
        }
    }

    /// The money, where it is the same each time.
    pub const fn fixed(self) -> Option<Money> {
        match self {
            Self::Fixed(money) => Some(money),
            Self::InstalmentDue | Self::Payoff => None,
        }
    }
}

/// Whom it is paid to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A payee of the payer's.
    Payee(PayeeId),
    /// An account here.
    Account(AccountId),
    /// A loan; with `true` its principal alone is lowered.
    Loan(LoanId, bool),
}

/// What a schedule is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScheduleState {
    /// Its payments are made as they fall due.
    Active,
    /// None is made until somebody goes on with it.
    Paused,
    /// The last occurrence is over.
    Ended,
    /// Somebody took it back.
    Cancelled,
}

impl ScheduleState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Ended, Self::Cancelled];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// How often a refusal that may pass is tried again, and how far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often, after the first time.
    pub times: i64,
    /// How many hours lie between two times.
    pub hours: i64,
}

impl Default for Retries {
    /// Twice more, a day apart.
    fn default() -> Self {
        Self { times: 2, hours: 24 }
    }
}

/// Whether the payer is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notices {
    /// So many days before each payment; never when left out.
    pub days_before: Option<i64>,
    /// After each payment that was made. Of one that was not they are always told.
    pub when_made: bool,
}

/// A payment that is made by a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledPayment {
    /// The identifier.
    pub id: ScheduledPaymentId,
    /// Whose it is.
    pub user: UserId,
    /// Where the money comes from.
    pub from: From,
    /// Whom it is for.
    pub whom: Whom,
    /// How much.
    pub sum: Sum,
    /// What it is paid in.
    pub currency: Currency,
    /// What the payer writes.
    pub description: Option<String>,
    /// When.
    pub when: When,
    /// What is done about refusals that may pass.
    pub retries: Retries,
    /// What the payer is told.
    pub notices: Notices,
    /// What it is doing.
    pub state: ScheduleState,
    /// Why it is paused, where the program did that.
    pub state_reason: Option<String>,
    /// The number of the occurrence that comes next.
    pub next_n: u32,
    /// When that is due; none when there is none any more.
    pub next_at: Option<Timestamp>,
    /// The number of the occurrence that the payer is told of next.
    pub notice_n: u32,
    /// When they are.
    pub notice_at: Option<Timestamp>,
    /// From which occurrence on failures count towards pausing.
    pub count_from: u32,
    /// One more with each change that somebody makes.
    pub version: i64,
    /// When it was set up.
    pub created_at: Timestamp,
}

impl ScheduledPayment {
    /// The request that an occurrence comes to.
    pub(crate) fn request(&self, amount: Money) -> CreatePayment {
        CreatePayment {
            from: self.from,
            to: self.to(),
            amount: Asked::Money(amount),
            description: self.description.clone(),
        }
    }

    pub(crate) fn to(&self) -> To {
        match self.whom {
            Whom::Payee(payee) => To::Payee(payee),
            Whom::Account(account) => To::Account(account),
            Whom::Loan(loan, principal_only) => To::Loan { loan, kind: None, principal_only },
        }
    }

    /// The loan that it is for.
    pub(crate) const fn loan(&self) -> Option<LoanId> {
        match self.whom {
            Whom::Loan(loan, _) => Some(loan),
            Whom::Payee(_) | Whom::Account(_) => None,
        }
    }

    /// Where it is worked off: a loan is paid from an account by a posting of its own, and everything else many at once.
    pub(crate) const fn lane(&self) -> Lane {
        match (self.from, self.whom) {
            (From::Account(_), Whom::Loan(..)) => Lane::Alone,
            (From::Account(_) | From::Method(_), _) => Lane::Together,
        }
    }

    /// Goes on to the occurrence `n`; what lies behind it is over.
    pub(crate) fn go_on_to(&mut self, n: u32) {
        self.next_n = n;
        self.next_at = self.when.instant(n);
        if self.next_at.is_none() && self.state == ScheduleState::Active {
            self.state = ScheduleState::Ended;
        }
        self.tell_of(self.notice_n.max(n));
    }

    /// Nothing comes any more.
    pub(crate) fn end(&mut self) {
        self.state = ScheduleState::Ended;
        self.next_at = None;
        self.notice_at = None;
    }

    /// The occurrence that the payer is told of next.
    pub(crate) fn tell_of(&mut self, n: u32) {
        self.notice_n = n;
        self.notice_at = self.notices.days_before.and_then(|days| self.when.before(n, days));
    }
}

/// How occurrences are worked off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Many in one unit of work.
    Together,
    /// One in a unit of work.
    Alone,
}

impl Lane {
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Together => 0,
            Self::Alone => 1,
        }
    }
}

/// What came of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Its payment was made; what a processor carries may still be under way.
    Made,
    /// It was refused, or its payment failed.
    Failed,
    /// It was left out.
    Skipped,
    /// It was refused and is tried again.
    Retrying,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Made, Self::Failed, Self::Skipped, Self::Retrying];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Retrying => "retrying",
        }
    }

    /// The state of this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// An occurrence that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number, from zero.
    pub n: u32,
    /// What came of it.
    pub state: RunState,
    /// How often it was tried.
    pub attempts: i64,
    /// The latest payment that was made for it, or refused.
    pub payment: Option<TransferId>,
    /// Why it was not made.
    pub reason: Option<String>,
    /// When it was due.
    pub due_at: Timestamp,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
    /// When it came to this.
    pub changed_at: Timestamp,
}
