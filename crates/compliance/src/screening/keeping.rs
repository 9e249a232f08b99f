//! Writing down what was found of a subject, and opening the case about it, in one commit.

use std::sync::Arc;

use florin_db::{DbError, Tx, params};
use florin_kernel::{Env, UserId, Uuid};

use super::sealing::Sealing;
use super::{Error, Index, Match, Person, Sanctions, ScreeningId, Status, Subject, SubjectKind, job, store};
use crate::cases::{CaseKind, Deadlines, Evidence, OpenCase, Priority, open_within};

/// From which score on a case is urgent, in thousandths.
const URGENT: u16 = 950;

/// Writes screenings down.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    pub(super) env: Env,
    pub(super) deadlines: Deadlines,
    pub(super) sealing: Sealing,
    pub(super) threshold: u16,
}

/// What was found of somebody.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) person: Person,
    pub(super) matches: Vec<Match>,
    pub(super) seq: i64,
    pub(super) lists: String,
}

impl Found {
    /// Looks for somebody among the entries that stand as they are since a load after `after`.
    pub(super) fn of(index: &Index, person: Person, after: i64) -> Self {
        let matches = index.screen(&person.query, after);
        Self { matches, person, seq: index.seq, lists: index.lists.clone() }
    }
}

/// What was found of the holder of an account that is to be paid, for the unit of work that saves it.
#[derive(Clone, Debug)]
pub struct Look {
    found: Arc<Found>,
}

impl Sanctions {
    /// Looks for somebody in memory alone; none where there are no lists to look on.
    pub fn look(&self, person: Person) -> Look {
        Look { found: Arc::new(Found::of(&self.index(), person, 0)) }
    }

    /// Writes down what was found, in the unit of work that makes the subject known. Where the lists in memory are older than those of
    /// the database, a job looks once more.
    ///
    /// # Errors
    /// What the database says.
    pub fn keep_look(&self, tx: &mut Tx<'_>, look: &Look) -> Result<(), Error> {
        let newest = store::state(&mut tx.reader())?.seq;
        if newest == 0 {
            return Ok(());
        }
        if look.found.seq < newest {
            job::look_at(tx, look.found.person.subject, self.0.env.now())?;
        }
        if look.found.seq > 0 {
            self.0.keeper.subject(tx, &look.found, None)?;
        }
        Ok(())
    }

    /// That unit is durable.
    pub fn look_kept(&self, look: &Look) {
        if !look.found.matches.is_empty() {
            self.block_now(look.found.person.subject);
        }
    }
}

impl Keeper {
    /// Writes down what was found of a customer or payee, if that was not written down before: as an open screening with its case where
    /// an entry is among it that nobody decided about, as a clear one when the subject was never looked for. The screening that is open.
    pub(super) fn subject(
        &self,
        tx: &mut Tx<'_>,
        found: &Found,
        by: Option<UserId>,
    ) -> Result<Option<ScreeningId>, Error> {
        let (subject, now) = (found.person.subject, self.env.now());
        // It also keeps others from looking for the same subject until this unit ends.
        tx.execute(
            "INSERT INTO screening_subject (kind, subject_id, screened_at_us, seq) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, subject_id) DO UPDATE SET screened_at_us = excluded.screened_at_us, seq = excluded.seq",
            &params![subject.kind.code(), subject.id, now, found.seq],
        )?;
        let index = self.sealing.index(&found.person.query)?;
        let known = store::known(&mut tx.reader(), subject, index)?;
        let is_new = |hit: &&Match| {
            !known.contains(&(hit.source.code().to_owned(), hit.entry_id.clone(), hit.fingerprint.clone()))
        };
        let fresh: Vec<&Match> = found.matches.iter().filter(is_new).collect();
        if fresh.is_empty() {
            if !store::is_screened(&mut tx.reader(), subject, index)? {
                self.insert(tx, found, &[], index, by)?;
            }
            return Ok(None);
        }
        let id = self.insert(tx, found, &fresh, index, by)?;
        self.open_case(tx, id, found, &fresh)?;
        florin_jobs::outbox::publish(tx, "screening.opened", id.uuid(), now.as_microsecond())?;
        Ok(Some(id))
    }

