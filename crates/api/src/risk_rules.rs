//! Rules of decisions: the set that is active, drafts, and snoozes.

use axum::extract::State;
use axum::http::StatusCode;
use florin_app::{Asked, Change};
use florin_http::{App, Json, Path, Path2, Problem, Query, SignedIn};
use florin_kernel::UserId;
use florin_risk::rules::{Mode, Rule, RuleSet};
use florin_risk::service::{KeptRuleSet, KeptSnooze, NewSnooze};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::payments::id;
use crate::people::ChangeView;
use crate::risk_lists::instant;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read, draft))
        .routes(routes!(activate))
        .routes(routes!(snooze))
        .routes(routes!(wake))
}

/// Which set is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RulesQuery {
    /// The hash of a set that is wanted with its text, whatever its status.
    hash: Option<String>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
struct RuleView {
    /// Its identifier, the same through all versions.
    #[schema(example = "structured-burst")]
    id: String,
    /// Its version.
    version: u32,
    /// What it is about.
    description: String,
    /// The pattern of fraud that it looks for; weights add up with those of the same.
    typology: String,
    /// The kinds of attempts that it is asked about.
    kinds: Vec<&'static str>,
    /// Its condition.
    #[schema(example = "user.count.10m >= 6 and user.near.10m >= 3")]
    condition: String,
    /// How many points it adds.
    weight: u16,
    /// The least verdict that it asks for: `review` or `decline`.
    verdict: Option<&'static str>,
    /// `active`; `shadow`, which is asked and recorded and counts for nothing; or `off`.
    mode: &'static str,
    /// Why, for people; features in braces are told with their values.
    reason: String,
    /// Its tests, which are run whenever the set is read.
    tests: Vec<Value>,
}

impl From<&Rule> for RuleView {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            version: rule.version,
            description: rule.description.clone(),
            typology: rule.typology.clone(),
            kinds: rule.kinds.iter().map(|kind| kind.name()).collect(),
            condition: rule.when.clone(),
            weight: rule.weight,
            verdict: rule.floor.map(florin_risk::Verdict::name),
            mode: match rule.mode {
                Mode::Active => "active",
                Mode::Shadow => "shadow",
                Mode::Off => "off",
            },
            reason: rule.reason.clone(),
            tests: rule.tests.clone(),
        }
    }
}

/// A set of rules.
#[derive(Debug, Serialize, ToSchema)]
struct RuleSetView {
    /// The hexadecimal SHA-256 of its text.
    hash: String,
    /// As its author numbers it.
    version: String,
    /// `draft`, `active` or `retired`.
    status: &'static str,
    /// What its author says about it.
    note: Option<String>,
    /// Who wrote it.
    author: Option<String>,
    /// When.
    created_at: String,
    /// Who activated it, or asked for that.
    activated_by: Option<String>,
    /// When.
    activated_at: Option<String>,
    /// What is wrong with it, if this program cannot use it.
    fault: Option<String>,
    /// Its rules.
    rules: Vec<RuleView>,
    /// Its text.
    toml: Option<String>,
}

impl RuleSetView {
    fn of(kept: KeptRuleSet, with_text: bool) -> Self {
        let (rules, fault) = match RuleSet::check(&kept.text) {
            Ok(set) => (set.rules().iter().map(Into::into).collect(), None),
            Err(fault) => (Vec::new(), Some(fault.to_string())),
        };
        Self {
            hash: kept.hash,
            version: kept.version,
            status: kept.status.code(),
            note: kept.note,
            author: kept.author.map(|user| user.to_string()),
            created_at: kept.created_at.to_string(),
            activated_by: kept.activated_by.map(|user| user.to_string()),
            activated_at: kept.activated_at.map(|at| at.to_string()),
            fault,
            rules,
            toml: with_text.then_some(kept.text),
        }
    }
}

/// Which rule is not asked about whom.
#[derive(Debug, Serialize, ToSchema)]
struct SnoozeView {
    /// The rule.
    rule: String,
    /// About whom.
    user_id: String,
    /// Until when.
    until: String,
    /// Why.
    reason: String,
    /// Who said so.
    created_by: Option<String>,
    /// When.
    created_at: String,
}

impl From<KeptSnooze> for SnoozeView {
    fn from(one: KeptSnooze) -> Self {
        Self {
            rule: one.rule,
            user_id: one.user.to_string(),
            until: one.until.to_string(),
            reason: one.reason,
            created_by: one.created_by.map(|user| user.to_string()),
            created_at: one.created_at.to_string(),
        }
    }
}

