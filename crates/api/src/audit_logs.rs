//! The audit trail, for those who audit: searched, read out, proved, verified.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use florin_audit::{Audit, Filter, Format, InclusionProof, Line, Record, Report, Scope, moment};
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{PageRequest, Uuid};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

/// The most records that one request verifies; more are for the command line.
const VERIFIED_MAX: i64 = 2_000_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(proof)).routes(routes!(verify))
}

/// Which records are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Of this person.
    user_id: Option<String>,
    /// Of this action, by its code, such as `session.login`.
    action: Option<String>,
    /// At or after this instant (RFC 3339), or from the beginning of this date in UTC.
    from: Option<String>,
    /// Before this instant, or until the end of this date.
    to: Option<String>,
    /// About one of this kind, such as `account`.
    resource_kind: Option<String>,
    /// About this one.
    resource_id: Option<String>,
    /// `success` or `failure`.
    result: Option<String>,
    /// `json` for a page, which is meant when it is left out; `jsonl` or `csv` for all of them, read out as a file.
    format: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out. Only for a page.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn unusable(field: &'static str, why: impl Into<String>) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "invalid", why.into())
}

fn uuid(text: Option<&str>, field: &'static str) -> Result<Option<Uuid>, Problem> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| unusable(field, "an identifier is wanted"))
}

fn instant(text: Option<&str>, field: &'static str) -> Result<Option<i64>, Problem> {
    text.map(|text| moment(text, field == "to")).transpose().map_err(|why| unusable(field, why))
}

impl AuditQuery {
    fn filter(&self) -> Result<Filter, Problem> {
        let succeeded = match self.result.as_deref() {
            None => None,
            Some("success") => Some(true),
            Some("failure") => Some(false),
            Some(_) => return Err(unusable("result", "success or failure is wanted")),
        };
        Ok(Filter {
            user_id: uuid(self.user_id.as_deref(), "user_id")?,
            action: self.action.clone(),
            resource_id: uuid(self.resource_id.as_deref(), "resource_id")?,
            resource_kind: self.resource_kind.clone(),
            succeeded,
            from_us: instant(self.from.as_deref(), "from")?,
            to_us: instant(self.to.as_deref(), "to")?,
        })
    }

    /// How all of them are to be read out; `None` for a page.
    fn file(&self) -> Result<Option<Format>, Problem> {
        match self.format.as_deref() {
            None | Some("json") => Ok(None),
            Some(other) => {
                let format = other.parse().map_err(|_| unusable("format", "json, jsonl or csv is wanted"))?;
                Ok(Some(format))
            }
        }
    }
}

/// A record of the trail.
#[derive(Debug, Serialize, ToSchema)]
struct AuditLogView {
    /// The identifier.
    id: String,
    /// Its number: numbers order the trail.
    seq: i64,
    /// When.
    at: String,
    /// What was done, by its code.
    #[schema(example = "session.login")]
    action: String,
    /// What kind of thing it was done to.
    resource_kind: String,
    /// Which one.
    resource_id: Option<String>,
    /// `anonymous`, `user`, `client` (a key of a person's) or `system`.
    actor: String,
    /// The person.
    user_id: Option<String>,
    /// The sign-in, or the key.
    session_id: Option<String>,
    /// The part of the program.
    operator: Option<String>,
    /// The client's address.
    ip: Option<String>,
    /// What the client calls itself.
    user_agent: Option<String>,
    /// The request's id.
    request_id: Option<String>,
    /// `success` or `failure`.
    result: String,
    /// The code of the failure.
    error: Option<String>,
    /// Notes, and what changed from what (`before`) to what (`after`); secrets are masked.
    #[schema(value_type = Object)]
    details: serde_json::Value,
}

impl From<&Record> for AuditLogView {
    fn from(record: &Record) -> Self {
        let line = Line::from(record);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            seq: line.seq,
            action: line.action.to_owned(),
            resource_kind: line.resource_kind.to_owned(),
            actor: line.actor.to_owned(),
            operator: owned(line.operator),
            ip: owned(line.ip),
            user_agent: owned(line.user_agent),
            request_id: owned(line.request_id),
            result: line.result.to_owned(),
            error: owned(line.error),
            id: line.id,
            at: line.at,
            resource_id: line.resource_id,
            user_id: line.user_id,
            session_id: line.session_id,
            details: line.details,
        }
    }
}

