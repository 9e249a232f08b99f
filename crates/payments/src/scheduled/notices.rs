//! Letters that tell of payments before they are made.

use florin_db::{DbError, Tx, params};
use florin_kernel::Timestamp;

use super::ports::{ScheduleNews, What};
use super::store::{schedule, select};
use super::{Scheduled, runner};
use crate::error::Error;

/// How many letters are written in one unit of work.
const LETTERS: i64 = 100;

impl Scheduled {
    /// Writes the letters whose time has come, each once; says how many schedules were looked at.
    pub(super) async fn announce(&self) -> Result<usize, Error> {
        let mut count = 0_usize;
        loop {
            let now = self.db.env().now();
            let due = self.db.read(move |r| {
                const ANY: &str = "SELECT 1 FROM scheduled_payment WHERE state = 'active' AND notice_at_us IS NOT NULL AND notice_at_us <= $1 LIMIT 1";
                Ok::<_, DbError>(r.row(ANY, &params![now])?.is_some())
            });
            if !due.await? {
                return Ok(count);
            }
            let (this, permit) = (self.clone(), runner::permit("scheduled_payment")?);
            let told = self.db.write(permit, move |tx| this.announce_in(tx, now)).await?;
            count = count.saturating_add(told);
            if told == 0 {
                // Another process has them in hand.
                return Ok(count);
            }
        }
    }

    fn announce_in(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, DbError> {
        const TO_TELL: &str = select!(
            "WHERE state = 'active' AND notice_at_us IS NOT NULL AND notice_at_us <= $1 \
             ORDER BY notice_at_us LIMIT $2 FOR UPDATE SKIP LOCKED"
        );
        let rows = tx.rows(TO_TELL, &params![now, LETTERS])?;
        let mut letters = 0_usize;
        for row in &rows {
            let mut schedule = schedule(row)?;
            // Of what is due already the payer is told by what came of it.
            if let Some(due_at) = schedule.when.instant(schedule.notice_n).filter(|due| *due > now) {
                let news = ScheduleNews {
                    what: What::Upcoming,
                    description: schedule.description.as_deref().unwrap_or_default(),
                    amount: schedule.sum.fixed(),
                    due_at,
                    zone: &schedule.when.zone,
                };
                self.payers.tell(tx, schedule.user, &news)?;
                letters = letters.saturating_add(1);
            }
            schedule.tell_of(schedule.notice_n.saturating_add(1));
            tx.execute(
                "UPDATE scheduled_payment SET notice_n = $2, notice_at_us = $3 WHERE id = $1",
                &params![schedule.id.uuid(), schedule.notice_n, schedule.notice_at],
            )?;
        }
        tx.note("letters", &letters);
        Ok(rows.len())
    }
}
