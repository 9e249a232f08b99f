//! What everybody has, customers and staff alike: their profile, and what they sign in with.

mod api_keys;
mod authenticator;
mod codes;
mod devices;
mod export;
mod passkeys;
mod password;
mod profile;
mod security;

use axum::Router;
use axum::response::Response;
use florin_http::{App, Problem};
use maud::Markup;
use serde::{Deserialize, Serialize};

use crate::ui;
use crate::visit::Visit;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(profile::routes())
        .merge(export::routes())
        .merge(password::routes())
        .merge(security::routes())
        .merge(authenticator::routes())
        .merge(codes::routes())
        .merge(passkeys::routes())
        .merge(devices::routes())
        .merge(api_keys::routes())
}

/// A form with nothing in it but its button.
#[derive(Serialize, Deserialize)]
struct Nothing {}

/// A page with a form on it, told with the status of what is wrong with it.
fn form_page(visit: &Visit, title: &str, body: &Markup, problem: Option<&Problem>) -> Response {
    let page = visit.page(&ui::error_title(title, problem), body);
    match problem {
        Some(problem) => problem.clone().told_in(page),
        None => page,
    }
}
