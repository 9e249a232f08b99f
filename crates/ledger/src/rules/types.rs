//! What the rules speak about: accounts, events, transfers, holds, outcomes.

use std::fmt;
use std::sync::Arc;

use florin_kernel::{AccountId, Currency, Date, TransferId, UserId, Uuid};

use super::codes::Code;

/// One of the two sides of an account, and the direction of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left side: what assets grow on.
    Debit,
    /// The right side: what liabilities grow on.
    Credit,
}

/// How far an account may go below nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overdraft {
    /// Not at all.
    None,
    /// By so many minor units.
    Limit(i64),
    /// Without end.
    Unlimited,
}

/// What was debited and credited to an account: posted for good, and pending in open holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Accumulators {
    /// Debits that open holds have reserved.
    pub debits_pending: i64,
    /// Debits made; they only grow.
    pub debits_posted: i64,
    /// Credits that open holds announce.
    pub credits_pending: i64,
    /// Credits made; they only grow.
    pub credits_posted: i64,
}

/// An account as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The store's dense number of the account.
    pub no: i64,
    /// The identifier.
    pub id: AccountId,
    /// The currency of everything on it.
    pub currency: Currency,
    /// Its place in the chart of accounts.
    pub code: u16,
    /// The person whose account it is, if any.
    pub owner: Option<UserId>,
    /// The side that its balance grows on.
    pub normal: Side,
    /// How far it may go below nothing.
    pub overdraft: Overdraft,
    /// How far its balance may grow.
    pub ceiling: Option<i64>,
    /// Whether new debits are refused.
    pub frozen_debit: bool,
    /// Whether new credits are refused.
    pub frozen_credit: bool,
    /// Whether everything but the release of holds is refused.
    pub closed: bool,
    /// How many entries it has; each entry's number is one more than the one before.
    pub version: i64,
    /// The sums.
    pub balance: Accumulators,
    /// The sequence number of its latest transfer, 0 for none: the head of its chain of entries.
    pub last_seq: i64,
    /// When that transfer was made, in microseconds.
    pub last_at: i64,
    /// The value date that the two sums below belong to.
    pub day: Date,
    /// Debits posted on that date.
    pub day_debits: i64,
    /// Credits posted on that date.
    pub day_credits: i64,
}

impl Account {
    /// The balance in the account's own direction; below zero when overdrawn.
    pub fn own(&self) -> i128 {
        let (debits, credits) =
            (i128::from(self.balance.debits_posted), i128::from(self.balance.credits_posted));
        match self.normal {
            Side::Credit => credits.saturating_sub(debits),
            Side::Debit => debits.saturating_sub(credits),
        }
    }

    /// What may be taken out now: the balance and the overdraft less what holds have reserved; `None` is no limit.
    pub fn available(&self) -> Option<i128> {
        let overdraft = match self.overdraft {
            Overdraft::None => 0,
            Overdraft::Limit(limit) => i128::from(limit),
            Overdraft::Unlimited => return None,
        };
        let reserved = match self.normal {
            Side::Credit => self.balance.debits_pending,
            Side::Debit => self.balance.credits_pending,
        };
        Some(self.own().saturating_add(overdraft).saturating_sub(i128::from(reserved)))
    }

    /// What may still come in before the ceiling; `None` is no limit.
    pub fn headroom(&self) -> Option<i128> {
        let announced = match self.normal {
            Side::Credit => self.balance.credits_pending,
            Side::Debit => self.balance.debits_pending,
        };
        let ceiling = i128::from(self.ceiling?);
        Some(ceiling.saturating_sub(self.own()).saturating_sub(i128::from(announced)))
    }
}

/// How the amount asked for becomes the amount moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AmountMode {
    /// Precisely so much, or a refusal.
    Exact,
    /// At most so much: what a balancing flag or the reversed transfer leaves.
    UpTo,
    /// All of the hold; no amount is given.
    AllPending,
}

