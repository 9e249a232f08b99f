//! Signing in: email and password, then a code or a passkey where one is set up.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, PageVisit, Problem, Query, codes};
use florin_identity::{Code, Error, Hold, Password, SecondStep};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::signed_in;
use crate::exchange::go;
use crate::form::GuestForm;
use crate::guest;
use crate::ui::{self, Field};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/login", get(show).post(log_in))
        .route("/login/mfa", get(async || go("/login")).post(second_step))
}

#[derive(Default, Deserialize)]
struct Asked {
    /// Where somebody wanted to go.
    #[serde(default)]
    next: String,
    /// Whether they just signed out.
    #[serde(default)]
    out: Option<String>,
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

async fn show(visit: PageVisit, Query(asked): Query<Asked>) -> Response {
    if visit.is_signed_in() {
        return go(crate::home_of(&visit.actor));
    }
    let said = asked.out.is_some().then_some("You are signed out.");
    guest::page("Sign in", &page(&Typed { next: asked.next, ..Typed::default() }, said, None))
}

fn page(typed: &Typed, said: Option<&str>, problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(said) = said { div.alert.good role="status" { p { (said) } } }
        (ui::errors(problem))
        form.stack method="post" action="/login" data-check {
            input type="hidden" name="next" value=(typed.next);
            input type="hidden" name="challenge";
            input type="hidden" name="credential";
            (Field::email("email", "Email").value(&typed.email).autocomplete("username"))
            (Field::password("password", "Password").autocomplete("current-password"))
            div.actions {
                button.primary type="submit" { "Sign in" }
                button type="button" data-passkey="login" data-action="/passkeys/sign-in" hidden { "Use a passkey" }
            }
        }
        p { a href="/forgot-password" { "I forgot my password" } }
        p { "New here? " a href="/register" { "Open an account" } }
    }
}

async fn log_in(State(app): State<App>, form: GuestForm<Typed>) -> Result<Response, Problem> {
    let GuestForm { visit, typed, former, origin } = form;
    let stranger = app.identity.anonymous(origin.clone());
    drop(visit);
    let password = Password::try_new(typed.password.expose_secret());
    let signing_in = match &password {
        Ok(password) => {
            app.identity.login_with_code(&stranger, &typed.email, password, None, Hold::Cookie).await
        }
        Err(_) => {
            return Ok(refused(&Problem::of(codes::INVALID_CREDENTIALS), |told| page(&typed, None, told)));
        }
    };
    match signing_in {
        Ok(came) => signed_in(&app, &came, former.as_ref(), origin, &typed.next).await,
        Err(Error::MfaRequired(challenge)) => {
            let token = challenge.token.expose_secret();
            let passkey = challenge.methods.iter().any(|method| method.code() == "passkey");
            Ok(guest::page("One more step", &second_page(token, passkey, &typed.next, None)))
        }
        Err(error) => Ok(refused(&Problem::from(error), |told| page(&typed, None, told))),
    }
}

/// The form once more, with what was wrong.
fn refused(problem: &Problem, page: impl Fn(Option<&Problem>) -> Markup) -> Response {
    let problem = problem.clone();
    let answer = guest::page("Sign in", &page(Some(&problem)));
    // A browser asks for a password of its own where a page is answered with 401.
    if problem.status() == StatusCode::UNAUTHORIZED {
        with_status(answer, StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        problem.told_in(answer)
    }
}

fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}

#[derive(Deserialize)]
struct SecondTyped {
    mfa_token: SecretString,
    #[serde(default)]
    code: SecretString,
    #[serde(default)]
    passkey: bool,
    #[serde(default)]
    next: String,
}

fn second_page(token: &str, passkey: bool, next: &str, problem: Option<&Problem>) -> Markup {
    html! {
        (ui::errors(problem))
        form.stack method="post" action="/login/mfa" {
            input type="hidden" name="mfa_token" value=(token);
            input type="hidden" name="next" value=(next);
            input type="hidden" name="passkey" value=(passkey);
            input type="hidden" name="challenge";
            input type="hidden" name="credential";
            (Field::text("code", "Code")
                .hint("The six digits of your authenticator app, or a backup code.")
                .autocomplete("one-time-code").inputmode("numeric").narrow())
            div.actions {
                button.primary type="submit" { "Continue" }
                @if passkey { button type="button" data-passkey="login" data-action="/passkeys/sign-in" hidden { "Use a passkey" } }
                a.button href="/login" { "Start again" }
            }
        }
    }
}

async fn second_step(State(app): State<App>, form: GuestForm<SecondTyped>) -> Result<Response, Problem> {
    let GuestForm { typed, former, origin, .. } = form;
    let stranger = app.identity.anonymous(origin.clone());
    let step =
        SecondStep { mfa_token: typed.mfa_token.clone(), code: Code::read(typed.code.expose_secret()) };
    match app.identity.login_second(&stranger, step, Hold::Cookie).await {
        Ok(came) => signed_in(&app, &came, former.as_ref(), origin, &typed.next).await,
        Err(error) => {
            let token = typed.mfa_token.expose_secret();
            Ok(refused(&Problem::from(error), |told| second_page(token, typed.passkey, &typed.next, told)))
        }
    }
}
