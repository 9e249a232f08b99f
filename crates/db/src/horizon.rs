//! What is settled on PostgreSQL: transactions become visible in another order than they begin.

/// PostgreSQL's number of the oldest transaction that still runs in this database, as an expression of SQL; of all that
/// began before, whatever they wrote is visible or never will be.
///
/// Numbers are given out for the whole cluster. A transaction that is known to run in another database of it writes
/// nothing here and is not waited for; of whom nothing is known (sessions of other roles, prepared transactions) is taken
/// to be here.
#[macro_export]
macro_rules! oldest_running {
    () => {
        "COALESCE((SELECT MIN(running.xid::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS running (xid) \
                   WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity AS session \
                                     WHERE session.backend_xid = running.xid::xid \
                                       AND session.datname <> current_database())), \
                  pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"
    };
}
