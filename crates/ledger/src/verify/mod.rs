//! Checking the books: everything that is derived is derived again and compared.
//!
//! 1. All transfers are read in their order. Each is checked by itself and against what it refers to, and
//!    each account's chain of entries is followed: numbers without gaps, growing times, the entry before,
//!    and sums that come out as they were stored (`chain`, `transfers`).
//! 2. What was written beside the transfers is held against them: signposts, holds, reversals, sums by
//!    value date, identifiers that refusals used up, and one outbox event each (`evidence`, `outbox`).
//! 3. The rows of balances are compared with what the chains came to (`balances`). On SQLite, where rows may
//!    lag behind, what they lag by is laid over them first, as it would be after a crash.
//!
//! Memory grows with the accounts and not with the transfers. One snapshot is read, so a server may go on
//! posting meanwhile.

mod balances;
mod chain;
mod evidence;
mod outbox;
mod transfers;

use std::collections::HashMap;

use florin_db::{DbError, Engine, Reader, Row};
use foldhash::fast::RandomState;

use self::chain::{Chain, DayPrint};

/// How many rows are read at a time.
const PAGE: i64 = 4_096;
/// How many problems are named.
const NAMED_MAX: usize = 100;
/// How many entries of one account may wait for one before them, where processes interleave their numbers.
const EARLY_MAX: usize = 131_072;

/// What was checked, and everything found wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many accounts there are.
    pub accounts: u64,
    /// How many transfers there are.
    pub transfers: u64,
    /// The problems, each in a sentence; past the first hundred a last one says how many more there are.
    pub problems: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Checks all books of this snapshot; what is wrong with them is the report's, not an error.
///
/// # Errors
/// What the database says.
pub fn verify(reader: &mut Reader<'_>) -> Result<Report, DbError> {
    let early_max = if reader.engine() == Engine::Sqlite { 0 } else { EARLY_MAX };
    let mut check = Check::new(early_max);
    let outbox = transfers::read(reader, &mut check)?;
    for (no, chain) in &mut check.chains {
        chain.finish(*no, &mut check.findings);
    }
    evidence::marks(reader, &mut check)?;
    evidence::holds(reader, &mut check)?;
    evidence::reversals(reader, &mut check.findings)?;
    evidence::days(reader, &mut check)?;
    evidence::burned(reader, &mut check.findings)?;
    outbox.compare(reader, &mut check.findings)?;
    balances::compare(reader, &mut check)?;
    Ok(Report { accounts: check.accounts, transfers: check.transfers, problems: check.findings.sentences() })
}

/// Everything known so far.
struct Check {
    accounts: u64,
    transfers: u64,
    chains: HashMap<i64, Chain, RandomState>,
    days: DayPrint,
    early_max: usize,
    findings: Findings,
}

impl Check {
    fn new(early_max: usize) -> Self {
        Self {
            accounts: 0,
            transfers: 0,
            chains: HashMap::default(),
            days: DayPrint::default(),
            early_max,
            findings: Findings::default(),
        }
    }
}

/// What was found wrong.
#[derive(Default)]
struct Findings {
    named: Vec<String>,
    more: u64,
}

impl Findings {
    fn add(&mut self, problem: String) {
        if self.named.len() < NAMED_MAX {
            self.named.push(problem);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn add_unless(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.add(problem());
        }
    }

    /// What was read, unless it cannot be: that is a problem like any other.
    fn readable<T>(&mut self, what: &str, read: Result<T, DbError>) -> Result<Option<T>, DbError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(DbError::Corrupt(why)) => {
                self.add(format!("{what} cannot be read: {why}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn sentences(self) -> Vec<String> {
        let mut problems = self.named;
        if self.more > 0 {
            problems.push(format!("and {} more", self.more));
        }
        problems
    }
}

/// Reads all rows of a query, a page at a time: `ask` reads the page after where `take` last stood.
fn in_pages<P>(
    mut place: P,
    mut ask: impl FnMut(&P) -> Result<Vec<Row>, DbError>,
    mut take: impl FnMut(&Row) -> Result<P, DbError>,
) -> Result<(), DbError> {
    loop {
        let page = ask(&place)?;
        for row in &page {
            place = take(row)?;
        }
        if i64::try_from(page.len()).unwrap_or(i64::MAX) < PAGE {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_a_hundred_problems_are_counted() {
        let mut findings = Findings::default();
        for n in 0..103 {
            findings.add(format!("problem {n}"));
        }

        let sentences = findings.sentences();

        assert_eq!(sentences.len(), 101);
        assert_eq!(sentences.last().unwrap(), "and 3 more");
    }
}
