//! Whether all books agree: those of the ledger with their transfers, and those of loans with what happened to them.

use florin_db::{Db, DbError};
use florin_ledger::Ledger;
use jiff::tz::TimeZone;

/// What was looked at, and everything found wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BooksReport {
    /// How many accounts there are.
    pub accounts: u64,
    /// How many transfers there are.
    pub transfers: u64,
    /// How many loans are in the books.
    pub loans: u64,
    /// The problems, each in a sentence.
    pub problems: Vec<String>,
}

/// Reckons all books anew, of one moment, beside whoever serves the database.
///
/// # Errors
/// What the database says.
pub async fn verify_books(db: &Db) -> Result<BooksReport, DbError> {
    let ledger = Ledger::for_reading(db, TimeZone::UTC);
    db.read(move |reader| {
        let books = florin_ledger::verify(reader)?;
        ledger.see_what_lags(reader)?;
        let loans = florin_lending::verify(reader, &ledger)?;
        let problems = books.problems.into_iter().chain(loans.problems).collect();
        Ok(BooksReport { accounts: books.accounts, transfers: books.transfers, loans: loans.loans, problems })
    })
    .await
}
