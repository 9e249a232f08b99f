//! A database of each engine, keys that can rotate, and people who are rows of the test's own.

use std::sync::Arc;

use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, Migration, Reader, Row, Tx, params};
use florin_kernel::{Env, Role, UserId};
use florin_parties::{AddressForm, Customers, Invitation, KnownPerson, MIGRATIONS, People};
use florin_vault::{Keyring, MasterKey, WrappedKey};

static PEOPLE: &[Migration] = &[Migration::new(
    "test_0001_person",
    "CREATE TABLE test_person (id {uuid} PRIMARY KEY, full_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE) {strict};",
)];

pub struct World {
    pub db: Db,
    pub customers: Customers,
    keyring: Keyring,
    master: MasterKey,
    keys: [WrappedKey; 2],
    _database: TestDatabase,
}

/// A world over a fresh database of each engine.
pub fn worlds() -> impl Iterator<Item = World> {
    databases().unwrap().into_iter().map(|database| {
        let db = database.open(&[PEOPLE, MIGRATIONS], Env::system()).unwrap();
        let (master, keys, keyring) = super::keyring();
        let zone = jiff::tz::TimeZone::UTC;
        let customers = Customers::new(db.clone(), Arc::new(Rows), keyring.clone(), zone);
        World { db, customers, keyring, master, keys, _database: database }
    })
}

impl World {
    /// From here on another key seals.
    pub fn rotate(&self) {
        let [first, root] = &self.keys;
        let keys = super::rotated(&self.master, first, root);
        self.keyring.adopt(std::slice::from_ref(&self.master), &keys).unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    pub async fn forget_all(&self) {
        let forgotten = self.db.housekeeping(|tx| tx.execute("DELETE FROM parties_customer", &[]));
        forgotten.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    }
}

pub fn address() -> AddressForm {
    AddressForm {
        line1: "1 Main Street".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        ..AddressForm::default()
    }
}

/// People as rows: who is in the table is a customer.
struct Rows;

fn known(row: &Row) -> Result<KnownPerson, DbError> {
    Ok(KnownPerson {
        full_name: row.get(0)?,
        email: row.get(1)?,
        roles: vec![Role::Customer],
        verified: true,
        suspended: false,
        last_seen_at: None,
    })
}

impl People for Rows {
    fn fault_of_name(&self, _: &str) -> Option<String> {
        None
    }

    fn fault_of_email(&self, _: &str) -> Option<String> {
        None
    }

    fn find(&self, reader: &mut Reader<'_>, user: UserId) -> Result<Option<KnownPerson>, DbError> {
        let row =
            reader.row("SELECT full_name, email FROM test_person WHERE id = $1", &params![user.uuid()])?;
        row.as_ref().map(known).transpose()
    }

    fn lock(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Option<KnownPerson>, DbError> {
        let row = tx.row(
            "SELECT full_name, email FROM test_person WHERE id = $1 FOR UPDATE",
            &params![user.uuid()],
        )?;
        row.as_ref().map(known).transpose()
    }

    fn search(&self, _: &mut Reader<'_>, _: &str, _: usize) -> Result<Vec<UserId>, DbError> {
        Ok(Vec::new())
    }

    fn invite(&self, tx: &mut Tx<'_>, invitation: Invitation<'_>) -> Result<bool, DbError> {
        let inserted = tx.execute(
            "INSERT INTO test_person (id, full_name, email) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING",
            &params![invitation.id.uuid(), invitation.full_name, invitation.email],
        )?;
        Ok(inserted == 1)
    }

    fn rename(&self, tx: &mut Tx<'_>, user: UserId, full_name: &str) -> Result<(), DbError> {
        tx.execute("UPDATE test_person SET full_name = $2 WHERE id = $1", &params![user.uuid(), full_name])?;
        Ok(())
    }
}
