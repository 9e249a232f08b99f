//! The desk: what people do about screenings.

use florin_db::{DbError, Row, Tx, params};
use florin_kernel::{Action, Actor, Fault, Page, PageRequest, Resource, UserId, Uuid};
use florin_screening::Query;

use super::keeping::Found;
use super::{
    Decision, Error, Judgement, KeptHit, Person, Sanctions, Screening, ScreeningFile, ScreeningId, Status,
    Subject, SubjectKind, store,
};
use crate::cases::{self, CaseKind, TEXT_CHARS_MAX, Verdict};

/// The longest name that can be asked about, in characters.
const NAME_CHARS_MAX: usize = 300;
/// The most numbers that can be asked about at once, and the longest of them.
const IDENTIFIERS_MAX: usize = 20;
const IDENTIFIER_CHARS_MAX: usize = 60;

/// Which screenings are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScreeningQuery {
    /// Those that are so far.
    pub status: Option<Status>,
    /// Those of this customer or payee.
    pub subject: Option<Uuid>,
}

/// How a screening is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideScreening {
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: String,
}

impl Sanctions {
    /// Looks for a name on all lists, and keeps what was found.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.screening.run", skip_all)]
    pub async fn screen(&self, by: &Actor, query: Query) -> Result<ScreeningFile, Error> {
        let permit = by.permit(Action::Screen, Resource::kind("screening"))?;
        let query = checked(query)?;
        self.refresh().await?;
        let index = self.index();
        let id = self.0.env.new_uuid();
        let person = Person { subject: Subject { kind: SubjectKind::Name, id }, user: None, query };
        let searched = tokio::task::spawn_blocking(move || Found::of(&index, person, 0)).await;
        let found = searched.map_err(|error| DbError::Other(error.to_string()))?;
        let (keeper, person) = (self.0.keeper.clone(), by.user());
        self.0
            .db
            .write(permit.about(id), move |tx| {
                tx.note("lists", &found.lists);
                tx.note("hits", &found.matches.len());
                keeper.name(tx, &found, person)
            })
            .await?;
        self.file(ScreeningId::from_uuid(id)).await
    }

