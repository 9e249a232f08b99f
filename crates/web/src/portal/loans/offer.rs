//! An offer: what the loan would cost, and taking it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path, Problem};
use florin_kernel::LoanId;
use florin_lending::LoanSeen;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{kind_name, money};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Facts};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/loans/{id}/accept", post(accept))
}

/// The page of a loan that is offered.
pub(in super::super) fn page(visit: &Visit, loan: &LoanSeen) -> Response {
    let path = format!("/loans/{}", loan.id);
    let until = loan.offer_ends_on;
    let body = html! {
        (ui::heading(&format!("{}: an offer", kind_name(loan.kind)),
            ui::link_button(&format!("{path}/papers/disclosure?format=pdf"), "What it costs (PDF)", false)))
        @if let Some(until) = until { div.alert.note role="status" { p { "You can take it until " (ui::date(until)) ". Nothing is owed before you do." } } }
        (ui::card("What it costs", costs(loan)))
        (ui::confirm(visit, &format!("{path}/accept"), "Take the offer",
            "You agree to the terms above. The money is paid out to you, and you owe it from then on.", &Markup::default()))
    };
    visit.page("An offer", &body)
}

fn costs(loan: &LoanSeen) -> Markup {
    let Some(papers) = &loan.papers else {
        return html! { p { "Its papers are being made." } };
    };
    let facts = Facts::new()
        .fact("You are paid out", ui::money(money(loan, papers.paid_out_minor)))
        .fact("APR", html! { strong { (papers.apr) " %" } })
        .fact("Rate a year", format!("{} %", papers.annual_rate))
        .fact("Finance charge", ui::money(money(loan, papers.finance_charge_minor)))
        .fact("Amount financed", ui::money(money(loan, papers.amount_financed_minor)))
        .fact("You pay in total", html! { strong { (ui::money(money(loan, papers.total_of_payments_minor))) } })
        .fact("Instalments", html! { (papers.payments) " of " (ui::money(money(loan, papers.payment_minor))) ", the last of " (ui::money(money(loan, papers.last_payment_minor))) })
        .fact("The first on", ui::date(papers.first_due_on))
        .maybe("Ends on", papers.matures_on.map(ui::date));
    html! { (facts) }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn accept(
    State(app): State<App>,
    Path(id): Path<LoanId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.loans.accept(&form.visit.actor, id).await?;
    let said = Flash::done("The offer is yours. The money is paid out next.");
    Ok(go_saying(&app, &format!("/loans/{id}"), &said))
}
