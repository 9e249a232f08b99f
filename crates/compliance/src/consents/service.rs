//! Consents read and recorded.

use std::sync::Arc;

use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_db::{Db, DbError, Reader, Tx};
use florin_kernel::{Action, Actor, Denied, Fault, Origin, Resource, Timestamp, UserId};

use super::{ConsentRecord, Error, Purpose, Purposes, REASON_CHARS_MAX, Standing, store};
use crate::cases::text;

/// How many records of somebody are shown at most.
const HISTORY_MAX: i64 = 500;

/// Knows who there is.
pub trait People: Send + Sync {
    /// Whether there is such a person.
    ///
    /// # Errors
    /// What the database says.
    fn is_known(&self, reader: &mut Reader<'_>, user: UserId) -> Result<bool, DbError>;

    /// The same, and locks them until the unit ends, so that what they say is said one after the other.
    ///
    /// # Errors
    /// What the database says.
    fn lock(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError>;
}

/// What somebody says about a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordConsent {
    /// The code of the purpose.
    pub purpose: String,
    /// Whether it is given, or withdrawn.
    pub given: bool,
    /// Whose it is, where somebody of the staff records it; one's own otherwise.
    pub user: Option<UserId>,
    /// Why somebody of the staff does.
    pub reason: Option<String>,
}

/// How somebody stands to every purpose, and how that came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentFile {
    /// Whose it is.
    pub user: UserId,
    /// Each purpose, in the order in which people are asked.
    pub standings: Vec<Standing>,
    /// What was said, the newest first; the latest 500 records.
    pub history: Vec<ConsentRecord>,
}

impl ConsentFile {
    /// Whether this is given to a purpose, to whichever text; nothing is to what is no purpose.
    pub fn allows(&self, purpose: &str) -> bool {
        let standing = self.standings.iter().find(|one| one.purpose.code == purpose);
        standing.is_some_and(|one| one.state().allows())
    }
}

/// Makes the answer that is frozen in the commit.
pub type RenderStanding = Arc<dyn Fn(&Standing) -> Frozen + Send + Sync>;

/// The consents of an institution. Clones share them.
#[derive(Clone)]
pub struct Consents {
    db: Db,
    people: Arc<dyn People>,
    purposes: Arc<Purposes>,
}

impl Consents {
    /// Consents of `people` to these purposes.
    pub fn new(db: Db, people: Arc<dyn People>, purposes: Purposes) -> Self {
        Self { db, people, purposes: Arc::new(purposes) }
    }

    /// What people are asked to agree to.
    pub fn purposes(&self) -> &[Purpose] {
        self.purposes.all()
    }

    /// How somebody stands to every purpose, with the history: oneself, or another for staff.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for another's when one's own are all that one may read; [`Error::Denied`].
    pub async fn file(&self, by: &Actor, user: Option<UserId>) -> Result<ConsentFile, Error> {
        let user = user.or(by.user()).ok_or(Denied::Unauthenticated)?;
        permitted(by, by.permit(Action::ReadConsents, of(user)))?;
        let (people, purposes) = (Arc::clone(&self.people), Arc::clone(&self.purposes));
        self.db
            .read(move |reader| {
                if !people.is_known(reader, user)? {
                    return Err(Error::NotFound);
                }
                let mut latest = store::latest(reader, user)?;
                let standings = purposes.all().iter().map(|purpose| {
                    let at = latest.iter().position(|record| record.purpose == purpose.code);
                    Standing { purpose: purpose.clone(), latest: at.map(|at| latest.swap_remove(at)) }
                });
                let standings = standings.collect();
                Ok(ConsentFile { user, standings, history: store::history(reader, user, HISTORY_MAX)? })
            })
            .await
    }