    /// Screenings, the latest first.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        query: ScreeningQuery,
        page: &PageRequest,
    ) -> Result<Page<Screening>, Error> {
        by.permit(Action::ReadScreenings, Resource::kind("screening"))?;
        let before = page.cursor_as::<ScreeningId>()?;
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let wanted = (query.status, query.subject);
        let found = self.0.db.read(move |reader| store::list(reader, wanted, before, limit)).await?;
        Ok(page.page(found, |screening| screening.id.to_string()))
    }

    /// A screening with what was looked for and found.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn find(&self, by: &Actor, id: ScreeningId) -> Result<ScreeningFile, Error> {
        by.permit(Action::ReadScreenings, Resource::one("screening", id.uuid()))?;
        self.file(id).await
    }

    async fn file(&self, id: ScreeningId) -> Result<ScreeningFile, Error> {
        let sealing = self.0.keeper.sealing.clone();
        self.0
            .db
            .read(move |reader| {
                let (screening, sealed) = store::find(reader, id)?.ok_or(Error::NotFound)?;
                let rows = reader.rows(
                    "SELECT id, source, entry_id, fingerprint, listed_name, entry_kind, programmes, score, explanation \
                     FROM screening_hit WHERE screening_id = $1 ORDER BY position",
                    &params![id.uuid()],
                )?;
                let hit = |row: &Row| {
                    let programmes: String = row.get(6)?;
                    Ok::<_, Error>(KeptHit {
                        source: row.get::<String>(1)?.parse().map_err(store::corrupt)?,
                        entry_id: row.get(2)?,
                        fingerprint: row.get(3)?,
                        listed_name: row.get(4)?,
                        entry_kind: row.get(5)?,
                        programmes: serde_json::from_str(&programmes).map_err(store::corrupt)?,
                        score: row.get(7)?,
                        explanation: sealing.open_explanation(row.get(0)?, &row.get::<String>(8)?)?,
                    })
                };
                Ok(ScreeningFile {
                    query: sealing.open_query(id.uuid(), &sealed)?,
                    hits: rows.iter().map(hit).collect::<Result<_, _>>()?,
                    judgements: store::judgements(reader, id)?,
                    screening,
                })
            })
            .await
    }

    /// Decides a screening, and the case about it, in one commit. What was confirmed can be taken back by somebody else than who
    /// confirmed it; the case stays as it was closed.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::NotOpen`], [`Error::OwnScreening`], [`Error::SamePerson`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.screening.decide", skip_all, fields(screening.id = %id))]
    pub async fn decide(
        &self,
        by: &Actor,
        id: ScreeningId,
        decide: DecideScreening,
    ) -> Result<Screening, Error> {
        let permit = by.permit(Action::DecideScreening, Resource::one("screening", id.uuid()))?;
        let reason = cases::text("reason", &decide.reason, TEXT_CHARS_MAX)
            .map_err(|fault| Error::Invalid(vec![fault]))?;
        let (env, person) = (self.0.env.clone(), by.user());
        let decided = self
            .0
            .db
            .write(permit, move |tx| {
                let (before, _) = store::lock(tx, id)?.ok_or(Error::NotFound)?;
                may_decide(&before, decide.decision, person)?;
                let judgement = Judgement {
                    decision: decide.decision,
                    reason: reason.clone(),
                    by: person,
                    at: env.now(),
                };
                store::decide(tx, (id, env.new_uuid()), &judgement)?;
                tx.note_change("status", Some(&before.status), Some(&decide.decision.status()));
                close(tx, &env, id, &judgement)?;
                florin_jobs::outbox::publish(
                    tx,
                    "screening.decided",
                    id.uuid(),
                    judgement.at.as_microsecond(),
                )?;
                Ok::<_, Error>(store::find(&mut tx.reader(), id)?.ok_or(Error::NotFound)?.0)
            })
            .await?;
        self.refresh_blocked().await?;
        Ok(decided)
    }
}

fn may_decide(before: &Screening, decision: Decision, person: Option<UserId>) -> Result<(), Error> {
    if person.is_some() && person == before.user {
        return Err(Error::OwnScreening);
    }
    match (before.status, decision) {
        (Status::Confirmed, Decision::FalseMatch) if before.decided_by == person => Err(Error::SamePerson),
        (Status::Open, _) | (Status::Confirmed, Decision::FalseMatch) => Ok(()),
        (status, _) => Err(Error::NotOpen(status)),
    }
}

fn close(
    tx: &mut Tx<'_>,
    env: &florin_kernel::Env,
    id: ScreeningId,
    judgement: &Judgement,
) -> Result<(), Error> {
    let decision = match judgement.decision {
        Decision::TrueMatch => cases::Decision::TrueMatch,
        Decision::FalseMatch => cases::Decision::FalseMatch,
    };
    let verdict = Verdict { decision, reason: judgement.reason.clone(), sar: false };
    cases::close_within(tx, env, judgement.by, (CaseKind::Screening, &id.to_string()), &verdict)?;
    Ok(())
}

fn checked(query: Query) -> Result<Query, Error> {
    let mut faults = Vec::new();
    let name = match cases::text("name", &query.name, NAME_CHARS_MAX) {
        Ok(name) => name,
        Err(fault) => {
            faults.push(fault);
            String::new()
        }
    };
    let too_long = |number: &String| number.chars().count() > IDENTIFIER_CHARS_MAX;
    if query.identifiers.len() > IDENTIFIERS_MAX || query.identifiers.iter().any(too_long) {
        let limits =
            format!("at most {IDENTIFIERS_MAX} numbers of {IDENTIFIER_CHARS_MAX} characters are taken");
        faults.push(Fault::new("identifiers", "too_long", limits));
    }
    if faults.is_empty() { Ok(Query { name, ..query }) } else { Err(Error::Invalid(faults)) }
}