    /// Writes down what was found of a name that somebody asked about.
    pub(super) fn name(
        &self,
        tx: &mut Tx<'_>,
        found: &Found,
        by: Option<UserId>,
    ) -> Result<ScreeningId, Error> {
        let index = self.sealing.index(&found.person.query)?;
        let all: Vec<&Match> = found.matches.iter().collect();
        self.insert(tx, found, &all, index, by)
    }

    fn insert(
        &self,
        tx: &mut Tx<'_>,
        found: &Found,
        hits: &[&Match],
        index: [u8; 32],
        by: Option<UserId>,
    ) -> Result<ScreeningId, Error> {
        let person = &found.person;
        let id = match person.subject.kind {
            SubjectKind::Name => person.subject.id,
            SubjectKind::Customer | SubjectKind::Payee => self.env.new_uuid(),
        };
        let status = if hits.is_empty() { Status::Clear } else { Status::Open };
        tx.execute(
            "INSERT INTO screening (id, subject_kind, subject_id, user_id, query, query_index, lists, threshold, best, status, \
             created_at_us, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &params![
                id,
                person.subject.kind.code(),
                person.subject.id,
                person.user.map(UserId::uuid),
                self.sealing.seal_query(id, &person.query)?,
                index,
                &found.lists,
                self.threshold,
                hits.first().map(|hit| hit.score),
                status.code(),
                self.env.now(),
                by.map(UserId::uuid),
            ],
        )?;
        for (position, hit) in (1_i64..).zip(hits) {
            self.insert_hit(tx, id, position, hit)?;
        }
        Ok(ScreeningId::from_uuid(id))
    }

    fn insert_hit(&self, tx: &mut Tx<'_>, screening: Uuid, position: i64, hit: &Match) -> Result<(), Error> {
        let id = self.env.new_uuid();
        tx.execute(
            "INSERT INTO screening_hit (id, screening_id, position, source, entry_id, fingerprint, listed_name, entry_kind, \
             programmes, score, explanation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &params![
                id,
                screening,
                position,
                hit.source.code(),
                &hit.entry_id,
                &hit.fingerprint,
                &hit.listed_name,
                hit.entry_kind,
                serde_json::to_string(&hit.programmes).map_err(store::corrupt)?,
                hit.score,
                self.sealing.seal_explanation(id, &hit.explanation)?,
            ],
        )?;
        Ok(())
    }

    fn open_case(
        &self,
        tx: &mut Tx<'_>,
        id: ScreeningId,
        found: &Found,
        hits: &[&Match],
    ) -> Result<(), Error> {
        let best = hits.first().map_or(0, |hit| hit.score);
        let told: Vec<String> = hits
            .iter()
            .take(10)
            .map(|hit| {
                format!("{} {} ({}), {} of 1000", hit.source, hit.entry_id, hit.listed_name, hit.score)
            })
            .collect();
        let more = hits.len().saturating_sub(told.len());
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        let case = OpenCase {
            kind: CaseKind::Screening,
            reference: id.to_string(),
            subject: found.person.user,
            title: title(found.person.subject).to_owned(),
            priority: if best >= URGENT { Priority::Urgent } else { Priority::High },
            evidence: vec![Evidence {
                kind: "screening".to_owned(),
                reference: id.to_string(),
                text: format!("{}{more}", told.join("; "))
                    .chars()
                    .take(crate::cases::TEXT_CHARS_MAX)
                    .collect(),
            }],
        };
        open_within(tx, &self.env, self.deadlines, None, &case)?;
        Ok(())
    }
}

const fn title(subject: Subject) -> &'static str {
    match subject.kind {
        SubjectKind::Customer => "A customer may be on a list of sanctions",
        SubjectKind::Payee => "A payee may be on a list of sanctions",
        SubjectKind::Name => "A name may be on a list of sanctions",
    }
}

/// What a database error is for whoever saves a payee.
impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::Db(source) => source,
            other => Self::Other(other.to_string()),
        }
    }
}
