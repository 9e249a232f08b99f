//! Cases: the work list of those who look into fraud, laundering and sanctions.

use std::str::FromStr;

use axum::extract::State;
use axum::http::StatusCode;
use florin_compliance::cases::{
    Case, CaseFile, CaseId, CaseKind, CaseQuery, Decision, Evidence, KeptEvidence, Note, OpenCase, Priority,
    Status, Verdict,
};
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::{ListView, PageQuery};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(read))
        .routes(routes!(assign))
        .routes(routes!(add_evidence))
        .routes(routes!(add_note))
        .routes(routes!(decide))
}

/// A suspicion that somebody looks into.
#[derive(Debug, Serialize, ToSchema)]
struct CaseView {
    /// The identifier.
    id: String,
    /// `fraud`, `aml` or `screening`.
    kind: &'static str,
    /// What it was opened for: a held transfer or payment, a finding, a match. One case at a time is open for it.
    reference: String,
    /// Whom it is about, where that is one customer.
    subject_id: Option<String>,
    /// What it is about, in a line.
    title: String,
    /// `open`, `in_progress` or `closed`.
    status: &'static str,
    /// `low`, `normal`, `high` or `urgent`.
    priority: &'static str,
    /// Who works on it.
    assignee_id: Option<String>,
    /// What was decided: `fraud` or `genuine`, `sar` or `no_action`, `true_match` or `false_match`.
    decision: Option<&'static str>,
    /// Who decided.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<String>,
    /// What is being decided: held money may have been moved because of it already. The same is decided again.
    deciding: Option<&'static str>,
    /// Whether a report of suspicious activity is due.
    sar: bool,
    /// The case about the same that was decided before.
    follows: Option<String>,
    /// The version: whoever changes the case says which one they saw.
    version: u32,
    /// When it was opened.
    opened_at: String,
    /// By when it is to be decided.
    due_at: String,
}

impl From<&Case> for CaseView {
    fn from(case: &Case) -> Self {
        Self {
            id: case.id.to_string(),
            kind: case.kind.code(),
            reference: case.reference.clone(),
            subject_id: case.subject.map(|subject| subject.to_string()),
            title: case.title.clone(),
            status: case.status.code(),
            priority: case.priority.code(),
            assignee_id: case.assignee.map(|assignee| assignee.to_string()),
            decision: case.decision.map(Decision::code),
            decided_by: case.decided_by.map(|by| by.to_string()),
            decided_at: case.decided_at.map(|at| at.to_string()),
            deciding: case.deciding.map(Decision::code),
            sar: case.sar,
            follows: case.follows.map(|before| before.to_string()),
            version: case.version,
            opened_at: case.opened_at.to_string(),
            due_at: case.due_at.to_string(),
        }
    }
}

/// What speaks for or against a suspicion.
#[derive(Debug, Serialize, ToSchema)]
struct EvidenceView {
    /// What it is: `decision`, `finding`, `transfer`, `report`, `resolution` …
    kind: String,
    /// Which one.
    reference: String,
    /// What it says.
    text: String,
    /// Who added it; nobody where the program did.
    added_by: Option<String>,
    /// When.
    added_at: String,
}

impl From<&KeptEvidence> for EvidenceView {
    fn from(kept: &KeptEvidence) -> Self {
        Self {
            kind: kept.evidence.kind.clone(),
            reference: kept.evidence.reference.clone(),
            text: kept.evidence.text.clone(),
            added_by: kept.added_by.map(|by| by.to_string()),
            added_at: kept.added_at.to_string(),
        }
    }
}

/// What somebody wrote about a case.
#[derive(Debug, Serialize, ToSchema)]
struct NoteView {
    /// The identifier.
    id: String,
    /// The text.
    text: String,
    /// Who wrote it.
    written_by: Option<String>,
    /// When.
    written_at: String,
}

impl From<&Note> for NoteView {
    fn from(note: &Note) -> Self {
        Self {
            id: note.id.to_string(),
            text: note.text.clone(),
            written_by: note.written_by.map(|by| by.to_string()),
            written_at: note.written_at.to_string(),
        }
    }
}

