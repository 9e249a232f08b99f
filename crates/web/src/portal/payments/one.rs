//! `/payments/{id}`: one payment, what became of it step by step, and taking it back while that can be done.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_documents::Format;
use florin_http::{App, Path, Problem};
use florin_kernel::{Money, TransferId};
use florin_payments::{PaymentDetail, Status, Target};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::exchange::go_saying;
use crate::files::attachment;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Event, Facts};
use crate::values::words;
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/payments/{id}", get(show))
        .route("/payments/{id}/cancel", post(cancel))
        .route("/payments/{id}/receipt", get(receipt))
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<TransferId>) -> Result<Response, Problem> {
    let detail = app.payments.find(&visit.actor, id).await?;
    let order = &detail.order;
    let names = app.payments.names(order).await?;
    let path = format!("/payments/{id}");
    let to = if let Target::Loan(loan) = order.target {
        html! { a href={ "/loans/" (loan) } { "Your loan" } }
    } else {
        html! { (names.to.as_deref().unwrap_or("An account")) }
    };
    let is_done = matches!(order.status, Status::Completed | Status::Refunded);
    let body = html! {
        (ui::heading(&format!("Payment of {}", ui::plain_money(order.amount)), html! {
            @if is_done { (ui::link_button(&format!("{path}/receipt"), "Receipt (PDF)", false)) }
            (ui::link_button("/payments", "All payments", false))
        }))
        div.two {
            (ui::card("Payment", facts(&visit, &detail, &names.from, &to)))
            (ui::card("What happened", ui::timeline(&events(&visit, &detail))))
        }
        @if order.status == Status::Pending {
            (ui::confirm(&visit, &format!("{path}/cancel"), "Cancel the payment",
                "What is reserved for it is free again, and nothing is paid.", &Markup::default()))
        }
    };
    Ok(visit.page("Payment", &body))
}

fn facts(visit: &Visit, detail: &PaymentDetail, from: &str, to: &Markup) -> Facts {
    let order = &detail.order;
    let fee = (order.fee.minor() != 0).then(|| ui::money(order.fee));
    let back = (order.refunded.minor() != 0).then(|| ui::money(order.refunded));
    let why = order.decline_code.as_ref().map(|code| words(code));
    Facts::new()
        .fact("From", from)
        .fact("To", to)
        .fact("Amount", ui::money(order.amount))
        .maybe("Fee", fee)
        .maybe("Given back", back)
        .fact("State", ui::status(order.status.code()))
        .maybe("Why", why)
        .maybe("Counts for", order.principal_only.then_some("The principal alone"))
        .maybe("What for", order.description.as_ref())
        .fact("Asked for", ui::moment(order.created_at, &visit.zone))
        .fact(
            "Reference",
            html! { code #reference { (order.id) } " "
            button.quiet type="button" data-copy="reference" hidden { "Copy" } },
        )
}

fn events(visit: &Visit, detail: &PaymentDetail) -> Vec<Event> {
    let currency = detail.order.amount.currency();
    let history = detail.history.iter().map(|change| {
        let title = match change.status {
            Status::Pending if detail.order.under_review => "Reserved, and looked at first",
            Status::Pending => "Reserved",
            Status::Processing => "On its way",
            Status::Completed => "Paid",
            Status::Failed => "Did not go through",
            Status::Unknown => "Being looked into",
            Status::Refunded => "Given back",
            Status::Cancelled => "Cancelled",
        };
        let back = (change.refunded_minor > 0)
            .then(|| format!("{} given back", ui::plain_money(Money::new(change.refunded_minor, currency))));
        Event { at: ui::moment(change.at, &visit.zone), title: title.to_owned(), note: back }
    });
    history.collect()
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn cancel(
    State(app): State<App>,
    Path(id): Path<TransferId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.payments.cancel(&form.visit.actor, id).await?;
    Ok(go_saying(&app, &format!("/payments/{id}"), &Flash::done("The payment is cancelled.")))
}

async fn receipt(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<TransferId>,
) -> Result<Response, Problem> {
    attachment(app.papers.receipt(&visit.actor, id, Format::Pdf).await?)
}
