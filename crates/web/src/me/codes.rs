//! `/security/backup-codes`: what stands in for a telephone that was lost.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_identity::BackupCodes;
use maud::html;

use super::proof::{Proof, told};
use crate::form::Form;
use crate::ui::{self, Field};
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

async fn renew(State(app): State<App>, form: Form<Proof>) -> Result<Response, Problem> {
    let visit = &form.visit;
    match renewed(&app, &form).await {
        Ok(codes) => Ok(shown(visit, "New backup codes", &codes)),
        Err(problem) => {
            let told = told(problem)?;
            let left = app.identity.factors(&visit.actor).await?.backup_codes_left;
            Ok(page(visit, left, Some(&told)))
        }
    }
}

async fn renewed(app: &App, form: &Form<Proof>) -> Result<BackupCodes, Problem> {
    let (password, code) = form.typed.read()?;
    Ok(app.identity.renew_backup_codes(&form.visit.actor, &password, code.as_ref()).await?)
}
