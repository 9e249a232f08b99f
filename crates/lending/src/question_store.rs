//! Questions about applications, as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use crate::{ApplicationId, QuestionId};

/// A question as its row has it; what is asked and answered is sealed.
pub(crate) struct QuestionRow {
    pub id: QuestionId,
    pub question: String,
    pub asked_by: UserId,
    pub asked_at: Timestamp,
    pub answer: Option<(String, UserId, Timestamp)>,
}

fn question(row: &Row) -> Result<QuestionRow, DbError> {
    let answered: (Option<String>, Option<Uuid>, Option<Timestamp>) = (row.get(4)?, row.get(5)?, row.get(6)?);
    Ok(QuestionRow {
        id: QuestionId::from_uuid(row.get(0)?),
        question: row.get(1)?,
        asked_by: UserId::from_uuid(row.get(2)?),
        asked_at: row.get(3)?,
        answer: match answered {
            (Some(text), Some(by), Some(at)) => Some((text, UserId::from_uuid(by), at)),
            _ => None,
        },
    })
}

/// The questions about an application, in the order in which they were asked.
pub(crate) fn of_application(
    reader: &mut Reader<'_>,
    application: ApplicationId,
) -> Result<Vec<QuestionRow>, DbError> {
    const SQL: &str = "SELECT id, question, asked_by, asked_at_us, answer, answered_by, answered_at_us \
                       FROM lending_question WHERE application_id = $1 ORDER BY id";
    reader.rows(SQL, &params![application.uuid()])?.iter().map(question).collect()
}

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    application: ApplicationId,
    (id, sealed): (QuestionId, &str),
    (by, at): (UserId, Timestamp),
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO lending_question (id, application_id, question, asked_by, asked_at_us) \
                       VALUES ($1, $2, $3, $4, $5)";
    tx.execute(SQL, &params![id.uuid(), application.uuid(), sealed, by.uuid(), at]).map(drop)
}

pub(crate) fn answer(
    tx: &mut Tx<'_>,
    id: QuestionId,
    sealed: &str,
    (by, at): (UserId, Timestamp),
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE lending_question SET answer = $2, answered_by = $3, answered_at_us = $4 \
                       WHERE id = $1 AND answer IS NULL";
    tx.execute(SQL, &params![id.uuid(), sealed, by.uuid(), at]).map(drop)
}