/// A case with all that was gathered about it.
#[derive(Debug, Serialize, ToSchema)]
struct CaseFileView {
    #[serde(flatten)]
    case: CaseView,
    /// What speaks for or against it, in the order in which it came.
    evidence: Vec<EvidenceView>,
    /// What people wrote, in that order; the reason of the decision is the last.
    notes: Vec<NoteView>,
}

impl From<&CaseFile> for CaseFileView {
    fn from(file: &CaseFile) -> Self {
        Self {
            case: (&file.case).into(),
            evidence: file.evidence.iter().map(EvidenceView::from).collect(),
            notes: file.notes.iter().map(NoteView::from).collect(),
        }
    }
}

/// A word of a few that there are, or the field that names none of them.
pub fn one_of<T: FromStr<Err = String>>(text: &str, field: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|why: String| Problem::of(codes::VALIDATION_FAILED).field(field, "unknown", why))
}

/// An identifier, or the field that holds none.
fn person(text: &str, field: &'static str) -> Result<UserId, Problem> {
    text.parse().map_err(|error: florin_kernel::InvalidId| {
        Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", error.to_string())
    })
}

/// Which cases are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CasesQuery {
    /// Those of one kind.
    kind: Option<String>,
    /// Those that are so far.
    status: Option<String>,
    /// Those that this person works on.
    assignee: Option<String>,
    /// Those about this person.
    subject: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The work list: cases that are due first at the top.