/// Search the audit trail, newest first; with `format` all that is found is read out as a file. That it was read is recorded.
///
/// A page may have fewer rows than asked for, and none, while `next_cursor` says where to go on.
#[utoipa::path(get, path = "/compliance/audit-logs", tag = "Compliance", security(("bearer" = [])), params(AuditQuery),
    responses((status = 200, content((ListView<AuditLogView> = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
        (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let (filter, file) = (query.filter()?, query.file()?);
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let before = page.cursor_as::<i64>()?.unwrap_or(i64::MAX);
    if let Some(format) = file {
        let last = app.audit.export(&actor, &filter).await?;
        return Ok(export(app.audit.clone(), filter, format, before.min(last)));
    }
    let found = app.audit.search(&actor, filter, before, page.limit()).await?;
    let view = ListView {
        data: found.records.iter().map(AuditLogView::from).collect(),
        next_cursor: found.next_before.map(|next| next.to_string()),
    };
    Ok(Json(view).into_response())
}

/// All that the filter wants, written out while it is read.
fn export(audit: Audit, filter: Filter, format: Format, before: i64) -> Response {
    let pages = stream::try_unfold(Some(before), move |before| {
        let (audit, filter) = (audit.clone(), filter.clone());
        async move {
            let Some(before) = before else { return Ok(None) };
            let found = audit.next_of(&filter, before).await?;
            let mut lines = String::new();
            for record in &found.records {
                format.write(record, &mut lines);
            }
            Ok::<_, florin_audit::Error>(Some((lines, found.next_before)))
        }
    });
    let heading = stream::once(async move { Ok(format.heading().to_owned()) });
    let name = match format {
        Format::JsonLines => "attachment; filename=\"audit-logs.jsonl\"",
        Format::Csv => "attachment; filename=\"audit-logs.csv\"",
    };
    let body = Body::from_stream(stream::StreamExt::chain(heading, pages));
    ([(CONTENT_TYPE, format.media_type()), (CONTENT_DISPOSITION, name)], body).into_response()
}

/// Prove that a record is sealed, in the form of `docs/audit-proof.md`. The answer is checked without this server: `florin audit verify --proof FILE`.
#[utoipa::path(get, path = "/compliance/audit-logs/{id}/proof", tag = "Compliance", security(("bearer" = [])),
    params(("id" = String, Path, description = "The record's identifier.")),
    responses((status = 200, body = Object), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn proof(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Json<InclusionProof>, Problem> {
    Ok(Json(app.audit.proof(&actor, id).await?))
}

/// Which part of the trail is verified; all of it for an empty body.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyBody {
    /// Seals with records at or after this instant (RFC 3339), or from the beginning of this date in UTC.
    from: Option<String>,
    /// Seals with records before this instant, or until the end of this date.
    to: Option<String>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct FaultView {
    /// What kind, such as `record_changed`, `record_deleted`, `seal_forged`.
    #[schema(value_type = String)]
    kind: florin_audit::FaultKind,
    /// In which seal.
    seal: Option<i64>,
    /// At which record, by its number.
    seq: Option<i64>,
    /// In words.
    text: String,
}

/// Records that were removed when their time was over.
#[derive(Debug, Serialize, ToSchema)]
struct RemovedView {
    /// The first number of a record.
    first_seq: i64,
    /// The last.
    last_seq: i64,
    /// How many records.
    records: i64,
    /// When.
    removed_at: String,
}

/// What verifying found.
#[derive(Debug, Serialize, ToSchema)]
struct VerifyView {
    /// Whether everything is what was sealed.
    valid: bool,
    /// How many records were hashed.
    records: i64,
    /// How many seals there are.
    seals: i64,
    /// How many records are not sealed yet.
    unsealed: i64,
    /// What was removed.
    removed: Vec<RemovedView>,
    /// How many faults there are.
    fault_count: u64,
    /// The first thousand of them, in the order of the trail.
    faults: Vec<FaultView>,
    /// The hash of the newest seal.
    newest_seal: Option<String>,
}

impl From<Report> for VerifyView {
    fn from(report: Report) -> Self {
        let removed = report.removed.iter().map(|removed| RemovedView {
            first_seq: removed.seqs.0,
            last_seq: removed.seqs.1,
            records: removed.records,
            removed_at: removed.at.to_string(),
        });
        Self {
            valid: report.is_intact(),
            records: report.records,
            seals: report.seals,
            unsealed: report.unsealed,
            removed: removed.collect(),
            fault_count: report.fault_count,
            newest_seal: report.newest.as_ref().map(florin_audit::Seal::hash_text),
            faults: report
                .faults
                .into_iter()
                .map(|fault| FaultView {
                    kind: fault.kind,
                    seal: fault.seal,
                    seq: fault.seq,
                    text: fault.text,
                })
                .collect(),
        }
    }
}

/// Verify the trail: everything is reckoned anew from the records. That it was verified is recorded.
#[utoipa::path(post, path = "/compliance/audit-logs/verify", tag = "Compliance", security(("bearer" = [])), request_body = VerifyBody,
    responses((status = 200, body = VerifyView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn verify(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<VerifyBody>,
) -> Result<Json<VerifyView>, Problem> {
    let scope = Scope {
        from_us: instant(body.from.as_deref(), "from")?,
        to_us: instant(body.to.as_deref(), "to")?,
        anchors: Vec::new(),
        records_max: Some(VERIFIED_MAX),
    };
    Ok(Json(app.audit.verify(&actor, &scope).await?.into()))
}
