//! Decisions as they are read, and made again.

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::{Action, Actor, DecisionId, Resource, UserId, Uuid};

use super::decided::{digest, outcome_of, short, verdict_of};
use super::{Error, Evidence, Risk};
use crate::attempt::{Attempt, Outcome};
use crate::engine::{Models, replay};
use crate::features::Features;
use crate::rules::RuleSet;
use crate::ruling::{Ruling, Verdict};

/// A decision as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDecision {
    /// Its identifier.
    pub id: DecisionId,
    /// What was decided about.
    pub attempt: Attempt,
    /// What was decided.
    pub verdict: Verdict,
    /// What became of it in its commit.
    pub outcome: Outcome,
    /// Whether what was held was released; none where nobody looked yet, or nothing was held.
    pub released: Option<bool>,
    /// From 0 to 1000.
    pub score: u16,
    /// The names of what weighed most.
    pub reasons: Vec<String>,
    /// The first digits of the hash of the rules that were asked; none where the engine could not decide.
    pub rules: Option<String>,
    /// The version of the model that was asked.
    pub model: Option<String>,
    /// All else that it was made of.
    pub evidence: Evidence,
    /// The features.
    pub features: Option<Features>,
    digest: Option<Vec<u8>>,
}

impl StoredDecision {
    /// Makes the decision again of what was written.
    ///
    /// Some where rules and models are those of then; it is the same to the bit then, or the record was changed: that is told
    /// by the second value.
    pub fn replayed(&self, rules: &RuleSet, models: &Models) -> Option<(Ruling, bool)> {
        if self.rules.as_deref() != Some(short(&rules.name().hash).as_str()) {
            return None;
        }
        let features = self.features.as_ref()?;
        let ruling = replay(&self.attempt, features, &self.evidence.circumstances, rules, models);
        let same = self.digest.as_deref() == Some(digest(&ruling).as_slice());
        Some((ruling, same))
    }
}

/// Which decisions a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventFilter {
    /// About this person alone.
    pub user: Option<UserId>,
    /// With this verdict alone; without, all that were not simply let through.
    pub verdict: Option<Verdict>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.evidence, d.verdict, d.outcome, d.score, d.reasons, d.rules_hash, d.model, d.features, d.digest, \
             r.released FROM risk_decision d LEFT JOIN risk_review r ON r.decision_id = d.id ",
            $rest
        )
    };
}

fn decision(row: &Row) -> Result<StoredDecision, DbError> {
    let corrupt = |column: &str| DbError::Corrupt(format!("risk_decision.{column} is not what was written"));
    let evidence = Evidence::from_bytes(&row.get::<Vec<u8>>(1)?)?;
    let features = row.get::<Option<Vec<u8>>>(8)?;
    let features = features.map(|bytes| Features::from_bytes(&bytes)).transpose();
    let reasons: Option<String> = row.get(5)?;
    Ok(StoredDecision {
        id: DecisionId::from_uuid(row.get(0)?),
        attempt: evidence.attempt.clone(),
        verdict: verdict_of(&row.get::<String>(2)?)?,
        outcome: outcome_of(&row.get::<String>(3)?)?,
        released: row.get(10)?,
        score: row.get(4)?,
        reasons: reasons.map_or_else(Vec::new, |all| all.split(',').map(str::to_owned).collect()),
        rules: row.get(6)?,
        model: row.get(7)?,
        evidence,
        features: features.map_err(|_| corrupt("features"))?,
        digest: row.get(9)?,
    })
}

/// The decision of this identifier.
pub(crate) fn find(reader: &mut Reader<'_>, id: DecisionId) -> Result<Option<StoredDecision>, DbError> {
    reader.row(select!("WHERE d.id = $1"), &params![id.uuid()])?.as_ref().map(decision).transpose()
}

/// The decision about something that was held or refused, such as a transfer; the latest, where there are several.
pub(crate) fn about(reader: &mut Reader<'_>, subject: Uuid) -> Result<Option<StoredDecision>, DbError> {
    let row = reader.row(
        select!("WHERE d.subject_id = $1 AND d.outcome <> 'approved' ORDER BY d.id DESC LIMIT 1"),
        &params![subject],
    )?;
    row.as_ref().map(decision).transpose()
}

/// Decisions, the latest first, older than `before`.
pub(crate) fn list(
    reader: &mut Reader<'_>,
    filter: EventFilter,
    before: Option<DecisionId>,
    limit: i64,
) -> Result<Vec<StoredDecision>, DbError> {
    let before = before.map_or(Uuid::max(), DecisionId::uuid);
    let verdict = filter.verdict.map_or("", Verdict::name);
    let rows = match filter.user {
        Some(user) => reader.rows(
            select!(
                "WHERE d.user_id = $1 AND d.id < $2 AND d.verdict <> 'approve' AND ($3 = '' OR d.verdict = $3) \
                 ORDER BY d.id DESC LIMIT $4"
            ),
            &params![user.uuid(), before, verdict, limit],
        )?,
        None => reader.rows(
            select!(
                "WHERE d.id < $1 AND (($2 = '' AND d.verdict <> 'approve') OR d.verdict = $2) ORDER BY d.id DESC LIMIT $3"
            ),
            &params![before, verdict, limit],
        )?,
    };
    rows.iter().map(decision).collect()
}

impl Risk {
    /// Decisions that were not simply let through, or those of a verdict; the latest first.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn events(
        &self,
        by: &Actor,
        filter: EventFilter,
        before: Option<DecisionId>,
        limit: i64,
    ) -> Result<Vec<StoredDecision>, Error> {
        by.permit(Action::ReadRiskEvents, Resource::kind("risk_event"))?;
        Ok(self.db().read(move |r| list(r, filter, before, limit)).await?)
    }

    /// A decision, and what making it again says with the rules and models of then; none of that where those are not kept.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], or what the database says.
    pub async fn event(
        &self,
        by: &Actor,
        id: DecisionId,
    ) -> Result<(StoredDecision, Option<(Ruling, bool)>), Error> {
        by.permit(Action::ReadRiskEvents, Resource::kind("risk_event"))?;
        let this = self.clone();
        self.db()
            .read(move |r| {
                let found = find(r, id)?.ok_or(Error::NotFound)?;
                let again = this.made_again(r, &found)?;
                Ok((found, again))
            })
            .await
    }
}
