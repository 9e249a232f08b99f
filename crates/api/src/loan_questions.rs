//! What officers ask about applications for loans, and what applicants answer.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Path2, Problem, SignedIn};
use florin_lending::{ApplicationId, Question, QuestionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, ask)).routes(routes!(answer))
}

/// A question about an application.
#[derive(Debug, Serialize, ToSchema)]
struct QuestionView {
    /// The identifier.
    id: String,
    /// What is asked.
    question: String,
    /// Who asked; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<String>,
    /// When.
    asked_at: String,
    /// What was answered, once it was.
    answer: Option<String>,
    /// When.
    answered_at: Option<String>,
}

impl QuestionView {
    fn of(question: Question, for_staff: bool) -> Self {
        let (answer, answered_at) = question.answer.map(|given| (given.text, given.at.to_string())).unzip();
        Self {
            id: question.id.to_string(),
            question: question.text,
            asked_by: for_staff.then(|| question.asked_by.to_string()),
            asked_at: question.asked_at.to_string(),
            answer,
            answered_at,
        }
    }
}

/// List what was asked about an application, in its order.
#[utoipa::path(get, path = "/loans/applications/{id}/questions", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ListView<QuestionView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ListView<QuestionView>>, Problem> {
    let found = app.loans.questions(&actor, id).await?;
    let data = found.into_iter().map(|one| QuestionView::of(one, actor.is_staff())).collect();
    Ok(Json(ListView { data, next_cursor: None }))
}

/// Something to ask.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskBody {
    /// A document or an explanation that is wanted, in up to 2,000 characters.
    #[schema(example = "Please tell what your other income comes from.")]
    question: String,
}

/// Ask the applicant for a document or an explanation. The same question, while it waits, is asked once.
#[utoipa::path(post, path = "/loans/applications/{id}/questions", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = AskBody,
    responses((status = 201, body = QuestionView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn ask(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApplicationId>,
    Json(body): Json<AskBody>,
) -> Result<(StatusCode, Json<QuestionView>), Problem> {
    let question = app.loans.ask(&actor, id, &body.question).await?;
    Ok((StatusCode::CREATED, Json(QuestionView::of(question, actor.is_staff()))))
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    /// Up to 2,000 characters.
    #[schema(example = "It is the rent of a flat.")]
    answer: String,
}

/// Answer what was asked about one's application. An answer is never changed.
#[utoipa::path(post, path = "/loans/applications/{id}/questions/{question}/answer", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("question" = String, Path)), request_body = AnswerBody,
    responses((status = 200, body = QuestionView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn answer(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path2(id, question): Path2<ApplicationId, QuestionId>,
    Json(body): Json<AnswerBody>,
) -> Result<Json<QuestionView>, Problem> {
    let answered = app.loans.answer(&actor, id, question, &body.answer).await?;
    Ok(Json(QuestionView::of(answered, actor.is_staff())))
}
