//! Migrations: forward only, each once, under a lock, and never past what the program knows.

use florin_kernel::{Env, Timestamp};

use crate::sql::{Engine, schema_for};
use crate::{DbError, Reader, card_tokens, params, pulse, resealing, vault_keys};

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its name, `crate_0001_what`, by which it is remembered.
    pub name: &'static str,
    /// Its text, once for both engines, with `{tokens}` for what differs.
    pub text: &'static str,
}

impl Migration {
    /// A migration of this name.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }
}

/// The tables of this crate, which come before all others.
pub(crate) static OWN: &[Migration] =
    &[EVIDENCE, vault_keys::MIGRATION, resealing::MIGRATION, card_tokens::MIGRATION, pulse::MIGRATION];

const EVIDENCE: Migration = Migration::new(
    "db_0001_evidence",
    "CREATE TABLE audit_record (
        seq {serial},
        at_us BIGINT NOT NULL,
        action TEXT NOT NULL,
        resource_kind TEXT NOT NULL,
        resource_id {uuid},
        actor_kind TEXT NOT NULL CHECK (actor_kind IN ('anonymous', 'user', 'client', 'system')),
        user_id {uuid},
        session_id {uuid},
        operator TEXT,
        ip TEXT,
        user_agent TEXT,
        request_id TEXT,
        outcome TEXT NOT NULL CHECK (outcome IN ('success', 'failure')),
        error TEXT,
        detail TEXT
     ) {strict};
     {append_only:audit_record}
     CREATE TABLE idempotency_record (
        seq {serial},
        key_hash {uuid} NOT NULL UNIQUE,
        request_hash {uuid} NOT NULL,
        status BIGINT NOT NULL,
        body {bytes} NOT NULL,
        at_us BIGINT NOT NULL
     ) {strict};",
);

/// A migration as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// When it was applied.
    pub at: Timestamp,
}

/// The migrations that were applied, by name: the version of the schema.
///
/// # Errors
/// What the database says.
pub fn applied(reader: &mut Reader<'_>) -> Result<Vec<Applied>, DbError> {
    let rows = reader.rows("SELECT name, at_us FROM schema_migration ORDER BY name", &[])?;
    rows.iter().map(|row| Ok(Applied { name: row.get(0)?, at: row.get(1)? })).collect()
}

/// What the engines do differently while migrating.
pub(crate) trait Migrator {
    fn engine(&self) -> Engine;
    fn script(&mut self, sql: &str) -> Result<(), DbError>;
    fn rows(&mut self, sql: &'static str, params: &[crate::Value]) -> Result<Vec<crate::Row>, DbError>;
    fn execute(&mut self, sql: &'static str, params: &[crate::Value]) -> Result<u64, DbError>;
}

/// The migrations not yet applied, or why the schema cannot be used by this program.
pub(crate) fn pending<'m>(
    db: &mut dyn Migrator,
    all: &[&'m Migration],
) -> Result<Vec<&'m Migration>, DbError> {
    let applied: Vec<String> = db
        .rows("SELECT name FROM schema_migration ORDER BY name", &[])?
        .iter()
        .map(|row| row.get(0))
        .collect::<Result<_, _>>()?;
    let unknown: Vec<&str> = applied
        .iter()
        .map(String::as_str)
        .filter(|name| all.iter().all(|known| known.name != *name))
        .collect();
    if !unknown.is_empty() {
        return Err(DbError::SchemaNewer(unknown.join(", ")));
    }
    Ok(all.iter().copied().filter(|migration| !applied.iter().any(|name| name == migration.name)).collect())
}

/// Creates what migrations themselves need.
pub(crate) fn prepare(db: &mut dyn Migrator) -> Result<(), DbError> {
    db.script("CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, at_us BIGINT NOT NULL)")?;
    if db.engine() == Engine::Postgres {
        db.script(
            "CREATE OR REPLACE FUNCTION florin_refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        )?;
        // Where a transaction says what it takes for granted: see `EXPECTATION_FAILED`.
        db.script(
            "CREATE OR REPLACE FUNCTION florin_expect(met BOOLEAN) RETURNS VOID LANGUAGE plpgsql AS \
             $$ BEGIN IF NOT met THEN RAISE EXCEPTION 'the books are not as remembered' USING ERRCODE = 'FL001'; \
             END IF; END $$",
        )?;
    }
    Ok(())
}

/// Applies one migration and remembers it.
pub(crate) fn apply(db: &mut dyn Migrator, migration: &Migration, env: &Env) -> Result<(), DbError> {
    let script = schema_for(db.engine(), migration.text);
    db.script(&script).map_err(|error| DbError::Other(format!("migration {}: {error}", migration.name)))?;
    db.execute(
        "INSERT INTO schema_migration (name, at_us) VALUES ($1, $2)",
        &params![migration.name, env.now()],
    )?;
    Ok(())
}
