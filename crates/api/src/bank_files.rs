//! Files of payments for banks, and what banks answer.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use florin_db::idempotency::Frozen;
use florin_http::{Answered, App, GivenKey, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{BankFileId, Uuid};
use florin_payments::bank_files::{
    AnswerLine, AnswerReport, BankFile, BankFileDetail, BankNetwork, Built, Entry, TakenAnswer, TakenDetail,
};
use florin_payments::rail::Flow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::money::MoneyView;
use crate::paging::{ListView, PageQuery};

/// How large an answer of a bank may be, in bytes.
const ANSWER_BYTES_MAX: usize = 8 << 20;

pub fn routes() -> OpenApiRouter<App> {
    let answers =
        OpenApiRouter::new().routes(routes!(answers, answer)).layer(DefaultBodyLimit::max(ANSWER_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(list, build))
        .routes(routes!(read))
        .routes(routes!(content))
        .routes(routes!(sent))
        .routes(routes!(read_answer))
        .merge(answers)
}

/// A file of payments for a bank.
#[derive(Debug, Serialize, ToSchema)]
struct BankFileView {
    /// The identifier.
    id: String,
    /// The network that it is for: `ach` or `eft`.
    rail: &'static str,
    /// Its running number within the network.
    number: i64,
    /// `created`, `sent` or `settled`.
    state: &'static str,
    /// The day on which its payments are meant to settle.
    #[schema(example = "2026-11-25")]
    effective_on: String,
    /// The day from which on what was not returned counts as gone through, once the file was sent.
    settles_on: String,
    /// How many payments it has.
    entries: i64,
    /// What it draws on accounts elsewhere.
    debits: MoneyView,
    /// What it pays into them.
    credits: MoneyView,
    /// The SHA-256 of its content, in hexadecimal.
    sha256: String,
    /// Who had it made; left out where the schedule did.
    created_by: Option<String>,
    /// When it was made.
    created_at: String,
    /// When the bank had it.
    sent_at: Option<String>,
}

impl From<&BankFile> for BankFileView {
    fn from(file: &BankFile) -> Self {
        Self {
            id: file.id.to_string(),
            rail: file.network.code(),
            number: file.number,
            state: file.state.code(),
            effective_on: file.effective_on.to_string(),
            settles_on: file.settles_on.to_string(),
            entries: file.entries,
            debits: file.debits.into(),
            credits: file.credits.into(),
            sha256: file.digest.clone(),
            created_by: file.created_by.map(|by| by.to_string()),
            created_at: file.created_at.to_string(),
            sent_at: file.sent_at.map(|at| at.to_string()),
        }
    }
}

/// A payment in a file.
#[derive(Debug, Serialize, ToSchema)]
struct EntryView {
    /// The payment.
    payment_id: String,
    /// The refund that it is, where it gives the payment back.
    refund_id: Option<String>,
    /// `in` where it draws on an account elsewhere, `out` where it pays into one.
    direction: &'static str,
    /// How much.
    amount: MoneyView,
    /// `filed`, `settled` or `returned`.
    state: &'static str,
    /// The number by which the bank's answer names it.
    trace: Option<String>,
    /// Why it came back.
    reason: Option<String>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self {
            payment_id: entry.payment.to_string(),
            refund_id: entry.is_refund.then(|| entry.id.to_string()),
            direction: if entry.flow == Flow::In { "in" } else { "out" },
            amount: entry.amount.into(),
            state: entry.state.code(),
            trace: entry.trace.map(|trace| trace.to_string()),
            reason: entry.reason,
        }
    }
}

/// A file with its payments.
#[derive(Debug, Serialize, ToSchema)]
struct BankFileDetailView {
    /// The file.
    #[serde(flatten)]
    file: BankFileView,
    /// Its payments, in order.
    payments: Vec<EntryView>,
}

impl From<BankFileDetail> for BankFileDetailView {
    fn from(detail: BankFileDetail) -> Self {
        Self { file: (&detail.file).into(), payments: detail.entries.into_iter().map(Into::into).collect() }
    }
}

/// List files of payments for banks, the latest first.
#[utoipa::path(get, path = "/bank-files", tag = "Bank files", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<BankFileView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<BankFileView>>, Problem> {
    let found = app.bank_files.list(&actor, &query.request()?).await?;
    let data = found.rows.iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Which file is to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BuildBody {
    /// The network: `ach` or `eft`.
    rail: String,
}

/// A file that was made.
#[derive(Debug, Serialize, ToSchema)]
struct BuiltView {
    /// The file.
    #[serde(flatten)]
    file: BankFileView,
    /// Whether payments wait that it had no room for.
    more: bool,
}

impl BuiltView {
    fn freeze(built: &Built) -> Frozen {
        let view = Self { file: (&built.file).into(), more: built.more };
        Frozen { status: 201, body: serde_json::to_vec(&view).unwrap_or_default() }
    }
}

/// Write all payments that wait for a file of a network into one.
#[utoipa::path(post, path = "/bank-files", tag = "Bank files", security(("bearer" = [])),
    params(("X-Idempotency-Key" = String, Header)), request_body = BuildBody,
    responses((status = 201, body = BuiltView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn build(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Json(body): Json<BuildBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /bank-files", &body)?;
    let network = BankNetwork::find(&body.rail).ok_or_else(|| {
        Problem::of(codes::VALIDATION_FAILED).field("rail", "unknown", "ach or eft is wanted")
    })?;
    Ok(Answered(app.bank_files.build(&actor, key, network, Arc::new(BuiltView::freeze)).await?))
}

/// Read a file's payments and how far they are.
#[utoipa::path(get, path = "/bank-files/{id}", tag = "Bank files", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = BankFileDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<BankFileId>,
) -> Result<Json<BankFileDetailView>, Problem> {
    Ok(Json(app.bank_files.find(&actor, id).await?.into()))
}

/// Download a file for the bank. Account numbers stand in it, so that a factor must have been proved within the last minutes.
#[utoipa::path(get, path = "/bank-files/{id}/content", tag = "Bank files", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, content_type = "text/plain", body = String), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn content(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<BankFileId>,
) -> Result<([(HeaderName, String); 3], Vec<u8>), Problem> {
    let (file, text) = app.bank_files.content(&actor, id).await?;
    let name = format!("attachment; filename=\"{}-{:06}.txt\"", file.network.code(), file.number);
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=us-ascii".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, text.expose().to_vec()))
}

/// Note that the bank has a file. From then on the days count after which its payments have gone through.
#[utoipa::path(post, path = "/bank-files/{id}/sent", tag = "Bank files", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = BankFileView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn sent(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<BankFileId>,
) -> Result<Json<BankFileView>, Problem> {
    Ok(Json((&app.bank_files.mark_sent(&actor, id).await?).into()))
}

