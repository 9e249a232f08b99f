//! Opening a case by hand: about a transfer or payment, or about a customer, with what there is to begin with.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_compliance::cases::{CaseKind, Evidence, OpenCase, Priority};
use florin_http::{App, Problem, Query, codes};
use florin_kernel::{Action, Resource, TransferId, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::where_permitted;
use super::kind_name;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::{fault, given, parsed, required, sentence};
use crate::visit::Visit;

pub(super) const PATH: &str = "/staff/cases/new";
/// How long the line about a case may be.
const TITLE_MAX: u16 = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(open))
}

/// What is typed; a link from a customer or a payment fills in about whom and what it is.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    transfer: String,
    #[serde(default)]
    customer: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    text: String,
}

async fn show(visit: Visit, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    visit.actor.permit(Action::WorkCases, Resource::kind("case"))?;
    Ok(page(&visit, &typed, None))
}

/// What can be suspected, and what that means.
fn kinds() -> impl Iterator<Item = (&'static str, String)> {
    CaseKind::ALL.iter().map(|kind| {
        let means = match kind {
            CaseKind::Fraud => {
                "Somebody else than the customer may be behind it, or the customer is deceived"
            }
            CaseKind::Aml => "The money may come from a crime",
            CaseKind::Screening => "Somebody may be whom a list means",
        };
        (kind.code(), format!("{}\n{means}", kind_name(*kind)))
    })
}

fn page(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Response {
    let priorities = Priority::ALL.iter().map(|one| (one.code(), sentence(one.code())));
    let urgent = if typed.priority.is_empty() { Priority::Normal.code() } else { &typed.priority };
    let body = html! {
        h1 { "Open a case" }
        (ui::errors(problem))
        p { "One case at a time is open about the same thing: where there is one, what is written here is added to it." }
        (ui::post_form(visit, PATH, &html! {
            (Field::radios("kind", "What is suspected", kinds()).value(&typed.kind).faults(problem))
            (Field::text("title", "What it is about").value(&typed.title).at_most(TITLE_MAX)
                .hint("In a line, without names and numbers.").faults(problem))
            (Field::text("transfer", "Transfer or payment").value(&typed.transfer).optional()
                .hint("Its identifier. Where its money is held, deciding the case decides about it.").faults(problem))
            (Field::text("customer", "Customer").value(&typed.customer).optional()
                .hint("The identifier of whom it is about. One of the two is wanted.").faults(problem))
            (Field::select("priority", "Urgent", priorities).value(urgent).narrow().faults(problem))
            (Field::area("text", "What speaks for it").value(&typed.text)
                .hint("It is the first evidence, and never changed afterwards.").faults(problem))
            div.actions {
                button.primary type="submit" { "Open the case" }
                (ui::link_button("/staff/cases", "Cancel", false))
            }
        }))
    };
    visit.form_page("Open a case", problem, &body)
}

/// The link that opens a case about a customer or a transfer.
pub(in crate::staff) fn link(customer: Option<UserId>, transfer: Option<TransferId>) -> Markup {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if let Some(customer) = customer {
        pairs.append_pair("customer", &customer.to_string());
    }
    if let Some(transfer) = transfer {
        pairs.append_pair("transfer", &transfer.to_string());
    }
    ui::link_button(&format!("{PATH}?{}", pairs.finish()), "Open a case", false)
}

fn wanted(form: &Form<Typed>) -> Result<OpenCase, Problem> {
    let typed = &form.typed;
    let kind = typed.kind.parse::<CaseKind>().map_err(|_| fault("kind", "Choose what is suspected"))?;
    let title = required(&typed.title, "title", "what it is about")?.to_owned();
    let identifier = |text: &str| given(text).filter(|text| !text.is_empty());
    let transfer = match identifier(&typed.transfer) {
        Some(text) => Some(parsed::<TransferId>(&text, "transfer", "an identifier")?),
        None => None,
    };
    let subject = match identifier(&typed.customer) {
        Some(text) => Some(parsed::<UserId>(&text, "customer", "an identifier")?),
        None => None,
    };
    let reference = match (transfer, subject) {
        (Some(transfer), _) => transfer.to_string(),
        (None, Some(subject)) => subject.to_string(),
        (None, None) => return Err(fault("transfer", "Enter a transfer, a payment or a customer")),
    };
    let priority = parsed::<Priority>(&typed.priority, "priority", "how urgent it is")?;
    let text = required(&typed.text, "text", "what speaks for it")?.to_owned();
    let evidence =
        vec![Evidence { kind: "observation".to_owned(), reference: form.own_key()?.to_owned(), text }];
    Ok(OpenCase { kind, reference, subject, title, priority, evidence })
}

/// That there is such a transfer or payment, as far as whoever asks may know.
async fn exists(app: &App, visit: &Visit, typed: &str) -> Result<(), Problem> {
    let Ok(id) = typed.parse::<TransferId>() else { return Ok(()) };
    let transfer = app.transfers.find(&visit.actor, id).await.map_err(Problem::from);
    if where_permitted(transfer)?.is_none_or(|found| found.is_some()) {
        return Ok(());
    }
    match app.payments.find(&visit.actor, id).await.map_err(Problem::from) {
        Err(problem) if problem.code() == codes::NOT_FOUND.name => {
            Err(fault("transfer", "There is no such transfer or payment"))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn open(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    form.visit.actor.permit(Action::WorkCases, Resource::kind("case"))?;
    let opened = async {
        let case = wanted(&form)?;
        exists(&app, &form.visit, &form.typed.transfer).await?;
        Ok::<_, Problem>(Box::pin(app.case_desk.open(&form.visit.actor, case)).await?)
    };
    match opened.await {
        Ok(case) => {
            let said = Flash::done("The case is open.");
            Ok(go_saying(&app, &format!("/staff/cases/{}", case.id), &said))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(page(&form.visit, &form.typed, Some(&at_fields(&problem)))),
    }
}

/// The faults of the service at the fields of the form.
fn at_fields(problem: &Problem) -> Problem {
    problem.errors().iter().fold(problem.clone().without_errors(), |problem, fault| {
        let field = match fault.field.rsplit('.').next().unwrap_or_default() {
            "subject_id" => "customer",
            "reference" => "transfer",
            other => other,
        };
        problem.field(field.to_owned(), fault.code, fault.message.clone())
    })
}
