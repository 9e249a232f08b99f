//! The statements of the hot path, in both dialects side by side.

use florin_db::{BulkStatement, Kind};

/// New transfers.
pub(crate) static INSERT_TRANSFER: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO ledger_transfer (seq, id, at_us, debit_no, credit_no, currency, amount, \
             asked, mode, flags, code, pending_id, timeout_s, expires_at_us, effective_day, \
             asked_day, group_id, reverses, debit_version, debit_debits_pending, debit_debits_posted, \
             debit_credits_pending, debit_credits_posted, credit_version, credit_debits_pending, \
             credit_debits_posted, credit_credits_pending, credit_credits_posted, debit_prev, \
             credit_prev) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
             $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)",
    postgres: "INSERT INTO ledger_transfer (seq, id, at_us, debit_no, credit_no, currency, amount, \
             asked, mode, flags, code, pending_id, timeout_s, expires_at_us, effective_day, \
             asked_day, group_id, reverses, debit_version, debit_debits_pending, debit_debits_posted, \
             debit_credits_pending, debit_credits_posted, credit_version, credit_debits_pending, \
             credit_debits_posted, credit_credits_pending, credit_credits_posted, debit_prev, \
             credit_prev) SELECT * FROM UNNEST($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[], \
             $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], \
             $11::bigint[], $12::uuid[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], \
             $17::uuid[], $18::uuid[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], \
             $23::bigint[], $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[], \
             $28::bigint[], $29::bigint[], $30::bigint[])",
    columns: &[
        Kind::Int,
        Kind::Uuid,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Uuid,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Uuid,
        Kind::Uuid,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

/// Signposts in the accounts' chains of entries.
pub(crate) static INSERT_MARK: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO ledger_mark (account_no, version, seq, at_us) VALUES ($1, $2, $3, $4)",
    postgres: "INSERT INTO ledger_mark (account_no, version, seq, at_us) SELECT * FROM \
             UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

/// New holds.
pub(crate) static INSERT_HOLD: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO ledger_hold (id, seq, debit_no, credit_no, amount, expires_at_us, state) \
             VALUES ($1, $2, $3, $4, $5, $6, 'open')",
    postgres: "INSERT INTO ledger_hold (id, seq, debit_no, credit_no, amount, expires_at_us, state) \
             SELECT *, 'open' FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], \
             $5::bigint[], $6::bigint[])",
    columns: &[Kind::Uuid, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

/// Holds posted, voided or expired.
pub(crate) static RESOLVE_HOLD: BulkStatement = BulkStatement {
    sqlite: "UPDATE ledger_hold SET state = $2, resolved_by = $3 WHERE id = $1 AND state = 'open'",
    postgres: "UPDATE ledger_hold AS h SET state = n.state, resolved_by = n.seq FROM UNNEST($1::uuid[], \
             $2::text[], $3::bigint[]) AS n(id, state, seq) WHERE h.id = n.id AND h.state = 'open'",
    columns: &[Kind::Uuid, Kind::Text, Kind::Int],
};

/// Identifiers used up by refusals.
pub(crate) static INSERT_BURNED: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO ledger_burned (id, code, fingerprint, at_us) VALUES ($1, $2, $3, $4)",
    postgres: "INSERT INTO ledger_burned (id, code, fingerprint, at_us) SELECT * FROM \
             UNNEST($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])",
    columns: &[Kind::Uuid, Kind::Text, Kind::Int, Kind::Int],
};

/// Sums by value date, added to what is there.
pub(crate) static ADD_DAY: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO ledger_day (account_no, day, debits, credits) VALUES ($1, $2, $3, $4) ON \
             CONFLICT (account_no, day) DO UPDATE SET debits = debits + excluded.debits, credits = \
             credits + excluded.credits",
    postgres: "INSERT INTO ledger_day AS d (account_no, day, debits, credits) SELECT account_no, day, \
             CAST(SUM(debits) AS BIGINT), CAST(SUM(credits) AS BIGINT) FROM UNNEST($1::bigint[], \
             $2::bigint[], $3::bigint[], $4::bigint[]) AS n(account_no, day, debits, credits) GROUP \
             BY account_no, day ON CONFLICT (account_no, day) DO UPDATE SET debits = d.debits + \
             excluded.debits, credits = d.credits + excluded.credits",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

/// Accounts as the last transfer left them.
pub(crate) static UPDATE_BALANCE: BulkStatement = BulkStatement {
    sqlite: "UPDATE ledger_balance SET version = $2, debits_pending = $3, debits_posted = $4, \
             credits_pending = $5, credits_posted = $6, last_seq = $7, last_at_us = $8, day = $9, \
             day_debits = $10, day_credits = $11 WHERE account_no = $1",
    postgres: "UPDATE ledger_balance AS b SET version = n.version, debits_pending = n.debits_pending, \
             debits_posted = n.debits_posted, credits_pending = n.credits_pending, credits_posted = \
             n.credits_posted, last_seq = n.last_seq, last_at_us = n.last_at_us, day = n.day, \
             day_debits = n.day_debits, day_credits = n.day_credits FROM UNNEST($1::bigint[], \
             $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
             $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]) AS n(account_no, version, \
             debits_pending, debits_posted, credits_pending, credits_posted, last_seq, last_at_us, \
             day, day_debits, day_credits) WHERE b.account_no = n.account_no",
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

