//! The memory is what the database says.

use std::collections::BTreeSet;

use florin_db::{DbError, Reader, params};
use florin_kernel::{Timestamp, Uuid};
use jiff::SignedDuration;

use super::decided::outcome_of;
use super::{Evidence, Risk};
use crate::attempt::Outcome;
use crate::windows::RETENTION_DAYS;

/// How many decisions are read at once.
const PAGE: i64 = 5_000;
/// How far back is looked for what other processes wrote, in seconds: their clocks differ, and their commits take time.
const OVERLAP_SECONDS: i64 = 3;
/// How far back when what was missed all the same is looked for.
const OVERLAP_SECONDS_LONG: i64 = 120;
/// Every so many times that others are followed.
const LONG_EVERY: u32 = 240;

/// What was remembered anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many decisions were read.
    pub read: u64,
    /// How many of them were not known.
    pub learned: u64,
}

/// How far the decisions of all processes were followed.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// The last that was read.
    last: Uuid,
    /// Those of the overlap that are known, so that they need not be read again.
    known: BTreeSet<Uuid>,
    /// How often others were followed.
    times: u32,
}

impl Followed {
    /// A decision that this process made itself.
    pub(super) fn knows(&mut self, id: Uuid) {
        self.known.insert(id);
    }

    /// From where to look now.
    fn from(&mut self, now: Timestamp) -> Uuid {
        self.times = self.times.wrapping_add(1);
        let long = self.times.checked_rem(LONG_EVERY) == Some(0);
        let overlap = if long { OVERLAP_SECONDS_LONG } else { OVERLAP_SECONDS };
        let at = if self.last.is_nil() { now } else { time_of(self.last) };
        // What lies before the longest overlap is not looked at again.
        self.known = self.known.split_off(&first_of(back(at, OVERLAP_SECONDS_LONG)));
        first_of(back(at, overlap))
    }
}

/// The least identifier of this instant: identifiers begin with their time.
pub(super) fn first_of(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

fn time_of(id: Uuid) -> Timestamp {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |at| at.to_unix());
    let at = Timestamp::new(i64::try_from(seconds).unwrap_or(0), i32::try_from(nanos).unwrap_or(0));
    at.unwrap_or(Timestamp::UNIX_EPOCH)
}

fn back(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Risk {
    /// Remembers all decisions of the days that count.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rebuild(&self) -> Result<Rebuilt, DbError> {
        let days = i64::from(RETENTION_DAYS);
        self.learn_since(first_of(back(self.db().env().now(), days.saturating_mul(86_400)))).await
    }

    /// Learns what other processes decided since the last time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn follow(&self) -> Result<Rebuilt, DbError> {
        let from = self.0.followed.lock().from(self.db().env().now());
        self.learn_since(from).await
    }

    async fn learn_since(&self, from: Uuid) -> Result<Rebuilt, DbError> {
        let (mut after, mut done) = (from, Rebuilt::default());
        loop {
            let this = self.clone();
            let (page, last) = self.db().read(move |r| this.learn_page(r, after)).await?;
            done.read = done.read.saturating_add(page.read);
            done.learned = done.learned.saturating_add(page.learned);
            let Some(last) = last else { break };
            after = last;
            let mut followed = self.0.followed.lock();
            followed.last = followed.last.max(last);
        }
        let this = self.clone();
        self.db().read(move |r| this.learn_reviews(r, from)).await?;
        Ok(done)
    }

    fn learn_page(&self, reader: &mut Reader<'_>, after: Uuid) -> Result<(Rebuilt, Option<Uuid>), DbError> {
        let rows = reader.rows(
            "SELECT id, outcome, evidence FROM risk_decision WHERE id > $1 ORDER BY id LIMIT $2",
            &params![after, PAGE],
        )?;
        let (mut done, mut last) = (Rebuilt::default(), None);
        let keep_from = first_of(back(self.db().env().now(), OVERLAP_SECONDS_LONG));
        for row in rows {
            let id: Uuid = row.get(0)?;
            last = Some(id);
            if self.0.followed.lock().known.contains(&id) {
                continue;
            }
            done.read = done.read.saturating_add(1);
            let outcome = outcome_of(&row.get::<String>(1)?)?;
            if self.learn_evidence(&row.get::<Vec<u8>>(2)?, outcome)? {
                done.learned = done.learned.saturating_add(1);
            }
            if id > keep_from {
                self.0.followed.lock().knows(id);
            }
        }
        Ok((done, last))
    }

    fn learn_evidence(&self, evidence: &[u8], outcome: Outcome) -> Result<bool, DbError> {
        Ok(self.engine().learn(&Evidence::from_bytes(evidence)?.attempt, outcome))
    }

    /// What was held and then released counts as let through.
    fn learn_reviews(&self, reader: &mut Reader<'_>, from: Uuid) -> Result<(), DbError> {
        let from_us = time_of(from).as_microsecond();
        let rows = reader.rows(
            "SELECT d.evidence FROM risk_review r JOIN risk_decision d ON d.id = r.decision_id \
             WHERE r.released AND r.at_us >= $1 ORDER BY r.decision_id",
            &params![from_us],
        )?;
        for row in rows {
            self.learn_evidence(&row.get::<Vec<u8>>(0)?, Outcome::Approved)?;
        }
        Ok(())
    }
}
