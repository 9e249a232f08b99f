//! Consents: to what people agreed, to which words, and what they took back.

use std::sync::Arc;

use axum::extract::State;
use florin_compliance::consents::{ConsentFile, ConsentRecord, RecordConsent, Standing};
use florin_db::idempotency::Frozen;
use florin_http::{Answered, App, GivenKey, Json, Problem, Query, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::payments::id;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, record))
}

/// A purpose that people are asked to agree to, and how somebody stands to it.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentView {
    /// The stable name of the purpose.
    #[schema(example = "marketing_email")]
    purpose: String,
    /// What it is called.
    title: String,
    /// What is asked now.
    text: String,
    /// The version of that text.
    version: u32,
    /// SHA-256 of that text, in hexadecimal.
    text_sha256: String,
    /// Whether there is no service without it; it cannot be withdrawn then.
    required: bool,
    /// `unanswered`, `given`, `given_to_older_text` or `withdrawn`.
    state: &'static str,
    /// What was said last.
    latest: Option<ConsentRecordView>,
}

/// What somebody said about a purpose once.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentRecordView {
    /// The stable name of the purpose.
    purpose: String,
    /// What it was called then.
    title: String,
    /// Whether it was given, or withdrawn.
    given: bool,
    /// The version of the text that it is about.
    version: u32,
    /// The text that it is about.
    text: String,
    /// SHA-256 of that text, in hexadecimal.
    text_sha256: String,
    /// When.
    at: String,
    /// Who recorded it: the person themselves, or somebody of the staff.
    recorded_by: String,
    /// Why somebody of the staff did.
    reason: Option<String>,
    /// The address that the request came from; none of what staff recorded.
    ip_address: Option<String>,
    /// What the client called itself.
    user_agent: Option<String>,
}

/// How somebody stands to every purpose, and how that came about.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentsView {
    /// Whose consents they are.
    user_id: String,
    /// Each purpose, in the order in which people are asked.
    data: Vec<ConsentView>,
    /// What was said, the newest first; the latest 500 records.
    history: Vec<ConsentRecordView>,
}

impl From<&ConsentRecord> for ConsentRecordView {
    fn from(record: &ConsentRecord) -> Self {
        Self {
            purpose: record.purpose.clone(),
            title: record.title.clone(),
            given: record.given,
            version: record.version,
            text: record.text.clone(),
            text_sha256: record.sha256.clone(),
            at: record.at.to_string(),
            recorded_by: record.recorded_by.to_string(),
            reason: record.reason.clone(),
            ip_address: record.ip.clone(),
            user_agent: record.user_agent.clone(),
        }
    }
}

impl From<&Standing> for ConsentView {
    fn from(standing: &Standing) -> Self {
        let purpose = &standing.purpose;
        Self {
            purpose: purpose.code.clone(),
            title: purpose.title.clone(),
            text: purpose.text.clone(),
            version: purpose.version,
            text_sha256: purpose.sha256.clone(),
            required: purpose.required,
            state: standing.state().code(),
            latest: standing.latest.as_ref().map(Into::into),
        }
    }
}

impl From<&ConsentFile> for ConsentsView {
    fn from(file: &ConsentFile) -> Self {
        Self {
            user_id: file.user.to_string(),
            data: file.standings.iter().map(Into::into).collect(),
            history: file.history.iter().map(Into::into).collect(),
        }
    }
}

/// Whose consents are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConsentsQuery {
    /// Whose, for staff; one's own when left out.
    user_id: Option<String>,
}

/// List what people are asked to agree to, how somebody stands to it, and what they said.
#[utoipa::path(get, path = "/consents", tag = "Compliance", security(("bearer" = [])), params(ConsentsQuery),
    responses((status = 200, body = ConsentsView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ConsentsQuery>,
) -> Result<Json<ConsentsView>, Problem> {
    let user = query.user_id.as_deref().map(|text| id(text, "user_id")).transpose()?;
    Ok(Json((&app.consents.file(&actor, user).await?).into()))
}

/// What somebody says about a purpose.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentBody {
    /// The stable name of the purpose.
    #[schema(example = "marketing_email")]
    purpose: String,
    /// Whether it is given, or withdrawn.
    given: bool,
    /// Whose it is, for staff; one's own when left out.
    user_id: Option<String>,
    /// Why staff record it, up to 500 characters: where the paper is, say. It is wanted of staff, and of nobody else.
    reason: Option<String>,
}

/// Give a consent, or withdraw it. What was said of the same text already adds no record.
#[utoipa::path(post, path = "/consents", tag = "Compliance", security(("bearer" = [])),
    params(("X-Idempotency-Key" = String, Header)), request_body = ConsentBody,
    responses((status = 200, body = ConsentView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn record(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Json(body): Json<ConsentBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /consents", &body)?;
    let user = body.user_id.as_deref().map(|text| id(text, "user_id")).transpose()?;
    let request = RecordConsent { purpose: body.purpose, given: body.given, user, reason: body.reason };
    let render = Arc::new(|standing: &Standing| {
        let view = ConsentView::from(standing);
        Frozen { status: 200, body: serde_json::to_vec(&view).unwrap_or_default() }
    });
    Ok(Answered(app.consents.record(&actor, key, request, render).await?))
}