/// The rules.
#[derive(Debug, Serialize, ToSchema)]
struct RulesView {
    /// The hash of the set that decides now; it is another than the active one where a file takes its place, or where that cannot
    /// be used.
    in_use: String,
    /// What is wrong with rules, if the last good ones decide.
    trouble: Option<String>,
    /// The set whose hash was asked for, with its text.
    set: Option<RuleSetView>,
    /// The active set.
    active: Option<RuleSetView>,
    /// Sets that were written and not activated, the newest first.
    drafts: Vec<RuleSetView>,
    /// Which rules are not asked about whom for a time.
    snoozes: Vec<SnoozeView>,
}

/// The rules of decisions: the active set, drafts, what is snoozed, and one set by its hash, with its text.
#[utoipa::path(get, path = "/security/rules", tag = "Risk", security(("bearer" = [])), params(RulesQuery),
    responses((status = 200, body = RulesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<RulesQuery>,
) -> Result<Json<RulesView>, Problem> {
    let book = app.risk.rule_book(&actor).await?;
    let broken = app.risk.troubles().into_iter().find(|one| one.code == "risk_rules_broken");
    let set = match query.hash {
        Some(hash) => Some(RuleSetView::of(app.risk.rule_set(&actor, &hash).await?, true)),
        None => None,
    };
    Ok(Json(RulesView {
        in_use: book.in_use.hash,
        trouble: broken.map(|one| one.text),
        set,
        active: book.active.map(|kept| RuleSetView::of(kept, false)),
        drafts: book.drafts.into_iter().map(|kept| RuleSetView::of(kept, false)).collect(),
        snoozes: book.snoozes.into_iter().map(Into::into).collect(),
    }))
}

/// A set of rules to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RulesBody {
    /// The set, in TOML.
    toml: String,
    /// What is to be said about it, up to 500 characters.
    note: Option<String>,
}

/// Keep a set of rules as a draft. It is checked and its tests are run: what is wrong is told with line and column.
#[utoipa::path(put, path = "/security/rules", tag = "Risk", security(("bearer" = [])), request_body = RulesBody,
    responses((status = 200, body = RuleSetView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn draft(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<RulesBody>,
) -> Result<Json<RuleSetView>, Problem> {
    let kept = app.risk.draft_rules(&actor, body.toml, body.note.as_deref()).await?;
    Ok(Json(RuleSetView::of(kept, true)))
}

/// What became of a change that two may have to agree on.
pub fn changed(change: &Change) -> (StatusCode, Json<ChangeView>) {
    match change {
        Change::Made => (StatusCode::OK, Json(ChangeView { message: "It is done.", approval_id: None })),
        Change::Held(approval) => {
            let approval_id = Some(approval.to_string());
            let message = "A second person must approve it.";
            (StatusCode::ACCEPTED, Json(ChangeView { message, approval_id }))
        }
    }
}

/// Have a set of rules decide; by default a second person must approve it.
#[utoipa::path(post, path = "/security/rules/{hash}/activate", tag = "Risk", security(("bearer" = [])), params(("hash" = String, Path)),
    responses((status = 200, body = ChangeView), (status = 202, description = "It waits for a second person", body = ChangeView),
              (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn activate(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(hash): Path<String>,
) -> Result<(StatusCode, Json<ChangeView>), Problem> {
    Ok(changed(&app.guide_desk.ask(&actor, Asked::Rules { hash }).await?))
}

/// About whom a rule is not to be asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SnoozeBody {
    /// The person.
    user_id: String,
    /// Until when, ninety days from now at most.
    #[schema(example = "2027-01-31T00:00:00Z")]
    until: String,
    /// Why, up to 500 characters.
    reason: String,
}

/// Let a rule rest for somebody; it is recorded as if in shadow meanwhile.
#[utoipa::path(post, path = "/security/rules/{rule}/snoozes", tag = "Risk", security(("bearer" = [])), params(("rule" = String, Path)), request_body = SnoozeBody,
    responses((status = 201, body = SnoozeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn snooze(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(rule): Path<String>,
    Json(body): Json<SnoozeBody>,
) -> Result<(StatusCode, Json<SnoozeView>), Problem> {
    let new = NewSnooze {
        user: id(&body.user_id, "user_id")?,
        until: instant(&body.until, "until")?,
        reason: body.reason,
    };
    let kept = app.risk.snooze(&actor, &rule, new).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// Have a rule asked about somebody again.
#[utoipa::path(delete, path = "/security/rules/{rule}/snoozes/{user_id}", tag = "Risk", security(("bearer" = [])),
    params(("rule" = String, Path), ("user_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn wake(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path2(rule, user): Path2<String, UserId>,
) -> Result<StatusCode, Problem> {
    app.risk.end_snooze(&actor, &rule, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
