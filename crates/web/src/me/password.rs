//! `/change_password`.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, weak_password};
use florin_identity::{Error, Password};
use maud::html;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::{fault, sentence};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/change_password", get(show).post(change))
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    current_password: SecretString,
    #[serde(default)]
    new_password: SecretString,
}

async fn show(visit: Visit) -> Response {
    page(&visit, None)
}

fn page(visit: &Visit, problem: Option<&Problem>) -> Response {
    let body = html! {
        h1 { "Change the password" }
        (ui::errors(problem))
        (ui::post_form(visit, "/change_password", &html! {
            (Field::password("current_password", "The password until now").autocomplete("current-password").faults(problem))
            (Field::password("new_password", "New password").autocomplete("new-password")
                .hint("At least twelve characters. Every other sign-in of yours ends.").faults(problem))
            div.actions {
                button.primary type="submit" { "Change it" }
                (ui::link_button("/security", "Cancel", false))
            }
        }))
    };
    visit.form_page("Change the password", problem, &body)
}

async fn change(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    match try_change(&app, &form).await {
        Ok(()) => {
            let said = Flash::done("The password is changed. Every other sign-in has ended.");
            Ok(go_saying(&app, "/security", &said))
        }
        Err(problem) if problem.code() == "step_up_required" => Err(problem),
        Err(problem) => Ok(page(&form.visit, Some(&problem))),
    }
}

async fn try_change(app: &App, form: &Form<Typed>) -> Result<(), Problem> {
    let wrong = || fault("current_password", "This is not your password");
    let read = |text: &SecretString| Password::try_new(text.expose_secret());
    let current = read(&form.typed.current_password).map_err(|_| wrong())?;
    let new = read(&form.typed.new_password)
        .map_err(|error| fault("new_password", sentence(&error.to_string())))?;
    match app.identity.change_password(&form.visit.actor, &current, &new).await {
        Ok(()) => Ok(()),
        Err(Error::WeakPassword(weak)) => Err(weak_password(&weak, "new_password")),
        Err(Error::InvalidCredentials) => Err(wrong()),
        Err(error) => Err(error.into()),
    }
}
