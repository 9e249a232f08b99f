//! What scheduled payments ask of whoever knows the people.

use florin_db::{DbError, Tx};
use florin_kernel::{Money, Timestamp, UserId};

/// Something that a payer is told of a scheduled payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleNews<'a> {
    /// What happened, or will.
    pub what: What<'a>,
    /// What the payer wrote; empty for nothing.
    pub description: &'a str,
    /// How much; none where that is only known when it is paid.
    pub amount: Option<Money>,
    /// When the payment is, or was, due.
    pub due_at: Timestamp,
    /// The time zone that the payer thinks in.
    pub zone: &'a str,
}

/// What happened to a scheduled payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// It will be made.
    Upcoming,
    /// It was made.
    Made,
    /// It was not made, for this reason, and is tried again then.
    Delayed(&'a str, Timestamp),
    /// It was not made, for this reason, and is not tried again.
    Failed(&'a str),
    /// It was not made so often in a row that no other is made until the payer goes on with it.
    Paused(&'a str),
}

/// Knows those who pay by a schedule.
pub trait Payers: Send + Sync {
    /// Whether this person may still pay, as they would be asked if they did it themselves now; a stable name of why not.
    ///
    /// # Errors
    /// What the database says.
    fn may_pay(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Result<(), &'static str>, DbError>;

    /// Writes to them, in this unit of work. Who is not known any more is not written to.
    ///
    /// # Errors
    /// What the database says.
    fn tell(&self, tx: &mut Tx<'_>, user: UserId, news: &ScheduleNews<'_>) -> Result<(), DbError>;
}
