//! What a set of rules would have said of decisions that were made.

use axum::extract::State;
use florin_http::{App, Json, Problem, SignedIn, codes};
use florin_risk::service::{BackTest, Candidate, Example, Judged, RuleHits, Span};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::risk_lists::instant;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(backtest))
}

/// Which set is tried on which decisions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BacktestBody {
    /// The hash of a set that is kept; this or `toml`.
    hash: Option<String>,
    /// A set in TOML, which is not kept; this or `hash`.
    toml: Option<String>,
    /// Decisions from this instant on; left out for all.
    from: Option<String>,
    /// Decisions before this instant; left out for all.
    to: Option<String>,
    /// How many at most, the latest: 10,000 when left out, 100,000 at most.
    limit: Option<u64>,
}

/// How a set judges what is known to be fraud or genuine by now.
#[derive(Debug, Serialize, ToSchema)]
struct JudgedView {
    /// How many it holds or refuses, known or not.
    flagged: u64,
    /// How many of them were fraud.
    frauds: u64,
    /// How many of them were genuine.
    genuine: u64,
    /// How many frauds it lets through.
    missed: u64,
    /// The share of frauds in what it holds or refuses and is known.
    #[schema(value_type = Option<f32>)]
    precision: Option<serde_json::Number>,
    /// The share of frauds that it holds or refuses.
    #[schema(value_type = Option<f32>)]
    recall: Option<serde_json::Number>,
}

impl From<Judged> for JudgedView {
    fn from(judged: Judged) -> Self {
        Self {
            flagged: judged.flagged,
            frauds: judged.frauds,
            genuine: judged.genuine,
            missed: judged.missed,
            precision: judged.precision().and_then(serde_json::Number::from_f64),
            recall: judged.recall().and_then(serde_json::Number::from_f64),
        }
    }
}

/// How often a rule fires.
#[derive(Debug, Serialize, ToSchema)]
struct HitsView {
    /// The rule.
    rule: String,
    /// How often, in shadow as well.
    hits: u64,
    /// How many of those are known to be fraud.
    frauds: u64,
    /// How many of those are known to be genuine.
    genuine: u64,
}

impl From<RuleHits> for HitsView {
    fn from(hits: RuleHits) -> Self {
        let RuleHits { rule, hits, frauds, genuine } = hits;
        Self { rule, hits, frauds, genuine }
    }
}

/// What rules said, what others would have said, and how often.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictsView {
    /// What the rules in use say.
    present: &'static str,
    /// What the candidate says.
    candidate: &'static str,
    /// How often.
    decisions: u64,
}

/// A decision that would be another.
#[derive(Debug, Serialize, ToSchema)]
struct ExampleView {
    /// The decision.
    decision_id: String,
    /// The transfer, payment or sign-in.
    subject_id: String,
    /// What was attempted.
    kind: &'static str,
    /// What the rules in use say.
    present: &'static str,
    /// What the candidate says.
    candidate: &'static str,
    /// The candidate's score.
    score: u16,
    /// The candidate's rules that count.
    rules: Vec<String>,
    /// Whether it was fraud, if that is known.
    fraud: Option<bool>,
}

impl From<Example> for ExampleView {
    fn from(example: Example) -> Self {
        Self {
            decision_id: example.id.to_string(),
            subject_id: example.attempt.id.to_string(),
            kind: example.attempt.kind.name(),
            present: example.present.name(),
            candidate: example.candidate.name(),
            score: example.score,
            rules: example.rules,
            fraud: example.fraud,
        }
    }
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
struct BacktestView {
    /// How many decisions were made again.
    decisions: u64,
    /// Whether these are all; otherwise there are older ones.
    complete: bool,
    /// When the oldest of them was made.
    since: Option<String>,
    /// How many would be others.
    changed: u64,
    /// What both say, where it happened.
    verdicts: Vec<VerdictsView>,
    /// The candidate's rules that fired, the most frequent first.
    hits: Vec<HitsView>,
    /// How the rules in use judge.
    present: JudgedView,
    /// How the candidate does.
    candidate: JudgedView,
    /// Some that would be others, the latest.
    examples: Vec<ExampleView>,
}

impl From<BackTest> for BacktestView {
    fn from(done: BackTest) -> Self {
        const NAMES: [&str; 3] = ["approve", "review", "decline"];
        let rows = NAMES.into_iter().zip(done.verdicts);
        let cells = rows.flat_map(|(present, row)| {
            let cells = NAMES.into_iter().zip(row);
            cells.map(move |(candidate, decisions)| VerdictsView { present, candidate, decisions })
        });
        Self {
            decisions: done.decisions,
            complete: done.complete,
            since: done.since.map(|at| at.to_string()),
            changed: done.changed,
            verdicts: cells.filter(|cell| cell.decisions > 0).collect(),
            hits: done.hits.into_iter().map(Into::into).collect(),
            present: done.present.into(),
            candidate: done.candidate.into(),
            examples: done.examples.into_iter().map(Into::into).collect(),
        }
    }
}

/// Try a set of rules on decisions that were made: of the same features, lists and model.
#[utoipa::path(post, path = "/security/rules/backtest", tag = "Risk", security(("bearer" = [])), request_body = BacktestBody,
    responses((status = 200, body = BacktestView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn backtest(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<BacktestBody>,
) -> Result<Json<BacktestView>, Problem> {
    let candidate = match (body.hash, body.toml) {
        (Some(hash), None) => Candidate::Hash(hash),
        (None, Some(toml)) => Candidate::Text(toml),
        _ => {
            let problem = Problem::of(codes::VALIDATION_FAILED);
            return Err(problem.field("hash", "one_of", "one of hash and toml is wanted"));
        }
    };
    let span = Span {
        from: body.from.as_deref().map(|text| instant(text, "from")).transpose()?,
        to: body.to.as_deref().map(|text| instant(text, "to")).transpose()?,
        limit: body.limit,
    };
    Ok(Json(app.risk.back_test(&actor, candidate, span).await?.into()))
}
