//! The tables of notices, once for both engines.

use florin_db::Migration;

/// The migrations of notices, in their order.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "notify_0001_notices",
    "CREATE TABLE notify_notice (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL,
        kind TEXT NOT NULL,
        topic TEXT NOT NULL CHECK (topic IN ('security', 'payments', 'scheduled_payments')),
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        told_at_us BIGINT NOT NULL,
        read_at_us BIGINT
     ) {strict};
     CREATE INDEX notify_notice_by_user ON notify_notice (user_id, id);
     CREATE INDEX notify_notice_unread ON notify_notice (user_id, id) WHERE read_at_us IS NULL;
     CREATE INDEX notify_notice_by_time ON notify_notice (told_at_us);

     CREATE TABLE notify_preference (
        user_id {uuid} NOT NULL,
        topic TEXT NOT NULL CHECK (topic IN ('payments', 'scheduled_payments')),
        mail {bool} NOT NULL,
        changed_at_us BIGINT NOT NULL,
        PRIMARY KEY (user_id, topic)
     ) {strict};",
)];