    /// Records what somebody says about a purpose, and gives what `render` makes of how it stands then. What was said of
    /// the same text already adds no record; a request that is sent again with the same key is answered as it was at first.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Required`], [`Error::NotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.consent.record", skip_all)]
    pub async fn record(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        request: RecordConsent,
        render: RenderStanding,
    ) -> Result<Answer, Error> {
        let recorded_by = by.user().ok_or(Denied::Unauthenticated)?;
        let user = request.user.unwrap_or(recorded_by);
        let permit = permitted(by, by.permit(Action::RecordConsent, of(user)))?;
        let (purpose, reason) = self.checked(&request, user == recorded_by)?;
        let said = Said { user, given: request.given, recorded_by, reason, origin: by.origin().clone() };
        let (env, people) = (self.db.env().clone(), Arc::clone(&self.people));
        self.db
            .write_once(permit, key, move |tx| {
                tx.about(user.uuid());
                if !people.lock(tx, user)? {
                    return Err(Error::NotFound);
                }
                let before = store::latest_about(&mut tx.reader(), user, &purpose.code)?;
                let standing = Standing { purpose: purpose.clone(), latest: before };
                tx.note("purpose", &purpose.code);
                tx.note("version", &purpose.version);
                if standing.is_said(said.given) {
                    tx.note("unchanged", &true);
                    return Ok(render(&standing));
                }
                store::keep_text(tx, &purpose, env.now())?;
                let record = said.record(&standing, env.now());
                store::insert(tx, &record)?;
                let after = Standing { latest: Some(record), ..standing.clone() };
                tx.note_change("state", Some(&standing.state().code()), Some(&after.state().code()));
                Ok(render(&after))
            })
            .await
    }

    /// Whether somebody gave their consent to a purpose, to whichever text, for work of the program's own. There is none to
    /// what is no purpose.
    ///
    /// # Errors
    /// What the database says.
    pub fn is_given(&self, reader: &mut Reader<'_>, user: UserId, purpose: &str) -> Result<bool, DbError> {
        let Some(purpose) = self.purposes.find(purpose) else { return Ok(false) };
        let latest = store::latest_about(reader, user, &purpose.code)?;
        Ok(Standing { purpose: purpose.clone(), latest }.state().allows())
    }

    /// The purpose and the reason of a request that can be recorded.
    fn checked(&self, request: &RecordConsent, is_own: bool) -> Result<(Purpose, Option<String>), Error> {
        let mut faults = Vec::new();
        let purpose = self.purposes.find(&request.purpose);
        if purpose.is_none() {
            faults.push(Fault::new("purpose", "unknown", "nobody is asked about such a purpose"));
        }
        let reason = match (&request.reason, is_own) {
            (None, true) => None,
            (Some(_), true) => {
                faults.push(Fault::new("reason", "not_taken", "one's own consent needs no reason"));
                None
            }
            (given, false) => {
                let given = given.as_deref().unwrap_or_default();
                text("reason", given, REASON_CHARS_MAX).map_err(|fault| faults.push(fault)).ok()
            }
        };
        let Some(purpose) = purpose.filter(|_| faults.is_empty()) else {
            return Err(Error::Invalid(faults));
        };
        if purpose.required && !request.given {
            return Err(Error::Required);
        }
        Ok((purpose.clone(), reason))
    }
}

/// What is said, by whom and from where.
struct Said {
    user: UserId,
    given: bool,
    recorded_by: UserId,
    reason: Option<String>,
    origin: Origin,
}

impl Said {
    fn record(&self, before: &Standing, at: Timestamp) -> ConsentRecord {
        let purpose = &before.purpose;
        // What staff record did not come from where they sit; that is in the audit trail.
        let origin = if self.user == self.recorded_by { self.origin.clone() } else { Origin::default() };
        ConsentRecord {
            user: self.user,
            purpose: purpose.code.clone(),
            n: before.latest.as_ref().map_or(1, |record| record.n.saturating_add(1)),
            given: self.given,
            version: purpose.version,
            sha256: purpose.sha256.clone(),
            title: purpose.title.clone(),
            text: purpose.text.clone(),
            at,
            recorded_by: self.recorded_by,
            reason: self.reason.clone(),
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.as_deref().map(str::to_owned),
        }
    }
}

fn of(user: UserId) -> Resource {
    Resource::one("consent", user.uuid()).owned_by(user)
}

/// Whoever is no staff learns of others not even whether they are.
fn permitted<T>(by: &Actor, permit: Result<T, Denied>) -> Result<T, Error> {
    permit.map_err(|denied| match denied {
        Denied::Forbidden { .. } if !by.is_staff() && by.department().is_none() => Error::NotFound,
        denied => denied.into(),
    })
}
