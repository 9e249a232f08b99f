//! Deciding about an application: one officer agrees to terms and another to the same, or one refuses with reasons.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path, Problem};
use florin_lending::{Application, ApplicationId, ApplicationStatus, ForOfficers, Outcome, Reason};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::application::{self, Thought, at_fields};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::{fault, given};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/loans/applications/{id}/approve", post(approve))
        .route("/staff/loans/applications/{id}/reject", post(reject))
}

/// What somebody may decide, or why they may not. Only terms that can be offered are agreed to.
pub(super) fn forms(
    visit: &Visit,
    application: &Application,
    seen: &ForOfficers,
    thought: &Thought,
    can_be_offered: bool,
) -> Markup {
    if application.applicant == Some(visit.user) {
        return html! { p.muted { "This is your own application, so others decide about it." } };
    }
    if seen.decisions.iter().any(|one| one.officer == visit.user) {
        return html! { p.muted { "You have agreed. Another officer decides now." } };
    }
    let path = format!("/staff/loans/applications/{}", application.id);
    let carried = html! {
        input type="hidden" name="amount" value=(thought.amount);
        input type="hidden" name="rate" value=(thought.rate);
        input type="hidden" name="months" value=(thought.months);
        (note("approve", "What another officer, and the audit trail, should know."))
    };
    let agreed = seen.decisions.iter().any(|one| one.approved);
    let what = if agreed {
        "You agree to the terms that are shown, as another officer did. The offer is made at once, and the applicant finds it on the page of the application."
    } else {
        "You agree to the terms that are shown. Where the house asks for two, the offer is made once another officer agrees to the same."
    };
    html! {
        section {
            h2 { "Decide" }
            div.actions {
                @if can_be_offered { (ui::confirm(visit, &format!("{path}/approve"), "Agree", what, &carried)) }
                (ui::confirm(visit, &format!("{path}/reject"), "Refuse",
                    "One refusal ends the application. The applicant gets a notice with the reasons that you name.",
                    &refusal(seen)))
            }
        }
    }
}

fn note(form: &'static str, hint: &str) -> Field {
    Field::area("note", "Note").of_form(form).optional().at_most(500).hint(hint)
}

/// The reasons of a refusal; those of the checks that failed are ticked.
fn refusal(seen: &ForOfficers) -> Markup {
    let failed = |reason: Reason| {
        seen.checks.iter().any(|check| check.outcome == Outcome::Fail && check.reason == Some(reason))
    };
    html! {
        fieldset.field #reasons tabindex="-1" {
            legend { "Principal reasons, four at most" }
            @for reason in Reason::ALL {
                div.choice {
                    input type="checkbox" id={ "reason-" (reason.code()) } name="reasons" value=(reason.code()) checked[failed(*reason)];
                    label for={ "reason-" (reason.code()) } { (reason.text()) }
                }
            }
        }
        (note("reject", "For the house alone: the applicant does not see it."))
    }
}

#[derive(Serialize, Deserialize)]
struct Agreeing {
    #[serde(default)]
    amount: String,
    #[serde(default)]
    rate: String,
    #[serde(default)]
    months: String,
    #[serde(default)]
    note: String,
}

impl Agreeing {
    fn thought(&self) -> Thought {
        Thought { amount: self.amount.clone(), rate: self.rate.clone(), months: self.months.clone() }
    }
}

async fn approve(
    State(app): State<App>,
    Path(id): Path<ApplicationId>,
    form: Form<Agreeing>,
) -> Result<Response, Problem> {
    let by = &form.visit.actor;
    let currency = app.loans.application(by, id).await?.amount.currency();
    let thought = form.typed.thought();
    let agreed = match thought.terms(currency) {
        Ok(terms) => app.loans.approve(by, id, terms, given(&form.typed.note)).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match agreed {
        Ok(application) if application.status == ApplicationStatus::Approved => {
            let path = application.loan.map_or_else(|| page_of(id), |loan| format!("/staff/loans/{loan}"));
            Ok(go_saying(&app, &path, &Flash::done("Granted: the offer is made.")))
        }
        Ok(_) => Ok(go_saying(
            &app,
            &page_of(id),
            &Flash::notice("You agreed. Another officer must agree as well."),
        )),
        Err(problem) => told(&app, &form.visit, id, &thought, problem).await,
    }
}

fn page_of(id: ApplicationId) -> String {
    format!("/staff/loans/applications/{id}")
}

/// A refusal of the service, on the page of the application; what is no matter of the form is told as it is everywhere.
async fn told(
    app: &App,
    visit: &Visit,
    id: ApplicationId,
    thought: &Thought,
    problem: Problem,
) -> Result<Response, Problem> {
    if problem.errors().is_empty() && problem.code() != "conflict" {
        return Err(problem);
    }
    application::page(app, visit, id, (thought, ""), Some(&at_fields(problem))).await
}

#[derive(Serialize, Deserialize)]
struct Refusing {
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    note: String,
}

async fn reject(
    State(app): State<App>,
    Path(id): Path<ApplicationId>,
    form: Form<Refusing>,
) -> Result<Response, Problem> {
    let reason = |code: &String| {
        let found = Reason::ALL.iter().copied().find(|reason| reason.code() == code);
        found.ok_or_else(|| fault("reasons", "Choose reasons of the list"))
    };
    let rejected = match form.typed.reasons.iter().map(reason).collect::<Result<Vec<_>, _>>() {
        Ok(reasons) => {
            let by = &form.visit.actor;
            app.loans.reject(by, id, reasons, given(&form.typed.note)).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match rejected {
        Ok(_) => Ok(go_saying(&app, &page_of(id), &Flash::done("Refused. The notice is made."))),
        Err(problem) => told(&app, &form.visit, id, &Thought::default(), problem).await,
    }
}
