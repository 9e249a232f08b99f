//! Risk: what a transaction would be judged, how much there is to fear from somebody, what was fraud, what was held and
//! refused, and from where sign-ins fail.
#![expect(clippy::disallowed_types, reason = "scores and places are no money")]

use axum::extract::State;
use axum::http::StatusCode;
use florin_app::{CardPayment, Transaction, Whereabouts};
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{DecisionId, TransferId, UserId};
use florin_risk::service::{EventFilter, RiskScore, StoredDecision, SuspiciousAddress};
use florin_risk::{Country, Kind, Place, Reason, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::instant;
use crate::money::{AmountBody, MoneyView};
use crate::paging::{ListView, PageQuery};
use crate::payments::id;
use crate::transfers::text_within;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(check))
        .routes(routes!(score))
        .routes(routes!(report))
        .routes(routes!(events))
        .routes(routes!(event))
        .routes(routes!(suspicious))
}

/// How long the names of kinds of fraud may be, in characters.
const KIND_MAX: usize = 40;

/// A transaction that nobody makes, to be judged.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckBody {
    /// `transfer` (when left out), `payment`, `withdrawal` or `card_authorization`.
    kind: Option<String>,
    /// The account that it would come from.
    #[serde(alias = "from_account")]
    from_account_id: String,
    /// The account that it would go to.
    #[serde(alias = "to_account")]
    to_account_id: Option<String>,
    /// The payee that it would go to.
    payee_id: Option<String>,
    /// How much.
    amount: AmountBody,
    /// The currency of a bare amount; the account's when left out.
    currency: Option<String>,
    /// The card, of a payment by card: a token of it, not its number.
    card: Option<String>,
    /// The merchant, of a payment by card.
    merchant: Option<String>,
    /// The terminal, of a payment by card.
    terminal: Option<String>,
    /// From which address; that of the request when left out. Staff alone may say.
    ip: Option<String>,
    /// From which device; that of the request when left out. Staff alone may say.
    device: Option<String>,
    /// From which country (ISO 3166-1). Staff alone may say.
    country: Option<String>,
    /// From which latitude, in degrees. Staff alone may say.
    latitude: Option<f64>,
    /// From which longitude, in degrees. Staff alone may say.
    longitude: Option<f64>,
}

/// Why something is judged so.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// The rule, the feature or the list.
    feature: String,
    /// How much it adds: points of the score of a rule or a list, log-odds of a feature that the model weighed.
    contribution: f64,
    /// The same for people.
    text: String,
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        Self { feature: reason.name.clone(), contribution: reason.contribution, text: reason.text.clone() }
    }
}

/// What a transaction is judged.
#[derive(Debug, Serialize, ToSchema)]
struct CheckView {
    /// `approve`, `review` or `decline`.
    decision: &'static str,
    /// From 0, nothing to fear, to 1000.
    score: u16,
    /// Why, what weighs most first.
    reasons: Vec<ReasonView>,
    /// The rules that fired.
    rules: Vec<String>,
    /// The rules that fired and count for nothing yet.
    shadow_rules: Vec<String>,
    /// The model that was asked; null where none is in use.
    model_version: Option<String>,
    /// How long it took, in microseconds.
    elapsed_us: u64,
}

fn refused(field: &'static str, code: &'static str, why: &str) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, code, why)
}

fn kind_of(text: Option<&str>) -> Result<Kind, Problem> {
    const KINDS: [Kind; 4] = [Kind::Transfer, Kind::Payment, Kind::Withdrawal, Kind::CardAuthorization];
    let Some(text) = text else { return Ok(Kind::Transfer) };
    let found = KINDS.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| {
        refused("kind", "unknown", "transfer, payment, withdrawal or card_authorization is wanted")
    })
}

fn place_of(latitude: Option<f64>, longitude: Option<f64>) -> Result<Option<Place>, Problem> {
    let (latitude, longitude) = match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => (latitude, longitude),
        (None, None) => return Ok(None),
        _ => return Err(refused("latitude", "incomplete", "latitude and longitude come together")),
    };
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return Err(refused("latitude", "out_of_range", "no such place is on earth"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "degrees of the earth in millionths are far below 2³¹"
    )]
    let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
    Ok(Some(Place { latitude_udeg: millionths(latitude), longitude_udeg: millionths(longitude) }))
}

