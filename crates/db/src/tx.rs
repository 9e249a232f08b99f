//! What a closure works with: a reader's snapshot, or a unit of work.

use std::any::Any;

use florin_kernel::{Permit, Uuid};

use crate::audit::{self, AuditRecord, Outcome};
use crate::bulk::Bulk;
use crate::companion::Companion;
use crate::postgres::PgSession;
use crate::sqlite::SqliteSession;
use crate::{DbError, Engine, Row, Value};

/// A connection of either engine, on the thread that owns it.
pub(crate) enum Session<'a> {
    Sqlite(&'a SqliteSession),
    Postgres(&'a mut PgSession),
}

impl Session<'_> {
    fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite(session) => session.rows(sql, params),
            Self::Postgres(session) => session.rows(sql, params),
        }
    }

    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, DbError> {
        match self {
            Self::Sqlite(session) => session.execute(sql, params),
            Self::Postgres(session) => session.execute(sql, params),
        }
    }

    fn fetch(&mut self, keys: Vec<Bulk>) -> Result<Vec<Vec<Row>>, DbError> {
        match self {
            Self::Sqlite(session) => keys.iter().map(|keys| session.fetch(keys)).collect(),
            Self::Postgres(session) => session.fetch(keys),
        }
    }

    fn bulk(&mut self, bulk: Bulk) -> Result<(), DbError> {
        if bulk.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(session) => session.bulk(&bulk),
            Self::Postgres(session) => session.bulk(bulk),
        }
    }
}

/// One committed snapshot, to read from.
pub struct Reader<'a> {
    pub(crate) session: Session<'a>,
}

impl Reader<'_> {
    /// Which engine answers.
    pub fn engine(&self) -> Engine {
        self.session.engine()
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// What the database says.
    pub fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.session.rows(sql, params)
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// What the database says.
    pub fn row(&mut self, sql: &'static str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.session.rows(sql, params)?.into_iter().next())
    }
}

/// One unit of work: all of it becomes durable together with its audit record, or none does.
pub struct Tx<'a> {
    session: Session<'a>,
    companion: Option<&'a mut dyn Companion>,
    record: Option<AuditRecord>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(
        session: Session<'a>,
        companion: Option<&'a mut dyn Companion>,
        record: Option<AuditRecord>,
    ) -> Self {
        Self { session, companion, record }
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.session.engine()
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// What the database says.
    pub fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.session.rows(sql, params)
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// What the database says.
    pub fn row(&mut self, sql: &'static str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.session.rows(sql, params)?.into_iter().next())
    }

    /// What this unit sees, to whoever only reads: what it wrote itself as well.
    pub fn reader(&mut self) -> Reader<'_> {
        let session = match &mut self.session {
            Session::Sqlite(session) => Session::Sqlite(session),
            Session::Postgres(session) => Session::Postgres(session),
        };
        Reader { session }
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, DbError> {
        self.session.execute(sql, params)
    }

    /// Runs several queries, each for many keys, in one round trip; the answers are in the order asked.
    ///
    /// # Errors
    /// What the database says.
    pub fn fetch(&mut self, keys: Vec<Bulk>) -> Result<Vec<Vec<Row>>, DbError> {
        self.session.fetch(keys)
    }

    /// Writes many rows; on PostgreSQL they leave together with what is written next, at the latest
    /// with the commit, which is where a violated constraint then shows.
    ///
    /// # Errors
    /// What the database says.
    pub fn bulk(&mut self, bulk: Bulk) -> Result<(), DbError> {
        self.session.bulk(bulk)
    }

    /// Runs a statement without parameters or answer; on PostgreSQL it leaves with the next that has one.
    ///
    /// # Errors
    /// What the database says.
    pub fn command(&mut self, sql: &'static str) -> Result<(), DbError> {
        match &mut self.session {
            Session::Sqlite(session) => session.command(sql),
            Session::Postgres(session) => {
                session.command(sql);
                Ok(())
            }
        }
    }

    /// The error of a unit or batch that was decided about something that is not so (PostgreSQL); it is run again.
    pub fn taken_wrongly(&mut self, why: &dyn std::fmt::Display) -> DbError {
        if let Session::Postgres(session) = &mut self.session {
            session.take_a_second_look();
        }
        DbError::Contended(why.to_string())
    }

    /// Says which one resource the unit is about, where the permit could not know.
    pub fn about(&mut self, id: Uuid) {
        if let Some(record) = &mut self.record {
            record.resource_id = Some(id);
        }
    }

    /// Adds a detail to the audit record; secrets and personal data must be masked by the caller.
    pub fn note(&mut self, key: &'static str, value: &dyn std::fmt::Display) {
        if let Some(record) = &mut self.record {
            record.details.push((key, value.to_string()));
        }
    }

    /// Says in the audit record that a field changed from what to what; `None` for nothing. Secrets are masked, and personal
    /// data must be by the caller.
    pub fn note_change(
        &mut self,
        field: &'static str,
        before: Option<&dyn std::fmt::Display>,
        after: Option<&dyn std::fmt::Display>,
    ) {
        if let Some(record) = &mut self.record {
            let text = |value: Option<&dyn std::fmt::Display>| value.map(ToString::to_string);
            record.changes.push((field, text(before), text(after)));
        }
    }

    /// Names the person in the audit record when the permit was a stranger's: who just signed in, say.
    pub fn on_behalf_of(&mut self, user: Uuid) {
        if let Some(record) = &mut self.record {
            record.user_id = Some(user);
        }
    }

    /// Makes the audit record say that the attempt failed; what the unit wrote is still committed.
    pub fn outcome_failed(&mut self, code: &'static str) {
        if let Some(record) = &mut self.record {
            record.outcome = Outcome::Failure(code);
        }
    }

    /// Nothing was done in this unit: an audit record would say otherwise.
    pub(crate) fn leave_no_record(&mut self) {
        self.record = None;
    }

    /// Lends the state that lives beside SQLite's writer, with the transaction; `None` on PostgreSQL.
    pub fn with_companion<T>(&mut self, work: impl FnOnce(Option<&mut dyn Any>, &mut Self) -> T) -> T {
        let mut companion = self.companion.take();
        let answer = work(companion.as_deref_mut().map(Companion::as_any), self);
        self.companion = companion;
        answer
    }

    /// Writes the audit record at `now`, at the end of the unit.
    pub(crate) fn write_record(&mut self, now_us: i64) -> Result<(), DbError> {
        match self.record.take() {
            Some(record) => self.bulk(audit::bulk_of(now_us, [record])),
            None => Ok(()),
        }
    }

    pub(crate) fn permit_record(permit: Option<&Permit>) -> Option<AuditRecord> {
        permit.map(AuditRecord::of)
    }
}
