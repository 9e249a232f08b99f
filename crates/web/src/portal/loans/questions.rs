//! What officers want to know about one's application, and answering it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path2, Problem, codes};
use florin_lending::{Application, ApplicationId, ApplicationStatus, Question, QuestionId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::application;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::visit::Visit;

/// How long an answer may be.
const TEXT_MAX: u16 = 2_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/loans/applications/{id}/questions/{question}", post(answer))
}

/// What was typed as the answer to a question, and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Wrong<'a> {
    question: QuestionId,
    answer: &'a str,
    pub(super) problem: &'a Problem,
}

/// The questions about an application; those without an answer with the form that answers them.
pub(super) async fn card(
    app: &App,
    visit: &Visit,
    application: &Application,
    wrong: Option<Wrong<'_>>,
) -> Result<Markup, Problem> {
    let questions = app.loans.questions(&visit.actor, application.id).await?;
    if questions.is_empty() {
        return Ok(Markup::default());
    }
    let open = application.status == ApplicationStatus::Submitted;
    // One form at a time, so that each field of the page is one of its own.
    let next = questions.iter().find(|one| open && one.answer.is_none());
    let next = wrong.map(|wrong| wrong.question).or(next.map(|one| one.id));
    Ok(ui::card(
        "What we want to know",
        html! {
            @if application.asked { p { "Your application waits for your answer." } }
            @for question in &questions {
                section {
                    h3 { (question.text) }
                    p.muted { "Asked on " (ui::moment(question.asked_at, &visit.zone)) }
                    @match &question.answer {
                        Some(given) => {
                            p { (given.text) }
                            p.muted { "Answered on " (ui::moment(given.at, &visit.zone)) }
                        },
                        None if next == Some(question.id) => (form(visit, application.id, question, wrong)),
                        None if open => p.muted { "You can answer this one next." },
                        None => p.muted { "It was not answered." },
                    }
                }
            }
        },
    ))
}

fn form(visit: &Visit, id: ApplicationId, question: &Question, wrong: Option<Wrong<'_>>) -> Markup {
    ui::post_form(
        visit,
        &format!("/loans/applications/{id}/questions/{}", question.id),
        &html! {
            (Field::area("answer", "Your answer").value(wrong.map_or("", |wrong| wrong.answer)).at_most(TEXT_MAX)
                .hint("It is kept with your application, and not changed afterwards.").faults(wrong.map(|wrong| wrong.problem)))
            div.actions { button.primary type="submit" { "Send the answer" } }
        },
    )
}

#[derive(Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    answer: String,
}

async fn answer(
    State(app): State<App>,
    Path2(id, question): Path2<ApplicationId, QuestionId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let (visit, answer) = (&form.visit, &form.typed.answer);
    match app.loans.answer(&visit.actor, id, question, answer).await.map_err(Problem::from) {
        Ok(_) => {
            let said = Flash::done("Your answer is with those who decide.");
            Ok(go_saying(&app, &format!("/loans/applications/{id}"), &said))
        }
        Err(problem) if problem.code() == codes::VALIDATION_FAILED.name => {
            let wrong = Wrong { question, answer, problem: &problem };
            application::page(&app, visit, id, Some(wrong)).await
        }
        Err(problem) => Err(problem),
    }
}
