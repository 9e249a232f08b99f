//! Notices and what people want of them, as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::topic::place_of;
use super::{Notice, NoticeId, Topic};
use crate::Mail;

pub(super) fn insert(tx: &mut Tx<'_>, user: UserId, topic: Topic, mail: &Mail) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO notify_notice (id, user_id, kind, topic, title, text, told_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &params![
            mail.id,
            user.uuid(),
            &mail.kind,
            topic.code(),
            &mail.subject,
            &mail.notice,
            mail.written_at_us,
        ],
    )?;
    Ok(())
}

fn notice(row: &Row) -> Result<Notice, DbError> {
    let kind: String = row.get(1)?;
    let topic: String = row.get(2)?;
    let corrupt = || DbError::Corrupt("notify_notice.topic is not what was written".to_owned());
    Ok(Notice {
        id: NoticeId::from_uuid(row.get(0)?),
        place: place_of(&kind),
        kind,
        topic: Topic::find(&topic).ok_or_else(corrupt)?,
        title: row.get(3)?,
        text: row.get(4)?,
        told_at: row.get(5)?,
        read_at: row.get::<Option<Timestamp>>(6)?,
    })
}

/// The notices of somebody before a place, the newest first.
pub(super) fn list(
    reader: &mut Reader<'_>,
    user: UserId,
    unread_only: bool,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Notice>, DbError> {
    const ALL: &str = "SELECT id, kind, topic, title, text, told_at_us, read_at_us FROM notify_notice \
                       WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    const UNREAD: &str = "SELECT id, kind, topic, title, text, told_at_us, read_at_us FROM notify_notice \
                          WHERE user_id = $1 AND id < $2 AND read_at_us IS NULL ORDER BY id DESC LIMIT $3";
    let before = before.map_or(Uuid::max(), NoticeId::uuid);
    let rows = reader.rows(if unread_only { UNREAD } else { ALL }, &params![user.uuid(), before, limit])?;
    rows.iter().map(notice).collect()
}

/// How many of somebody's notices are not read, counted up to `limit`.
pub(super) fn unread(reader: &mut Reader<'_>, user: UserId, limit: i64) -> Result<u32, DbError> {
    let row = reader.row(
        "SELECT COUNT(*) FROM (SELECT id FROM notify_notice WHERE user_id = $1 AND read_at_us IS NULL \
         ORDER BY id LIMIT $2) AS unread",
        &params![user.uuid(), limit],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Marks one notice of somebody; says whether it was theirs, and not read.
pub(super) fn mark_one(tx: &mut Tx<'_>, user: UserId, id: NoticeId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE notify_notice SET read_at_us = $3 WHERE id = $1 AND user_id = $2 AND read_at_us IS NULL",
        &params![id.uuid(), user.uuid(), now],
    )
}

/// Marks somebody's notices up to one of them.
pub(super) fn mark_through(
    tx: &mut Tx<'_>,
    user: UserId,
    through: Uuid,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE notify_notice SET read_at_us = $3 WHERE user_id = $1 AND id <= $2 AND read_at_us IS NULL",
        &params![user.uuid(), through, now],
    )
}

/// Whether somebody wants letters about this; whoever never said does.
pub(super) fn mail_wanted(reader: &mut Reader<'_>, user: UserId, topic: Topic) -> Result<bool, DbError> {
    let row = reader.row(
        "SELECT mail FROM notify_preference WHERE user_id = $1 AND topic = $2",
        &params![user.uuid(), topic.code()],
    )?;
    row.map_or(Ok(true), |row| row.get(0))
}

pub(super) fn set_mail(
    tx: &mut Tx<'_>,
    user: UserId,
    topic: Topic,
    mail: bool,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO notify_preference (user_id, topic, mail, changed_at_us) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id, topic) DO UPDATE SET mail = excluded.mail, changed_at_us = excluded.changed_at_us",
        &params![user.uuid(), topic.code(), mail, now],
    )?;
    Ok(())
}

/// Removes notices that were told before `before`, some at a time; says how many.
pub(super) fn forget_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM notify_notice WHERE id IN \
         (SELECT id FROM notify_notice WHERE told_at_us < $1 ORDER BY told_at_us LIMIT 5000)",
        &params![before],
    )
}
