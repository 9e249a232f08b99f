//! A decision on its way into the database.

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Value};
use florin_kernel::DecisionId;
use sha2::{Digest, Sha256};

use super::Evidence;
use crate::attempt::{Attempt, Outcome};
use crate::ruling::{Ruling, Verdict};

/// The reason of a decision that the engine did not make.
pub const UNAVAILABLE: &str = "risk_unavailable";
/// The score of one.
const UNAVAILABLE_SCORE: u16 = 500;
/// The score of what is held for a reason that the engine is not asked about.
const HELD_SCORE: u16 = 1_000;
/// How many reasons a decision names.
const REASONS_MAX: usize = 6;

/// A decision, with the attempt that it is about.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its identifier.
    pub id: DecisionId,
    /// What was decided about.
    pub attempt: Attempt,
    /// What was decided.
    pub verdict: Verdict,
    /// From 0 to 1000.
    pub score: u16,
    /// What the engine says; none where it could not, or was not asked.
    pub ruling: Option<Ruling>,
    /// The reason where there is no ruling.
    pub instead: &'static str,
}

static INSERT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO risk_decision (id, subject_id, kind, user_id, verdict, outcome, score, reasons, rules_hash, model, evidence, \
             features, digest, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    postgres: "INSERT INTO risk_decision (id, subject_id, kind, user_id, verdict, outcome, score, reasons, rules_hash, model, evidence, \
               features, digest, at_us) SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], \
               $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bigint[])",
    columns: &[
        Column::Uuid,
        Column::Uuid,
        Column::Text,
        Column::Uuid,
        Column::Text,
        Column::Text,
        Column::Int,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Bytes,
        Column::Bytes,
        Column::Bytes,
        Column::Int,
    ],
};

impl Decided {
    pub(super) fn ruled(id: DecisionId, attempt: Attempt, ruling: Ruling) -> Self {
        Self {
            id,
            attempt,
            verdict: ruling.verdict,
            score: ruling.score,
            ruling: Some(ruling),
            instead: UNAVAILABLE,
        }
    }

    /// What cannot be decided is held where money would leave, and let through where it would come.
    pub(super) fn unavailable(id: DecisionId, attempt: Attempt) -> Self {
        let verdict = if attempt.kind.moves_money_out() { Verdict::Review } else { Verdict::Approve };
        Self { id, attempt, verdict, score: UNAVAILABLE_SCORE, ruling: None, instead: UNAVAILABLE }
    }

    /// What is held for a reason that the engine is not asked about.
    pub(super) fn held(id: DecisionId, attempt: Attempt, reason: &'static str) -> Self {
        Self { id, attempt, verdict: Verdict::Review, score: HELD_SCORE, ruling: None, instead: reason }
    }

    /// The names of what weighed most, the most first; none of what is let through without doubt.
    pub fn reasons(&self) -> Vec<String> {
        match &self.ruling {
            Some(ruling) => {
                ruling.reasons.iter().take(REASONS_MAX).map(|reason| reason.name.clone()).collect()
            }
            None => vec![self.instead.to_owned()],
        }
    }

    /// The rows of the decision, for the commit that carries it out.
    pub fn rows(&self, outcome: Outcome) -> Bulk {
        let mut rows = Bulk::new(&INSERT);
        let ruling = self.ruling.as_ref();
        let reasons = self.reasons();
        rows.push([
            Value::Uuid(self.id.uuid()),
            Value::Uuid(self.attempt.id),
            self.attempt.kind.name().into(),
            self.attempt.user.map(|user| florin_kernel::Uuid::from_u128(user.bits())).into(),
            self.verdict.name().into(),
            outcome.name().into(),
            i64::from(self.score).into(),
            (!reasons.is_empty()).then(|| reasons.join(",")).into(),
            ruling.map(|ruling| short(&ruling.rules.hash)).into(),
            ruling.and_then(|ruling| ruling.model.clone()).into(),
            Value::Bytes(self.evidence()),
            ruling.map(|ruling| ruling.features.to_bytes()).into(),
            ruling.map(digest).into(),
            self.attempt.at_us.into(),
        ]);
        rows
    }

    fn evidence(&self) -> Vec<u8> {
        let ruling = self.ruling.as_ref();
        let evidence = Evidence {
            attempt: self.attempt.clone(),
            circumstances: ruling.map(|ruling| ruling.circumstances.clone()).unwrap_or_default(),
            challenger: ruling.and_then(|ruling| ruling.challenger.as_ref()).map(|one| one.version.clone()),
        };
        evidence.to_bytes()
    }
}

/// The first sixteen digits of a hash.
pub(super) fn short(hash: &str) -> String {
    hash.get(..16).unwrap_or(hash).to_owned()
}

pub(super) fn verdict_of(name: &str) -> Result<Verdict, DbError> {
    Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.name() == name)
        .ok_or_else(|| DbError::Corrupt("risk_decision.verdict is not what was written".to_owned()))
}

pub(super) fn outcome_of(name: &str) -> Result<Outcome, DbError> {
    [Outcome::Approved, Outcome::Held, Outcome::Declined, Outcome::FailedLogin]
        .into_iter()
        .find(|outcome| outcome.name() == name)
        .ok_or_else(|| DbError::Corrupt("risk_decision.outcome is not what was written".to_owned()))
}

/// Sixteen bytes that stand for all that a ruling says, floats by their bits.
pub(super) fn digest(ruling: &Ruling) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update([ruling.verdict as u8]);
    hash.update(ruling.score.to_be_bytes());
    hash.update(ruling.rules_score.to_be_bytes());
    hash.update(ruling.model_score.unwrap_or(u16::MAX).to_be_bytes());
    for reason in &ruling.reasons {
        hash.update(reason.name.as_bytes());
        hash.update(reason.contribution.to_bits().to_be_bytes());
        hash.update(reason.text.as_bytes());
    }
    for fired in ruling.fired.iter().chain(&ruling.shadow) {
        hash.update(fired.rule.as_bytes());
        hash.update(fired.version.to_be_bytes());
    }
    hash.update(ruling.rules.hash.as_bytes());
    if let Some(challenger) = &ruling.challenger {
        hash.update(challenger.version.as_bytes());
        hash.update(challenger.score.to_be_bytes());
    }
    hash.finalize().iter().take(16).copied().collect()
}
