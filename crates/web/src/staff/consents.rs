//! A customer's consents, as staff see them; what came on paper is recorded with where the paper is.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_compliance::consents::{ConsentFile, RecordConsent};
use florin_http::{App, Path, Problem};
use florin_kernel::{Action, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{may, where_permitted};
use crate::exchange::go_saying;
use crate::form::Form;
use crate::me::consents::{Said, badge};
use crate::ui::{self, Column, Field, Table};
use crate::values::answered;
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/customers/{id}/consents", post(record))
}

/// The consents of a customer, where whoever looks may see them.
///
/// # Errors
/// What the service says.
pub(super) async fn card(app: &App, visit: &Visit, customer: UserId) -> Result<Markup, Problem> {
    let found = app.consents.file(&visit.actor, Some(customer)).await.map_err(Problem::from);
    let Some(file) = where_permitted(found)? else { return Ok(Markup::default()) };
    let records = may(visit, Action::RecordConsent, "consent") && visit.user != customer;
    Ok(ui::card(
        "Consents",
        html! {
            (table(visit, &file))
            @if records { (form(visit, &file)) }
        },
    ))
}

fn table(visit: &Visit, file: &ConsentFile) -> Markup {
    let columns = [Column::text("What"), Column::text("State"), Column::text("Said"), Column::text("How")];
    let mut table = Table::new("Consents", columns);
    for standing in &file.standings {
        let latest = standing.latest.as_ref();
        table.row([
            html! { (standing.purpose.title) },
            badge(standing.state()),
            html! { @if let Some(latest) = latest { (ui::moment(latest.at, &visit.zone)) } },
            html! {
                @if let Some(latest) = latest { (latest.reason.as_deref().unwrap_or("by themselves")) }
            },
        ]);
    }
    html! { (table) }
}

fn form(visit: &Visit, file: &ConsentFile) -> Markup {
    let purposes = file.standings.iter().map(|one| (one.purpose.code.clone(), one.purpose.title.clone()));
    let fields = html! {
        (Field::select("purpose", "What it is about", purposes).of_form("consent"))
        (Field::select("given", "What they say", [("true", "They agree"), ("false", "They withdraw it")]).of_form("consent"))
        (Field::text("reason", "How you know, and where the paper is").of_form("consent").at_most(500))
    };
    ui::confirm(
        visit,
        &format!("/staff/customers/{}/consents", file.user),
        "Record a consent",
        "It counts as theirs. That you recorded it, and why, is kept with it and shown to them.",
        &fields,
    )
}

#[derive(Serialize, Deserialize)]
struct Recording {
    purpose: String,
    given: bool,
    #[serde(default)]
    reason: String,
}

async fn record(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Recording>,
) -> Result<Response, Problem> {
    let key = form.key(&format!("page POST /staff/customers/{id}/consents"))?;
    let Recording { purpose, given, reason } = form.typed;
    let request = RecordConsent { purpose, given, user: Some(id), reason: Some(reason) };
    let answer = app.consents.record(&form.visit.actor, key, request, Said::render()).await?;
    Ok(go_saying(&app, &format!("/staff/customers/{id}"), &answered::<Said>(answer)?.flash()))
}
