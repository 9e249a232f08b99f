//! The tables of files and what banks answer.

/// The schema.
pub(crate) const BANK_FILES: &str = "
    CREATE TABLE bank_file (
        id {uuid} PRIMARY KEY,
        network TEXT NOT NULL CHECK (network IN ('ach', 'eft')),
        number BIGINT NOT NULL CHECK (number >= 1),
        made_on TEXT NOT NULL,
        effective_on TEXT NOT NULL,
        settles_on TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('created', 'sent', 'settled')),
        entries BIGINT NOT NULL CHECK (entries >= 1),
        debits BIGINT NOT NULL CHECK (debits >= 0),
        credits BIGINT NOT NULL CHECK (credits >= 0),
        digest TEXT NOT NULL,
        content TEXT NOT NULL,
        created_by {uuid},
        created_at_us BIGINT NOT NULL,
        sent_by {uuid},
        sent_at_us BIGINT,
        UNIQUE (network, number),
        CHECK ((state = 'created') = (sent_at_us IS NULL))
    ) {strict};
    CREATE INDEX bank_file_to_settle ON bank_file (network, settles_on) WHERE state = 'sent';

    CREATE TABLE bank_file_counter (
        network TEXT PRIMARY KEY,
        files BIGINT NOT NULL,
        traces BIGINT NOT NULL
    ) {strict};

    CREATE TABLE bank_file_entry (
        id {uuid} PRIMARY KEY,
        payment_id {uuid} NOT NULL REFERENCES payment_order (id),
        network TEXT NOT NULL CHECK (network IN ('ach', 'eft')),
        is_refund {bool} NOT NULL,
        flow TEXT NOT NULL CHECK (flow IN ('in', 'out')),
        amount BIGINT NOT NULL CHECK (amount > 0),
        country TEXT NOT NULL CHECK (country IN ('US', 'CA')),
        account_type TEXT NOT NULL CHECK (account_type IN ('checking', 'savings')),
        details TEXT NOT NULL,
        holder TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'filed', 'settled', 'returned', 'recalled')),
        file_id {uuid} REFERENCES bank_file (id),
        trace BIGINT,
        reason TEXT,
        queued_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL,
        CHECK ((file_id IS NULL) = (trace IS NULL)),
        CHECK (state NOT IN ('filed', 'settled', 'returned') OR file_id IS NOT NULL),
        CHECK (state NOT IN ('queued', 'recalled') OR file_id IS NULL)
    ) {strict};
    CREATE INDEX bank_file_entry_queue ON bank_file_entry (network, id) WHERE state = 'queued';
    CREATE INDEX bank_file_entry_by_file ON bank_file_entry (file_id, trace) WHERE file_id IS NOT NULL;
    CREATE INDEX bank_file_entry_by_trace ON bank_file_entry (network, trace) WHERE trace IS NOT NULL;
    CREATE INDEX bank_file_entry_by_payment ON bank_file_entry (payment_id);

    CREATE TABLE bank_file_answer (
        id {uuid} PRIMARY KEY,
        network TEXT NOT NULL CHECK (network IN ('ach', 'eft')),
        digest TEXT NOT NULL UNIQUE,
        received_by {uuid},
        received_at_us BIGINT NOT NULL
    ) {strict};

    CREATE TABLE bank_file_answer_line (
        id {uuid} PRIMARY KEY,
        answer_id {uuid} NOT NULL REFERENCES bank_file_answer (id),
        position BIGINT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('return', 'change')),
        trace BIGINT,
        named TEXT NOT NULL,
        code TEXT NOT NULL,
        amount BIGINT,
        flow TEXT CHECK (flow IN ('in', 'out')),
        correction TEXT,
        entry_id {uuid} REFERENCES bank_file_entry (id),
        effect TEXT,
        detail TEXT,
        at_us BIGINT NOT NULL,
        UNIQUE (answer_id, position)
    ) {strict};
";
