//! What officers ask an applicant, and what was answered.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path, Problem};
use florin_kernel::Action;
use florin_lending::{Application, ApplicationId, ApplicationStatus, Question};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::may;
use super::super::names::Names;
use super::application::{self, Thought};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field, Tone};
use crate::visit::Visit;

/// How long a question may be.
const TEXT_MAX: u16 = 2_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/loans/applications/{id}/questions", post(ask))
}

/// The questions about an application, and the form that asks another.
pub(super) async fn card(
    app: &App,
    visit: &Visit,
    application: &Application,
    asked: &str,
    problem: Option<&Problem>,
) -> Result<Markup, Problem> {
    let questions = app.loans.questions(&visit.actor, application.id).await?;
    let people =
        questions.iter().flat_map(|one| [Some(one.asked_by), one.answer.as_ref().map(|given| given.by)]);
    let names = Names::of(app, visit, people.flatten().collect()).await;
    let open = application.status == ApplicationStatus::Submitted;
    let asks = open && application.applicant != Some(visit.user) && may(visit, Action::DecideLoan, "loan");
    if questions.is_empty() && !asks {
        return Ok(Markup::default());
    }
    Ok(ui::card(
        "Asked of the applicant",
        html! {
            @for question in &questions { (one(visit, question, &names)) }
            @if asks { (form(visit, application, asked, problem)) }
        },
    ))
}

fn one(visit: &Visit, question: &Question, names: &Names) -> Markup {
    html! {
        section {
            h3 { (question.text) }
            p.muted { (names.name(question.asked_by)) ", " (ui::moment(question.asked_at, &visit.zone)) }
            @match &question.answer {
                Some(given) => {
                    p { (given.text) }
                    p.muted { (names.name(given.by)) ", " (ui::moment(given.at, &visit.zone)) }
                },
                None => p { (ui::badge(Tone::Warn, "no answer yet")) },
            }
        }
    }
}

fn form(visit: &Visit, application: &Application, asked: &str, problem: Option<&Problem>) -> Markup {
    ui::post_form(
        visit,
        &format!("/staff/loans/applications/{}/questions", application.id),
        &html! {
            (Field::area("question", "What else do you want to know?").value(asked).at_most(TEXT_MAX)
                .hint("A document or an explanation. The applicant finds it on the page of the application, and answers there.")
                .faults(problem))
            div.actions { button type="submit" { "Ask the applicant" } }
        },
    )
}

#[derive(Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    question: String,
}

async fn ask(
    State(app): State<App>,
    Path(id): Path<ApplicationId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let (visit, question) = (&form.visit, &form.typed.question);
    match app.loans.ask(&visit.actor, id, question).await.map_err(Problem::from) {
        Ok(_) => {
            let said = Flash::done("It is asked. The application waits for the applicant.");
            Ok(go_saying(&app, &format!("/staff/loans/applications/{id}"), &said))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => {
            application::page(&app, visit, id, (&Thought::default(), question), Some(&problem)).await
        }
    }
}
