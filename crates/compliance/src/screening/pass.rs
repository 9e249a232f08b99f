//! The pass over all subjects after a load: in chunks, each with its place, so that it goes on where it was.

use std::sync::Arc;

use florin_db::{DbError, Tx};
use florin_kernel::{Action, Actor, Resource, Uuid};

use super::keeping::{Found, Keeper};
use super::store::{self, State};
use super::{Error, Sanctions, Subject, SubjectKind};

/// How many subjects are looked for at once: a fraction of a second's work.
const CHUNK: usize = 64;

/// A part of the pass, looked through and not written down yet.
struct Chunk {
    /// Where the pass stood.
    before: State,
    /// Everybody who was looked for.
    subjects: Vec<Subject>,
    /// Those of whom something was found.
    found: Vec<Found>,
}

impl Sanctions {
    /// Does the next part of the pass; false when all subjects were looked for.
    pub(super) async fn pass_on(&self) -> Result<bool, Error> {
        self.refresh().await?;
        let Some(begun) = self.begin().await? else { return Ok(false) };
        let index = self.index();
        if index.seq < begun.target {
            return Ok(true);
        }
        let (subjects, kind, after) =
            (Arc::clone(&self.0.subjects), begun.kind, begun.after.unwrap_or(Uuid::nil()));
        let people = self.0.db.read(move |reader| subjects.after(reader, kind, after, CHUNK)).await?;
        let searched = tokio::task::spawn_blocking(move || {
            let subjects = people.iter().map(|person| person.subject).collect();
            let found = people.into_iter().map(|person| Found::of(&index, person, begun.passed));
            Chunk {
                subjects,
                found: found.filter(|found| !found.matches.is_empty()).collect(),
                before: begun,
            }
        });
        let chunk = searched.await.map_err(|error| DbError::Other(error.to_string()))?;
        let opened = self.keep(chunk).await?;
        if opened {
            self.refresh_blocked().await?;
        }
        Ok(true)
    }

    /// The pass as it stands, begun anew where a list was loaded since; none where there is nothing to do.
    async fn begin(&self) -> Result<Option<State>, Error> {
        let state = self.0.db.read(store::state).await?;
        if state.passed >= state.seq {
            return Ok(None);
        }
        if state.target == state.seq {
            return Ok(Some(state));
        }
        let begun = self.0.db.housekeeping(|tx| {
            let mut state = store::lock_state(tx)?;
            if state.target != state.seq {
                state = State {
                    target: state.seq,
                    kind: SubjectKind::Customer,
                    after: None,
                    subjects: 0,
                    found: 0,
                    ..state
                };
                store::write_state(tx, &state, None)?;
            }
            Ok::<_, DbError>(state)
        });
        Ok(Some(begun.await?))
    }

    /// Writes a part down, unless another did, or the pass began anew; whether screenings were opened.
    async fn keep(&self, chunk: Chunk) -> Result<bool, Error> {
        let keeper = self.0.keeper.clone();
        if chunk.found.is_empty() {
            // Nothing that anybody would ask about was changed.
            return self.0.db.housekeeping(move |tx| write(tx, &keeper, &chunk)).await;
        }
        let permit = Actor::system("screening").permit(Action::Screen, Resource::kind("screening"))?;
        self.0
            .db
            .write(permit, move |tx| {
                let opened = write(tx, &keeper, &chunk)?;
                tx.note("load", &chunk.before.target);
                tx.note("subjects", &chunk.subjects.len());
                Ok(opened)
            })
            .await
    }
}

fn write(tx: &mut Tx<'_>, keeper: &Keeper, chunk: &Chunk) -> Result<bool, Error> {
    let now = keeper.env.now();
    let mut state = store::lock_state(tx)?;
    if state != chunk.before {
        return Ok(false);
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut opened = 0_usize;
    for found in &chunk.found {
        opened = opened.saturating_add(usize::from(keeper.subject(tx, found, None)?.is_some()));
    }
    let is_kept = |subject: &&Subject| !chunk.found.iter().any(|found| found.person.subject == **subject);
    let quiet: Vec<Subject> = chunk.subjects.iter().filter(is_kept).copied().collect();
    store::note_screened(tx, &quiet, state.target, now)?;
    state.subjects = state.subjects.saturating_add(count(chunk.subjects.len()));
    state.found = state.found.saturating_add(count(opened));
    let mut passed_at = None;
    match (chunk.subjects.last(), state.kind) {
        (Some(last), _) => state.after = Some(last.id),
        (None, SubjectKind::Customer) => {
            state.kind = SubjectKind::Payee;
            state.after = None;
        }
        (None, _) => {
            state.passed = state.target;
            passed_at = Some(now);
            tracing::info!(
                load = state.target,
                subjects = state.subjects,
                opened = state.found,
                "all were looked for"
            );
        }
    }
    store::write_state(tx, &state, passed_at)?;
    Ok(opened > 0)
}
