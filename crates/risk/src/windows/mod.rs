//! Windows: how often, how much and with how many, over the last minute to the last ninety days.
//!
//! For each key of a dimension (a person, a card, a network address) there is one record: tallies in buckets of a minute, an
//! hour or a day, the coarser the older; whom it was seen with; of people their last amounts and places. A window is exact
//! within its bucket: the last hour is sixty minutes of the clock, the last day 24 hours of it, thirty days are thirty days
//! of the calendar in UTC.
//!
//! Invariants:
//! - A record is a function of the *set* of attempts that were learned. Their order does not matter, nor whether one comes
//!   twice, so that windows rebuilt from a database are the same bit by bit: sums are integers, the rest are maxima. This
//!   holds for questions asked at or after the newest attempt of a record; a late question is answered as nearly as the
//!   coarser buckets can.
//! - What is older than [`RETENTION_DAYS`] is forgotten, but for when a key was first and last seen, and with whom.
//! - Memory is bounded: each dimension has a cap on its keys, above which those idle longest go.

mod bucket;
mod coding;
mod members;
mod record;
mod seen;
mod sketch;
mod store;

use serde::{Deserialize, Serialize};

pub use bucket::Tally;
pub(crate) use record::{Change, MEMBERS, Record, Whereabouts};
pub(crate) use seen::{Seen, fold};
pub(crate) use store::Store;

/// For how many days attempts are counted, and known to have been learned.
pub const RETENTION_DAYS: u32 = 90;

/// For how many days it is remembered with whom a key was seen.
pub const MEMBERS_DAYS: u32 = 400;

/// Up to how many payees, devices, countries or addresses of a window are counted exactly.
pub const DISTINCT_EXACT: u32 = 64;

/// How many amounts of a person are remembered.
pub const AMOUNTS_MAX: usize = 60;

/// What windows are kept of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Whoever acts: the person, or where none is known the account or card.
    User,
    /// The account that pays.
    Account,
    /// The card.
    Card,
    /// The device.
    Device,
    /// The network address.
    Ip,
    /// The merchant.
    Merchant,
    /// The terminal.
    Terminal,
    /// Whoever is paid, accounts here among them.
    Counterparty,
    /// The email address.
    Email,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 9] = [
        Self::User,
        Self::Account,
        Self::Card,
        Self::Device,
        Self::Ip,
        Self::Merchant,
        Self::Terminal,
        Self::Counterparty,
        Self::Email,
    ];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// A window that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// One minute of the clock: this one.
    Minute,
    /// Five minutes.
    Minutes5,
    /// Ten minutes.
    Minutes10,
    /// Sixty minutes.
    Hour,
    /// 24 hours of the clock.
    Day,
    /// Seven days of the calendar, today among them.
    Days7,
    /// Thirty days.
    Days30,
    /// Ninety days.
    Days90,
}

impl Window {
    /// Every window, the shortest first.
    pub const ALL: [Self; 8] = [
        Self::Minute,
        Self::Minutes5,
        Self::Minutes10,
        Self::Hour,
        Self::Day,
        Self::Days7,
        Self::Days30,
        Self::Days90,
    ];

    /// How long it is.
    pub const fn minutes(self) -> u32 {
        match self {
            Self::Minute => 1,
            Self::Minutes5 => 5,
            Self::Minutes10 => 10,
            Self::Hour => 60,
            Self::Day => MINUTES_A_DAY,
            Self::Days7 => 7 * MINUTES_A_DAY,
            Self::Days30 => 30 * MINUTES_A_DAY,
            Self::Days90 => 90 * MINUTES_A_DAY,
        }
    }

    /// How long its buckets are, in minutes.
    const fn grain(self) -> u32 {
        match self {
            Self::Minute | Self::Minutes5 | Self::Minutes10 | Self::Hour => 1,
            Self::Day => 60,
            Self::Days7 | Self::Days30 | Self::Days90 => MINUTES_A_DAY,
        }
    }

    /// The first minute that counts, of a window that ends in this minute.
    pub(crate) const fn since(self, minute: u32) -> u32 {
        let grain = self.grain();
        let end = (minute / grain).saturating_add(1).saturating_mul(grain);
        end.saturating_sub(self.minutes())
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

pub(crate) const MINUTES_A_DAY: u32 = 24 * 60;

/// An instant in seconds since 1970, within what 32 bits hold: until the year 2106.
pub(crate) fn seconds(at_us: i64) -> u32 {
    let seconds = at_us.div_euclid(1_000_000).clamp(0, i64::from(u32::MAX));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
