//! Passwords that were forgotten: asking for a link, and choosing another by it. An invitation is such a link as well.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, Query};
use florin_identity::{Email, Password};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::form::GuestForm;
use crate::guest;
use crate::ui::{self, Field};
use crate::values::{fault, parsed, sentence};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/forgot-password", get(forgot_page).post(forgot))
        .route("/reset-password", get(reset_page).post(reset))
}

#[derive(Default, Deserialize)]
struct Address {
    #[serde(default)]
    email: String,
}

async fn forgot_page() -> Response {
    guest::page("Forgot your password?", &forgot_form(&Address::default(), None))
}

fn forgot_form(typed: &Address, problem: Option<&Problem>) -> Markup {
    html! {
        p { "Tell us your address, and we send you a link to choose another." }
        (ui::errors(problem))
        form.stack method="post" action="/forgot-password" novalidate data-check {
            (Field::email("email", "Email").value(&typed.email).faults(problem))
            button.primary type="submit" { "Send the link" }
        }
        p { a href="/login" { "Back to signing in" } }
    }
}

async fn forgot(State(app): State<App>, form: GuestForm<Address>) -> Result<Response, Problem> {
    let stranger = app.identity.anonymous(form.origin);
    let asking = match parsed::<Email>(&form.typed.email, "email", "your email address") {
        Ok(email) => app.identity.forgot_password(&stranger, &email).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match asking {
        // The same for every address: nobody learns here who has an account.
        Ok(()) => Ok(guest::page(
            "Look into your mail",
            &html! {
                p { "If somebody has an account with this address, a mail with a link is on its way. It works for half an hour." }
                div.actions { a.button.primary href="/login" { "Sign in" } }
            },
        )),
        Err(problem) => {
            let page = guest::page("Error: Forgot your password?", &forgot_form(&form.typed, Some(&problem)));
            Ok(problem.told_in(page))
        }
    }
}

#[derive(Deserialize)]
struct Reset {
    #[serde(default)]
    token: SecretString,
    #[serde(default)]
    new_password: SecretString,
}

async fn reset_page(Query(link): Query<Reset>) -> Response {
    guest::page("Choose a password", &reset_form(&link, None))
}

fn reset_form(typed: &Reset, problem: Option<&Problem>) -> Markup {
    html! {
        (ui::errors(problem))
        form.stack method="post" action="/reset-password" novalidate data-check {
            input type="hidden" name="token" value=(typed.token.expose_secret());
            (Field::password("new_password", "New password").autocomplete("new-password")
                .hint("At least twelve characters. Every other sign-in of yours ends.").faults(problem))
            button.primary type="submit" { "Set the password" }
        }
    }
}

async fn reset(State(app): State<App>, form: GuestForm<Reset>) -> Result<Response, Problem> {
    let stranger = app.identity.anonymous(form.origin);
    let resetting = match Password::try_new(form.typed.new_password.expose_secret()) {
        Ok(password) => {
            let token = form.typed.token.expose_secret();
            app.identity.reset_password(&stranger, token, &password).await.map_err(Problem::from)
        }
        Err(error) => Err(fault("new_password", sentence(&error.to_string()))),
    };
    match resetting {
        Ok(()) => Ok(guest::page(
            "Your password is set",
            &html! {
                p { "Sign in with it." }
                div.actions { a.button.primary href="/login" { "Sign in" } }
            },
        )),
        Err(problem) => {
            let page = guest::page("Error: Choose a password", &reset_form(&form.typed, Some(&problem)));
            Ok(problem.told_in(page))
        }
    }
}
