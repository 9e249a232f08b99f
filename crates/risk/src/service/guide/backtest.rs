//! What a set of rules would have said of decisions that were made.

use std::collections::BTreeMap;

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::{Action, Actor, DecisionId, Resource, Timestamp, Uuid};

use super::{GuideError, Risk, rule_store};
use crate::attempt::Attempt;
use crate::engine::{Models, replay};
use crate::features::{FEATURES, Features};
use crate::rules::RuleSet;
use crate::ruling::{Ruling, Verdict};
use crate::service::Evidence;
use crate::service::rebuild::first_of;

/// How many decisions are read, and made again twice, at once.
const CHUNK: u64 = 500;
/// The most decisions that are looked at.
const DECISIONS_MAX: u64 = 100_000;
/// How many, where nobody says.
const DECISIONS_USUAL: u64 = 10_000;
/// How many examples are given.
const EXAMPLES_MAX: usize = 20;

/// Which set is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// One that is kept.
    Hash(String),
    /// This text, which is not kept.
    Text(String),
}

/// Which decisions are looked at: the latest of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// From then on.
    pub from: Option<Timestamp>,
    /// Up to then.
    pub to: Option<Timestamp>,
    /// How many at most: 10,000 where nobody says, 100,000 at most.
    pub limit: Option<u64>,
}

/// How a set judges what is known to be fraud or genuine by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// How many it holds or refuses, known or not.
    pub flagged: u64,
    /// How many of them were fraud.
    pub frauds: u64,
    /// How many of them were genuine.
    pub genuine: u64,
    /// How many frauds it lets through.
    pub missed: u64,
}

impl Judged {
    /// The share of frauds in what it holds or refuses and is known; none where nothing is.
    pub fn precision(&self) -> Option<f64> {
        share(self.frauds, self.frauds.saturating_add(self.genuine))
    }

    /// The share of frauds that it holds or refuses; none where none are known.
    pub fn recall(&self) -> Option<f64> {
        share(self.frauds, self.frauds.saturating_add(self.missed))
    }

    fn add(&mut self, verdict: Verdict, fraud: Option<bool>) {
        let flagged = verdict > Verdict::Approve;
        let one = |is: bool| u64::from(is);
        self.flagged = self.flagged.saturating_add(one(flagged));
        self.frauds = self.frauds.saturating_add(one(flagged && fraud == Some(true)));
        self.genuine = self.genuine.saturating_add(one(flagged && fraud == Some(false)));
        self.missed = self.missed.saturating_add(one(!flagged && fraud == Some(true)));
    }
}

/// Counts are below 100,000.
fn share(part: u64, of: u64) -> Option<f64> {
    let float = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    (of > 0).then(|| float(part) / float(of))
}

/// How often a rule fires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleHits {
    /// The rule.
    pub rule: String,
    /// How often.
    pub hits: u64,
    /// How many of those are known to be fraud.
    pub frauds: u64,
    /// How many of those are known to be genuine.
    pub genuine: u64,
}

/// A decision that would be another.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The decision.
    pub id: DecisionId,
    /// What it was about.
    pub attempt: Attempt,
    /// What the rules in use say.
    pub present: Verdict,
    /// What the candidate says.
    pub candidate: Verdict,
    /// The candidate's score.
    pub score: u16,
    /// The candidate's rules that count.
    pub rules: Vec<String>,
    /// Whether it was fraud, if that is known.
    pub fraud: Option<bool>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BackTest {
    /// How many decisions were made again.
    pub decisions: u64,
    /// Whether that is all there are; otherwise there are older ones.
    pub complete: bool,
    /// When the oldest of them was made.
    pub since: Option<Timestamp>,
    /// How many would be others.
    pub changed: u64,
    /// By what the rules in use say, and then by what the candidate says, in the order approve, review, decline.
    pub verdicts: [[u64; 3]; 3],
    /// The candidate's rules that fired, those in shadow as well, the most frequent first.
    pub hits: Vec<RuleHits>,
    /// How the rules in use judge.
    pub present: Judged,
    /// How the candidate does.
    pub candidate: Judged,
    /// Some that would be others, the latest.
    pub examples: Vec<Example>,
}

/// A back-test at work.
struct Work {
    present: RuleSet,
    candidate: RuleSet,
    models: Models,
    from: Uuid,
    before: Uuid,
    left: u64,
    hits: BTreeMap<String, RuleHits>,
    done: BackTest,
}

