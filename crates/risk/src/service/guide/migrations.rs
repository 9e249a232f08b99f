//! The tables of what guides decisions.

/// Lists, sets of rules, snoozes and models, and how often each of them changed.
pub(in crate::service) const GUIDES: &str = "
    CREATE TABLE risk_revision (
        part TEXT PRIMARY KEY CHECK (part IN ('lists', 'rules', 'snoozes', 'models')),
        number BIGINT NOT NULL
    ) {clustered};

    CREATE TABLE risk_list_entry (
        id {uuid} PRIMARY KEY,
        dimension TEXT NOT NULL CHECK (dimension IN ('user', 'account', 'counterparty', 'card', 'merchant',
            'terminal', 'email', 'device', 'ip', 'country')),
        value TEXT NOT NULL,
        meets TEXT NOT NULL,
        effect TEXT NOT NULL CHECK (effect IN ('block', 'allow')),
        reason TEXT NOT NULL,
        expires_at_us BIGINT,
        created_by {uuid},
        created_at_us BIGINT NOT NULL,
        removed_by {uuid},
        removed_at_us BIGINT,
        CHECK (removed_by IS NULL OR removed_at_us IS NOT NULL)
    ) {strict};
    CREATE INDEX risk_list_entry_meets ON risk_list_entry (dimension, meets) WHERE removed_at_us IS NULL;

    CREATE TABLE risk_rule_set (
        hash TEXT PRIMARY KEY,
        version TEXT NOT NULL,
        text TEXT NOT NULL,
        note TEXT,
        author {uuid},
        created_at_us BIGINT NOT NULL
    ) {strict};
    {append_only:risk_rule_set}

    CREATE TABLE risk_rule_state (
        hash TEXT PRIMARY KEY REFERENCES risk_rule_set (hash),
        status TEXT NOT NULL CHECK (status IN ('active', 'retired')),
        activated_by {uuid},
        activated_at_us BIGINT NOT NULL
    ) {strict};
    CREATE UNIQUE INDEX risk_rule_state_active ON risk_rule_state (status) WHERE status = 'active';

    CREATE TABLE risk_snooze (
        rule TEXT NOT NULL,
        user_id {uuid} NOT NULL,
        until_us BIGINT NOT NULL,
        reason TEXT NOT NULL,
        created_by {uuid},
        created_at_us BIGINT NOT NULL,
        PRIMARY KEY (rule, user_id)
    ) {clustered};

    CREATE TABLE risk_model (
        version TEXT PRIMARY KEY,
        features TEXT NOT NULL,
        text TEXT NOT NULL,
        report TEXT,
        trained_from TEXT NOT NULL,
        trained_to TEXT NOT NULL,
        trained_rows BIGINT NOT NULL,
        trained_frauds BIGINT NOT NULL,
        created_by {uuid},
        created_at_us BIGINT NOT NULL
    ) {strict};

    CREATE TABLE risk_model_role (
        role TEXT PRIMARY KEY CHECK (role IN ('champion', 'challenger')),
        version TEXT NOT NULL,
        given_by {uuid},
        given_at_us BIGINT NOT NULL
    ) {strict};
";
