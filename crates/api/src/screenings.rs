//! Screening: lists of sanctions, names looked for on them, and decisions about whom they mean.

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use florin_compliance::screening::{
    DecideScreening, Decision, Judgement, KeptHit, Loaded, LoadedList, Parts, Screening, ScreeningFile,
    ScreeningId, ScreeningQuery, Source, Status, sentences,
};
use florin_http::{App, BodyLimit, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{Action, Resource, Timestamp, UserId, Uuid};
use florin_screening::{Birth, Kind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::{ListView, PageQuery};

/// How large the body of an upload may be: twice the largest list.
const LIST_BYTES_MAX: usize = 32 << 20;

pub fn routes() -> OpenApiRouter<App> {
    let upload = OpenApiRouter::new().routes(routes!(load)).layer(axum::Extension(BodyLimit(LIST_BYTES_MAX)));
    OpenApiRouter::new()
        .routes(routes!(list, screen))
        .routes(routes!(read))
        .routes(routes!(decide))
        .routes(routes!(lists))
        .merge(upload)
}

fn unusable(field: &'static str, why: impl Into<String>) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "invalid", why.into())
}

/// Who is looked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScreenBody {
    /// The name, in any script and order.
    #[schema(example = "Marta Kellermann")]
    name: String,
    /// `person`, `organisation`, `vessel` or `aircraft`; all are looked through when it is left out.
    kind: Option<String>,
    /// The date of birth as far as it is known: `1970-03-05`, `1970-03`, `1970`.
    date_of_birth: Option<String>,
    /// A country of nationality, residence or registration: its code of two letters, or its English name.
    country: Option<String>,
    /// Numbers of passports, registers and the like, 20 at most.
    #[serde(default)]
    identifiers: Vec<String>,
}

impl ScreenBody {
    fn query(self) -> Result<florin_screening::Query, Problem> {
        let kind = match self.kind.as_deref() {
            None => None,
            Some("person") => Some(Kind::Person),
            Some("organisation") => Some(Kind::Organisation),
            Some("vessel") => Some(Kind::Vessel),
            Some("aircraft") => Some(Kind::Aircraft),
            Some(_) => return Err(unusable("kind", "person, organisation, vessel or aircraft is wanted")),
        };
        let birth = self.date_of_birth.map(|text| {
            Birth::parse(&text)
                .ok_or_else(|| unusable("date_of_birth", "a date such as 1970-03-05 is wanted"))
        });
        let country = self.country.map(|text| {
            text.parse().map_err(|_| unusable("country", "a country's code or English name is wanted"))
        });
        Ok(florin_screening::Query {
            name: self.name,
            kind,
            birth: birth.transpose()?,
            countries: country.transpose()?.into_iter().collect(),
            gender: None,
            identifiers: self.identifiers,
        })
    }
}

/// A screening.
#[derive(Serialize, ToSchema)]
struct ScreeningView {
    /// The identifier.
    id: String,
    /// `customer`, `payee`, or `name` for one that somebody asked about.
    subject_kind: &'static str,
    /// The customer or payee.
    subject_id: Option<String>,
    /// The customer, or whose payee it is.
    user_id: Option<String>,
    /// `clear`; `open` while somebody must decide; `confirmed` as whom a list means; `cleared` as somebody else.
    #[schema(example = "open")]
    status: &'static str,
    /// The best score, in thousandths.
    best_score: Option<u16>,
    /// The least score that was told, in thousandths.
    threshold: u16,
    /// The lists, each with the number of its load.
    #[schema(example = "ofac_sdn:12 un:9")]
    lists: String,
    /// When.
    created_at: String,
    /// Who asked; nobody where the program did.
    created_by: Option<String>,
    /// When it was decided last.
    decided_at: Option<String>,
    /// By whom.
    decided_by: Option<String>,
}

fn text(user: Option<UserId>) -> Option<String> {
    user.map(|user| user.to_string())
}

fn instant(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl From<Screening> for ScreeningView {
    fn from(screening: Screening) -> Self {
        use florin_compliance::screening::SubjectKind;
        let subject = screening.subject;
        Self {
            id: screening.id.to_string(),
            subject_kind: subject.kind.code(),
            subject_id: (subject.kind != SubjectKind::Name).then(|| subject.id.to_string()),
            user_id: text(screening.user),
            status: screening.status.code(),
            best_score: screening.best,
            threshold: screening.threshold,
            lists: screening.lists,
            created_at: screening.created_at.to_string(),
            created_by: text(screening.created_by),
            decided_at: instant(screening.decided_at),
            decided_by: text(screening.decided_by),
        }
    }
}

/// An entry that may be meant.
#[derive(Serialize, ToSchema)]
struct HitView {
    /// The list: `ofac_sdn`, `ofac_cons`, `un`, `bis` or `house`.
    source: &'static str,
    /// The entry's identifier there.
    entry_id: String,
    /// What the entry said, as a hash.
    fingerprint: String,
    /// The name that the list leads with.
    listed_name: String,
    /// `person`, `organisation`, `vessel` or `aircraft`.
    kind: String,
    /// Why it is listed, by the list's codes.
    programmes: Vec<String>,
    /// How likely it is meant, in thousandths.
    score: u16,
    /// Why, in sentences.
    explanation: Vec<String>,
}

impl From<KeptHit> for HitView {
    fn from(hit: KeptHit) -> Self {
        Self {
            source: hit.source.code(),
            explanation: sentences(&hit.explanation),
            entry_id: hit.entry_id,
            fingerprint: hit.fingerprint,
            listed_name: hit.listed_name,
            kind: hit.entry_kind,
            programmes: hit.programmes,
            score: hit.score,
        }
    }
}

/// What was decided.
#[derive(Serialize, ToSchema)]
struct JudgementView {
    /// `true_match` or `false_match`.
    decision: &'static str,
    /// Why.
    reason: String,
    /// By whom.
    decided_by: Option<String>,
    /// When.
    decided_at: String,
}

impl From<Judgement> for JudgementView {
    fn from(judgement: Judgement) -> Self {
        Self {
            decision: judgement.decision.code(),
            reason: judgement.reason,
            decided_by: text(judgement.by),
            decided_at: judgement.at.to_string(),
        }
    }
}

/// A screening with what was looked for and found.
#[derive(Serialize, ToSchema)]
struct ScreeningDetailView {
    /// The screening.
    #[serde(flatten)]
    screening: ScreeningView,
    /// The name that was looked for.
    name: String,
    /// The countries.
    countries: Vec<String>,
    /// What was found, the likeliest first.
    hits: Vec<HitView>,
    /// What was decided, in its order.
    decisions: Vec<JudgementView>,
}

impl From<ScreeningFile> for ScreeningDetailView {
    fn from(file: ScreeningFile) -> Self {
        Self {
            screening: file.screening.into(),
            name: file.query.name,
            countries: file.query.countries.iter().map(ToString::to_string).collect(),
            hits: file.hits.into_iter().map(Into::into).collect(),
            decisions: file.judgements.into_iter().map(Into::into).collect(),
        }
    }
}

/// Look for a name on all lists. What is found is told with its reasons, and kept.
#[utoipa::path(post, path = "/aml/screenings", tag = "Compliance", security(("bearer" = [])), request_body = ScreenBody,
    responses((status = 201, body = ScreeningDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn screen(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ScreenBody>,
) -> Result<(StatusCode, Json<ScreeningDetailView>), Problem> {
    let file = app.sanctions.screen(&actor, body.query()?).await?;
    Ok((StatusCode::CREATED, Json(file.into())))
}

/// Which screenings are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ScreeningsQuery {
    /// `clear`, `open`, `confirmed` or `cleared`.
    status: Option<String>,
    /// Of this customer or payee.
    subject_id: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List screenings, the latest first.
#[utoipa::path(get, path = "/aml/screenings", tag = "Compliance", security(("bearer" = [])), params(ScreeningsQuery),
    responses((status = 200, body = ListView<ScreeningView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ScreeningsQuery>,
) -> Result<Json<ListView<ScreeningView>>, Problem> {
    let status = query.status.as_deref().map(str::parse::<Status>).transpose();
    let subject = query.subject_id.as_deref().map(str::parse::<Uuid>).transpose();
    let wanted = ScreeningQuery {
        status: status.map_err(|why| unusable("status", why))?,
        subject: subject.map_err(|_| unusable("subject_id", "an identifier is wanted"))?,
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.sanctions.list(&actor, wanted, &page).await?;
    let data = found.rows.into_iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Read a screening with what was looked for and found.
#[utoipa::path(get, path = "/aml/screenings/{id}", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ScreeningDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ScreeningId>,
) -> Result<Json<ScreeningDetailView>, Problem> {
    Ok(Json(app.sanctions.find(&actor, id).await?.into()))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecideScreeningBody {
    /// `true_match`: it is whom the list means. `false_match`: it is somebody else.
    decision: String,
    /// Why.
    reason: String,
}

/// Decide whether a screening found whom the list means, and the case about it. Money is held until it was somebody else.
#[utoipa::path(post, path = "/aml/screenings/{id}/decide", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = DecideScreeningBody,
    responses((status = 200, body = ScreeningView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn decide(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ScreeningId>,
    Json(body): Json<DecideScreeningBody>,
) -> Result<Json<ScreeningView>, Problem> {
    let decision = body.decision.parse::<Decision>().map_err(|why| unusable("decision", why))?;
    let decided = app.sanctions.decide(&actor, id, DecideScreening { decision, reason: body.reason }).await?;
    Ok(Json(decided.into()))
}

/// A list that counts.
#[derive(Serialize, ToSchema)]
struct SanctionsListView {
    /// `ofac_sdn`, `ofac_cons`, `un`, `bis` or `house`.
    source: &'static str,
    /// The number of its load: later ones are greater.
    load: i64,
    /// SHA-256 over its files.
    hash: String,
    /// How many entries it has.
    entries: i64,
    /// When it was loaded.
    loaded_at: String,
    /// By whom; nobody where the program did.
    loaded_by: Option<String>,
}

impl From<LoadedList> for SanctionsListView {
    fn from(list: LoadedList) -> Self {
        Self {
            source: list.source.code(),
            load: list.seq,
            hash: list.hash,
            entries: list.entries,
            loaded_at: list.loaded_at.to_string(),
            loaded_by: text(list.loaded_by),
        }
    }
}

/// List the lists of sanctions that count.
#[utoipa::path(get, path = "/aml/lists", tag = "Compliance", security(("bearer" = [])),
    responses((status = 200, body = ListView<SanctionsListView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn lists(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<SanctionsListView>>, Problem> {
    let data = app.sanctions.lists(&actor).await?.into_iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: None }))
}

/// A list to be taken in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoadListBody {
    /// The text of its files, as their publisher writes them: three for `ofac_sdn` (`SDN.CSV`, `ALT.CSV`, `ADD.CSV`) and `ofac_cons`
    /// (`CONS_PRIM.CSV`, `CONS_ALT.CSV`, `CONS_ADD.CSV`), one for the others.
    files: Vec<String>,
    /// Take it in though it loses more than half of its entries.
    #[serde(default)]
    insist: bool,
}

/// What a load did.
#[derive(Serialize, ToSchema)]
struct LoadedView {
    /// Which list.
    source: &'static str,
    /// Whether the content is another one than before.
    changed: bool,
    /// The number of the load that counts.
    load: i64,
    /// How many entries it has.
    entries: usize,
    /// How many are new.
    added: usize,
    /// How many say something else than before.
    modified: usize,
    /// How many are gone.
    removed: usize,
}

impl LoadedView {
    fn of(source: Source, loaded: Loaded) -> Self {
        Self {
            source: source.code(),
            changed: loaded.changed,
            load: loaded.seq,
            entries: loaded.entries,
            added: loaded.added,
            modified: loaded.modified,
            removed: loaded.removed,
        }
    }
}

/// Take a list of sanctions in, whole or not at all. All customers and payees are looked for among what is new or changed.
#[utoipa::path(post, path = "/aml/lists/{source}", tag = "Compliance", security(("bearer" = [])),
    params(("source" = String, Path, description = "`ofac_sdn`, `ofac_cons`, `un`, `bis` or `house`.")),
    request_body = LoadListBody,
    responses((status = 200, body = LoadedView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn load(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(source): Path<Source>,
    request: Request,
) -> Result<Json<LoadedView>, Problem> {
    // So much is read of those alone who may.
    actor.permit(Action::LoadSanctions, Resource::kind("sanctions_list"))?;
    let Json(body) = Json::<LoadListBody>::from_request(request, &app).await?;
    let files = body.files.into_iter().map(String::into_bytes).collect();
    let parts = Parts::read(source, files)?;
    let loaded = app.sanctions.load(&actor, source, parts, body.insist).await?;
    Ok(Json(LoadedView::of(source, loaded)))
}
