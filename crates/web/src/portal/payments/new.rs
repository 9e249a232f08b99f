//! `/payments/new`: paying a bill, a person or a loan: what, a look at fee and arrival, done.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_db::idempotency::Frozen;
use florin_http::{App, Problem, Query, loan_problem, outcome_problem};
use florin_kernel::Actor;
use florin_payments::{Asked, Carrier, CreatePayment, Preview, Refusal, Render, Whom};
use maud::html;
use serde::{Deserialize, Serialize};

use super::ends::{Ends, target_of};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Facts, Field};
use crate::values::{answered, fault, figure, required};
use crate::visit::Visit;

/// How long a text may be, in characters.
const TEXT_MAX: u16 = 200;
const PATH: &str = "/payments/new";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(submit))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    principal_only: String,
    #[serde(default)]
    description: String,
}

async fn show(State(app): State<App>, visit: Visit, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    let ends = Ends::of(&app, &visit.actor).await?;
    Ok(form_page(&visit, &ends, &typed, None))
}

fn form_page(visit: &Visit, ends: &Ends, typed: &Typed, problem: Option<&Problem>) -> Response {
    let (sources, targets) = (ends.sources(), ends.targets());
    let is_loan = typed.to.starts_with("loan:");
    let body = html! {
        h1 { "Pay" }
        (ui::errors(problem))
        @if sources.is_empty() {
            (ui::empty("Nothing to pay from", "Open an account first.", ui::link_button("/accounts/open", "Open an account", true)))
        } @else if targets.is_empty() {
            (ui::empty("Nobody to pay yet", "Add a biller, an account or a bank account as a payee first.", ui::link_button("/payees/new", "Add a payee", true)))
        } @else {
            (ui::post_form(visit, PATH, &html! {
                (Field::select("from", "From", sources).value(&typed.from).faults(problem))
                (Field::select("to", "To", targets).value(&typed.to).faults(problem))
                p { a href="/payees/new" { "Add a payee" } }
                (Field::amount("amount", "Amount").value(&typed.amount)
                    .hint("In the currency of the bill, the loan or the account it comes from.").faults(problem))
                @if is_loan {
                    (Field::checkbox("principal_only", "An extra payment that lowers the principal alone")
                        .hint("It does not count for the instalment that is due.").value(&typed.principal_only))
                }
                (Field::text("description", "What for").value(&typed.description).optional().at_most(TEXT_MAX).faults(problem))
                div.actions { button.primary type="submit" { "Continue" } }
            }))
        }
    };
    visit.form_page("Pay", problem, &body)
}

/// The request that a form makes, and whom it is for.
fn request(typed: &Typed, ends: &Ends) -> Result<(CreatePayment, Whom), Problem> {
    let from = ends.giver(required(&typed.from, "from", "what to pay from")?)?;
    let whom =
        ends.whom(required(&typed.to, "to", "whom or what to pay")?, typed.principal_only == "true")?;
    if typed.description.chars().count() > usize::from(TEXT_MAX) {
        return Err(fault("description", "Shorten it to 200 characters"));
    }
    let amount = Asked::Figure(figure(&typed.amount, "amount")?);
    let description = Some(typed.description.clone()).filter(|text| !text.is_empty());
    Ok((CreatePayment { from, to: target_of(whom), amount, description }, whom))
}

async fn submit(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let ends = Ends::of(&app, &form.visit.actor).await?;
    let told = |problem: Problem| match problem.code() {
        "step_up_required" => Err(problem),
        _ => Ok(form_page(&form.visit, &ends, &form.typed, Some(&problem))),
    };
    let (asked, whom) = match request(&form.typed, &ends) {
        Ok(asked) => asked,
        Err(problem) => return told(problem),
    };
    match form.step() {
        "edit" => Ok(form_page(&form.visit, &ends, &form.typed, None)),
        "confirm" => match pay(&app, &form, asked).await {
            Ok(made) => Ok(go_saying(&app, &format!("/payments/{}", made.id), &made.said())),
            Err(problem) => told(problem),
        },
        _ => match app.payments.preview(&form.visit.actor, asked.clone()).await {
            Ok(preview) => Ok(check_page(&form, &ends, (&asked, whom), preview)),
            Err(error) => told(error.into()),
        },
    }
}

/// When money that is carried so is there, in words.
fn arrival(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Internal => "At once",
        Carrier::Rail(_, means) if means.code() == "card" => "At once, when the card's bank agrees",
        Carrier::Rail(..) => "In one to three business days",
    }
}

fn check_page(
    form: &Form<Typed>,
    ends: &Ends,
    (asked, whom): (&CreatePayment, Whom),
    preview: Preview,
) -> Response {
    let fee = if preview.fee.minor() == 0 {
        html! { "None" }
    } else {
        ui::money(preview.fee)
    };
    let is_extra = matches!(whom, Whom::Loan(_, true));
    let facts = Facts::new()
        .fact("From", ends.giver_name(asked.from))
        .fact("To", ends.whom_name(whom))
        .fact("Amount", ui::money(preview.amount))
        .fact("Fee", fee)
        .fact("Arrives", arrival(preview.carrier))
        .maybe("Counts for", is_extra.then_some("The principal alone"))
        .maybe("What for", asked.description.as_ref());
    let (visit, carried) = (&form.visit, form.carried());
    let body = html! {
        h1 { "Check the payment" }
        (ui::card("You are about to pay", facts))
        div.actions {
            (ui::post_form(visit, PATH, &html! {
                (ui::step("confirm")) (carried)
                button.primary type="submit" { "Pay " (ui::plain_money(preview.amount)) }
            }))
            (ui::post_form(visit, PATH, &html! {
                (ui::step("edit")) (carried)
                button type="submit" { "Change it" }
            }))
        }
    };
    visit.page("Check the payment", &body)
}

/// What the commit answers.
#[derive(Serialize, Deserialize)]
struct Made {
    id: String,
    status: String,
    is_held: bool,
}

impl Made {
    fn said(&self) -> Flash {
        match self.status.as_str() {
            "completed" => Flash::done("Paid."),
            _ if self.is_held => Flash::notice("The money is reserved while we look at the payment."),
            _ => Flash::notice("The payment is on its way; the money is reserved."),
        }
    }
}

async fn pay(app: &App, form: &Form<Typed>, asked: CreatePayment) -> Result<Made, Problem> {
    let by = &form.visit.actor;
    let key = form.key("page POST /payments/new")?;
    answered(app.payments.create(by, key, asked, rendered(by)).await?)
}

/// Renders the answer inside the commit.
fn rendered(by: &Actor) -> Render {
    let request_id = by.origin().request_id.clone();
    Arc::new(move |taken| match taken.refusal {
        None => {
            let order = taken.order;
            let made = Made {
                id: order.id.to_string(),
                status: order.status.code().to_owned(),
                is_held: order.under_review,
            };
            Frozen { status: 201, body: serde_json::to_vec(&made).unwrap_or_default() }
        }
        Some(Refusal::Ledger(code)) => {
            let (status, body) = outcome_problem(*code, request_id.as_deref());
            Frozen { status, body }
        }
        Some(Refusal::Loan(refused)) => {
            let problem = loan_problem(refused);
            Frozen { status: problem.status().as_u16(), body: problem.to_bytes(request_id.as_deref()) }
        }
    })
}
