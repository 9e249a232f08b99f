//! Notices: what one was told, and what of it is sent by mail as well.

use axum::extract::State;
use florin_http::{App, Json, Problem, Query, SignedIn, codes};
use florin_kernel::Actor;
use florin_notify::{Notice, NoticeId, Preference, Topic, Which};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::PageQuery;
use crate::payments::id;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(mark)).routes(routes!(preferences, prefer))
}

/// Something that one was told.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeView {
    /// The identifier.
    id: String,
    /// What happened.
    #[schema(example = "new-device")]
    kind: String,
    /// What it is about: `security`, `payments` or `scheduled_payments`.
    topic: &'static str,
    /// What it says in a line.
    title: String,
    /// What it says, in paragraphs with an empty line between them.
    text: String,
    /// The page that shows more.
    link: &'static str,
    /// When it was told.
    told_at: String,
    /// When it was read; `null` while it was not.
    read_at: Option<String>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self {
            id: notice.id.to_string(),
            kind: notice.kind,
            topic: notice.topic.code(),
            title: notice.title,
            text: notice.text,
            link: notice.place,
            told_at: notice.told_at.to_string(),
            read_at: notice.read_at.map(|at| at.to_string()),
        }
    }
}

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
struct NoticesView {
    /// The notices, the newest first.
    data: Vec<NoticeView>,
    /// What to ask for next; `null` at the end.
    next_cursor: Option<String>,
    /// How many are not read, counted up to 100.
    unread: u32,
}

/// Which notices are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NoticesQuery {
    /// Those alone that are not read.
    unread: Option<bool>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List one's notices, the newest first.
#[utoipa::path(get, path = "/notifications", tag = "Notifications", security(("bearer" = [])), params(NoticesQuery),
    responses((status = 200, body = NoticesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<NoticesQuery>,
) -> Result<Json<NoticesView>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.notices.list(&actor, query.unread.unwrap_or(false), &page).await?;
    let data = found.rows.into_iter().map(Into::into).collect();
    let unread = app.notices.unread(&actor).await?;
    Ok(Json(NoticesView { data, next_cursor: found.next_cursor, unread }))
}

/// Which notices are read: these, or all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadBody {
    /// The identifiers, up to 100; those that are not one's own are passed over.
    ids: Option<Vec<String>>,
    /// All that there are.
    all: Option<bool>,
}

impl ReadBody {
    fn which(self) -> Result<Which, Problem> {
        let refused = |code, why: &str| Problem::of(codes::VALIDATION_FAILED).field("ids", code, why);
        match (self.ids, self.all.unwrap_or(false)) {
            (None, true) => Ok(Which::All),
            (Some(ids), false) => {
                let ids = ids.iter().map(|text| id::<NoticeId>(text, "ids"));
                Ok(Which::These(ids.collect::<Result<_, _>>()?))
            }
            (None, false) => Err(refused("required", "ids are wanted, or all")),
            (Some(_), true) => Err(refused("exclusive", "either ids are wanted or all")),
        }
    }
}

/// What was marked.
#[derive(Debug, Serialize, ToSchema)]
struct MarkedView {
    /// How many were not read before.
    marked: u64,
    /// How many are not read now, counted up to 100.
    unread: u32,
}

/// Mark notices as read.
#[utoipa::path(post, path = "/notifications/read", tag = "Notifications", security(("bearer" = [])), request_body = ReadBody,
    responses((status = 200, body = MarkedView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn mark(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ReadBody>,
) -> Result<Json<MarkedView>, Problem> {
    let marked = app.notices.mark(&actor, body.which()?).await?;
    Ok(Json(MarkedView { marked, unread: app.notices.unread(&actor).await? }))
}

/// Whether a topic is sent by mail as well.
#[derive(Debug, Serialize, ToSchema)]
struct PreferenceView {
    /// `security`, `payments`, `scheduled_payments` or `marketing`.
    topic: &'static str,
    /// What it is called.
    title: &'static str,
    /// Whether it is sent by mail.
    mail: bool,
    /// Why it cannot be changed here: `always_sent`, or `follows_consent` where the consent to `marketing_email` says so.
    fixed: Option<&'static str>,
}

/// What is sent by mail as well, by topic.
#[derive(Debug, Serialize, ToSchema)]
struct PreferencesView {
    /// Each topic.
    data: Vec<PreferenceView>,
}

impl PreferencesView {
    async fn of(app: &App, actor: &Actor) -> Result<Self, Problem> {
        let mut data: Vec<PreferenceView> = app
            .notices
            .preferences(actor)
            .await?
            .into_iter()
            .map(|Preference { topic, mail }| PreferenceView {
                topic: topic.code(),
                title: topic.title(),
                mail,
                fixed: (!topic.is_optional()).then_some("always_sent"),
            })
            .collect();
        let consents = app.consents.file(actor, None).await?;
        data.push(PreferenceView {
            topic: "marketing",
            title: "Offers",
            mail: consents.allows("marketing_email"),
            fixed: Some("follows_consent"),
        });
        Ok(Self { data })
    }
}

/// Read which topics are sent by mail as well.
#[utoipa::path(get, path = "/notifications/preferences", tag = "Notifications", security(("bearer" = [])),
    responses((status = 200, body = PreferencesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn preferences(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<PreferencesView>, Problem> {
    Ok(Json(PreferencesView::of(&app, &actor).await?))
}

/// Which topics are to be sent by mail; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreferencesBody {
    /// Payments and transfers that were held until somebody looked at them.
    payments: Option<bool>,
    /// Payments that are made by a schedule.
    scheduled_payments: Option<bool>,
}

/// Say which topics are sent by mail as well. Everything is kept as a notice either way.
#[utoipa::path(put, path = "/notifications/preferences", tag = "Notifications", security(("bearer" = [])), request_body = PreferencesBody,
    responses((status = 200, body = PreferencesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn prefer(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<PreferencesBody>,
) -> Result<Json<PreferencesView>, Problem> {
    let wanted = [(Topic::Payments, body.payments), (Topic::ScheduledPayments, body.scheduled_payments)];
    let wanted = wanted.into_iter().filter_map(|(topic, mail)| Some(Preference { topic, mail: mail? }));
    app.notices.prefer(&actor, wanted.collect()).await?;
    Ok(Json(PreferencesView::of(&app, &actor).await?))
}
