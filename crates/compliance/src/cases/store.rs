//! Cases as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::desk::CaseQuery;
use super::{Case, CaseId, CaseKind, CasePlace, Decision, Evidence, KeptEvidence, Note, Status};

/// A statement about whole cases.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, reference, subject, title, status, priority, assignee, decision, decided_by, decided_at_us, \
             sar, version, opened_at_us, due_at_us, follows, deciding FROM compliance_case ",
            $rest
        )
    };
}

fn corrupt<E>(_: E) -> DbError {
    DbError::Corrupt("compliance_case has a row that was never written".to_owned())
}

fn user(row: &Row, index: usize) -> Result<Option<UserId>, DbError> {
    Ok(row.get::<Option<Uuid>>(index)?.map(UserId::from_uuid))
}

fn case(row: &Row) -> Result<Case, DbError> {
    let decided =
        |code: Option<String>| code.map(|code| code.parse::<Decision>().map_err(corrupt)).transpose();
    Ok(Case {
        id: CaseId::from_uuid(row.get(0)?),
        kind: row.get::<String>(1)?.parse().map_err(corrupt)?,
        reference: row.get(2)?,
        subject: user(row, 3)?,
        title: row.get(4)?,
        status: row.get::<String>(5)?.parse().map_err(corrupt)?,
        priority: row.get::<String>(6)?.parse().map_err(corrupt)?,
        assignee: user(row, 7)?,
        decision: decided(row.get(8)?)?,
        decided_by: user(row, 9)?,
        decided_at: row.get::<Option<Timestamp>>(10)?,
        sar: row.get(11)?,
        version: row.get(12)?,
        opened_at: row.get(13)?,
        due_at: row.get(14)?,
        follows: row.get::<Option<Uuid>>(15)?.map(CaseId::from_uuid),
        deciding: decided(row.get(16)?)?,
    })
}

pub(super) fn find(reader: &mut Reader<'_>, id: CaseId) -> Result<Option<Case>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(case).transpose()
}

/// The case of a reference that is not closed, or else the one that was opened last.
pub(super) fn by_reference(
    reader: &mut Reader<'_>,
    kind: CaseKind,
    reference: &str,
) -> Result<Option<Case>, DbError> {
    let row = reader.row(
        select!(
            "WHERE kind = $1 AND reference = $2 \
             ORDER BY CASE WHEN status = 'closed' THEN 1 ELSE 0 END, opened_at_us DESC, id DESC LIMIT 1"
        ),
        &params![kind.code(), reference],
    )?;
    row.as_ref().map(case).transpose()
}

/// A case, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: CaseId) -> Result<Option<Case>, DbError> {
    let row = tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?;
    row.as_ref().map(case).transpose()
}

/// Cases after a place, those that are due first at the top.
pub(super) fn list(
    reader: &mut Reader<'_>,
    query: &CaseQuery,
    after: Option<CasePlace>,
    limit: i64,
) -> Result<Vec<Case>, DbError> {
    let rows = reader.rows(
        select!(
            "WHERE (due_at_us > $1 OR (due_at_us = $1 AND id > $2)) AND ($3 = '' OR kind = $3) \
             AND ($4 = '' OR status = $4) AND (assignee = $5 OR $5 = $6) AND (subject = $7 OR $7 = $6) \
             ORDER BY due_at_us, id LIMIT $8"
        ),
        // The nil identifier is nobody's: it stands for any.
        &params![
            after.map_or(i64::MIN, |place| place.due_at_us),
            after.map_or(Uuid::nil(), |place| place.id.uuid()),
            query.kind.map_or("", CaseKind::code),
            query.status.map_or("", Status::code),
            query.assignee.map_or(Uuid::nil(), UserId::uuid),
            Uuid::nil(),
            query.subject.map_or(Uuid::nil(), UserId::uuid),
            limit,
        ],
    )?;
    rows.iter().map(case).collect()
}

pub(super) fn evidence(reader: &mut Reader<'_>, id: CaseId) -> Result<Vec<KeptEvidence>, DbError> {
    let rows = reader.rows(
        "SELECT kind, reference, text, added_by, added_at_us FROM compliance_case_evidence \
         WHERE case_id = $1 ORDER BY added_at_us, id",
        &params![id.uuid()],
    )?;
    rows.iter()
        .map(|row| {
            let evidence = Evidence { kind: row.get(0)?, reference: row.get(1)?, text: row.get(2)? };
            Ok(KeptEvidence { evidence, added_by: user(row, 3)?, added_at: row.get(4)? })
        })
        .collect()
}

pub(super) fn notes(reader: &mut Reader<'_>, id: CaseId) -> Result<Vec<Note>, DbError> {
    let rows = reader.rows(
        "SELECT id, text, written_by, written_at_us FROM compliance_case_note WHERE case_id = $1 \
         ORDER BY written_at_us, id",
        &params![id.uuid()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Note {
                id: row.get(0)?,
                text: row.get(1)?,
                written_by: user(row, 2)?,
                written_at: row.get(3)?,
            })
        })
        .collect()
}

pub(super) fn insert_note(tx: &mut Tx<'_>, case: CaseId, note: &Note) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO compliance_case_note (id, case_id, text, written_by, written_at_us) VALUES ($1, $2, $3, $4, $5)",
        &params![note.id, case.uuid(), &note.text, note.written_by.map(UserId::uuid), note.written_at],
    )?;
    Ok(())
}

/// Writes what can change of a case, as its next version; false when it is of another version than `case` tells.
pub(super) fn update(tx: &mut Tx<'_>, case: &Case) -> Result<bool, DbError> {
    let written = tx.execute(
        "UPDATE compliance_case SET status = $3, priority = $4, assignee = $5, decision = $6, decided_by = $7, \
         decided_at_us = $8, sar = $9, deciding = $10, version = version + 1 WHERE id = $1 AND version = $2",
        &params![
            case.id.uuid(),
            case.version,
            case.status.code(),
            case.priority.code(),
            case.assignee.map(UserId::uuid),
            case.decision.map(Decision::code),
            case.decided_by.map(UserId::uuid),
            case.decided_at,
            case.sar,
            case.deciding.map(Decision::code),
        ],
    )?;
    Ok(written == 1)
}

/// Notes what is about to be decided, or that nothing is. That is no change that anybody could miss: the version stays.
pub(super) fn set_deciding(tx: &mut Tx<'_>, id: CaseId, decision: Option<Decision>) -> Result<(), DbError> {
    tx.execute(
        "UPDATE compliance_case SET deciding = $2 WHERE id = $1 AND status <> 'closed'",
        &params![id.uuid(), decision.map(Decision::code)],
    )?;
    Ok(())
}

/// Whether a piece of evidence lies in a closed case of this reference.
pub(super) fn is_known(
    reader: &mut Reader<'_>,
    kind: CaseKind,
    reference: &str,
    evidence: &Evidence,
) -> Result<bool, DbError> {
    let row = reader.row(
        "SELECT 1 FROM compliance_case_evidence e JOIN compliance_case c ON c.id = e.case_id \
         WHERE c.kind = $1 AND c.reference = $2 AND c.status = 'closed' AND e.kind = $3 AND e.reference = $4 LIMIT 1",
        &params![kind.code(), reference, &evidence.kind, &evidence.reference],
    )?;
    Ok(row.is_some())
}
