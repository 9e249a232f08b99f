//! Asking for a second person, and being one.

use std::sync::Arc;

use florin_db::{Db, DbError, Tx};
use florin_kernel::{Action, Actor, ApprovalId, Denied, Principal, Resource, Timestamp, UserId};

use super::{
    Approval, ApprovalError, Commands, Held, HeldCommand, NOTE_CHARS_MAX, State, WAITS_SECONDS, store,
};

/// Requests for approval. Clones share them.
#[derive(Clone)]
pub struct Approvals {
    db: Db,
    commands: Commands,
}

impl Approvals {
    /// Holds commands of these kinds.
    pub fn new(db: Db, commands: Vec<Arc<dyn HeldCommand>>) -> Self {
        Self { db, commands: commands.into() }
    }

    /// Holds a command, in the unit of work of whoever was permitted it: nothing happens until somebody approves.
    ///
    /// # Errors
    /// What the database says.
    pub fn hold(
        &self,
        tx: &mut Tx<'_>,
        held: &Held,
        asked_by: UserId,
        now: Timestamp,
    ) -> Result<ApprovalId, DbError> {
        let id = ApprovalId::from_uuid(self.db.env().new_uuid());
        let expires_us = now.as_microsecond().saturating_add(WAITS_SECONDS.saturating_mul(1_000_000));
        let expires_at = Timestamp::from_microsecond(expires_us).unwrap_or(Timestamp::MAX);
        store::insert(tx, id, held, asked_by, now, expires_at)?;
        tx.note("held_for_approval", &id);
        Ok(id)
    }

    /// Lets every request of a kind about a subject expire, in the unit of work of what made them pointless.
    ///
    /// # Errors
    /// What the database says.
    pub fn withdraw(
        tx: &mut Tx<'_>,
        kind: &str,
        subject: florin_kernel::Uuid,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let withdrawn = store::expire(tx, kind, subject, now)?;
        tx.note("approvals_withdrawn", &withdrawn);
        Ok(())
    }

    /// Requests older than `before`, the newest first; with `waiting` those alone that wait for a decision.
    ///
    /// # Errors
    /// [`ApprovalError::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        waiting: bool,
        before: Option<ApprovalId>,
        limit: usize,
    ) -> Result<Vec<Approval>, ApprovalError> {
        by.permit(Action::ReadApprovals, Resource::kind("approval"))?;
        let now = self.db.env().now();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read(move |reader| store::list(reader, waiting, before, limit, now).map_err(ApprovalError::from))
            .await
    }

    /// One request.
    ///
    /// # Errors
    /// [`ApprovalError::Denied`], [`ApprovalError::NotFound`].
    pub async fn find(&self, by: &Actor, id: ApprovalId) -> Result<Approval, ApprovalError> {
        by.permit(Action::ReadApprovals, Resource::one("approval", id.uuid()))?;
        let now = self.db.env().now();
        let found =
            self.db.read(move |reader| store::find(reader, id, now).map_err(ApprovalError::from)).await?;
        found.ok_or(ApprovalError::NotFound)
    }

    /// Approves a request: what it holds is done, in the same commit.
    ///
    /// # Errors
    /// [`ApprovalError`]; nothing is done then, and the request waits on.
    pub async fn approve(
        &self,
        by: &Actor,
        id: ApprovalId,
        note: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        self.decide(by, id, State::Approved, note).await
    }

    /// Rejects a request: what it holds will not be done.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn reject(
        &self,
        by: &Actor,
        id: ApprovalId,
        note: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        self.decide(by, id, State::Rejected, note).await
    }

    async fn decide(
        &self,
        by: &Actor,
        id: ApprovalId,
        decision: State,
        note: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        let decider = person(by)?;
        let about = Resource::one("approval", id.uuid());
        let permit = by.permit(Action::DecideApproval, about)?;
        by.must_be_recent(self.db.env().now())?;
        let note = note.map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
        if note
            .as_ref()
            .is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX || note.chars().any(char::is_control))
        {
            return Err(ApprovalError::Note);
        }
        let env = self.db.env().clone();
        let now = env.now();
        let found =
            self.db.read(move |reader| store::find(reader, id, now).map_err(ApprovalError::from)).await?;
        let found = found.ok_or(ApprovalError::NotFound)?;
        let command = self.command_of(&found)?;
        // Whoever decides could have asked for it themselves.
        by.permit(command.action(), command.resource(&found.held))?;
        let (approval, afterwards) = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                let waiting = store::lock(tx, id, now)?.ok_or(ApprovalError::NotFound)?;
                if waiting.state != State::Waiting {
                    return Err(ApprovalError::NotWaiting);
                }
                if waiting.asked_by == decider {
                    return Err(ApprovalError::OwnRequest);
                }
                store::decide(tx, id, decision, decider, note.as_deref(), now)?;
                tx.note("kind", &waiting.held.kind);
                tx.note("decision", &decision.code());
                let afterwards = match decision {
                    State::Approved => Some(
                        command.carry_out(tx, &waiting.held, now)?.map_err(ApprovalError::CannotBeDone)?,
                    ),
                    State::Waiting | State::Rejected | State::Expired => None,
                };
                let outcome = store::lock(tx, id, now)?.ok_or(ApprovalError::NotFound)?;
                Ok((outcome, afterwards))
            })
            .await?;
        if let Some(afterwards) = afterwards {
            afterwards();
        }
        Ok(approval)
    }

    fn command_of(&self, approval: &Approval) -> Result<Arc<dyn HeldCommand>, ApprovalError> {
        let found = self.commands.iter().find(|command| command.kind() == approval.held.kind);
        found.cloned().ok_or_else(|| {
            DbError::Corrupt(format!("no command of kind {} can be held", approval.held.kind)).into()
        })
    }
}

/// The person who decides: a second pair of eyes is nobody's machine.
fn person(by: &Actor) -> Result<UserId, ApprovalError> {
    match by.principal() {
        Principal::User { user, .. } => Ok(*user),
        Principal::Client { .. } => Err(Denied::Forbidden { action: Action::DecideApproval }.into()),
        Principal::Anonymous | Principal::System(_) => Err(Denied::Unauthenticated.into()),
    }
}