#[utoipa::path(get, path = "/cases", tag = "Compliance", security(("bearer" = [])), params(CasesQuery),
    responses((status = 200, body = ListView<CaseView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<CasesQuery>,
) -> Result<Json<ListView<CaseView>>, Problem> {
    let wanted = CaseQuery {
        kind: query.kind.as_deref().map(|kind| one_of::<CaseKind>(kind, "kind")).transpose()?,
        status: query.status.as_deref().map(|status| one_of::<Status>(status, "status")).transpose()?,
        assignee: query.assignee.as_deref().map(|id| person(id, "assignee")).transpose()?,
        subject: query.subject.as_deref().map(|id| person(id, "subject")).transpose()?,
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.cases.list(&actor, wanted, &page).await?;
    let data = found.rows.iter().map(CaseView::from).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Evidence to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EvidenceBody {
    /// A word of small letters: `transfer`, `document` …
    #[schema(example = "transfer")]
    kind: String,
    /// Which one: an identifier of up to 200 visible characters. The same one is kept once.
    reference: String,
    /// What it says, up to 8,000 characters.
    text: String,
}

impl From<EvidenceBody> for Evidence {
    fn from(body: EvidenceBody) -> Self {
        Self { kind: body.kind, reference: body.reference, text: body.text }
    }
}

/// A case to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenCaseBody {
    /// `fraud`, `aml` or `screening`.
    kind: String,
    /// What it is opened for, up to 200 visible characters. The same one again gives the same case, and adds its evidence.
    reference: String,
    /// Whom it is about.
    subject_id: Option<String>,
    /// What it is about, in up to 200 characters, without names and numbers.
    title: String,
    /// `low`, `normal`, which is meant when it is left out, `high` or `urgent`.
    priority: Option<String>,
    /// What there is to begin with.
    #[serde(default)]
    evidence: Vec<EvidenceBody>,
}

/// Open a case by hand. One that is open for the same reference is given instead, with what is new of the evidence.
#[utoipa::path(post, path = "/cases", tag = "Compliance", security(("bearer" = [])), request_body = OpenCaseBody,
    responses((status = 201, body = CaseView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn open(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<OpenCaseBody>,
) -> Result<(StatusCode, Json<CaseView>), Problem> {
    let priority = body.priority.as_deref().map(|priority| one_of(priority, "priority")).transpose()?;
    let wanted = OpenCase {
        kind: one_of(&body.kind, "kind")?,
        reference: body.reference,
        subject: body.subject_id.as_deref().map(|id| person(id, "subject_id")).transpose()?,
        title: body.title,
        priority: priority.unwrap_or(Priority::Normal),
        evidence: body.evidence.into_iter().map(Evidence::from).collect(),
    };
    let case = app.case_desk.open(&actor, wanted).await?;
    Ok((StatusCode::CREATED, Json((&case).into())))
}

/// Read a case with its evidence and notes.
#[utoipa::path(get, path = "/cases/{id}", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = CaseFileView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<CaseId>,
) -> Result<Json<CaseFileView>, Problem> {
    Ok(Json((&app.cases.find(&actor, id).await?).into()))
}

/// Who is to work on a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignBody {
    /// Somebody of the staff; nobody when left out: the case goes back to the list.
    assignee_id: Option<String>,
    /// `low`, `normal`, `high` or `urgent`; as it is when left out.
    priority: Option<String>,
    /// The version that was seen.
    version: u32,
}

/// Give a case to somebody, or back to the list.
#[utoipa::path(post, path = "/cases/{id}/assign", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)), request_body = AssignBody,
    responses((status = 200, body = CaseView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn assign(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<CaseId>,
    Json(body): Json<AssignBody>,
) -> Result<Json<CaseView>, Problem> {
    let assignee = body.assignee_id.as_deref().map(|id| person(id, "assignee_id")).transpose()?;
    let priority = body.priority.as_deref().map(|priority| one_of(priority, "priority")).transpose()?;
    let case = app.case_desk.assign(&actor, id, body.version, assignee, priority).await?;
    Ok(Json((&case).into()))
}

/// Evidence to add to a case that was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddEvidenceBody {
    /// A word of small letters: `transfer`, `document` …
    #[schema(example = "document")]
    kind: String,
    /// Which one: an identifier of up to 200 visible characters. The same one is kept once.
    reference: String,
    /// What it says, up to 8,000 characters.
    text: String,
    /// The version that was seen.
    version: u32,
}

/// Add evidence to a case. It is never changed afterwards.
#[utoipa::path(post, path = "/cases/{id}/evidence", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)), request_body = AddEvidenceBody,
    responses((status = 201, body = CaseView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn add_evidence(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<CaseId>,
    Json(body): Json<AddEvidenceBody>,
) -> Result<(StatusCode, Json<CaseView>), Problem> {
    let evidence = Evidence { kind: body.kind, reference: body.reference, text: body.text };
    let case = app.cases.add_evidence(&actor, id, body.version, evidence).await?;
    Ok((StatusCode::CREATED, Json((&case).into())))
}

/// A note to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    /// Up to 8,000 characters.
    text: String,
    /// The version that was seen.
    version: u32,
}

/// Write a note into a case. It is never changed afterwards.
#[utoipa::path(post, path = "/cases/{id}/notes", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)), request_body = NoteBody,
    responses((status = 201, body = CaseView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn add_note(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<CaseId>,
    Json(body): Json<NoteBody>,
) -> Result<(StatusCode, Json<CaseView>), Problem> {
    let case = app.cases.add_note(&actor, id, body.version, &body.text).await?;
    Ok((StatusCode::CREATED, Json((&case).into())))
}

/// How a case is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecideBody {
    /// `fraud` or `genuine`, `sar` or `no_action`, `true_match` or `false_match`, by the kind of the case.
    #[schema(example = "genuine")]
    decision: String,
    /// Why, in up to 8,000 characters: the last note of the case.
    reason: String,
    /// Whether a report of suspicious activity is due though the decision is not `sar`.
    #[serde(default)]
    sar: bool,
    /// The version that was seen.
    version: u32,
}

/// Decide a case, for good. Where it holds a customer's money, `genuine` lets it through and `fraud` does not, before the case
/// is closed; after an answer that got lost the same is decided again.
#[utoipa::path(post, path = "/cases/{id}/decide", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)), request_body = DecideBody,
    responses((status = 200, body = CaseView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn decide(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<CaseId>,
    Json(body): Json<DecideBody>,
) -> Result<Json<CaseView>, Problem> {
    let decision = one_of(&body.decision, "decision")?;
    let verdict = Verdict { decision, reason: body.reason, sar: body.sar };
    let case = app.case_desk.decide(&actor, id, body.version, verdict).await?;
    Ok(Json((&case).into()))
}
