//! The tables of risk.

use florin_db::Migration;

/// The schema of this crate.
pub static MIGRATIONS: &[Migration] = &[
    Migration::new("risk_0001_decisions", DECISIONS),
    Migration::new("risk_0002_guides", super::guide::GUIDES),
];

/// Decisions, with all that they were made of; what became of those that were held; and what is known by now.
const DECISIONS: &str = "
    CREATE TABLE risk_decision (
        id {uuid} PRIMARY KEY,
        subject_id {uuid} NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN
            ('transfer', 'payment', 'withdrawal', 'deposit', 'card_authorization', 'login')),
        user_id {uuid},
        verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'review', 'decline')),
        outcome TEXT NOT NULL CHECK (outcome IN ('approved', 'held', 'declined', 'failed_login')),
        score BIGINT NOT NULL CHECK (score BETWEEN 0 AND 1000),
        reasons TEXT,
        rules_hash TEXT,
        model TEXT,
        evidence {bytes} NOT NULL,
        features {bytes},
        digest {bytes},
        at_us BIGINT NOT NULL
    ) {clustered};
    CREATE INDEX risk_decision_doubted ON risk_decision (user_id, id) WHERE verdict <> 'approve';
    CREATE INDEX risk_decision_failed_login ON risk_decision (id) WHERE outcome = 'failed_login';
    CREATE INDEX risk_decision_held ON risk_decision (subject_id) WHERE outcome <> 'approved';
    {append_only:risk_decision}

    CREATE TABLE risk_review (
        decision_id {uuid} PRIMARY KEY REFERENCES risk_decision (id),
        released {bool} NOT NULL,
        decided_by {uuid},
        at_us BIGINT NOT NULL
    ) {clustered};
    {append_only:risk_review}

    CREATE TABLE risk_label (
        subject_id {uuid} NOT NULL,
        fraud {bool} NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('customer', 'analyst', 'chargeback', 'case')),
        kind TEXT NOT NULL,
        note TEXT,
        user_id {uuid},
        reported_by {uuid},
        at_us BIGINT NOT NULL,
        PRIMARY KEY (subject_id, source)
    ) {clustered};
    CREATE INDEX risk_label_by_user ON risk_label (user_id) WHERE user_id IS NOT NULL;
    {append_only:risk_label}
";
