//! One application: where it stands, what came of it, and taking it back.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem};
use florin_lending::{Application, ApplicationId, ApplicationStatus};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{application_state, kind_name, questions};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Event, Facts};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/loans/applications/{id}", get(show))
        .route("/loans/applications/{id}/withdraw", post(withdraw))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<ApplicationId>,
) -> Result<Response, Problem> {
    page(&app, &visit, id, None).await
}

/// The page of an application, with what was wrong with an answer.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    id: ApplicationId,
    wrong: Option<questions::Wrong<'_>>,
) -> Result<Response, Problem> {
    let application = app.loans.application(&visit.actor, id).await?;
    let path = format!("/loans/applications/{id}");
    let problem = wrong.map(|wrong| wrong.problem);
    let body = html! {
        (ui::heading(&format!("Application: {}", kind_name(application.kind)), html! {
            @if let Some(loan) = application.loan { (ui::link_button(&format!("/loans/{loan}"), "Look at the offer", true)) }
            @if application.status == ApplicationStatus::Rejected {
                (ui::link_button(&format!("{path}/notice"), "Why, as a letter (PDF)", false))
            }
        }))
        (ui::errors(problem))
        (questions::card(app, visit, &application, wrong).await?)
        div.two {
            (ui::card("What you applied for", facts(&application)))
            (ui::card("Where it stands", ui::timeline(&events(visit, &application))))
        }
        @if application.status == ApplicationStatus::Submitted {
            (ui::confirm(visit, &format!("{path}/withdraw"), "Take it back", "Nobody decides about it any more. You can apply again.", &Markup::default()))
        }
    };
    Ok(visit.form_page("Application", problem, &body))
}

fn facts(application: &Application) -> Facts {
    Facts::new()
        .fact("State", application_state(application))
        .fact("Amount", ui::money(application.amount))
        .fact("Months", application.term_months)
        .maybe("Yearly income", application.annual_income.map(ui::money))
        .maybe("Debts a month", application.monthly_debts.map(ui::money))
        .fact("Name", &application.customer_name)
        .fact("Tax number", &application.tax_id)
        .fact("Email", &application.email)
        .fact("Telephone", &application.phone)
}

fn events(visit: &Visit, application: &Application) -> Vec<Event> {
    let mut events = vec![Event {
        at: ui::moment(application.created_at, &visit.zone),
        title: "Applied".to_owned(),
        note: None,
    }];
    let (title, note) = match application.status {
        ApplicationStatus::Submitted if application.asked => {
            ("Waits for you", "Officers want to know something more.")
        }
        ApplicationStatus::Submitted => {
            ("Being looked at", "Officers decide; what comes of it is told here.")
        }
        ApplicationStatus::Approved => ("Granted", "There is an offer for you."),
        ApplicationStatus::Rejected => ("Refused", "The letter says why, and what you can do."),
        ApplicationStatus::Withdrawn => ("Taken back", ""),
    };
    events.push(Event {
        at: application.decided_at.map_or_else(|| html! { "now" }, |at| ui::moment(at, &visit.zone)),
        title: title.to_owned(),
        note: Some(note.to_owned()).filter(|note| !note.is_empty()),
    });
    events
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn withdraw(
    State(app): State<App>,
    Path(id): Path<ApplicationId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.loans.withdraw(&form.visit.actor, id).await?;
    Ok(go_saying(&app, &format!("/loans/applications/{id}"), &Flash::done("The application is taken back.")))
}
