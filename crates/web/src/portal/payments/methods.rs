//! `/payments/methods`: bank accounts elsewhere and cards that somebody pays from: seen, added and removed.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query, codes};
use florin_kernel::PaymentMethodId;
use florin_payments::{MethodView, NewMethod, PaymentMethod};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::bank::{BankTyped, at_its_field};
use super::ends::method_name;
use super::{ROWS, tabs};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Table};
use crate::values::{Paging, required};
use crate::visit::Visit;

const PATH: &str = "/payments/methods";
const NEW: &str = "/payments/methods/new";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route(NEW, get(new_page).post(add))
        .route("/payments/methods/{id}/remove", post(remove))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let found = app.payment_methods.list(&visit.actor, None, &paging.of(ROWS)?).await?;
    let body = html! {
        (ui::heading("Bank accounts and cards", ui::link_button(NEW, "Add a bank account", true)))
        (tabs(PATH))
        (table(&visit, &found.rows))
        (ui::pager(PATH, &[], paging.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Bank accounts and cards", &body))
}

fn table(visit: &Visit, methods: &[PaymentMethod]) -> Markup {
    let columns = [
        Column::text("What"),
        Column::text("Whose"),
        Column::text("Where"),
        Column::text("Since"),
        Column::text("Remove"),
    ];
    let mut table = Table::new("Bank accounts and cards", columns).or_empty(ui::empty(
        "None yet",
        "A bank account elsewhere that you pay from can be kept here.",
        ui::link_button(NEW, "Add a bank account", true),
    ));
    for method in methods {
        let place = match &method.view {
            MethodView::Bank { country, masked_bank, .. } => format!("Bank {masked_bank}, {country}"),
            MethodView::Card { expires_month, expires_year, .. } => {
                format!("Expires {expires_month:02}/{expires_year}")
            }
        };
        let action = format!("{PATH}/{}/remove", method.id);
        let why =
            format!("{} is offered no more. Payments that were made stay as they are.", method_name(method));
        table.row([
            html! { (method_name(method)) },
            html! { (method.holder) },
            html! { (place) },
            ui::day(method.created_at, &visit.zone),
            ui::confirm(visit, &action, "Remove", &why, &Markup::default()),
        ]);
    }
    html! { (table) }
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    country: String,
    #[serde(default)]
    routing_number: String,
    #[serde(default)]
    institution_number: String,
    #[serde(default)]
    transit_number: String,
    #[serde(default)]
    account_number: SecretString,
    #[serde(default)]
    account_type: String,
    #[serde(default)]
    holder_name: String,
}

impl Typed {
    fn bank(&self) -> BankTyped<'_> {
        BankTyped {
            country: &self.country,
            routing_number: &self.routing_number,
            institution_number: &self.institution_number,
            transit_number: &self.transit_number,
            account_type: &self.account_type,
            holder_name: &self.holder_name,
        }
    }
}

async fn new_page(visit: Visit) -> Response {
    let typed = Typed { holder_name: visit.name.clone(), ..Typed::default() };
    page(&visit, &typed, None)
}

fn page(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Response {
    let body = html! {
        h1 { "Add a bank account" }
        (ui::errors(problem))
        p { "An account of yours at another bank, to pay from. Its number is checked, kept encrypted, and shown masked." }
        (ui::post_form(visit, NEW, &html! {
            (typed.bank().fields(problem))
            div.actions {
                button.primary type="submit" { "Add the account" }
                (ui::link_button(PATH, "Cancel", false))
            }
        }))
    };
    visit.form_page("Add a bank account", problem, &body)
}

async fn add(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let (visit, typed) = (&form.visit, &form.typed);
    let adding = match required(typed.account_number.expose_secret(), "account_number", "the account number")
    {
        Ok(number) => {
            let new = NewMethod::Bank(typed.bank().account(number));
            app.payment_methods.save(&visit.actor, new).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match adding {
        Ok(method) => Ok(go_saying(&app, PATH, &Flash::done(format!("{} is added.", method_name(&method))))),
        Err(problem) if problem.errors().is_empty() && problem.code() != codes::CONFLICT.name => Err(problem),
        Err(problem) => Ok(page(visit, typed, Some(&at_its_field(&problem)))),
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn remove(
    State(app): State<App>,
    Path(id): Path<PaymentMethodId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.payment_methods.remove(&form.visit.actor, id).await?;
    Ok(go_saying(&app, PATH, &Flash::done("It is removed.")))
}
