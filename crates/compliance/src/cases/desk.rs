//! The desk: what people do with cases.

use florin_db::{Db, Tx};
use florin_kernel::{Action, Actor, Env, Page, PageRequest, Permit, Resource, UserId};

use super::case::text;
use super::opening::{add_evidence, open_within};
use super::{
    Case, CaseFile, CaseId, CaseKind, CasePlace, Deadlines, Error, Evidence, Note, OpenCase, Priority,
    Status, TEXT_CHARS_MAX, Verdict, row_id, store,
};

/// Which cases are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Those of one kind.
    pub kind: Option<CaseKind>,
    /// Those that are so far.
    pub status: Option<Status>,
    /// Those that somebody works on.
    pub assignee: Option<UserId>,
    /// Those about somebody.
    pub subject: Option<UserId>,
}

/// The work list. Clones share it.
#[derive(Clone)]
pub struct Cases {
    db: Db,
    env: Env,
    deadlines: Deadlines,
}

impl Cases {
    /// Cases in this database, due as `deadlines` say.
    pub fn new(db: Db, deadlines: Deadlines) -> Self {
        let env = db.env().clone();
        Self { db, env, deadlines }
    }

    /// Opens a case, or gives the one that has its reference.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.open", skip_all, fields(case.kind = %case.kind))]
    pub async fn open(&self, by: &Actor, case: OpenCase) -> Result<Case, Error> {
        let permit = by.permit(Action::WorkCases, Resource::kind("case"))?;
        let (env, deadlines, person) = (self.env.clone(), self.deadlines, by.user());
        not_about(person, case.subject)?;
        self.db
            .write(permit, move |tx| {
                let opened = open_within(tx, &env, deadlines, person, &case)?;
                tx.about(opened.id.uuid());
                tx.note("kind", &opened.kind);
                Ok(opened)
            })
            .await
    }

