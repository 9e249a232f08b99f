//! The tables of scheduled payments.

use florin_db::Migration;

/// Schedules, and what came of their occurrences.
pub(crate) const MIGRATION: Migration = Migration::new(
    "payments_0005_scheduled",
    "CREATE TABLE scheduled_payment (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL,
        source_account {uuid},
        method_id {uuid} REFERENCES payment_method (id),
        payee_id {uuid} REFERENCES payee (id),
        target_account {uuid},
        loan_id {uuid},
        principal_only {bool} NOT NULL,
        amount_kind TEXT NOT NULL CHECK (amount_kind IN ('fixed', 'instalment_due', 'payoff')),
        amount BIGINT CHECK (amount > 0),
        currency TEXT NOT NULL,
        description TEXT,
        rhythm TEXT NOT NULL,
        first_on TEXT NOT NULL,
        time_of_day TEXT NOT NULL,
        time_zone TEXT NOT NULL,
        calendar TEXT NOT NULL,
        convention TEXT NOT NULL,
        end_after BIGINT CHECK (end_after > 0),
        end_on TEXT,
        retry_times BIGINT NOT NULL CHECK (retry_times >= 0),
        retry_hours BIGINT NOT NULL CHECK (retry_hours > 0),
        notice_days BIGINT CHECK (notice_days > 0),
        notice_made {bool} NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended', 'cancelled')),
        state_reason TEXT,
        lane BIGINT NOT NULL CHECK (lane IN (0, 1)),
        next_n BIGINT NOT NULL CHECK (next_n >= 0),
        next_at_us BIGINT,
        notice_n BIGINT NOT NULL CHECK (notice_n >= next_n),
        notice_at_us BIGINT,
        count_from BIGINT NOT NULL,
        version BIGINT NOT NULL CHECK (version >= 1),
        created_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL,
        CHECK ((source_account IS NULL) <> (method_id IS NULL)),
        CHECK ((CASE WHEN payee_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN target_account IS NULL THEN 0 ELSE 1 END)
               + (CASE WHEN loan_id IS NULL THEN 0 ELSE 1 END) = 1),
        CHECK ((amount_kind = 'fixed') = (amount IS NOT NULL)),
        CHECK (amount_kind = 'fixed' OR loan_id IS NOT NULL),
        CHECK (end_after IS NULL OR end_on IS NULL)
     ) {strict};
     CREATE INDEX scheduled_payment_by_user ON scheduled_payment (user_id, id);
     CREATE INDEX scheduled_payment_due ON scheduled_payment (lane, next_at_us, id)
        WHERE state = 'active' AND next_at_us IS NOT NULL;
     CREATE INDEX scheduled_payment_to_tell ON scheduled_payment (notice_at_us)
        WHERE state = 'active' AND notice_at_us IS NOT NULL;

     CREATE TABLE scheduled_payment_run (
        schedule_id {uuid} NOT NULL REFERENCES scheduled_payment (id),
        n BIGINT NOT NULL CHECK (n >= 0),
        state TEXT NOT NULL CHECK (state IN ('made', 'failed', 'skipped', 'retrying')),
        attempts BIGINT NOT NULL CHECK (attempts >= 0),
        payment_id {uuid},
        reason TEXT,
        due_at_us BIGINT NOT NULL,
        retry_at_us BIGINT,
        lane BIGINT NOT NULL CHECK (lane IN (0, 1)),
        changed_at_us BIGINT NOT NULL,
        PRIMARY KEY (schedule_id, n),
        CHECK ((state = 'retrying') = (retry_at_us IS NOT NULL)),
        CHECK (state <> 'made' OR payment_id IS NOT NULL)
     ) {clustered};
     CREATE UNIQUE INDEX scheduled_payment_run_payment ON scheduled_payment_run (payment_id) WHERE payment_id IS NOT NULL;
     CREATE INDEX scheduled_payment_run_to_retry ON scheduled_payment_run (lane, retry_at_us) WHERE state = 'retrying';",
);
