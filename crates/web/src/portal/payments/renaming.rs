//! Calling a payee something else. Where its money goes is never changed: that is another payee.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, codes};
use florin_kernel::PayeeId;
use florin_payments::{Payee, PayeeChange};
use maud::html;
use serde::{Deserialize, Serialize};

use super::ends::payee_name;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::required;
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/payees/{id}/rename", get(show).post(rename))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    name: String,
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<PayeeId>) -> Result<Response, Problem> {
    let payee = app.payees.find(&visit.actor, id).await?;
    let typed = Typed { version: payee.version, name: payee.name.clone() };
    Ok(page(&visit, &payee, &typed, None))
}

fn page(visit: &Visit, payee: &Payee, typed: &Typed, problem: Option<&Problem>) -> Response {
    let body = html! {
        h1 { "Rename a payee" }
        (ui::errors(problem))
        p { (payee_name(payee)) " is called something else from now on. Where the money goes stays as it is." }
        (ui::post_form(visit, &format!("/payees/{}/rename", payee.id), &html! {
            input type="hidden" name="version" value=(typed.version);
            (Field::text("name", "Name").value(&typed.name).hint("As you want to find it.").at_most(100).faults(problem))
            div.actions {
                button.primary type="submit" { "Rename" }
                (ui::link_button("/payees", "Cancel", false))
            }
        }))
    };
    visit.form_page("Rename a payee", problem, &body)
}

async fn rename(
    State(app): State<App>,
    Path(id): Path<PayeeId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let (visit, typed) = (&form.visit, &form.typed);
    let renamed = match required(&typed.name, "name", "a name") {
        Ok(name) => {
            let change = PayeeChange { version: typed.version, name: name.to_owned() };
            app.payees.change(&visit.actor, id, change).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match renamed {
        Ok(payee) => {
            Ok(go_saying(&app, "/payees", &Flash::done(format!("It is called {} now.", payee.name))))
        }
        Err(problem) if problem.errors().is_empty() && problem.code() != codes::CONFLICT.name => Err(problem),
        Err(problem) => {
            let payee = app.payees.find(&visit.actor, id).await?;
            // Somebody else renamed it meanwhile: what is sent again is about the name that is shown now.
            let typed = Typed { version: payee.version, name: typed.name.clone() };
            Ok(page(visit, &payee, &typed, Some(&problem)))
        }
    }
}
