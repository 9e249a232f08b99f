//! Searching the trail, newest first.
//!
//! Records that are not sealed yet are read from the end. Below them the lookup says which seals hold records of a person, a
//! resource or an action, and only those seals' records are read. A search looks at so many seals and then answers with what
//! it found and where to go on, so that none takes long.

use florin_db::{DbError, Reader, Row, Value, params};
use florin_kernel::{Date, Timestamp, Uuid};

use crate::record::{Record, columns};
use crate::sealing::word_of_action;

/// How many seals' records one search reads.
const SEALS_READ: i64 = 64;

/// The instant that a text names, in microseconds since 1970: RFC 3339, or a date, which is its beginning in UTC, or where
/// `is_end` says so its end.
///
/// # Errors
/// A sentence that says what is wanted.
pub fn moment(text: &str, is_end: bool) -> Result<i64, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_microsecond());
    }
    let day = text.parse::<Date>().and_then(|day| if is_end { day.tomorrow() } else { Ok(day) });
    let at = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC));
    at.map(|at| at.timestamp().as_microsecond())
        .map_err(|_| "an instant such as 2026-01-31T09:30:00Z is wanted, or a date".to_owned())
}

/// Which records are wanted; all for the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this person.
    pub user_id: Option<Uuid>,
    /// Of this action, by its code.
    pub action: Option<String>,
    /// About this one.
    pub resource_id: Option<Uuid>,
    /// About one of this kind.
    pub resource_kind: Option<String>,
    /// That succeeded, or failed.
    pub succeeded: Option<bool>,
    /// At or after this, in microseconds since 1970.
    pub from_us: Option<i64>,
    /// Before this.
    pub to_us: Option<i64>,
}

impl Filter {
    /// What is asked for, in words for the record of the asking.
    pub(crate) fn told(&self) -> Vec<(&'static str, String)> {
        let mut told = Vec::new();
        let mut tell = |name, value: Option<String>| told.extend(value.map(|value| (name, value)));
        tell("user_id", self.user_id.map(|id| id.to_string()));
        tell("action", self.action.clone());
        tell("resource_id", self.resource_id.map(|id| id.to_string()));
        tell("resource_kind", self.resource_kind.clone());
        tell("result", self.succeeded.map(|done| outcome(done).to_owned()));
        tell("from_us", self.from_us.map(|at| at.to_string()));
        tell("to_us", self.to_us.map(|at| at.to_string()));
        told
    }

    /// What the lookup is asked: the rarest of what is given.
    fn word(&self) -> Option<Uuid> {
        self.resource_id.or(self.user_id).or_else(|| self.action.as_deref().map(word_of_action))
    }

    /// The parameters `$4` and on of [`RECORDS`].
    fn params(&self, first: i64, before: i64, limit: i64) -> [Value; 10] {
        params![
            first,
            before,
            limit,
            self.user_id,
            self.action.as_ref(),
            self.resource_id,
            self.resource_kind.as_ref(),
            self.succeeded.map(outcome),
            self.from_us,
            self.to_us,
        ]
    }
}

/// The outcome's code.
fn outcome(succeeded: bool) -> &'static str {
    if succeeded { "success" } else { "failure" }
}

const RECORDS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM audit_record WHERE seq >= $1 AND seq < $2 AND (user_id = $4 OR $4 IS NULL) AND (action = $5 OR $5 IS NULL) \
     AND (resource_id = $6 OR $6 IS NULL) AND (resource_kind = $7 OR $7 IS NULL) AND (outcome = $8 OR $8 IS NULL) \
     AND (at_us >= $9 OR $9 IS NULL) AND (at_us < $10 OR $10 IS NULL) ORDER BY seq DESC LIMIT $3"
);
/// The seals that hold the word, from the one of record `$2 - 1` downwards.
const SEALS_OF_WORD: &str = "SELECT s.first_seq, s.last_seq FROM audit_lookup l JOIN audit_seal s ON s.number = l.number \
     WHERE l.word = $1 AND s.first_seq < $2 AND (s.latest_at_us >= $4 OR $4 IS NULL) \
     AND (s.earliest_at_us < $5 OR $5 IS NULL) ORDER BY l.number DESC LIMIT $3";
const SEALS: &str = "SELECT first_seq, last_seq FROM audit_seal WHERE first_seq < $1 \
     AND (latest_at_us >= $3 OR $3 IS NULL) AND (earliest_at_us < $4 OR $4 IS NULL) ORDER BY number DESC LIMIT $2";

/// A page of records, and before which number to go on; `None` at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The records, newest first.
    pub records: Vec<Record>,
    /// Where to go on.
    pub next_before: Option<i64>,
}

/// The records before number `before` that the filter wants, newest first.
pub(crate) fn search(
    r: &mut Reader<'_>,
    filter: &Filter,
    before: i64,
    limit: usize,
) -> Result<Found, DbError> {
    let mut page = Page { records: Vec::new(), wanted: limit.saturating_add(1) };
    let row = r.row("SELECT COALESCE(MAX(last_seq), 0) FROM audit_seal", &[])?;
    let sealed_through: i64 = row.map_or(Ok(0), |row| row.get(0))?;
    page.read(r, filter, sealed_through.saturating_add(1), before)?;
    if page.is_full() {
        return Ok(page.found(limit, None));
    }
    let seals = seals(r, filter, before)?;
    let seen = i64::try_from(seals.len()).unwrap_or(i64::MAX);
    let mut reached = None;
    for (first, last) in seals {
        page.read(r, filter, first, before.min(last.saturating_add(1)))?;
        if page.is_full() {
            return Ok(page.found(limit, None));
        }
        reached = Some(first);
    }
    // There may be more below what was read.
    Ok(page.found(limit, reached.filter(|_| seen == SEALS_READ)))
}

/// The ranges of the seals to be read, downwards.
fn seals(r: &mut Reader<'_>, filter: &Filter, before: i64) -> Result<Vec<(i64, i64)>, DbError> {
    let rows = match filter.word() {
        Some(word) => {
            r.rows(SEALS_OF_WORD, &params![word, before, SEALS_READ, filter.from_us, filter.to_us])?
        }
        None => r.rows(SEALS, &params![before, SEALS_READ, filter.from_us, filter.to_us])?,
    };
    rows.iter().map(|row: &Row| Ok((row.get(0)?, row.get(1)?))).collect()
}

struct Page {
    records: Vec<Record>,
    wanted: usize,
}

impl Page {
    fn is_full(&self) -> bool {
        self.records.len() >= self.wanted
    }

    fn read(&mut self, r: &mut Reader<'_>, filter: &Filter, first: i64, before: i64) -> Result<(), DbError> {
        let left = self.wanted.saturating_sub(self.records.len());
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        for row in r.rows(RECORDS, &filter.params(first, before, left))? {
            self.records.push(Record::read(&row)?);
        }
        Ok(())
    }

    /// One record more than the limit was asked for, so that the end shows.
    fn found(mut self, limit: usize, reached: Option<i64>) -> Found {
        let more = self.records.len() > limit;
        self.records.truncate(limit);
        let last = self.records.last().map(|record| record.seq);
        Found { next_before: if more { last } else { reached }, records: self.records }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_beginning_or_its_end() {
        let day = 86_400_000_000;
        let at = moment("2026-01-31T00:00:00Z", false).unwrap();

        assert_eq!(moment("2026-01-31", false), Ok(at));
        assert_eq!(moment("2026-01-31", true), Ok(at + day));
        assert_eq!(moment("2026-01-31T01:00:00+01:00", true), Ok(at));
        assert!(moment("yesterday", false).is_err());
    }
}