/// A set of flags of a transfer.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u16);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// This event and the next succeed or fail together.
    pub const LINKED: Self = Self(1);
    /// A hold: it reserves and moves nothing.
    pub const PENDING: Self = Self(1 << 1);
    /// Moves what a hold reserved, and releases the rest.
    pub const POST: Self = Self(1 << 2);
    /// Releases a hold.
    pub const VOID: Self = Self(1 << 3);
    /// Moves no more than the debit account has of its own.
    pub const BALANCING_DEBIT: Self = Self(1 << 4);
    /// Moves no more than the credit account still owes.
    pub const BALANCING_CREDIT: Self = Self(1 << 5);
    /// Releases a hold whose time is over; made by the poster only.
    pub const EXPIRE: Self = Self(1 << 6);

    const NAMES: [(Self, &'static str); 7] = [
        (Self::LINKED, "linked"),
        (Self::PENDING, "pending"),
        (Self::POST, "post"),
        (Self::VOID, "void"),
        (Self::BALANCING_DEBIT, "balancing_debit"),
        (Self::BALANCING_CREDIT, "balancing_credit"),
        (Self::EXPIRE, "expire"),
    ];

    /// The flags of these bits, as [`Flags::bits`] gave them; `None` when a bit has no meaning.
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits < 1 << 7 { Some(Self(bits)) } else { None }
    }

    /// The flags as bits, for the store.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// These flags and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags less those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of those flags are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of those flags is set.
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The names of the flags set, as on the wire.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| name)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// A transfer as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The identifier: a key for ever.
    pub id: TransferId,
    /// Whether the identifier was only just made here, so that nothing can be known under it.
    pub fresh: bool,
    /// The account to debit; a post, void or reversal may leave it out.
    pub debit: Option<AccountId>,
    /// The account to credit; a post, void or reversal may leave it out.
    pub credit: Option<AccountId>,
    /// The amount asked for, in minor units; zero with [`AmountMode::AllPending`].
    pub amount: i64,
    /// The currency of the amount.
    pub currency: Currency,
    /// How the amount is meant.
    pub mode: AmountMode,
    /// The hold that a post, void or expiry resolves.
    pub pending_id: Option<TransferId>,
    /// After how many seconds a hold expires.
    pub timeout_s: Option<u32>,
    /// What the transfer is for; left out it is that of the hold or of the reversed transfer, else 0.
    pub code: Option<u16>,
    /// The flags.
    pub flags: Flags,
    /// The value date; left out it is the business date.
    pub effective_date: Option<Date>,
    /// What the transfer belongs to.
    pub group: Option<Uuid>,
    /// The transfer that this one reverses.
    pub reverses: Option<TransferId>,
    /// The only person whose money may be touched: what others own is answered as if it did not exist.
    pub reach: Option<UserId>,
    /// A refusal decided before; it answers at its place in the precedence.
    pub policy: Option<Code>,
}

impl Event {
    /// A plain transfer of exactly `amount`.
    pub fn transfer(
        id: TransferId,
        debit: AccountId,
        credit: AccountId,
        amount: i64,
        currency: Currency,
    ) -> Self {
        Self {
            debit: Some(debit),
            credit: Some(credit),
            amount,
            mode: AmountMode::Exact,
            ..Self::blank(id, currency)
        }
    }

    /// A hold of exactly `amount`.
    pub fn hold(
        id: TransferId,
        debit: AccountId,
        credit: AccountId,
        amount: i64,
        currency: Currency,
    ) -> Self {
        Self { flags: Flags::PENDING, ..Self::transfer(id, debit, credit, amount, currency) }
    }

    /// The posting of all of a hold.
    pub fn post(id: TransferId, hold: TransferId, currency: Currency) -> Self {
        Self { flags: Flags::POST, pending_id: Some(hold), ..Self::blank(id, currency) }
    }

    /// The release of a hold.
    pub fn void(id: TransferId, hold: TransferId, currency: Currency) -> Self {
        Self { flags: Flags::VOID, pending_id: Some(hold), ..Self::blank(id, currency) }
    }

