//! What banks answered, as rows.

use florin_db::{DbError, Reader, Row, Tx, Value, params};
use florin_kernel::{Timestamp, TransferId, UserId, Uuid};

use super::answers::{AnswerLine, LineKind};
use super::entries::flow_code;
use super::settings::BankNetwork;
use super::taken::TakenAnswer;
use crate::rail::Flow;

/// A line with what is needed to carry it out.
pub(super) struct StoredLine {
    pub(super) line: AnswerLine,
    /// The number that our payment was given, if it can be one.
    pub(super) trace: Option<i64>,
    pub(super) flow: Option<Flow>,
    /// The sealed correction of a change.
    pub(super) correction: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, position, kind, trace, named, code, amount, flow, correction, entry_id, effect, detail \
             FROM bank_file_answer_line ",
            $rest
        )
    };
}

fn stored(row: &Row) -> Result<StoredLine, DbError> {
    let kind: String = row.get(2)?;
    let flow: Option<String> = row.get(7)?;
    Ok(StoredLine {
        line: AnswerLine {
            id: row.get(0)?,
            position: row.get(1)?,
            kind: if kind == LineKind::Return.code() { LineKind::Return } else { LineKind::Change },
            named: row.get(4)?,
            code: row.get(5)?,
            minor: row.get(6)?,
            instruction: row.get::<Option<Uuid>>(9)?.map(TransferId::from_uuid),
            effect: row.get::<Option<String>>(10)?.unwrap_or_else(|| "pending".to_owned()),
            detail: row.get(11)?,
        },
        trace: row.get(3)?,
        flow: flow.map(|flow| if flow == flow_code(Flow::In) { Flow::In } else { Flow::Out }),
        correction: row.get(8)?,
    })
}

macro_rules! select_answer {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.network, a.received_by, a.received_at_us, \
             (SELECT COUNT(*) FROM bank_file_answer_line l WHERE l.answer_id = a.id), \
             (SELECT COUNT(*) FROM bank_file_answer_line l WHERE l.answer_id = a.id AND l.effect IS NULL) \
             FROM bank_file_answer a ",
            $rest
        )
    };
}

fn taken(row: &Row) -> Result<TakenAnswer, DbError> {
    let network: String = row.get(1)?;
    Ok(TakenAnswer {
        id: row.get(0)?,
        network: BankNetwork::find(&network)
            .ok_or_else(|| DbError::Corrupt("bank_file_answer.network is not what was written".to_owned()))?,
        by: row.get::<Option<Uuid>>(2)?.map(UserId::from_uuid),
        at: row.get(3)?,
        lines: row.get(4)?,
        pending: row.get(5)?,
    })
}

/// Answers, the latest first, older than `before`.
pub(super) fn answers(
    reader: &mut Reader<'_>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<TakenAnswer>, DbError> {
    let rows = reader
        .rows(select_answer!("WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2"), &params![before, limit])?;
    rows.iter().map(taken).collect()
}

/// The answer of this identifier.
pub(super) fn answer(reader: &mut Reader<'_>, id: Uuid) -> Result<Option<TakenAnswer>, DbError> {
    reader.row(select_answer!("WHERE a.id = $1"), &params![id])?.as_ref().map(taken).transpose()
}

/// The answer with this content, if it came before.
pub(super) fn find_answer(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Uuid>, DbError> {
    let row = tx.row("SELECT id FROM bank_file_answer WHERE digest = $1", &params![digest])?;
    row.map(|row| row.get(0)).transpose()
}

pub(super) fn insert_answer(
    tx: &mut Tx<'_>,
    id: Uuid,
    network: BankNetwork,
    digest: &str,
    (by, now): (Option<UserId>, Timestamp),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO bank_file_answer (id, network, digest, received_by, received_at_us) VALUES ($1, $2, $3, $4, $5)",
        &params![id, network.code(), digest, by.map(UserId::uuid), now],
    )?;
    Ok(())
}

pub(super) fn insert_line(
    tx: &mut Tx<'_>,
    answer: Uuid,
    stored: &StoredLine,
    now: Timestamp,
) -> Result<(), DbError> {
    let line = &stored.line;
    let flow: Value = stored.flow.map(flow_code).map(str::to_owned).into();
    tx.execute(
        "INSERT INTO bank_file_answer_line (id, answer_id, position, kind, trace, named, code, amount, flow, correction, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            line.id,
            answer,
            line.position,
            line.kind.code(),
            stored.trace,
            &line.named,
            &line.code,
            line.minor,
            flow,
            stored.correction.clone(),
            now,
        ],
    )?;
    Ok(())
}

/// The lines of an answer, in order.
pub(super) fn lines(reader: &mut Reader<'_>, answer: Uuid) -> Result<Vec<StoredLine>, DbError> {
    let rows = reader.rows(select!("WHERE answer_id = $1 ORDER BY position"), &params![answer])?;
    rows.iter().map(stored).collect()
}

/// The line of this identifier, locked until the unit ends, unless it was carried out.
pub(super) fn lock_pending(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<StoredLine>, DbError> {
    let row = tx.row(select!("WHERE id = $1 AND effect IS NULL FOR UPDATE"), &params![id])?;
    row.as_ref().map(stored).transpose()
}

/// Notes what a line did.
pub(super) fn note_effect(
    tx: &mut Tx<'_>,
    id: Uuid,
    entry: Option<TransferId>,
    effect: &str,
    detail: Option<&str>,
) -> Result<(), DbError> {
    let detail: Value = detail.map(str::to_owned).into();
    tx.execute(
        "UPDATE bank_file_answer_line SET entry_id = $2, effect = $3, detail = $4 WHERE id = $1",
        &params![id, entry.map(TransferId::uuid), effect, detail],
    )?;
    Ok(())
}
