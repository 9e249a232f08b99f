//! The tables of payments.

use florin_db::Migration;

/// The schema of this crate.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "payments_0001_payment",
    "CREATE TABLE payment (
        id {uuid} PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('transfer', 'deposit', 'withdrawal', 'post', 'void', 'reversal')),
        user_id {uuid},
        from_account {uuid},
        to_account {uuid},
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        description TEXT,
        status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'failed', 'refunded', 'cancelled')),
        error TEXT,
        decision TEXT NOT NULL CHECK (decision IN ('approve', 'review', 'decline')),
        score BIGINT NOT NULL,
        reasons TEXT,
        created_at_us BIGINT NOT NULL
     ) {clustered};
     {append_only:payment}",
)];
