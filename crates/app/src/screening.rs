//! Who is looked for on lists of sanctions: people of identity and parties, and holders of accounts of payments.

use std::sync::Arc;

use florin_compliance::cases::Deadlines;
use florin_compliance::screening::{
    Look, PassJob, Person, Sanctions, Settings, Subject, SubjectJob, SubjectKind, Subjects,
};
use florin_db::{Db, DbError, Reader, Tx};
use florin_identity::Identity;
use florin_jobs::Handler;
use florin_kernel::{AccountId, PayeeId, UserId, Uuid};
use florin_ledger::Ledger;
use florin_parties::Customers;
use florin_payments::{Holder, HolderCheck, HolderLook, KnownHolder, Payees};
use florin_screening::{Birth, Kind, Query};
use florin_vault::Keyring;

use crate::config::Config;

/// How many accounts of one customer are held at most.
const ACCOUNTS_MAX: usize = 10_000;

/// Screening of customers and payees.
pub(crate) fn open(
    config: &Config,
    db: &Db,
    vault: &Keyring,
    deadlines: Deadlines,
    known: (&Customers, &Payees, &Ledger),
) -> Sanctions {
    let folder = &config.compliance.sanctions_dir;
    let settings = Settings {
        alert_above: config.compliance.screening_alert_above,
        deadlines,
        folder: Some(folder.clone()).filter(|folder| !folder.as_os_str().is_empty()),
    };
    let (customers, payees, ledger) = known;
    let subjects =
        KnownSubjects { customers: customers.clone(), payees: payees.clone(), ledger: ledger.clone() };
    Sanctions::new(db.clone(), vault.clone(), Arc::new(subjects), settings)
}

/// The jobs of screening.
pub(crate) fn handlers(sanctions: &Sanctions) -> [Arc<dyn Handler>; 2] {
    [Arc::new(SubjectJob(sanctions.clone())), Arc::new(PassJob(sanctions.clone()))]
}

/// Everybody who can be looked for.
struct KnownSubjects {
    customers: Customers,
    payees: Payees,
    ledger: Ledger,
}

impl KnownSubjects {
    fn customer(&self, reader: &mut Reader<'_>, user: UserId, name: String) -> Result<Person, DbError> {
        let facts = self.customers.birth_and_country(reader, user).map_err(unreadable)?;
        let (birth, country) = facts.map_or((None, None), |(birth, country)| {
            (Birth::parse(&birth), country.parse::<florin_screening::Country>().ok())
        });
        let query = Query {
            name,
            kind: Some(Kind::Person),
            birth,
            countries: country.into_iter().collect(),
            ..Query::default()
        };
        Ok(Person { subject: Subject::customer(user), user: Some(user), query })
    }
}

impl Subjects for KnownSubjects {
    fn find(&self, reader: &mut Reader<'_>, subject: Subject) -> Result<Option<Person>, DbError> {
        match subject.kind {
            SubjectKind::Customer => {
                let user = UserId::from_uuid(subject.id);
                let Some(person) = Identity::find_person(reader, user)? else { return Ok(None) };
                let name = person.profile.full_name.as_str().to_owned();
                self.customer(reader, user, name).map(Some)
            }
            SubjectKind::Payee => {
                let found =
                    self.payees.holder_of(reader, PayeeId::from_uuid(subject.id)).map_err(unreadable)?;
                Ok(found.as_ref().map(payee))
            }
            SubjectKind::Name => Ok(None),
        }
    }

    fn after(
        &self,
        reader: &mut Reader<'_>,
        kind: SubjectKind,
        after: Uuid,
        limit: usize,
    ) -> Result<Vec<Person>, DbError> {
        match kind {
            SubjectKind::Customer => {
                let names = Identity::names_after(reader, UserId::from_uuid(after), limit)?;
                names.into_iter().map(|(user, name)| self.customer(reader, user, name)).collect()
            }
            SubjectKind::Payee => {
                let found = self.payees.holders_after(reader, PayeeId::from_uuid(after), limit);
                Ok(found.map_err(unreadable)?.iter().map(payee).collect())
            }
            SubjectKind::Name => Ok(Vec::new()),
        }
    }

    fn accounts(&self, reader: &mut Reader<'_>, user: UserId) -> Result<Vec<AccountId>, DbError> {
        let views = self.ledger.accounts_of(reader, user, 0, ACCOUNTS_MAX)?;
        Ok(views.into_iter().map(|view| view.id).collect())
    }
}

/// The country of the account is not that of its holder, and whether that is a person nobody tells.
fn payee(holder: &KnownHolder) -> Person {
    sought(holder.payee, holder.user, holder.name.expose())
}

fn sought(payee: PayeeId, user: UserId, name: &str) -> Person {
    Person { subject: Subject::payee(payee.uuid()), user: Some(user), query: Query::named(name) }
}

fn unreadable(error: impl std::fmt::Display) -> DbError {
    DbError::Other(error.to_string())
}

/// Looks for holders of accounts that are to be paid.
pub(crate) struct HolderDesk(pub(crate) Sanctions);

impl HolderCheck for HolderDesk {
    fn look(&self, holder: &Holder<'_>) -> Option<Arc<dyn HolderLook>> {
        let look = self.0.look(sought(holder.payee, holder.user, holder.name));
        Some(Arc::new(Looked { sanctions: self.0.clone(), look }))
    }
}

/// What was found of one.
struct Looked {
    sanctions: Sanctions,
    look: Look,
}

impl HolderLook for Looked {
    fn write(&self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        Ok(self.sanctions.keep_look(tx, &self.look)?)
    }

    fn settled(&self) {
        self.sanctions.look_kept(&self.look);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn identity_leaves_the_jobs_that_screening_takes_up() {
        assert_eq!(florin_identity::SCREEN_SUBJECT, florin_compliance::screening::SUBJECT);
    }
}
