//! Deciding: at once, or in two steps around what the decision means elsewhere.
//!
//! Where a decision moves money that is held, the money and the case are two commits. What is about to be decided is noted first
//! ([`Cases::begin`]), so that nobody decides otherwise meanwhile; then the money is moved or freed; then the case is closed
//! ([`Cases::conclude`]). Whoever dies in between leaves the note: the same decision is taken again, finds the money moved, and
//! closes the case. If the money cannot be moved, the note is taken back ([`Cases::abandon`]).

use florin_db::{DbError, Tx};
use florin_kernel::{Action, Actor, Env, Resource, UserId};

use super::desk::{checked, not_about, written};
use super::opening::add_evidence;
use super::{Case, CaseId, Cases, Decision, Error, Evidence, Status, Verdict, row_id, store};

/// How far a decision is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It may be carried out, and the case then be closed.
    Go(Case),
    /// The same person decided the same about this very version before; the case is closed.
    Done(Case),
}

impl Cases {
    /// Decides a case, with a reason, for good.
    ///
    /// # Errors
    /// As [`Cases::conclude`].
    pub async fn decide(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        verdict: Verdict,
    ) -> Result<Case, Error> {
        self.conclude(by, id, version, verdict, None, |_| Ok(())).await
    }

    /// Notes what is about to be decided, after everything was checked that could be in the way.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::WrongDecision`], [`Error::NotFound`], [`Error::Changed`], [`Error::Closed`],
    /// [`Error::BeingDecided`], [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.begin", skip_all, fields(case.id = %id))]
    pub async fn begin(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        verdict: &Verdict,
    ) -> Result<Begun, Error> {
        let permit = by.permit(Action::DecideCase, Resource::one("case", id.uuid()))?;
        checked("reason", &verdict.reason)?;
        let (decision, person) = (verdict.decision, by.user());
        self.db
            .write(permit, move |tx| {
                tx.about(id.uuid());
                let case = store::lock(tx, id)?.ok_or(Error::NotFound)?;
                if is_repeated(&case, person, version, decision) {
                    return Ok(Begun::Done(case));
                }
                may_decide(&case, person, version, decision)?;
                store::set_deciding(tx, id, Some(decision))?;
                tx.note("deciding", &decision);
                Ok(Begun::Go(Case { deciding: Some(decision), ..case }))
            })
            .await
    }

    /// Takes back what [`Cases::begin`] noted, since it cannot be carried out.
    ///
    /// # Errors
    /// [`Error::Denied`], and what the database says.
    #[tracing::instrument(name = "compliance.case.abandon", skip_all, fields(case.id = %id))]
    pub async fn abandon(&self, by: &Actor, id: CaseId, why: &str) -> Result<(), Error> {
        let permit = by.permit(Action::DecideCase, Resource::one("case", id.uuid()))?;
        let why = why.to_owned();
        self.db
            .write(permit, move |tx| {
                tx.about(id.uuid());
                tx.note("abandoned", &why);
                Ok(store::set_deciding(tx, id, None)?)
            })
            .await
    }

    /// Closes a case with a decision, a reason, and what was found to have come of it; `telling` tells whom it concerns, in
    /// the same commit.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::WrongDecision`], [`Error::NotFound`], [`Error::Changed`], [`Error::Closed`],
    /// [`Error::BeingDecided`], [`Error::OwnCase`], [`Error::Denied`].
    #[tracing::instrument(name = "compliance.case.decide", skip_all, fields(case.id = %id))]
    pub async fn conclude(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        verdict: Verdict,
        outcome: Option<Evidence>,
        telling: impl Fn(&mut Tx<'_>) -> Result<(), DbError> + Send + 'static,
    ) -> Result<Case, Error> {
        let permit = by.permit(Action::DecideCase, Resource::one("case", id.uuid()))?;
        let reason = checked("reason", &verdict.reason)?;
        let outcome = outcome.map(|evidence| evidence.check()).transpose()?;
        let (env, person) = (self.env.clone(), by.user());
        self.change(permit, person, id, version, move |tx, case| {
            may_decide(&case, person, version, verdict.decision)?;
            let now = env.now();
            if let Some(outcome) = &outcome {
                add_evidence(tx, row_id(&env), id, outcome, person, now)?;
                tx.note("outcome", &outcome.text);
            }
            telling(tx)?;
            decided(tx, &env, person, case, &Verdict { reason: reason.clone(), ..verdict.clone() })
        })
        .await
    }
}

/// The case with its decision; the reason, which was checked, is written as a note, and the event.
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
        deciding: None,
        decided_by: by,
        decided_at: Some(now),
        sar: verdict.sar || verdict.decision == Decision::Sar,
        ..case
    })
}

/// Whether the same person decided the same about this version: the answer was lost, and is given again.
fn is_repeated(case: &Case, person: Option<UserId>, version: u32, decision: Decision) -> bool {
    case.status == Status::Closed
        && case.decision == Some(decision)
        && case.decided_by == person
        && case.version == version.saturating_add(1)
}

fn may_decide(case: &Case, person: Option<UserId>, version: u32, decision: Decision) -> Result<(), Error> {
    if case.version != version {
        return Err(Error::Changed { present: case.version });
    }
    if case.status == Status::Closed {
        return Err(Error::Closed);
    }
    not_about(person, case.subject)?;
    if !decision.fits(case.kind) {
        return Err(Error::WrongDecision(case.kind));
    }
    match case.deciding {
        Some(other) if other != decision => Err(Error::BeingDecided(other)),
        _ => Ok(()),
    }
}