/// A return or a notification of change, and what it did.
#[derive(Debug, Serialize, ToSchema)]
struct AnswerLineView {
    /// Its place in the file, from one.
    position: i64,
    /// `return` or `change`.
    kind: &'static str,
    /// What the bank names the payment by.
    trace: String,
    /// The bank's code.
    #[schema(example = "R01")]
    code: String,
    /// The payment or refund, where there is one.
    instruction_id: Option<String>,
    /// `returned`, `returned_after_refund`, `refund_failed`, `corrected`, `flagged` (a person must look), `recorded` (it was over
    /// already), `known`; `unknown` and `mismatch` did nothing; `pending` could not be carried out: send the file again.
    effect: String,
    /// More about it.
    detail: Option<String>,
}

impl From<AnswerLine> for AnswerLineView {
    fn from(line: AnswerLine) -> Self {
        Self {
            position: line.position,
            kind: line.kind.code(),
            trace: line.named,
            code: line.code,
            instruction_id: line.instruction.map(|id| id.to_string()),
            effect: line.effect,
            detail: line.detail,
        }
    }
}

/// What a bank's answer did.
#[derive(Debug, Serialize, ToSchema)]
struct AnswerView {
    /// The identifier of the file that was taken in.
    id: String,
    /// The network: `ach` or `eft`.
    rail: &'static str,
    /// Whether the same file came before.
    repeated: bool,
    /// Its lines.
    lines: Vec<AnswerLineView>,
}

impl From<AnswerReport> for AnswerView {
    fn from(report: AnswerReport) -> Self {
        Self {
            id: report.id.to_string(),
            rail: report.network.code(),
            repeated: report.repeated,
            lines: report.lines.into_iter().map(Into::into).collect(),
        }
    }
}

/// Take in a bank's file of returns and notifications of change: Nacha's, or one by Standard 005.
#[utoipa::path(post, path = "/bank-files/answers", tag = "Bank files", security(("bearer" = [])),
    request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = AnswerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn answer(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<AnswerView>, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of(codes::PAYLOAD_TOO_LARGE),
        _ => Problem::of(codes::INVALID_REQUEST),
    })?;
    let text = std::str::from_utf8(&body);
    let text = text.map_err(|_| Problem::of(codes::BANK_FILE_UNREADABLE).detail("the file is no text"))?;
    Ok(Json(app.bank_files.take_answers(&actor, text).await?.into()))
}

/// A file of a bank's that was taken in.
#[derive(Debug, Serialize, ToSchema)]
struct TakenAnswerView {
    /// The identifier.
    id: String,
    /// The network: `ach` or `eft`.
    rail: &'static str,
    /// Who took it in.
    received_by: Option<String>,
    /// When.
    received_at: String,
    /// How many lines it has.
    line_count: i64,
    /// How many of them could not be carried out yet: send the file again.
    pending_count: i64,
}

impl From<TakenAnswer> for TakenAnswerView {
    fn from(answer: TakenAnswer) -> Self {
        Self {
            id: answer.id.to_string(),
            rail: answer.network.code(),
            received_by: answer.by.map(|by| by.to_string()),
            received_at: answer.at.to_string(),
            line_count: answer.lines,
            pending_count: answer.pending,
        }
    }
}

/// The same with its lines.
#[derive(Debug, Serialize, ToSchema)]
struct TakenDetailView {
    /// The file.
    #[serde(flatten)]
    answer: TakenAnswerView,
    /// Its lines.
    lines: Vec<AnswerLineView>,
}

impl From<TakenDetail> for TakenDetailView {
    fn from(detail: TakenDetail) -> Self {
        Self { answer: detail.answer.into(), lines: detail.lines.into_iter().map(Into::into).collect() }
    }
}

/// List files of banks that were taken in, the latest first.
#[utoipa::path(get, path = "/bank-files/answers", tag = "Bank files", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<TakenAnswerView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn answers(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<TakenAnswerView>>, Problem> {
    let found = app.bank_files.answers(&actor, &query.request()?).await?;
    let data = found.rows.into_iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Read a file of a bank's with what each of its lines did.
#[utoipa::path(get, path = "/bank-files/answers/{id}", tag = "Bank files", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = TakenDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read_answer(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Json<TakenDetailView>, Problem> {
    Ok(Json(app.bank_files.answer(&actor, id).await?.into()))
}
