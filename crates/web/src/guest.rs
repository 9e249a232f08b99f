//! Pages of strangers: one column, no way around in the house.

use axum::response::Response;
use maud::{Markup, html};

use crate::shell;

/// A page of a stranger's: a card in the middle, with `title` as its heading.
pub(crate) fn page(title: &str, body: &Markup) -> Response {
    let card = html! {
        div.guest {
            a.brand href="/" { (shell::mark()) span { "Florin" } }
            section.card.guest-card {
                h1 { (title) }
                (body)
            }
        }
    };
    shell::bare(title, &card)
}
