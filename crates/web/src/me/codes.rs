//! `/security/backup-codes`: what stands in for a telephone that was lost.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, codes};
use florin_identity::{BackupCodes, Code, Password};
use maud::html;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::fault;
use crate::visit::Visit;

const PATH: &str = "/security/backup-codes";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(renew))
}

/// Codes that were just made; they are never shown again.
pub(super) fn shown(visit: &Visit, title: &str, codes: &BackupCodes) -> Response {
    let body = html! {
        h1 { (title) }
        div.alert.note { p { strong { "Keep these backup codes. " } "Each signs you in once when the app or passkey is not at hand. They are shown now and never again." } }
        section.card {
            h2 { "Backup codes" }
            ul.codes #backup-codes { @for code in &codes.0 { li { (code.as_str()) "\n" } } }
            div.actions { button type="button" data-copy="backup-codes" hidden { "Copy" } }
            p.muted { "Print this page, or write them down. Codes from before work no more." }
        }
        p { (ui::link_button("/security", "I have kept them", true)) }
    };
    let mut page = visit.page(title, &body);
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let left = app.identity.factors(&visit.actor).await?.backup_codes_left;
    Ok(page(&visit, left, None))
}

fn page(visit: &Visit, left: u32, problem: Option<&Problem>) -> Response {
    let body = html! {
        h1 { "Backup codes" }
        (ui::errors(problem))
        p { "Left: " strong { (left) } ". New codes take the place of those you have." }
        (ui::post_form(visit, PATH, &html! {
            (Field::password("password", "Password").autocomplete("current-password").faults(problem))
            (Field::text("code", "Code").autocomplete("one-time-code").inputmode("numeric").narrow().optional()
                .hint("Of your authenticator app, where you have one.").faults(problem))
            div.actions {
                button.primary type="submit" { "Make new codes" }
                (ui::link_button("/security", "Cancel", false))
            }
        }))
    };
    visit.form_page("Backup codes", problem, &body)
}

#[derive(Default, Deserialize)]
struct Proof {
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    code: SecretString,
}

async fn renew(State(app): State<App>, form: Form<Proof>) -> Result<Response, Problem> {
    let (visit, typed) = (&form.visit, &form.typed);
    let renewing = match Password::try_new(typed.password.expose_secret()) {
        Ok(password) => {
            let code =
                Some(typed.code.expose_secret().trim()).filter(|code| !code.is_empty()).map(Code::read);
            app.identity
                .renew_backup_codes(&visit.actor, &password, code.as_ref())
                .await
                .map_err(Problem::from)
        }
        Err(_) => Err(Problem::of(codes::INVALID_CREDENTIALS)),
    };
    match renewing {
        Ok(codes) => Ok(shown(visit, "New backup codes", &codes)),
        Err(problem) if problem.code() == codes::INVALID_CREDENTIALS.name => {
            let left = app.identity.factors(&visit.actor).await?.backup_codes_left;
            Ok(page(visit, left, Some(&fault("password", "The password or the code is wrong"))))
        }
        Err(problem) => Err(problem),
    }
}
