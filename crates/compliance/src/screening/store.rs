//! Lists, screenings and what was decided, as rows.

use std::collections::HashSet;

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::{Decision, Judgement, Screening, ScreeningId, Source, Status, Subject, SubjectKind};

pub(super) fn corrupt<E>(_: E) -> DbError {
    DbError::Corrupt("a row of screening is not what was written".to_owned())
}

/// Where the loads and the pass over all subjects stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The number of the latest load.
    pub(super) seq: i64,
    /// Up to which load all subjects were looked for.
    pub(super) passed: i64,
    /// The load that the pass is about.
    pub(super) target: i64,
    /// Which subjects the pass is at.
    pub(super) kind: SubjectKind,
    /// After which one.
    pub(super) after: Option<Uuid>,
    /// How many it looked for.
    pub(super) subjects: i64,
    /// How many screenings it opened.
    pub(super) found: i64,
}

macro_rules! select_state {
    ($rest:literal) => {
        concat!(
            "SELECT seq, passed, target, pass_kind, pass_after, pass_subjects, pass_found FROM sanctions_state WHERE id = 1",
            $rest
        )
    };
}

fn state_of(row: Option<Row>) -> Result<State, DbError> {
    let row = row.ok_or_else(|| corrupt(()))?;
    let kind: String = row.get(3)?;
    Ok(State {
        seq: row.get(0)?,
        passed: row.get(1)?,
        target: row.get(2)?,
        kind: SubjectKind::find(&kind).ok_or_else(|| corrupt(()))?,
        after: row.get(4)?,
        subjects: row.get(5)?,
        found: row.get(6)?,
    })
}

pub(super) fn state(reader: &mut Reader<'_>) -> Result<State, DbError> {
    state_of(reader.row(select_state!(""), &[])?)
}

/// The state, locked until the unit ends.
pub(super) fn lock_state(tx: &mut Tx<'_>) -> Result<State, DbError> {
    state_of(tx.row(select_state!(" FOR UPDATE"), &[])?)
}

pub(super) fn write_state(
    tx: &mut Tx<'_>,
    state: &State,
    passed_at: Option<Timestamp>,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE sanctions_state SET seq = $1, passed = $2, target = $3, pass_kind = $4, pass_after = $5, pass_subjects = $6, \
         pass_found = $7, passed_at_us = COALESCE($8, passed_at_us) WHERE id = 1",
        &params![
            state.seq,
            state.passed,
            state.target,
            state.kind.code(),
            state.after,
            state.subjects,
            state.found,
            passed_at,
        ],
    )?;
    Ok(())
}

/// A load of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListRow {
    pub(super) seq: i64,
    pub(super) source: Source,
    pub(super) hash: String,
    pub(super) entries: i64,
    pub(super) loaded_at: Timestamp,
    pub(super) loaded_by: Option<UserId>,
}

/// The lists that count, by their names.
pub(super) fn lists(reader: &mut Reader<'_>) -> Result<Vec<ListRow>, DbError> {
    let rows = reader.rows(
        "SELECT seq, source, hash, entries, loaded_at_us, loaded_by FROM sanctions_list WHERE active ORDER BY source",
        &[],
    )?;
    let list = |row: &Row| {
        Ok(ListRow {
            seq: row.get(0)?,
            source: row.get::<String>(1)?.parse().map_err(corrupt)?,
            hash: row.get(2)?,
            entries: row.get(3)?,
            loaded_at: row.get(4)?,
            loaded_by: row.get::<Option<Uuid>>(5)?.map(UserId::from_uuid),
        })
    };
    rows.iter().map(list).collect()
}

/// An entry as it is kept.
pub(super) struct EntryRow {
    pub(super) source: Source,
    pub(super) id: String,
    pub(super) fingerprint: String,
    pub(super) entry: String,
    pub(super) since: i64,
}

/// All entries of all lists.
pub(super) fn entries(reader: &mut Reader<'_>) -> Result<Vec<EntryRow>, DbError> {
    let rows =
        reader.rows("SELECT source, entry_id, fingerprint, entry, since_seq FROM sanctions_entry", &[])?;
    let entry = |row: &Row| {
        Ok(EntryRow {
            source: row.get::<String>(0)?.parse().map_err(corrupt)?,
            id: row.get(1)?,
            fingerprint: row.get(2)?,
            entry: row.get(3)?,
            since: row.get(4)?,
        })
    };
    rows.iter().map(entry).collect()
}

static SCREENED: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO screening_subject (kind, subject_id, screened_at_us, seq) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, subject_id) DO UPDATE SET screened_at_us = excluded.screened_at_us, seq = excluded.seq",
    postgres: "INSERT INTO screening_subject (kind, subject_id, screened_at_us, seq) \
               SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::bigint[], $4::bigint[]) ORDER BY 1, 2 \
               ON CONFLICT (kind, subject_id) DO UPDATE SET screened_at_us = excluded.screened_at_us, seq = excluded.seq",
    columns: &[Column::Text, Column::Uuid, Column::Int, Column::Int],
};

/// Notes that these subjects were looked for, and keeps others from doing so until the unit ends.
pub(super) fn note_screened(
    tx: &mut Tx<'_>,
    subjects: &[Subject],
    seq: i64,
    at: Timestamp,
) -> Result<(), DbError> {
    let mut rows = Bulk::new(&SCREENED);
    for subject in subjects {
        rows.push(params![subject.kind.code(), subject.id, at, seq]);
    }
    tx.bulk(rows)
}

