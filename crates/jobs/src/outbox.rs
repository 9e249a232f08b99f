//! The outbox: one row for each committed change that others will be told of.
//!
//! A row names its topic and its subject; what is told is read from the subject when it is told, so
//! that the row costs the hot path next to nothing.

use florin_db::{Bulk, BulkStatement, DbError, Engine, Kind, Reader, Row, Tx, Value, oldest_running};
use florin_kernel::Uuid;

static INSERT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO outbox_event (topic, subject, at_us) VALUES ($1, $2, $3)",
    postgres: "INSERT INTO outbox_event (topic, subject, at_us) SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::bigint[])",
    columns: &[Kind::Text, Kind::Uuid, Kind::Int],
};

/// A statement that writes events about those rows alone that a table has by then, by their `id`: for rows that another may
/// have written first, within a commit that cannot look. Takes what [`bulk`] takes.
#[macro_export]
macro_rules! events_about_kept {
    ($table:literal) => {
        ::florin_db::BulkStatement {
            sqlite: concat!(
                "INSERT INTO outbox_event (topic, subject, at_us) SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM ",
                $table,
                " kept WHERE kept.id = $2)"
            ),
            postgres: concat!(
                "INSERT INTO outbox_event (topic, subject, at_us) SELECT topic, subject, at_us \
                 FROM UNNEST($1::text[], $2::uuid[], $3::bigint[]) AS given (topic, subject, at_us) \
                 WHERE EXISTS (SELECT 1 FROM ",
                $table,
                " kept WHERE kept.id = given.subject)"
            ),
            columns: &[::florin_db::Kind::Text, ::florin_db::Kind::Uuid, ::florin_db::Kind::Int],
        }
    };
}

/// The statement that writes events.
pub fn statement() -> &'static BulkStatement {
    &INSERT
}

/// No events yet.
pub fn bulk() -> Bulk {
    Bulk::new(&INSERT)
}

/// Adds the event that `topic` happened to `subject`.
pub fn add(bulk: &mut Bulk, topic: &'static str, subject: Uuid, at_us: i64) {
    bulk.push([Value::Text(topic.into()), Value::Uuid(subject), Value::Int(at_us)]);
}

/// Writes one event in this unit.
///
/// # Errors
/// What the database says.
pub fn publish(tx: &mut Tx<'_>, topic: &'static str, subject: Uuid, at_us: i64) -> Result<(), DbError> {
    let mut one = bulk();
    add(&mut one, topic, subject, at_us);
    tx.bulk(one)
}

/// An event as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it stands: give it back to read on from here.
    pub cursor: Cursor,
    /// What happened.
    pub topic: String,
    /// To what.
    pub subject: Uuid,
    /// When, in microseconds since 1970.
    pub at_us: i64,
}

/// A place in the outbox: the transaction, and the row within it.
///
/// Rows of PostgreSQL become visible in the order of commits, not of their numbers, so a reader that
/// followed numbers alone would miss some. Only rows of transactions that no running one precedes are
/// read, in the order of their transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The transaction's number; 0 on SQLite.
    pub transaction: i64,
    /// The row's number.
    pub seq: i64,
}

/// The next events after `after`, at most `limit`.
///
/// # Errors
/// What the database says.
pub fn read_after(reader: &mut Reader<'_>, after: Cursor, limit: u16) -> Result<Vec<Event>, DbError> {
    const SQLITE: &str = "SELECT 0, seq, topic, subject, at_us FROM outbox_event WHERE $1 >= 0 AND seq > $2 ORDER BY seq LIMIT $3";
    const POSTGRES: &str = concat!(
        "SELECT transaction, seq, topic, subject, at_us FROM outbox_event \
         WHERE (transaction, seq) > ($1, $2) AND transaction < ",
        oldest_running!(),
        " ORDER BY transaction, seq LIMIT $3"
    );
    let sql = if reader.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let read = |row: &Row| {
        Ok(Event {
            cursor: Cursor { transaction: row.get(0)?, seq: row.get(1)? },
            topic: row.get(2)?,
            subject: row.get(3)?,
            at_us: row.get(4)?,
        })
    };
    let params = [Value::Int(after.transaction), Value::Int(after.seq), Value::Int(limit.into())];
    reader.rows(sql, &params)?.iter().map(read).collect()
}