/// An account and its balance, up to how its identifier is given.
macro_rules! account_by_id {
    ($given:literal) => {
        concat!(
            "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
             b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
             b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, \
             b.day_credits FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no WHERE a.id = ",
            $given
        )
    };
}

/// Accounts by identifier, locked in the order of their numbers.
pub(crate) static LOCK_ACCOUNTS: BulkStatement = BulkStatement {
    sqlite: account_by_id!("$1"),
    postgres: account_by_id!("ANY($1::uuid[]) ORDER BY a.no FOR UPDATE OF b"),
    columns: &[Kind::Uuid],
};

/// Accounts by identifier, not locked: who decides about them has the store compare them afterwards.
pub(crate) static LOAD_ACCOUNTS: BulkStatement = BulkStatement {
    sqlite: account_by_id!("$1"),
    postgres: account_by_id!("ANY($1::uuid[])"),
    columns: &[Kind::Uuid],
};

/// The condition that an account's row in the store (`b`) is as a row of `n` remembers it.
macro_rules! as_remembered {
    () => {
        "b.account_no = n.account_no AND b.version = n.stored_version AND b.overdraft IS NOT DISTINCT FROM \
         n.overdraft AND b.ceiling IS NOT DISTINCT FROM n.ceiling AND b.frozen_debit = n.frozen_debit AND \
         b.frozen_credit = n.frozen_credit AND b.closed = n.closed"
    };
}

/// Accounts as the last transfer left them, where the store still has them as they are remembered; fails where it
/// does not. PostgreSQL alone, and with the rows in the order of their numbers, in which they are then locked.
pub(crate) static UPDATE_REMEMBERED: BulkStatement = BulkStatement {
    sqlite: UPDATE_BALANCE.sqlite,
    postgres: concat!(
        "WITH changed AS (UPDATE ledger_balance AS b SET version = n.version, debits_pending = n.debits_pending, \
         debits_posted = n.debits_posted, credits_pending = n.credits_pending, credits_posted = \
         n.credits_posted, last_seq = n.last_seq, last_at_us = n.last_at_us, day = n.day, \
         day_debits = n.day_debits, day_credits = n.day_credits FROM UNNEST($1::bigint[], \
         $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
         $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], \
         $15::boolean[], $16::boolean[], $17::boolean[]) AS n(account_no, version, \
         debits_pending, debits_posted, credits_pending, credits_posted, last_seq, last_at_us, \
         day, day_debits, day_credits, stored_version, overdraft, ceiling, frozen_debit, frozen_credit, closed) \
         WHERE ",
        as_remembered!(),
        " RETURNING 1) SELECT florin_expect(COUNT(*) = CARDINALITY($1::bigint[])) FROM changed"
    ),
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Bool,
        Kind::Bool,
        Kind::Bool,
    ],
};