/// The entries that were found of this subject, as it is called now, in what they said then.
pub(super) fn known(
    reader: &mut Reader<'_>,
    subject: Subject,
    index: [u8; 32],
) -> Result<HashSet<(String, String, String)>, DbError> {
    let rows = reader.rows(
        "SELECT h.source, h.entry_id, h.fingerprint FROM screening s JOIN screening_hit h ON h.screening_id = s.id \
         WHERE s.subject_kind = $1 AND s.subject_id = $2 AND s.query_index = $3",
        &params![subject.kind.code(), subject.id, index],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Whether the subject, as it is called now, was looked for before and that was written down.
pub(super) fn is_screened(
    reader: &mut Reader<'_>,
    subject: Subject,
    index: [u8; 32],
) -> Result<bool, DbError> {
    let row = reader.row(
        "SELECT 1 FROM screening WHERE subject_kind = $1 AND subject_id = $2 AND query_index = $3 LIMIT 1",
        &params![subject.kind.code(), subject.id, index],
    )?;
    Ok(row.is_some())
}

macro_rules! select_screening {
    ($rest:literal) => {
        concat!(
            "SELECT id, subject_kind, subject_id, user_id, lists, threshold, best, status, created_at_us, created_by, \
             decided_at_us, decided_by, query FROM screening ",
            $rest
        )
    };
}

/// A screening, and what was looked for, sealed.
pub(super) type Kept = (Screening, String);

fn screening(row: &Row) -> Result<Kept, DbError> {
    let user = |index| Ok::<_, DbError>(row.get::<Option<Uuid>>(index)?.map(UserId::from_uuid));
    let kind: String = row.get(1)?;
    let screening = Screening {
        id: ScreeningId::from_uuid(row.get(0)?),
        subject: Subject { kind: SubjectKind::find(&kind).ok_or_else(|| corrupt(()))?, id: row.get(2)? },
        user: user(3)?,
        lists: row.get(4)?,
        threshold: row.get(5)?,
        best: row.get(6)?,
        status: row.get::<String>(7)?.parse().map_err(corrupt)?,
        created_at: row.get(8)?,
        created_by: user(9)?,
        decided_at: row.get(10)?,
        decided_by: user(11)?,
    };
    Ok((screening, row.get(12)?))
}

pub(super) fn find(reader: &mut Reader<'_>, id: ScreeningId) -> Result<Option<Kept>, DbError> {
    reader.row(select_screening!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(screening).transpose()
}

pub(super) fn lock(tx: &mut Tx<'_>, id: ScreeningId) -> Result<Option<Kept>, DbError> {
    tx.row(select_screening!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?
        .as_ref()
        .map(screening)
        .transpose()
}

/// Screenings before one, the latest first.
pub(super) fn list(
    reader: &mut Reader<'_>,
    (status, subject): (Option<Status>, Option<Uuid>),
    before: Option<ScreeningId>,
    limit: i64,
) -> Result<Vec<Screening>, DbError> {
    let rows = reader.rows(
        select_screening!(
            "WHERE ($1 = '' OR status = $1) AND (subject_id = $2 OR $2 = $3) AND (id < $4 OR $4 = $3) ORDER BY id DESC LIMIT $5"
        ),
        // The nil identifier is nobody's: it stands for any.
        &params![
            status.map_or("", Status::code),
            subject.unwrap_or(Uuid::nil()),
            Uuid::nil(),
            before.map_or(Uuid::nil(), ScreeningId::uuid),
            limit,
        ],
    )?;
    rows.iter().map(|row| screening(row).map(|(screening, _)| screening)).collect()
}

pub(super) fn judgements(reader: &mut Reader<'_>, id: ScreeningId) -> Result<Vec<Judgement>, DbError> {
    let rows = reader.rows(
        "SELECT decision, reason, decided_by, decided_at_us FROM screening_decision WHERE screening_id = $1 ORDER BY id",
        &params![id.uuid()],
    )?;
    let judgement = |row: &Row| {
        Ok(Judgement {
            decision: row.get::<String>(0)?.parse::<Decision>().map_err(corrupt)?,
            reason: row.get(1)?,
            by: row.get::<Option<Uuid>>(2)?.map(UserId::from_uuid),
            at: row.get(3)?,
        })
    };
    rows.iter().map(judgement).collect()
}

/// Writes what was decided.
pub(super) fn decide(
    tx: &mut Tx<'_>,
    (id, row): (ScreeningId, Uuid),
    judgement: &Judgement,
) -> Result<(), DbError> {
    let by = judgement.by.map(UserId::uuid);
    tx.execute(
        "UPDATE screening SET status = $2, decided_at_us = $3, decided_by = $4 WHERE id = $1",
        &params![id.uuid(), judgement.decision.status().code(), judgement.at, by],
    )?;
    tx.execute(
        "INSERT INTO screening_decision (id, screening_id, decision, reason, decided_by, decided_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &params![row, id.uuid(), judgement.decision.code(), &judgement.reason, by, judgement.at],
    )?;
    Ok(())
}

/// The subjects that wait for a decision or were confirmed.
pub(super) fn blocking(reader: &mut Reader<'_>) -> Result<Vec<Subject>, DbError> {
    let rows = reader.rows(
        "SELECT DISTINCT subject_kind, subject_id FROM screening \
         WHERE status IN ('open', 'confirmed') AND subject_kind <> 'name'",
        &[],
    )?;
    let subject = |row: &Row| {
        let kind: String = row.get(0)?;
        Ok(Subject { kind: SubjectKind::find(&kind).ok_or_else(|| corrupt(()))?, id: row.get(1)? })
    };
    rows.iter().map(subject).collect()
}