fn whereabouts(body: &mut CheckBody, staff: bool) -> Result<Whereabouts, Problem> {
    let given = [
        ("ip", body.ip.is_some()),
        ("device", body.device.is_some()),
        ("country", body.country.is_some()),
        ("latitude", body.latitude.is_some() || body.longitude.is_some()),
    ];
    if let Some((field, _)) = given.into_iter().find(|(_, given)| *given && !staff) {
        return Err(refused(field, "not_yours", "where your requests come from is seen, and not asked"));
    }
    let ip = body.ip.take().map(|ip| ip.parse()).transpose();
    let country = body.country.take().map(|country| Country::parse(&country)).transpose();
    Ok(Whereabouts {
        ip: ip.map_err(|_| refused("ip", "malformed", "an address such as 203.0.113.7 is wanted"))?,
        device: text_within(body.device.take(), "device")?,
        country: country.map_err(|error| refused("country", "malformed", &error.to_string()))?,
        place: place_of(body.latitude, body.longitude)?,
    })
}

/// Judge a transaction that is not made.
#[utoipa::path(post, path = "/security/fraud-check", tag = "Risk", security(("bearer" = [])), request_body = CheckBody,
    responses((status = 200, body = CheckView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn check(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(mut body): Json<CheckBody>,
) -> Result<Json<CheckView>, Problem> {
    let transaction = Transaction {
        kind: kind_of(body.kind.as_deref())?,
        from: id(&body.from_account_id, "from_account_id")?,
        to: body.to_account_id.as_deref().map(|to| id(to, "to_account_id")).transpose()?,
        payee: body.payee_id.as_deref().map(|payee| id(payee, "payee_id")).transpose()?,
        amount: body.amount.asked(body.currency.as_deref())?,
        from_where: whereabouts(&mut body, actor.is_staff())?,
        card: CardPayment {
            card: text_within(body.card.take(), "card")?,
            merchant: text_within(body.merchant.take(), "merchant")?,
            terminal: text_within(body.terminal.take(), "terminal")?,
        },
    };
    let checked = app.fraud_check.check(&actor, transaction).await?;
    let ruling = checked.decided.ruling.as_ref();
    let names = |fired: &[florin_risk::Fired]| fired.iter().map(|one| one.rule.clone()).collect();
    let reasons = match ruling {
        Some(ruling) => ruling.reasons.iter().map(ReasonView::from).collect(),
        None => vec![unavailable()],
    };
    Ok(Json(CheckView {
        decision: checked.decided.verdict.name(),
        score: checked.decided.score,
        reasons,
        rules: ruling.map_or_else(Vec::new, |ruling| names(&ruling.fired)),
        shadow_rules: ruling.map_or_else(Vec::new, |ruling| names(&ruling.shadow)),
        model_version: ruling.and_then(|ruling| ruling.model.clone()),
        elapsed_us: checked.elapsed_us,
    }))
}

fn unavailable() -> ReasonView {
    ReasonView {
        feature: florin_risk::service::UNAVAILABLE.to_owned(),
        contribution: 0.0,
        text: "The engine of risk cannot decide at the moment, so that money out is held for review."
            .to_owned(),
    }
}

/// About whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ScoreQuery {
    /// About whom; yourself when left out.
    user_id: Option<String>,
}

/// How much there is to fear from somebody, or for them.
#[derive(Debug, Serialize, ToSchema)]
struct ScoreView {
    /// About whom.
    user_id: String,
    /// From 0 to 1000.
    score: u16,
    /// `low`, `medium`, `high` or `critical`.
    level: &'static str,
    /// What was held or refused in ninety days.
    doubted: u64,
    /// The frauds that are known of those days.
    frauds: u64,
    /// What weighed most, the most frequent first.
    reasons: Vec<String>,
    /// When that was so.
    at: String,
}

impl From<RiskScore> for ScoreView {
    fn from(score: RiskScore) -> Self {
        Self {
            user_id: score.user.to_string(),
            score: score.score,
            level: score.level.code(),
            doubted: score.doubted,
            frauds: score.frauds,
            reasons: score.reasons,
            at: score.at.to_string(),
        }
    }
}

/// How much there is to fear from somebody, or for them.
#[utoipa::path(get, path = "/security/risk-score", tag = "Risk", security(("bearer" = [])), params(ScoreQuery),
    responses((status = 200, body = ScoreView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn score(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ScoreQuery>,
) -> Result<Json<ScoreView>, Problem> {
    let user: UserId = match (&query.user_id, actor.user()) {
        (Some(user), _) => id(user, "user_id")?,
        (None, Some(user)) => user,
        (None, None) => return Err(Problem::of(codes::FORBIDDEN)),
    };
    Ok(Json(app.risk.score(&actor, user).await?.into()))
}

/// What was fraud.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportBody {
    /// The transfer or payment.
    transaction_id: String,
    /// What kind of fraud, in a word: `account_takeover`, `scam`, `unauthorised`, `stolen_card`, or one of your own.
    kind: String,
    /// More about it, up to 200 characters.
    note: Option<String>,
}

/// What was reported.
#[derive(Debug, Serialize, ToSchema)]
struct ReportView {
    /// The transfer or payment.
    transaction_id: String,
    /// What kind of fraud.
    kind: String,
    /// `customer` or `analyst`.
    source: &'static str,
    /// When it was reported.
    reported_at: String,
}

/// Say that a transfer or payment was fraud.
#[utoipa::path(post, path = "/security/report-fraud", tag = "Risk", security(("bearer" = [])), request_body = ReportBody,
    responses((status = 201, body = ReportView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn report(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ReportBody>,
) -> Result<(StatusCode, Json<ReportView>), Problem> {
    let transfer: TransferId = id(&body.transaction_id, "transaction_id")?;
    let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if body.kind.is_empty() || body.kind.len() > KIND_MAX || !body.kind.bytes().all(named) {
        return Err(refused(
            "kind",
            "malformed",
            "a word of up to 40 small letters, digits and underscores is wanted",
        ));
    }
    let note = text_within(body.note, "note")?;
    let label = app.fraud_reports.report(&actor, transfer, body.kind, note).await?;
    let view = ReportView {
        transaction_id: label.subject.to_string(),
        kind: label.kind,
        source: label.source.code(),
        reported_at: label.at.to_string(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Which decisions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// About this person alone.
    user_id: Option<String>,
    /// `review` or `decline`; both when left out. Without a person, `approve` as well.
    decision: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    /// Its identifier.
    id: String,
    /// The transfer, payment, authorisation or sign-in.
    subject_id: String,
    /// What that is.
    kind: &'static str,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<MoneyView>,
    /// `approve`, `review` or `decline`.
    decision: &'static str,
    /// `approved`, `held`, `declined` or `failed_login`.
    outcome: &'static str,
    /// Whether what was held was released; null until somebody looked.
    released: Option<bool>,
    /// From 0 to 1000.
    score: u16,
    /// What weighed most.
    reasons: Vec<String>,
    /// The first digits of the hash of the rules.
    rules_version: Option<String>,
    /// The model.
    model_version: Option<String>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// From which country.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    /// When.
    at: String,
}

impl From<&StoredDecision> for EventView {
    fn from(stored: &StoredDecision) -> Self {
        let attempt = &stored.attempt;
        let amount = (attempt.amount_minor > 0)
            .then(|| florin_kernel::Money::new(attempt.amount_minor, attempt.currency).into());
        Self {
            id: stored.id.to_string(),
            subject_id: attempt.id.to_string(),
            kind: attempt.kind.name(),
            user_id: attempt.user.map(|user| florin_kernel::Uuid::from_u128(user.bits()).to_string()),
            amount,
            decision: stored.verdict.name(),
            outcome: stored.outcome.name(),
            released: stored.released,
            score: stored.score,
            reasons: stored.reasons.clone(),
            rules_version: stored.rules.clone(),
            model_version: stored.model.clone(),
            ip: attempt.ip.map(|ip| ip.to_string()),
            country: attempt.country.map(|country| country.to_string()),
            at: instant(attempt.at_us),
        }
    }
}

/// Decisions that held or refused something, the latest first.
#[utoipa::path(get, path = "/security/events", tag = "Risk", security(("bearer" = [])), params(EventsQuery),
    responses((status = 200, body = ListView<EventView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn events(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<EventsQuery>,
) -> Result<Json<ListView<EventView>>, Problem> {
    let verdict = match query.decision.as_deref() {
        None => None,
        Some("approve") => Some(Verdict::Approve),
        Some("review") => Some(Verdict::Review),
        Some("decline") => Some(Verdict::Decline),
        Some(_) => return Err(refused("decision", "unknown", "approve, review or decline is wanted")),
    };
    let filter =
        EventFilter { user: query.user_id.as_deref().map(|user| id(user, "user_id")).transpose()?, verdict };
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let before = page.cursor_as::<DecisionId>()?;
    let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
    let rows = app.risk.events(&actor, filter, before, limit).await?;
    let page = page.page(rows, |row| row.id.to_string());
    Ok(Json(ListView {
        data: page.rows.iter().map(EventView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// A decision with all that it was made of.
#[derive(Debug, Serialize, ToSchema)]
struct EventDetailView {
    /// The decision.
    #[serde(flatten)]
    event: EventView,
    /// Why, as making it again says; empty where the rules or the model of then are not in use any more.
    explained: Vec<ReasonView>,
    /// Whether making it again gives the same, bit for bit; null where the rules or the model of then are not in use any more.
    same_when_replayed: Option<bool>,
    /// What was known, by name; what was not is left out.
    #[schema(value_type = Object)]
    features: serde_json::Map<String, serde_json::Value>,
}

/// A decision with all that it was made of, made again.
#[utoipa::path(get, path = "/security/events/{id}", tag = "Risk", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = EventDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn event(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<DecisionId>,
) -> Result<Json<EventDetailView>, Problem> {
    let (stored, again) = app.risk.event(&actor, id).await?;
    let values = stored.features.as_ref().map_or(&[][..], florin_risk::features::Features::values);
    let known = florin_risk::features::FEATURES.iter().zip(values).filter(|(_, value)| value.is_finite());
    let features =
        known.map(|(feature, value)| (feature.name.to_owned(), serde_json::json!(value))).collect();
    let (explained, same) = match &again {
        Some((ruling, same)) => (ruling.reasons.iter().map(ReasonView::from).collect(), Some(*same)),
        None => (Vec::new(), None),
    };
    Ok(Json(EventDetailView { event: (&stored).into(), explained, same_when_replayed: same, features }))
}

/// An address that sign-ins fail from.
#[derive(Debug, Serialize, ToSchema)]
struct SuspiciousView {
    /// The address.
    ip: String,
    /// How many failed from there in the last day.
    failures: u64,
    /// The most within five minutes.
    burst: u64,
    /// At how many people's sign-ins.
    users: u64,
    /// Whether nothing from there is checked now.
    blocked: bool,
    /// The first of them.
    first_at: String,
    /// The last.
    last_at: String,
}

/// The addresses that five or more sign-ins failed from within five minutes, in the last day.
#[utoipa::path(get, path = "/security/suspicious-ips", tag = "Risk", security(("bearer" = [])),
    responses((status = 200, body = ListView<SuspiciousView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn suspicious(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<SuspiciousView>>, Problem> {
    let found = app.risk.suspicious_addresses(&actor).await?;
    let mut data = Vec::with_capacity(found.len());
    for SuspiciousAddress { ip, failures, burst, users, first_at, last_at } in found {
        let blocked = app.identity.suspicion(ip).await.blocked;
        let (first_at, last_at) = (first_at.to_string(), last_at.to_string());
        data.push(SuspiciousView { ip: ip.to_string(), failures, burst, users, blocked, first_at, last_at });
    }
    Ok(Json(ListView { data, next_cursor: None }))
}