/// Fails where the store no longer has accounts as they are remembered, and keeps them so until the transaction ends.
/// PostgreSQL alone.
pub(crate) static EXPECT_REMEMBERED: BulkStatement = BulkStatement {
    sqlite: "SELECT 1",
    postgres: concat!(
        "SELECT florin_expect(COUNT(*) = CARDINALITY($1::bigint[])) FROM (SELECT 1 FROM UNNEST($1::bigint[], \
         $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[], $7::boolean[]) AS \
         n(account_no, stored_version, overdraft, ceiling, frozen_debit, frozen_credit, closed) JOIN \
         ledger_balance AS b ON ",
        as_remembered!(),
        " FOR SHARE OF b) AS unchanged"
    ),
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Bool, Kind::Bool, Kind::Bool],
};

/// Fails where another day than the one remembered is the last that is closed. PostgreSQL alone.
pub(crate) static EXPECT_PERIOD: BulkStatement = BulkStatement {
    sqlite: "SELECT 1",
    postgres: "SELECT florin_expect((SELECT MAX(day) FROM ledger_period_close) IS NOT DISTINCT FROM \
               ($1::bigint[])[1])",
    columns: &[Kind::Int],
};

/// A transfer with its accounts' identifiers, up to how its own is given.
macro_rules! transfer_by_id {
    ($given:literal) => {
        concat!(
            "SELECT t.seq, t.id, t.at_us, t.debit_no, t.credit_no, t.currency, t.amount, t.asked, \
             t.mode, t.flags, t.code, t.pending_id, t.timeout_s, t.expires_at_us, t.effective_day, \
             t.asked_day, t.group_id, t.reverses, t.debit_version, t.debit_debits_pending, \
             t.debit_debits_posted, t.debit_credits_pending, t.debit_credits_posted, \
             t.credit_version, t.credit_debits_pending, t.credit_debits_posted, \
             t.credit_credits_pending, t.credit_credits_posted, t.debit_prev, t.credit_prev, d.id, \
             c.id FROM ledger_transfer t JOIN ledger_account d ON d.no = t.debit_no JOIN \
             ledger_account c ON c.no = t.credit_no WHERE t.id = ",
            $given
        )
    };
}

/// Transfers by identifier.
pub(crate) static FIND_TRANSFERS: BulkStatement = BulkStatement {
    sqlite: transfer_by_id!("$1"),
    postgres: transfer_by_id!("ANY($1::uuid[])"),
    columns: &[Kind::Uuid],
};

/// Identifiers that a refusal used up.
pub(crate) static FIND_BURNED: BulkStatement = BulkStatement {
    sqlite: "SELECT id, code, fingerprint FROM ledger_burned WHERE id = $1",
    postgres: "SELECT id, code, fingerprint FROM ledger_burned WHERE id = ANY($1::uuid[])",
    columns: &[Kind::Uuid],
};

/// What became of holds, which stay so until the transaction ends.
pub(crate) static LOCK_HOLDS: BulkStatement = BulkStatement {
    sqlite: "SELECT id, state FROM ledger_hold WHERE id = $1",
    postgres: "SELECT id, state FROM ledger_hold WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE",
    columns: &[Kind::Uuid],
};

/// How much of transfers was reversed.
pub(crate) static SUM_REVERSED: BulkStatement = BulkStatement {
    sqlite: "SELECT reverses, CAST(SUM(amount) AS BIGINT) FROM ledger_transfer WHERE reverses = $1 \
             GROUP BY reverses",
    postgres: "SELECT reverses, CAST(SUM(amount) AS BIGINT) FROM ledger_transfer WHERE reverses = \
             ANY($1::uuid[]) GROUP BY reverses",
    columns: &[Kind::Uuid],
};

/// Answers frozen under idempotency keys.
pub(crate) static FIND_KEYS: BulkStatement = BulkStatement {
    sqlite: "SELECT key_hash, request_hash, status, body FROM idempotency_record WHERE key_hash = $1",
    postgres: "SELECT key_hash, request_hash, status, body FROM idempotency_record WHERE key_hash = \
             ANY($1::uuid[])",
    columns: &[Kind::Uuid],
};
