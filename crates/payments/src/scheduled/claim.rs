//! What is due: claimed by one process, for as long as its unit of work lasts; and written when it is over.

use florin_db::{Bulk, BulkStatement, DbError, Kind, Reader, Tx, params};
use florin_kernel::{ScheduledPaymentId, Timestamp, TransferId, Uuid};

use super::schedule::Lane;
use super::store::{schedule, select};
use super::{Run, ScheduledPayment};

/// An occurrence whose time has come.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) schedule: ScheduledPayment,
    pub(super) n: u32,
    /// When it was due at first.
    pub(super) due: Timestamp,
    /// When it is tried, by the schedule: the first time that it was due, later when it was to be tried again.
    pub(super) at: Timestamp,
    /// Which time it is, from one.
    pub(super) attempt: i64,
}

impl Item {
    pub(super) const fn is_first(&self) -> bool {
        self.attempt == 1
    }
}

/// Whether anything is due.
pub(super) fn is_anything_due(reader: &mut Reader<'_>, now: Timestamp) -> Result<bool, DbError> {
    const ANY: &str = "SELECT 1 FROM scheduled_payment WHERE state = 'active' AND next_at_us IS NOT NULL AND lane = $2 AND next_at_us <= $1
        UNION ALL SELECT 1 FROM scheduled_payment WHERE state = 'active' AND notice_at_us IS NOT NULL AND notice_at_us <= $1
        UNION ALL SELECT 1 FROM scheduled_payment_run WHERE state = 'retrying' AND lane = $2 AND retry_at_us <= $1 LIMIT 1";
    for lane in [Lane::Together, Lane::Alone] {
        if reader.row(ANY, &params![now, lane.code()])?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Claims what is due by `now`, the oldest first; what another process has claimed is passed over. `noted` is told of each
/// before it is read.
pub(super) fn due(
    tx: &mut Tx<'_>,
    lane: Lane,
    now: Timestamp,
    limit: usize,
    noted: &mut dyn FnMut(ScheduledPaymentId),
) -> Result<Vec<Item>, DbError> {
    const DUE: &str = select!(
        "WHERE state = 'active' AND next_at_us IS NOT NULL AND lane = $1 AND next_at_us <= $2 \
         ORDER BY next_at_us, id LIMIT $3 FOR UPDATE SKIP LOCKED"
    );
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let rows = tx.rows(DUE, &params![lane.code(), now, count(limit)])?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        noted(ScheduledPaymentId::from_uuid(row.get(0)?));
        let schedule = schedule(row)?;
        let n = schedule.next_n;
        let due = schedule.when.instant(n).or(schedule.next_at).unwrap_or(now);
        items.push(Item { schedule, n, due, at: due, attempt: 1 });
    }
    if items.len() < limit {
        again(tx, lane, now, count(limit.saturating_sub(items.len())), noted, &mut items)?;
    }
    Ok(items)
}

/// Claims what is to be tried again, and its schedules.
fn again(
    tx: &mut Tx<'_>,
    lane: Lane,
    now: Timestamp,
    limit: i64,
    noted: &mut dyn FnMut(ScheduledPaymentId),
    items: &mut Vec<Item>,
) -> Result<(), DbError> {
    const AGAIN: &str = "SELECT r.schedule_id, r.n, r.due_at_us, r.retry_at_us, r.attempts
        FROM scheduled_payment_run r JOIN scheduled_payment s ON s.id = r.schedule_id
        WHERE r.state = 'retrying' AND r.lane = $1 AND r.retry_at_us <= $2 AND s.state IN ('active', 'ended')
        ORDER BY r.retry_at_us, r.schedule_id LIMIT $3 FOR UPDATE SKIP LOCKED";
    for row in &tx.rows(AGAIN, &params![lane.code(), now, limit])? {
        let id: Uuid = row.get(0)?;
        noted(ScheduledPaymentId::from_uuid(id));
        let found = tx.row(select!("WHERE id = $1"), &params![id])?;
        let found = found.ok_or_else(|| DbError::Corrupt("a run has no schedule".to_owned()))?;
        let attempts: i64 = row.get(4)?;
        items.push(Item {
            schedule: schedule(&found)?,
            n: row.get(1)?,
            due: row.get(2)?,
            at: row.get(3)?,
            attempt: attempts.saturating_add(1),
        });
    }
    Ok(())
}

static NEW_RUNS: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO scheduled_payment_run (schedule_id, n, state, attempts, payment_id, reason, due_at_us, retry_at_us, \
             lane, changed_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    postgres: "INSERT INTO scheduled_payment_run (schedule_id, n, state, attempts, payment_id, reason, due_at_us, retry_at_us, \
               lane, changed_at_us) SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::uuid[], \
               $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])",
    columns: &[
        Kind::Uuid,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Uuid,
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

static GO_ON: BulkStatement = BulkStatement {
    sqlite: "UPDATE scheduled_payment SET state = $2, next_n = $3, next_at_us = $4, notice_n = $5, notice_at_us = $6, \
             changed_at_us = $7 WHERE id = $1",
    postgres: "UPDATE scheduled_payment s SET state = u.state, next_n = u.next_n, next_at_us = u.next_at_us, \
               notice_n = u.notice_n, notice_at_us = u.notice_at_us, changed_at_us = u.changed_at_us \
               FROM UNNEST($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) \
               AS u (id, state, next_n, next_at_us, notice_n, notice_at_us, changed_at_us) WHERE s.id = u.id",
    columns: &[Kind::Uuid, Kind::Text, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

/// What is written of occurrences that were worked off, and of their schedules.
pub(super) struct Notes {
    runs: Bulk,
    schedules: Bulk,
    again: Vec<(ScheduledPaymentId, Run)>,
}

impl Notes {
    pub(super) fn new() -> Self {
        Self { runs: Bulk::new(&NEW_RUNS), schedules: Bulk::new(&GO_ON), again: Vec::new() }
    }

    /// Adds what came of an occurrence. An occurrence that is new is a new row: there is none twice.
    pub(super) fn add(&mut self, item: &Item, run: Run) {
        if !item.is_first() {
            self.again.push((item.schedule.id, run));
            return;
        }
        self.runs.push(params![
            item.schedule.id.uuid(),
            run.n,
            run.state.code(),
            run.attempts,
            run.payment.map(TransferId::uuid),
            run.reason,
            run.due_at,
            run.retry_at,
            item.schedule.lane().code(),
            run.changed_at,
        ]);
    }

    /// Adds where a schedule stands.
    pub(super) fn go_on(&mut self, schedule: &ScheduledPayment, now: Timestamp) {
        self.schedules.push(params![
            schedule.id.uuid(),
            schedule.state.code(),
            schedule.next_n,
            schedule.next_at,
            schedule.notice_n,
            schedule.notice_at,
            now,
        ]);
    }

    pub(super) fn write(self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        tx.bulk(self.runs)?;
        tx.bulk(self.schedules)?;
        self.again.iter().try_for_each(|(id, run)| super::store::update_run(tx, *id, run))
    }
}

/// What could not be worked off, for a reason that nobody foresaw, is left alone until `until`.
pub(super) fn set_aside(
    tx: &mut Tx<'_>,
    id: ScheduledPaymentId,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE scheduled_payment SET next_at_us = $3 WHERE id = $1 AND state = 'active' AND next_at_us <= $2",
        &params![id.uuid(), now, until],
    )?;
    tx.execute(
        "UPDATE scheduled_payment_run SET retry_at_us = $3 WHERE schedule_id = $1 AND state = 'retrying' AND retry_at_us <= $2",
        &params![id.uuid(), now, until],
    )?;
    Ok(())
}
