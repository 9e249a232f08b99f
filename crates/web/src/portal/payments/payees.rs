//! `/payees`: whom somebody pays often: billers, accounts here, bank accounts elsewhere.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{PageRequest, PayeeId};
use florin_payments::{Biller, NewPayee, Payable, Payee};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::bank::{BankTyped, at_its_field};
use super::{ROWS, tabs};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table};
use crate::values::{Paging, parsed, required, sentence};
use crate::visit::Visit;

/// How many billers are offered.
const BILLERS_MAX: u16 = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/payees", get(show))
        .route("/payees/new", get(new_page).post(add))
        .route("/payees/{id}/remove", post(remove))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let found = app.payees.list(&visit.actor, None, &paging.of(ROWS)?).await?;
    let body = html! {
        (ui::heading("Payees", ui::link_button("/payees/new", "Add a payee", true)))
        (tabs("/payees"))
        (table(&visit, &found.rows))
        (ui::pager("/payees", &[], paging.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Payees", &body))
}

fn table(visit: &Visit, payees: &[Payee]) -> Markup {
    let columns = [
        Column::text("Name"),
        Column::text("What"),
        Column::text("Number"),
        Column::text("Pay"),
        Column::text("Rename"),
        Column::text("Remove"),
    ];
    let mut table = Table::new("Your payees", columns).or_empty(ui::empty(
        "No payees",
        "Whom you pay often can be kept here.",
        ui::link_button("/payees/new", "Add a payee", true),
    ));
    for payee in payees {
        let (what, number) = match &payee.payable {
            Payable::Biller { masked, .. } => ("Biller", masked.clone()),
            Payable::Account(_) => ("Account here", String::new()),
            Payable::Bank { masked, .. } => ("Bank account", masked.clone()),
        };
        let action = format!("/payees/{}/remove", payee.id);
        let why = format!("{} is offered no more. Payments that were made stay as they are.", payee.name);
        table.row([
            html! { (payee.name) },
            html! { (what) },
            html! { (number) },
            html! { a href={ "/payments/new?to=payee:" (payee.id) } { "Pay " (payee.name) } },
            html! { a href={ "/payees/" (payee.id) "/rename" } { "Rename " (payee.name) } },
            ui::confirm(visit, &action, "Remove", &why, &Markup::default()),
        ]);
    }
    html! { (table) }
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    biller: String,
    #[serde(default)]
    reference: SecretString,
    #[serde(default)]
    account_id: String,
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

async fn billers(app: &App, visit: &Visit) -> Result<Vec<Biller>, Problem> {
    let page = PageRequest::try_new(Some(BILLERS_MAX), None)?;
    Ok(app.billers.list(&visit.actor, &page).await?.rows)
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
}

async fn new_page(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let billers = billers(&app, &visit).await?;
    let typed = Typed { kind: asked.kind, ..Typed::default() };
    Ok(page(&visit, &billers, &typed, None))
}

fn page(visit: &Visit, billers: &[Biller], typed: &Typed, problem: Option<&Problem>) -> Response {
    let kinds = [
        ("", "biller", "A company that sends bills"),
        ("account", "account", "Somebody with an account here"),
        ("bank", "bank", "A bank account elsewhere"),
    ];
    let body = html! {
        h1 { "Add a payee" }
        (ui::errors(problem))
        nav.tabs aria-label="What kind of payee" {
            @for (kind, word, label) in kinds {
                a href={ "/payees/new?kind=" (word) } aria-current=[(typed.kind == kind || typed.kind == word).then_some("page")] { (label) }
            }
        }
        @match typed.kind.as_str() {
            "account" => (form(visit, "account", &account_fields(typed, problem), typed, problem)),
            "bank" => (form(visit, "bank", &typed.bank().fields(problem), typed, problem)),
            _ if billers.is_empty() => (ui::empty("No billers", "Nobody who sends bills is known here yet.", Markup::default())),
            _ => (form(visit, "biller", &biller_fields(billers, typed, problem), typed, problem)),
        }
    };
    visit.form_page("Add a payee", problem, &body)
}

fn form(visit: &Visit, kind: &str, fields: &Markup, typed: &Typed, problem: Option<&Problem>) -> Markup {
    ui::post_form(
        visit,
        "/payees/new",
        &html! {
            input type="hidden" name="kind" value=(kind);
            (Field::text("name", "Name").value(&typed.name).hint("As you want to find it.").at_most(100).faults(problem))
            (fields)
            div.actions {
                button.primary type="submit" { "Add the payee" }
                (ui::link_button("/payees", "Cancel", false))
            }
        },
    )
}

fn biller_fields(billers: &[Biller], typed: &Typed, problem: Option<&Problem>) -> Markup {
    let choices = billers.iter().map(|biller| {
        (
            biller.id.to_string(),
            format!("{} ({}, {})", biller.name, sentence(&biller.category), biller.currency.code()),
        )
    });
    html! {
        (Field::select("biller", "Who sends the bill", choices).value(&typed.biller).faults(problem))
        (Field::text("reference", "Your number with them").hint("It is on the bill.").faults(problem))
    }
}

fn account_fields(typed: &Typed, problem: Option<&Problem>) -> Markup {
    html! {
        (Field::text("account_id", "Account").value(&typed.account_id)
            .hint("The account's identifier, as its owner sees it on the account's page.").faults(problem))
    }
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

fn wanted(typed: &Typed) -> Result<NewPayee, Problem> {
    let name = required(typed.name.trim(), "name", "a name")?.to_owned();
    match typed.kind.as_str() {
        "account" => Ok(NewPayee::Account {
            name,
            account: parsed(typed.account_id.trim(), "account_id", "the account")?,
        }),
        "bank" => {
            Ok(NewPayee::Bank { name, account: typed.bank().account(typed.account_number.expose_secret()) })
        }
        _ => {
            let biller = parsed(&typed.biller, "biller", "who sends the bill")?;
            let reference = required(typed.reference.expose_secret(), "reference", "your number with them")?;
            Ok(NewPayee::Biller { name, biller, reference: reference.to_owned().into() })
        }
    }
}

async fn add(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let visit = &form.visit;
    let adding = match wanted(&form.typed) {
        Ok(new) => app.payees.create(&visit.actor, new).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match adding {
        Ok(payee) => Ok(go_saying(&app, "/payees", &Flash::done(format!("{} is added.", payee.name)))),
        Err(problem) if problem.code() == "step_up_required" => Err(problem),
        Err(problem) => {
            let problem = at_its_field(&problem);
            Ok(page(visit, &billers(&app, visit).await?, &form.typed, Some(&problem)))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn remove(
    State(app): State<App>,
    Path(id): Path<PayeeId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.payees.remove(&form.visit.actor, id).await?;
    Ok(go_saying(&app, "/payees", &Flash::done("The payee is removed.")))
}
