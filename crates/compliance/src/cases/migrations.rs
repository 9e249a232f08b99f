//! The tables of cases, once for both engines.

use florin_db::Migration;

/// The migrations of this crate, in their order.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "compliance_0001_cases",
    "CREATE TABLE compliance_case (
        id {uuid} PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('fraud', 'aml', 'screening')),
        reference TEXT NOT NULL,
        subject {uuid},
        title TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'in_progress', 'closed')),
        priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
        assignee {uuid},
        decision TEXT CHECK (decision IN ('fraud', 'genuine', 'sar', 'no_action', 'true_match', 'false_match')),
        decided_by {uuid},
        decided_at_us BIGINT,
        sar {bool} NOT NULL,
        version BIGINT NOT NULL CHECK (version > 0),
        opened_at_us BIGINT NOT NULL,
        due_at_us BIGINT NOT NULL,
        follows {uuid} REFERENCES compliance_case (id),
        deciding TEXT CHECK (deciding IN ('fraud', 'genuine', 'sar', 'no_action', 'true_match', 'false_match')),
        CHECK ((status = 'closed') = (decision IS NOT NULL)),
        CHECK ((status = 'closed') = (decided_at_us IS NOT NULL)),
        CHECK (status <> 'in_progress' OR assignee IS NOT NULL)
     ) {strict};
     CREATE UNIQUE INDEX compliance_case_once ON compliance_case (kind, reference) WHERE status <> 'closed';
     CREATE INDEX compliance_case_by_reference ON compliance_case (kind, reference, opened_at_us);
     CREATE INDEX compliance_case_by_due ON compliance_case (due_at_us, id);
     CREATE INDEX compliance_case_by_status ON compliance_case (status, due_at_us, id);
     CREATE INDEX compliance_case_by_subject ON compliance_case (subject, id);

     CREATE TABLE compliance_case_evidence (
        id {uuid} PRIMARY KEY,
        case_id {uuid} NOT NULL REFERENCES compliance_case (id),
        kind TEXT NOT NULL,
        reference TEXT NOT NULL,
        text TEXT NOT NULL,
        added_by {uuid},
        added_at_us BIGINT NOT NULL,
        UNIQUE (case_id, kind, reference)
     ) {strict};
     {append_only:compliance_case_evidence}

     CREATE TABLE compliance_case_note (
        id {uuid} PRIMARY KEY,
        case_id {uuid} NOT NULL REFERENCES compliance_case (id),
        text TEXT NOT NULL,
        written_by {uuid},
        written_at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX compliance_case_note_by_case ON compliance_case_note (case_id, id);
     {append_only:compliance_case_note}",
)];