    /// The release of a hold whose time is over.
    pub fn expire(id: TransferId, hold: TransferId, currency: Currency) -> Self {
        Self { flags: Flags::EXPIRE, pending_id: Some(hold), fresh: true, ..Self::blank(id, currency) }
    }

    /// The reversal of exactly `amount` of an earlier transfer.
    pub fn reversal(id: TransferId, of: TransferId, amount: i64, currency: Currency) -> Self {
        Self { reverses: Some(of), amount, mode: AmountMode::Exact, ..Self::blank(id, currency) }
    }

    fn blank(id: TransferId, currency: Currency) -> Self {
        Self {
            id,
            fresh: false,
            debit: None,
            credit: None,
            amount: 0,
            currency,
            mode: AmountMode::AllPending,
            pending_id: None,
            timeout_s: None,
            code: None,
            flags: Flags::NONE,
            effective_date: None,
            group: None,
            reverses: None,
            reach: None,
            policy: None,
        }
    }
}

/// What holds for a whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// The time, in microseconds.
    pub now: i64,
    /// The date that the day's business belongs to.
    pub business_date: Date,
    /// The last date of the closed periods.
    pub closed_through: Option<Date>,
    /// The sequence number of the first transfer that the batch creates.
    pub first_seq: i64,
}

/// An account as a transfer left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The number of the entry on the account.
    pub version: i64,
    /// The sums.
    pub balance: Accumulators,
}

/// A transfer as it is stored: both its entries in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its place among all transfers.
    pub seq: i64,
    /// The identifier.
    pub id: TransferId,
    /// When it was made, in microseconds.
    pub at: i64,
    /// The number of the debit account.
    pub debit_no: i64,
    /// The number of the credit account.
    pub credit_no: i64,
    /// The debit account.
    pub debit: AccountId,
    /// The credit account.
    pub credit: AccountId,
    /// The currency.
    pub currency: Currency,
    /// What was moved: posted, reserved by a hold, or released by a void or an expiry.
    pub amount: i64,
    /// What was asked for.
    pub asked: i64,
    /// How it was asked for.
    pub mode: AmountMode,
    /// The flags.
    pub flags: Flags,
    /// What it is for.
    pub code: u16,
    /// The hold that it resolves.
    pub pending_id: Option<TransferId>,
    /// After how many seconds the hold expires.
    pub timeout_s: Option<u32>,
    /// When the hold expires, in microseconds.
    pub expires_at: Option<i64>,
    /// The value date of what it posts.
    pub effective_date: Date,
    /// The value date asked for.
    pub asked_date: Option<Date>,
    /// What it belongs to.
    pub group: Option<Uuid>,
    /// The transfer that it reverses.
    pub reverses: Option<TransferId>,
    /// The debit account after it.
    pub debit_after: After,
    /// The credit account after it.
    pub credit_after: After,
    /// The debit account's transfer before this one, 0 for none.
    pub debit_prev: i64,
    /// The credit account's transfer before this one, 0 for none.
    pub credit_prev: i64,
}

/// The answer to one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What came of it.
    pub code: Code,
    /// The transfer, when it was created now or exists from before.
    pub transfer: Option<Arc<Transfer>>,
}

/// What became of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// Nothing yet.
    Open,
    /// It was posted, in whole or in part.
    Posted,
    /// It was released.
    Voided,
    /// It was released when its time was over.
    Expired,
}

/// A transfer that others refer to as a hold, with its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The transfer; one without [`Flags::PENDING`] is known not to be a hold.
    pub transfer: Arc<Transfer>,
    /// What became of it.
    pub state: HoldState,
}

/// What the store found under an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// A transfer.
    Created(Arc<Transfer>),
    /// A refusal that used the identifier up.
    Refused {
        /// The refusal.
        code: Code,
        /// What was asked for then.
        fingerprint: Fingerprint,
    },
}

/// A digest of what an event asks for, the same on every machine and in every release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub i64);
