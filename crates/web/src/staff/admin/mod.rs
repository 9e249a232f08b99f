//! Administration: how the installation is set, its keys, its work, what machines sign in with, who may do what.

mod access;
mod api_keys;
mod keys;
mod settings;
mod work;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::Action;
use maud::{Markup, html};

use super::may;
use crate::exchange::go;
use crate::visit::Visit;

pub(super) use api_keys::of_person as api_keys_of;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/admin", get(begin))
        .merge(settings::routes())
        .merge(keys::routes())
        .merge(work::routes())
        .merge(api_keys::routes())
        .merge(access::routes())
}

/// The pages: where each is, what it is called, and what somebody must be permitted to find it.
const PAGES: [(&str, &str, Action, &str); 5] = [
    ("/staff/admin/settings", "Settings", Action::ReadSettings, "setting"),
    ("/staff/admin/keys", "Keys", Action::ReadSettings, "setting"),
    ("/staff/admin/jobs", "Work", Action::ReadOperations, "operations"),
    ("/staff/admin/api-keys", "API keys", Action::ReadApiKeys, "api_key"),
    ("/staff/admin/access", "Access", Action::ListUsers, "user"),
];

/// The first page that somebody may see.
async fn begin(State(_): State<App>, visit: Visit) -> Result<Response, Problem> {
    let first = PAGES.iter().find(|(_, _, action, kind)| may(&visit, *action, kind));
    // Whoever may see none is told by the first.
    Ok(go(first.map_or("/staff/admin/settings", |(path, ..)| path)))
}

/// The way between the pages.
fn tabs(visit: &Visit) -> Markup {
    html! {
        nav.tabs aria-label="Administration" {
            @for (path, label, ..) in PAGES.iter().filter(|(_, _, action, kind)| may(visit, *action, kind)) {
                a href=(path) aria-current=[(visit.path == *path).then_some("page")] { (label) }
            }
        }
    }
}
