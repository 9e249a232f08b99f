//! What a batch changed, in the order in which it happened.

use std::sync::Arc;

use florin_kernel::{Date, TransferId};

use super::codes::Code;
use super::types::{Fingerprint, HoldState, Transfer};

/// The resolution of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The hold.
    pub hold: TransferId,
    /// What became of it.
    pub state: HoldState,
    /// The sequence number of the transfer that resolved it.
    pub by_seq: i64,
}

/// An identifier used up by a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burned {
    /// The identifier.
    pub id: TransferId,
    /// The refusal.
    pub code: Code,
    /// What was asked for.
    pub fingerprint: Fingerprint,
    /// When, in microseconds.
    pub at: i64,
}

/// Sums to add to what an account posted on one value date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayDelta {
    /// The number of the account.
    pub account_no: i64,
    /// The value date.
    pub date: Date,
    /// Debits to add.
    pub debits: i64,
    /// Credits to add.
    pub credits: i64,
}

/// A signpost in an account's chain of entries: every 64th has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainMark {
    /// The number of the account.
    pub account_no: i64,
    /// The number of the entry.
    pub version: i64,
    /// The sequence number of its transfer.
    pub seq: i64,
    /// When it was made, in microseconds.
    pub at: i64,
}

/// What is to be stored after a batch, besides the accounts that it touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New transfers, by sequence number.
    pub transfers: Vec<Arc<Transfer>>,
    /// Holds resolved.
    pub resolved: Vec<Resolution>,
    /// Identifiers used up by refusals.
    pub burned: Vec<Burned>,
    /// Sums by value date, for other dates than the accounts' running ones.
    pub days: Vec<DayDelta>,
    /// Signposts in the accounts' chains of entries.
    pub marks: Vec<ChainMark>,
}

impl Changes {
    pub(super) fn lengths(&self) -> [usize; 5] {
        [self.transfers.len(), self.resolved.len(), self.burned.len(), self.days.len(), self.marks.len()]
    }

    pub(super) fn truncate(&mut self, [transfers, resolved, burned, days, marks]: [usize; 5]) {
        self.transfers.truncate(transfers);
        self.resolved.truncate(resolved);
        self.burned.truncate(burned);
        self.days.truncate(days);
        self.marks.truncate(marks);
    }

    pub(super) fn clear(&mut self) {
        self.truncate([0; 5]);
    }
}
