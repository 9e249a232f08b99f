//! The memory is what the database says.

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
const OVERLAP_SECONDS: i64 = 30;

/// What was remembered anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many decisions were read.
    pub read: u64,
    /// How many of them were not known.
    pub learned: u64,
}

/// The least identifier of this instant: identifiers begin with their time.
pub(super) fn first_of(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
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
        let now = self.db().env().now();
        let days = i64::from(RETENTION_DAYS);
        self.learn_since(first_of(back(now, days.saturating_mul(86_400)))).await
    }

    /// Learns what other processes decided since the last time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn follow(&self) -> Result<Rebuilt, DbError> {
        let followed = *self.0.followed.lock();
        let since = if followed.is_nil() { first_of(self.db().env().now()) } else { followed };
        let (seconds, nanos) = since.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let at = Timestamp::new(i64::try_from(seconds).unwrap_or(0), i32::try_from(nanos).unwrap_or(0));
        let from = at.map_or(Timestamp::UNIX_EPOCH, |at| back(at, OVERLAP_SECONDS));
        self.learn_since(first_of(from)).await
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
            *followed = (*followed).max(last);
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
        for row in rows {
            last = Some(row.get(0)?);
            done.read = done.read.saturating_add(1);
            let outcome = outcome_of(&row.get::<String>(1)?)?;
            if self.learn_evidence(&row.get::<String>(2)?, outcome)? {
                done.learned = done.learned.saturating_add(1);
            }
        }
        Ok((done, last))
    }

    fn learn_evidence(&self, evidence: &str, outcome: Outcome) -> Result<bool, DbError> {
        let evidence: Evidence = serde_json::from_str(evidence)
            .map_err(|_| DbError::Corrupt("risk_decision.evidence is not what was written".to_owned()))?;
        Ok(self.engine().learn(&evidence.attempt, outcome))
    }

    /// What was held and then released counts as let through.
    fn learn_reviews(&self, reader: &mut Reader<'_>, from: Uuid) -> Result<(), DbError> {
        let (seconds, _) = from.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let from_us = i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000);
        let rows = reader.rows(
            "SELECT d.evidence FROM risk_review r JOIN risk_decision d ON d.id = r.decision_id \
             WHERE r.released AND r.at_us >= $1 ORDER BY r.decision_id",
            &params![from_us],
        )?;
        for row in rows {
            self.learn_evidence(&row.get::<String>(0)?, Outcome::Approved)?;
        }
        Ok(())
    }
}