    /// A page of cases, those that are due first at the top.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn list(&self, by: &Actor, query: CaseQuery, page: &PageRequest) -> Result<Page<Case>, Error> {
        by.permit(Action::ReadCases, Resource::kind("case"))?;
        let after = page.cursor_as::<CasePlace>()?;
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let found = self
            .db
            .read(move |reader| store::list(reader, &query, after, limit).map_err(Error::from))
            .await?;
        Ok(page.page(found, |case| {
            CasePlace { due_at_us: case.due_at.as_microsecond(), id: case.id }.to_string()
        }))
    }

    /// A case with its evidence and notes.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn find(&self, by: &Actor, id: CaseId) -> Result<CaseFile, Error> {
        by.permit(Action::ReadCases, Resource::one("case", id.uuid()))?;
        self.db
            .read(move |reader| {
                let case = store::find(reader, id)?.ok_or(Error::NotFound)?;
                Ok(CaseFile {
                    case,
                    evidence: store::evidence(reader, id)?,
                    notes: store::notes(reader, id)?,
                })
            })
            .await
    }

    /// Gives a case to somebody, or back to the list, and says how urgent it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Changed`], [`Error::Closed`], [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.assign", skip_all, fields(case.id = %id))]
    pub async fn assign(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        assignee: Option<UserId>,
        priority: Priority,
    ) -> Result<Case, Error> {
        let permit = by.permit(Action::WorkCases, Resource::one("case", id.uuid()))?;
        let now_us = self.env.now().as_microsecond();
        self.change(permit, by.user(), id, version, move |tx, case| {
            not_about(assignee, case.subject)?;
            let status = if assignee.is_some() { Status::InProgress } else { Status::Open };
            tx.note_change("status", Some(&case.status), Some(&status));
            tx.note_change("priority", Some(&case.priority), Some(&priority));
            tx.note("assignee", &assignee.map_or_else(String::new, |user| user.to_string()));
            florin_jobs::outbox::publish(tx, "case.assigned", id.uuid(), now_us)?;
            Ok(Case { status, priority, assignee, ..case })
        })
        .await
    }

    /// Adds evidence to a case; the same piece is kept once.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Changed`], [`Error::Closed`], [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.add_evidence", skip_all, fields(case.id = %id))]
    pub async fn add_evidence(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        evidence: Evidence,
    ) -> Result<Case, Error> {
        let permit = by.permit(Action::WorkCases, Resource::one("case", id.uuid()))?;
        let evidence = evidence.check()?;
        let (env, person) = (self.env.clone(), by.user());
        self.change(permit, person, id, version, move |tx, case| {
            add_evidence(tx, row_id(&env), id, &evidence, person, env.now())?;
            tx.note("evidence", &evidence.kind);
            Ok(case)
        })
        .await
    }

    /// Writes a note into a case.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Changed`], [`Error::Closed`], [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.add_note", skip_all, fields(case.id = %id))]
    pub async fn add_note(&self, by: &Actor, id: CaseId, version: u32, note: &str) -> Result<Case, Error> {
        let permit = by.permit(Action::WorkCases, Resource::one("case", id.uuid()))?;
        let note = checked("text", note)?;
        let (env, person) = (self.env.clone(), by.user());
        self.change(permit, person, id, version, move |tx, case| {
            store::insert_note(tx, id, &written(&env, person, &note))?;
            tx.note("note", &"added");
            Ok(case)
        })
        .await
    }

    /// Decides a case, with a reason, for good.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::WrongDecision`], [`Error::NotFound`], [`Error::Changed`], [`Error::Closed`],
    /// [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.decide", skip_all, fields(case.id = %id))]
    pub async fn decide(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        verdict: Verdict,
    ) -> Result<Case, Error> {
        let permit = by.permit(Action::DecideCase, Resource::one("case", id.uuid()))?;
        let reason = checked("reason", &verdict.reason)?;
        let (env, person) = (self.env.clone(), by.user());
        self.change(permit, person, id, version, move |tx, case| {
            if !verdict.decision.fits(case.kind) {
                return Err(Error::WrongDecision(case.kind));
            }
            decided(tx, &env, person, case, &Verdict { reason: reason.clone(), ..verdict.clone() })
        })
        .await
    }

    /// One change of a case that is of `version`, and not closed, and not about whoever changes it.
    async fn change(
        &self,
        permit: Permit,
        person: Option<UserId>,
        id: CaseId,
        version: u32,
        work: impl Fn(&mut Tx<'_>, Case) -> Result<Case, Error> + Send + 'static,
    ) -> Result<Case, Error> {
        self.db
            .write(permit, move |tx| {
                tx.about(id.uuid());
                let before = store::lock(tx, id)?.ok_or(Error::NotFound)?;
                if before.version != version {
                    return Err(Error::Changed { present: before.version });
                }
                if before.status == Status::Closed {
                    return Err(Error::Closed);
                }
                not_about(person, before.subject)?;
                let after = work(tx, before)?;
                if !store::update(tx, &after)? {
                    return Err(Error::Changed { present: version.saturating_add(1) });
                }
                Ok(Case { version: version.saturating_add(1), ..after })
            })
            .await
    }
}

fn not_about(person: Option<UserId>, subject: Option<UserId>) -> Result<(), Error> {
    if person.is_some() && person == subject { Err(Error::OwnCase) } else { Ok(()) }
}

fn checked(field: &'static str, note: &str) -> Result<String, Error> {
    text(field, note, TEXT_CHARS_MAX).map_err(|fault| Error::Invalid(vec![fault]))
}

/// The case with its decision; note and event are written.
pub(super) fn decided(
    tx: &mut Tx<'_>,
    env: &Env,
    by: Option<UserId>,
    case: Case,
    verdict: &Verdict,
) -> Result<Case, Error> {
    let now = env.now();
    store::insert_note(tx, case.id, &written(env, by, &verdict.reason))?;
    tx.note("decision", &verdict.decision);
    florin_jobs::outbox::publish(tx, "case.decided", case.id.uuid(), now.as_microsecond())?;
    Ok(Case {
        status: Status::Closed,
        decision: Some(verdict.decision),
        decided_by: by,
        decided_at: Some(now),
        sar: verdict.sar || verdict.decision == super::Decision::Sar,
        ..case
    })
}

fn written(env: &Env, by: Option<UserId>, text: &str) -> Note {
    Note { id: row_id(env), text: text.to_owned(), written_by: by, written_at: env.now() }
}
