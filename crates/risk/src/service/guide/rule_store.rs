//! Sets of rules and snoozes as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::rules::{KeptRuleSet, RuleStatus};
use super::snoozes::KeptSnooze;
use crate::engine::Snooze;
use crate::rules::RuleSet;

/// A statement about whole sets.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.hash, s.version, s.text, s.note, s.author, s.created_at_us, t.status, t.activated_by, \
             t.activated_at_us FROM risk_rule_set s LEFT JOIN risk_rule_state t ON t.hash = s.hash ",
            $rest
        )
    };
}

fn user(row: &Row, index: usize) -> Result<Option<UserId>, DbError> {
    Ok(row.get::<Option<Uuid>>(index)?.map(UserId::from_uuid))
}

fn set(row: &Row) -> Result<KeptRuleSet, DbError> {
    let status = match row.get::<Option<String>>(6)?.as_deref() {
        None => RuleStatus::Draft,
        Some("active") => RuleStatus::Active,
        Some("retired") => RuleStatus::Retired,
        Some(_) => return Err(DbError::Corrupt("risk_rule_state.status is not what was written".to_owned())),
    };
    Ok(KeptRuleSet {
        hash: row.get(0)?,
        version: row.get(1)?,
        text: row.get(2)?,
        note: row.get(3)?,
        author: user(row, 4)?,
        created_at: row.get(5)?,
        status,
        activated_by: user(row, 7)?,
        activated_at: row.get(8)?,
    })
}

pub(super) fn find(reader: &mut Reader<'_>, hash: &str) -> Result<Option<KeptRuleSet>, DbError> {
    reader.row(select!("WHERE s.hash = $1"), &params![hash])?.as_ref().map(set).transpose()
}

/// The text of the set whose hash begins like this.
pub(super) fn text_of(reader: &mut Reader<'_>, short: &str) -> Result<Option<String>, DbError> {
    let row = reader.row(
        "SELECT text FROM risk_rule_set WHERE hash >= $1 AND hash < $2 ORDER BY hash LIMIT 1",
        &params![short, format!("{short}g")],
    )?;
    row.map(|row| row.get(0)).transpose()
}

pub(super) fn active(reader: &mut Reader<'_>) -> Result<Option<KeptRuleSet>, DbError> {
    reader.row(select!("WHERE t.status = 'active'"), &[])?.as_ref().map(set).transpose()
}

/// Drafts, the newest first.
pub(super) fn drafts(reader: &mut Reader<'_>, limit: i64) -> Result<Vec<KeptRuleSet>, DbError> {
    let sql = select!("WHERE t.hash IS NULL ORDER BY s.created_at_us DESC, s.hash LIMIT $1");
    reader.rows(sql, &params![limit])?.iter().map(set).collect()
}

/// Sets that were active, the latest first.
pub(super) fn retired(reader: &mut Reader<'_>, limit: i64) -> Result<Vec<KeptRuleSet>, DbError> {
    let sql = select!("WHERE t.status = 'retired' ORDER BY t.activated_at_us DESC, s.hash LIMIT $1");
    reader.rows(sql, &params![limit])?.iter().map(set).collect()
}

/// Keeps a text, if it is not kept.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    (set, text): (&RuleSet, &str),
    note: Option<&str>,
    author: Option<UserId>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let written = tx.execute(
        "INSERT INTO risk_rule_set (hash, version, text, note, author, created_at_us) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (hash) DO NOTHING",
        &params![&set.name().hash, &set.name().version, text, note, author.map(UserId::uuid), now],
    )?;
    Ok(written == 1)
}

/// Makes a set the active one, in the place of the one that was.
pub(super) fn activate(
    tx: &mut Tx<'_>,
    hash: &str,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute("UPDATE risk_rule_state SET status = 'retired' WHERE status = 'active'", &[])?;
    tx.execute(
        "INSERT INTO risk_rule_state (hash, status, activated_by, activated_at_us) VALUES ($1, 'active', $2, $3) \
         ON CONFLICT (hash) DO UPDATE SET status = 'active', activated_by = $2, activated_at_us = $3",
        &params![hash, by.map(UserId::uuid), now],
    )?;
    Ok(())
}

/// Snoozes that are not over, as people see them.
pub(super) fn snoozes(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<KeptSnooze>, DbError> {
    let rows = reader.rows(
        "SELECT rule, user_id, until_us, reason, created_by, created_at_us FROM risk_snooze WHERE until_us > $1 \
         ORDER BY rule, user_id",
        &params![now],
    )?;
    rows.iter()
        .map(|row| {
            Ok(KeptSnooze {
                rule: row.get(0)?,
                user: UserId::from_uuid(row.get(1)?),
                until: row.get(2)?,
                reason: row.get(3)?,
                created_by: user(row, 4)?,
                created_at: row.get(5)?,
            })
        })
        .collect()
}

/// The same for the engine.
pub(super) fn snoozes_in_force(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<Snooze>, DbError> {
    let for_engine = |one: KeptSnooze| Snooze {
        rule: one.rule,
        user: one.user.uuid().into(),
        until_us: one.until.as_microsecond(),
    };
    Ok(snoozes(reader, now)?.into_iter().map(for_engine).collect())
}

pub(super) fn put_snooze(tx: &mut Tx<'_>, one: &KeptSnooze) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO risk_snooze (rule, user_id, until_us, reason, created_by, created_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (rule, user_id) DO UPDATE SET until_us = $3, reason = $4, \
         created_by = $5, created_at_us = $6",
        &params![
            &one.rule,
            one.user.uuid(),
            one.until,
            &one.reason,
            one.created_by.map(UserId::uuid),
            one.created_at,
        ],
    )?;
    Ok(())
}

/// Ends a snooze; false where there is none.
pub(super) fn end_snooze(tx: &mut Tx<'_>, rule: &str, user: UserId, now: Timestamp) -> Result<bool, DbError> {
    let ended = tx.execute(
        "DELETE FROM risk_snooze WHERE rule = $1 AND user_id = $2 AND until_us > $3",
        &params![rule, user.uuid(), now],
    )?;
    Ok(ended == 1)
}
