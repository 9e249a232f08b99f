//! What compliance asks of others.

use florin_db::{DbError, Reader};

use crate::monitor::{AccountFacts, Movement};

/// A part of a book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovementPage {
    /// Movements, each once over all pages of a range.
    pub movements: Vec<Movement>,
    /// What is known of accounts of these movements; the same account may be told of again.
    pub facts: Vec<AccountFacts>,
    /// What to go on after; none at the end of the range.
    pub next: Option<i64>,
}

/// The book that is monitored: what moved between customers, and between them and the outside.
///
/// What was reversed or released moved nothing; what was reversed in part moved the rest. What customers and the institution owe
/// each other, such as interest, charges and loans, is no movement.
pub trait Movements: Send + Sync {
    /// Up to `limit` movements that were booked from `from_us` on and before `to_us`, in microseconds since 1970, in any order.
    ///
    /// # Errors
    /// What the database says.
    fn page(
        &self,
        reader: &mut Reader<'_>,
        from_us: i64,
        to_us: i64,
        after: Option<i64>,
        limit: u32,
    ) -> Result<MovementPage, DbError>;
}
