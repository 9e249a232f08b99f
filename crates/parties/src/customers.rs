//! Customers: made known, read, changed, searched, unmasked.

use std::collections::HashSet;
use std::sync::Arc;

use florin_db::{Db, DbError, Reader, Tx};
use florin_kernel::{Action, Actor, Date, Denied, Resource, Role, Timestamp, UserId};
use florin_vault::Keyring;
use jiff::tz::TimeZone;

use crate::customer::Sight;
use crate::customer_form::{Changes, Details};
use crate::customer_search::Sought;
use crate::customer_store as store;
use crate::ports::{Invitation, People};
use crate::sealing::Sealing;
use crate::{ChangeCustomer, Customer, Error, Fault, NewCustomer, Reveal};

/// How many customers a search finds at most, and when nobody says how many.
const FOUND_MAX: u16 = 50;
const FOUND_DEFAULT: u16 = 20;

/// The institution's customers. Clones share them.
#[derive(Clone)]
pub struct Customers {
    db: Db,
    people: Arc<dyn People>,
    sealing: Sealing,
    zone: TimeZone,
}

/// What a unit of work refused; that it did is committed.
type Refusable<T> = Result<T, Error>;

impl Customers {
    /// Customers among `people`, sealed with the keys of `vault`; `zone` says which day it is.
    pub fn new(db: Db, people: Arc<dyn People>, vault: Keyring, zone: TimeZone) -> Self {
        Self { db, people, sealing: Sealing::new(vault), zone }
    }

    /// Those of these people who are customers with a record: natural persons, whom the counter knows.
    ///
    /// # Errors
    /// What the database says.
    pub fn recorded(reader: &mut Reader<'_>, users: &[UserId]) -> Result<HashSet<UserId>, DbError> {
        store::recorded(reader, users)
    }