impl Risk {
    /// Makes stored decisions again with the rules in use and with others, of the same features, lists and models.
    ///
    /// # Errors
    /// [`GuideError::NotFound`], [`GuideError::Rules`], [`GuideError::Invalid`], [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.rules.backtest", skip_all)]
    pub async fn back_test(
        &self,
        by: &Actor,
        candidate: Candidate,
        span: Span,
    ) -> Result<BackTest, GuideError> {
        by.permit(Action::ReadRiskRules, Resource::kind("risk_rule"))?;
        by.permit(Action::ReadRiskEvents, Resource::kind("risk_event"))?;
        let limit = span.limit.unwrap_or(DECISIONS_USUAL);
        if limit == 0 || limit > DECISIONS_MAX {
            return Err(GuideError::invalid("limit", format!("from 1 to {DECISIONS_MAX} are looked at")));
        }
        let text = match candidate {
            Candidate::Text(text) => text,
            Candidate::Hash(hash) => {
                let kept = self.db().read(move |r| rule_store::find(r, &hash).map_err(GuideError::from));
                kept.await?.ok_or(GuideError::NotFound("set of rules"))?.text
            }
        };
        let mut work = Work {
            present: RuleSet::clone(&self.engine().rules()),
            candidate: self.usable(&text)?,
            models: Models { champion: self.engine().models().champion.clone(), challenger: None },
            from: span.from.map_or(Uuid::nil(), first_of),
            before: span.to.map_or(Uuid::max(), first_of),
            left: limit,
            hits: BTreeMap::new(),
            done: BackTest::default(),
        };
        loop {
            let (back, over) = self.db().read(move |r| work.step(r).map_err(GuideError::from)).await?;
            work = back;
            if over {
                return Ok(work.finish());
            }
        }
    }
}

impl Work {
    /// One chunk; true when there is nothing left to do.
    fn step(mut self, reader: &mut Reader<'_>) -> Result<(Self, bool), DbError> {
        let wanted = self.left.min(CHUNK);
        // One more than is wanted, so that the end shows.
        let rows = reader.rows(
            "SELECT d.id, d.evidence, d.features, (SELECT l.fraud FROM risk_label l WHERE l.subject_id = d.subject_id \
             ORDER BY l.at_us DESC, l.source LIMIT 1) FROM risk_decision d WHERE d.id >= $1 AND d.id < $2 \
             ORDER BY d.id DESC LIMIT $3",
            &params![self.from, self.before, i64::try_from(wanted.saturating_add(1)).unwrap_or(i64::MAX)],
        )?;
        let more = u64::try_from(rows.len()).unwrap_or(u64::MAX) > wanted;
        for row in rows.iter().take(usize::try_from(wanted).unwrap_or(usize::MAX)) {
            self.look_at(row)?;
        }
        self.left = self.left.saturating_sub(wanted);
        self.done.complete = !more;
        let over = !more || self.left == 0;
        Ok((self, over))
    }

    fn look_at(&mut self, row: &Row) -> Result<(), DbError> {
        self.before = row.get(0)?;
        let corrupt = |column| DbError::Corrupt(format!("risk_decision.{column} is not what was written"));
        let evidence = Evidence::from_bytes(&row.get::<Vec<u8>>(1)?)?;
        // What the engine could not decide has none, and that of another table of features says nothing here.
        let Some(bytes) = row.get::<Option<Vec<u8>>>(2)? else { return Ok(()) };
        let features = Features::from_bytes(&bytes).map_err(|_| corrupt("features"))?;
        if features.values().len() != FEATURES.len() {
            return Ok(());
        }
        let fraud: Option<bool> = row.get(3)?;
        let mut circumstances = evidence.circumstances;
        circumstances.degraded.clear();
        let again =
            |rules: &RuleSet| replay(&evidence.attempt, &features, &circumstances, rules, &self.models);
        let (present, candidate) = (again(&self.present), again(&self.candidate));
        self.count(&evidence.attempt, &present, &candidate, fraud);
        Ok(())
    }

    fn count(&mut self, attempt: &Attempt, present: &Ruling, candidate: &Ruling, fraud: Option<bool>) {
        let done = &mut self.done;
        done.decisions = done.decisions.saturating_add(1);
        done.since = Timestamp::from_microsecond(attempt.at_us).ok().or(done.since);
        done.present.add(present.verdict, fraud);
        done.candidate.add(candidate.verdict, fraud);
        let cell = done
            .verdicts
            .get_mut(place(present.verdict))
            .and_then(|row| row.get_mut(place(candidate.verdict)));
        if let Some(cell) = cell {
            *cell = cell.saturating_add(1);
        }
        for fired in candidate.fired.iter().chain(&candidate.shadow) {
            let hits = self.hits.entry(fired.rule.clone()).or_default();
            hits.hits = hits.hits.saturating_add(1);
            hits.frauds = hits.frauds.saturating_add(u64::from(fraud == Some(true)));
            hits.genuine = hits.genuine.saturating_add(u64::from(fraud == Some(false)));
        }
        if present.verdict == candidate.verdict {
            return;
        }
        done.changed = done.changed.saturating_add(1);
        if done.examples.len() < EXAMPLES_MAX {
            done.examples.push(Example {
                id: DecisionId::from_uuid(self.before),
                attempt: attempt.clone(),
                present: present.verdict,
                candidate: candidate.verdict,
                score: candidate.score,
                rules: candidate.fired.iter().map(|fired| fired.rule.clone()).collect(),
                fraud,
            });
        }
    }

    fn finish(self) -> BackTest {
        let named = self.hits.into_iter().map(|(rule, hits)| RuleHits { rule, ..hits });
        let mut hits: Vec<RuleHits> = named.collect();
        hits.sort_by(|one, other| other.hits.cmp(&one.hits).then_with(|| one.rule.cmp(&other.rule)));
        BackTest { hits, ..self.done }
    }
}

const fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Approve => 0,
        Verdict::Review => 1,
        Verdict::Decline => 2,
    }
}
