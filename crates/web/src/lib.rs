//! The pages: what customers, staff and operators see in a browser.
//!
//! A page is made on the server, of typed values, by templates that the compiler checks. Like the JSON face, a handler
//! translates twice and decides nothing: the fields of a form become a request of a service, and what the service answers
//! becomes a page. What holds for every page:
//!
//! - It works without its script. The script makes it quicker to use, never possible to use.
//! - Nothing in it comes from another host, and nothing is written into it that a browser could run.
//! - A form is taken from a page of one's own alone, once under its key, and answered with a redirection, so that going back
//!   or loading again sends nothing twice.
//! - Whoever must prove a factor first does so in the form that asks for it, and loses nothing that they typed.
//!
//! In the order in which a request meets them: `exchange` goes around every page; `visit` says who looks, `form` what
//! they sent; the pages are in `identity`, `me`, `portal`, `staff` and `ops`; `ui` is what they are made of, and `shell` what is
//! around them.

mod assets;
mod exchange;
mod files;
mod flash;
mod form;
mod gallery;
mod guest;
mod identity;
mod made;
mod me;
mod ops;
mod portal;
mod scopes;
mod shell;
mod staff;
mod step_up;
mod ui;
mod values;
mod visit;

use axum::{Router, middleware};
use florin_app::Services;
use florin_http::{App, compressed};
use florin_kernel::Actor;

/// All pages, and what they load, to be put beside the JSON face.
pub fn router(services: Services) -> Router {
    let app = App::new(services);
    let pages = Router::new()
        .merge(identity::routes())
        .merge(portal::routes())
        .merge(staff::routes())
        .merge(ops::routes())
        .merge(me::routes())
        .merge(gallery::routes());
    // What is in a page beside secrets may be chosen by others, so pages are not packed; what they load is.
    let pages = pages.layer(middleware::from_fn_with_state(app.clone(), exchange::around));
    pages.merge(compressed(assets::routes())).with_state(app)
}

/// Where somebody lands who signed in: customers with their money, staff at their desk.
fn home_of(actor: &Actor) -> &'static str {
    if works_here(actor) { "/staff" } else { "/dashboard" }
}

/// Whether somebody works in the institution: by a role, or by their department alone.
fn works_here(actor: &Actor) -> bool {
    actor.is_staff() || actor.department().is_some()
}