    /// Makes a customer known: a person without a password, who is written a letter to set one.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::EmailTaken`], [`Error::TaxIdTaken`], [`Error::Denied`].
    #[tracing::instrument(name = "parties.customer.create", skip_all)]
    pub async fn create(&self, by: &Actor, form: NewCustomer) -> Result<Customer, Error> {
        let permit = by.permit(Action::CreateCustomer, Resource::kind("customer"))?;
        let details = form.check(&*self.people, self.today())?;
        let id = UserId::from_uuid(self.db.env().new_uuid());
        let (env, people, sealing) = (self.db.env().clone(), Arc::clone(&self.people), self.sealing.clone());
        let done: Refusable<()> = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                if is_taken(tx, &sealing, id, &details)? {
                    tx.outcome_failed("tax_id_taken");
                    return Ok::<_, Error>(Err(Error::TaxIdTaken));
                }
                let (full_name, email) = (form.full_name.as_str(), form.email.as_str());
                if !people.invite(tx, Invitation { id, full_name, email, roles: &[Role::Customer] })? {
                    tx.outcome_failed("email_taken");
                    return Ok(Err(Error::EmailTaken));
                }
                tx.about(id.uuid());
                store::insert(tx, id, &sealing.seal(id, &details)?, now)?;
                note(tx, None, &details);
                Ok(Ok(()))
            })
            .await
            .map_err(raced)?;
        done?;
        self.read(by, id, Vec::new()).await
    }

    /// A customer, masked.
    ///
    /// # Errors
    /// [`Error::CustomerNotFound`], also for another's when one's own is all that one may read; [`Error::Denied`].
    pub async fn find(&self, by: &Actor, user: UserId) -> Result<Customer, Error> {
        may_read(by, user)?;
        self.read(by, user, Vec::new()).await
    }

    /// A customer with some of it unmasked: for whoever is permitted that and proved a factor within the last minutes.
    /// Who saw what is written down first.
    ///
    /// # Errors
    /// [`Error::CustomerNotFound`]; [`Error::Denied`], also for oneself.
    #[tracing::instrument(name = "parties.customer.reveal", skip_all, fields(user.id = %user))]
    pub async fn reveal(&self, by: &Actor, user: UserId, what: Vec<Reveal>) -> Result<Customer, Error> {
        may_read(by, user)?;
        let permit = by.permit(Action::RevealCustomer, of(user))?;
        by.must_have_stepped_up(self.db.env().now())?;
        let (people, named) = (Arc::clone(&self.people), names(&what));
        self.db
            .write(permit, move |tx| {
                tx.note("revealed", &named);
                let known = people.lock(tx, user)?;
                let record = store::lock(tx, user)?;
                if known.is_none() || record.is_none() {
                    tx.outcome_failed("not_found");
                    return Ok::<_, Error>(Err(Error::CustomerNotFound));
                }
                Ok(Ok(()))
            })
            .await??;
        self.read(by, user, what).await
    }

    /// Changes what a request names of a customer, who must be of `version`. A person who registered by themselves is
    /// of version 0, and the first change makes their record: it must be complete.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::CustomerNotFound`], [`Error::Changed`], [`Error::TaxIdTaken`]; [`Error::Denied`],
    /// also for oneself.
    #[tracing::instrument(name = "parties.customer.change", skip_all, fields(user.id = %user))]
    pub async fn change(
        &self,
        by: &Actor,
        user: UserId,
        version: u32,
        change: ChangeCustomer,
    ) -> Result<Customer, Error> {
        let permit = by.permit(Action::ChangeCustomer, of(user))?;
        let changes = change.check(&*self.people, self.today())?;
        let (env, people, sealing) = (self.db.env().clone(), Arc::clone(&self.people), self.sealing.clone());
        let done: Refusable<()> = self
            .db
            .write(permit, move |tx| {
                let done = apply(tx, &*people, &sealing, user, version, &changes, env.now());
                if let Err(code) = done.as_ref().map_err(refusal_of)
                    && let Some(code) = code
                {
                    tx.outcome_failed(code);
                    return Ok(done);
                }
                done.map(Ok)
            })
            .await
            .map_err(raced)?;
        done?;
        self.read(by, user, Vec::new()).await
    }

    /// The customers that `term` finds, masked; who looked by what, and how many there were, is written down: a telephone number, a tax number or its last four digits, or how an
    /// email or the words of a name begin.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a term or a limit that cannot be used, [`Error::Denied`].
    #[tracing::instrument(name = "parties.customer.search", skip_all)]
    pub async fn search(&self, by: &Actor, term: &str, limit: Option<u16>) -> Result<Vec<Customer>, Error> {
        let permit = by.permit(Action::SearchCustomers, Resource::kind("customer"))?;
        let limit = limit.unwrap_or(FOUND_DEFAULT);
        if limit == 0 || limit > FOUND_MAX {
            let fault = Fault::invalid("limit", format!("a number from 1 to {FOUND_MAX} is wanted"));
            return Err(Error::Invalid(vec![fault]));
        }
        let sought = Sought::parse(term)?;
        let form = sought.form();
        let (people, sealing, by) = (Arc::clone(&self.people), self.sealing.clone(), by.clone());
        let customers = self
            .db
            .read(move |reader| {
                let found = sought.find(reader, &*people, &sealing, limit.into())?;
                let mut customers = Vec::with_capacity(found.len());
                for user in found {
                    let record = store::find(reader, user)?;
                    let record = record.map(|stored| sealing.open(user, &stored)).transpose()?;
                    let Some(person) = people.find(reader, user)? else { continue };
                    customers.push(Customer::seen(user, person, record.as_ref(), &sight(&by, user)));
                }
                Ok::<_, Error>(customers)
            })
            .await?;
        let only = customers.first().filter(|_| customers.len() == 1).map(|customer| customer.id.uuid());
        let count = customers.len();
        self.db
            .write(permit, move |tx| {
                if let Some(id) = only {
                    tx.about(id);
                }
                tx.note("looked_by", &form);
                tx.note("found", &count);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(customers)
    }

    async fn read(&self, by: &Actor, user: UserId, revealed: Vec<Reveal>) -> Result<Customer, Error> {
        let (people, sealing) = (Arc::clone(&self.people), self.sealing.clone());
        let sight = Sight { revealed, ..sight(by, user) };
        self.db
            .read(move |reader| {
                let person = people.find(reader, user)?.ok_or(Error::CustomerNotFound)?;
                let stored = store::find(reader, user)?;
                if stored.is_none() && !person.is_customer() {
                    return Err(Error::CustomerNotFound);
                }
                let record = stored.map(|stored| sealing.open(user, &stored)).transpose()?;
                Ok(Customer::seen(user, person, record.as_ref(), &sight))
            })
            .await
    }

    /// When a customer was born (`1990-05-17`) and in which country they live (ISO 3166-1 alpha-2), for a read of the program's own that was
    /// permitted; none for whoever has no record.
    ///
    /// # Errors
    /// [`Error::Vault`], or what the database says.
    pub fn birth_and_country(
        &self,
        reader: &mut Reader<'_>,
        user: UserId,
    ) -> Result<Option<(String, String)>, Error> {
        let Some(stored) = store::find(reader, user)? else { return Ok(None) };
        let record = self.sealing.open(user, &stored)?;
        Ok(Some((record.date_of_birth.expose(), record.address.country)))
    }

    fn today(&self) -> Date {
        self.db.env().now().to_zoned(self.zone.clone()).date()
    }
}

fn of(user: UserId) -> Resource {
    Resource::one("customer", user.uuid()).owned_by(user)
}

/// What somebody sees of a customer without having asked for more.
fn sight(by: &Actor, user: UserId) -> Sight {
    // Whoever may change the day must be able to read it, and so may whose it is.
    let whole = by.user() == Some(user) || by.permit(Action::ChangeCustomer, of(user)).is_ok();
    Sight { whole_birth_date: whole, revealed: Vec::new() }
}

/// Whoever may read no more than their own learns of others not even whether they are.
fn may_read(by: &Actor, user: UserId) -> Result<(), Error> {
    match by.permit(Action::ReadCustomer, of(user)) {
        Ok(_) => Ok(()),
        Err(Denied::Forbidden { .. }) if !by.is_staff() => Err(Error::CustomerNotFound),
        Err(denied) => Err(denied.into()),
    }
}

fn names(what: &[Reveal]) -> String {
    what.iter().map(|one| one.code()).collect::<Vec<_>>().join(" ")
}

fn is_taken(tx: &mut Tx<'_>, sealing: &Sealing, user: UserId, details: &Details) -> Result<bool, DbError> {
    match &details.tax_id {
        Some(number) => store::tax_id_is_taken(tx, sealing.tax_id_index(number), user),
        None => Ok(false),
    }
}

fn apply(
    tx: &mut Tx<'_>,
    people: &dyn People,
    sealing: &Sealing,
    user: UserId,
    version: u32,
    changes: &Changes,
    now: Timestamp,
) -> Result<(), Error> {
    let person = people.lock(tx, user)?.ok_or(Error::CustomerNotFound)?;
    let stored = store::lock(tx, user)?;
    if stored.is_none() && !person.is_customer() {
        return Err(Error::CustomerNotFound);
    }
    let present = stored.as_ref().map_or(0, |stored| stored.version);
    if present != version {
        return Err(Error::Changed { present });
    }
    let before =
        stored.map(|stored| sealing.open(user, &stored).map(|record| record.details())).transpose()?;
    let after = before.as_ref().map_or_else(|| changes.complete(), |before| Ok(changes.over(before)))?;
    if is_taken(tx, sealing, user, &after)? {
        return Err(Error::TaxIdTaken);
    }
    let sealed = sealing.seal(user, &after)?;
    if before.is_none() {
        store::insert(tx, user, &sealed, now)?;
    } else if !store::update(tx, user, present, &sealed, now)? {
        return Err(Error::Changed { present });
    }
    if let Some(full_name) = &changes.full_name {
        people.rename(tx, user, full_name)?;
        tx.note("renamed", &true);
    }
    people.changed(tx, user)?;
    note(tx, before.as_ref(), &after);
    Ok(())
}

/// The code by which the audit trail has a refusal that is written down; `None` for what undoes the unit.
fn refusal_of(error: &Error) -> Option<&'static str> {
    match error {
        Error::TaxIdTaken => Some("tax_id_taken"),
        Error::Changed { .. } => Some("changed_meanwhile"),
        Error::CustomerNotFound => Some("not_found"),
        _ => None,
    }
}

/// Two who come with the same number at the same time: the one too late is told as if it had come later.
fn raced(error: Error) -> Error {
    match &error {
        Error::Db(source) if source.unique_violation().is_some_and(|name| name.contains("tax_id")) => {
            Error::TaxIdTaken
        }
        _ => error,
    }
}

/// Notes the masks of what changed, before and after.
fn note(tx: &mut Tx<'_>, before: Option<&Details>, after: &Details) {
    let (mut was, mut is) = (serde_json::Map::new(), serde_json::Map::new());
    for (name, same, mask) in Details::FIELDS {
        if before.is_some_and(|before| same(before, after)) {
            continue;
        }
        if let Some(before) = before {
            was.insert(name.to_owned(), mask(before).into());
        }
        is.insert(name.to_owned(), mask(after).into());
    }
    if before.is_some() {
        tx.note("before", &serde_json::Value::Object(was));
    }
    tx.note("after", &serde_json::Value::Object(is));
}
