//! The tables of screening, once for both engines.

use florin_db::Migration;

/// The migrations of this module, in their order.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "compliance_0002_screening",
    "CREATE TABLE sanctions_state (
        id BIGINT PRIMARY KEY CHECK (id = 1),
        seq BIGINT NOT NULL,
        passed BIGINT NOT NULL,
        target BIGINT NOT NULL,
        pass_kind TEXT NOT NULL CHECK (pass_kind IN ('customer', 'payee')),
        pass_after {uuid},
        pass_subjects BIGINT NOT NULL,
        pass_found BIGINT NOT NULL,
        passed_at_us BIGINT,
        CHECK (passed <= target AND target <= seq)
     ) {strict};
     INSERT INTO sanctions_state (id, seq, passed, target, pass_kind, pass_subjects, pass_found) VALUES (1, 0, 0, 0, 'customer', 0, 0);

     CREATE TABLE sanctions_list (
        seq BIGINT PRIMARY KEY,
        source TEXT NOT NULL CHECK (source IN ('ofac_sdn', 'ofac_cons', 'un', 'bis', 'house')),
        hash TEXT NOT NULL,
        entries BIGINT NOT NULL,
        added BIGINT NOT NULL,
        changed BIGINT NOT NULL,
        removed BIGINT NOT NULL,
        active {bool} NOT NULL,
        loaded_at_us BIGINT NOT NULL,
        loaded_by {uuid}
     ) {strict};
     CREATE UNIQUE INDEX sanctions_list_active ON sanctions_list (source) WHERE active;

     CREATE TABLE sanctions_entry (
        source TEXT NOT NULL,
        entry_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        entry TEXT NOT NULL,
        since_seq BIGINT NOT NULL,
        PRIMARY KEY (source, entry_id)
     ) {strict};

     CREATE TABLE screening_subject (
        kind TEXT NOT NULL CHECK (kind IN ('customer', 'payee')),
        subject_id {uuid} NOT NULL,
        screened_at_us BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        PRIMARY KEY (kind, subject_id)
     ) {strict};

     CREATE TABLE screening (
        id {uuid} PRIMARY KEY,
        subject_kind TEXT NOT NULL CHECK (subject_kind IN ('customer', 'payee', 'name')),
        subject_id {uuid} NOT NULL,
        user_id {uuid},
        query TEXT NOT NULL,
        query_index {bytes} NOT NULL,
        lists TEXT NOT NULL,
        threshold BIGINT NOT NULL CHECK (threshold BETWEEN 0 AND 1000),
        best BIGINT CHECK (best BETWEEN 0 AND 1000),
        status TEXT NOT NULL CHECK (status IN ('clear', 'open', 'confirmed', 'cleared')),
        created_at_us BIGINT NOT NULL,
        created_by {uuid},
        decided_at_us BIGINT,
        decided_by {uuid},
        CHECK ((status = 'clear') = (best IS NULL)),
        CHECK ((status IN ('confirmed', 'cleared')) = (decided_at_us IS NOT NULL))
     ) {strict};
     CREATE INDEX screening_by_subject ON screening (subject_kind, subject_id);
     CREATE INDEX screening_by_status ON screening (status, id);
     CREATE INDEX screening_blocking ON screening (subject_kind, subject_id) WHERE status IN ('open', 'confirmed');

     CREATE TABLE screening_hit (
        id {uuid} PRIMARY KEY,
        screening_id {uuid} NOT NULL REFERENCES screening (id),
        position BIGINT NOT NULL,
        source TEXT NOT NULL,
        entry_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        listed_name TEXT NOT NULL,
        entry_kind TEXT NOT NULL,
        programmes TEXT NOT NULL,
        score BIGINT NOT NULL CHECK (score BETWEEN 0 AND 1000),
        explanation TEXT NOT NULL,
        UNIQUE (screening_id, position)
     ) {strict};

     CREATE TABLE screening_decision (
        id {uuid} PRIMARY KEY,
        screening_id {uuid} NOT NULL REFERENCES screening (id),
        decision TEXT NOT NULL CHECK (decision IN ('true_match', 'false_match')),
        reason TEXT NOT NULL,
        decided_by {uuid},
        decided_at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX screening_decision_by_screening ON screening_decision (screening_id, id);
     {append_only:screening_decision}",
)];
