//! How the installation is set, and where each setting comes from.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_app::config::Setting;
use florin_http::{App, Problem, Query};
use maud::{Markup, html};
use serde::Deserialize;

use super::tabs;
use crate::ui::{self, Column, Field, Table};
use crate::values::sentence;
use crate::visit::Visit;

/// What the origin of a setting is called that nobody set.
const DEFAULT: &str = "default";

/// A value of so many bytes is never broken over lines: half a number is another number.
const WHOLE_MAX: usize = 20;

/// How many are shown at once: more are chosen from by section or by a part of a name.
const ROWS_MAX: usize = 80;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/admin/settings", get(show))
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    section: String,
    #[serde(default)]
    set: String,
}

impl Wanted {
    fn has(&self, setting: &Setting) -> bool {
        let words = self.q.to_lowercase();
        let is_found =
            setting.key.contains(words.trim()) || setting.doc.to_lowercase().contains(words.trim());
        let is_within = self.section.is_empty() || section(setting) == self.section;
        is_found && is_within && (self.set != "true" || setting.origin != DEFAULT)
    }
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let settings = app.administration.settings(&visit.actor)?;
    let mut found: Vec<&Setting> = settings.iter().filter(|setting| wanted.has(setting)).collect();
    let all = found.len();
    found.truncate(ROWS_MAX);
    let sections = settings.chunk_by(|one, next| section(one) == section(next));
    let sections = sections.filter_map(|settings| settings.first()).map(section);
    let sections = std::iter::once(("", "All")).chain(sections.map(|name| (name, name)));
    let body = html! {
        h1 { "Settings" }
        (tabs(&visit))
        p { "As they were read when this server started. They are changed in its configuration file or environment, and count from its next start on. Secrets are not shown." }
        form.row method="get" action="/staff/admin/settings" role="search" data-swap {
            (Field::search("q", "Part of a name or of what it is").value(&wanted.q))
            (Field::select("section", "Section", sections).value(&wanted.section).filter())
            (Field::checkbox("set", "Only what is not as delivered").value(&wanted.set))
            button type="submit" { "Show" }
        }
        @if found.is_empty() {
            (ui::empty("No such setting", "Try less of the name.", Markup::default()))
        }
        @if all > found.len() {
            p { "The first " (found.len()) " of " (all) ". Choose a section, or a part of a name." }
        }
        @for section in found.chunk_by(|one, next| section(one) == section(next)) { (table(section)) }
    };
    Ok(visit.page("Settings", &body))
}

fn section(setting: &Setting) -> &str {
    setting.key.split_once('.').map_or("", |(section, _)| section)
}

fn table(settings: &[&Setting]) -> Markup {
    let columns =
        [Column::text("Setting"), Column::text("Value"), Column::text("From"), Column::text("What it is")];
    let mut table = Table::new(settings.first().map_or("", |first| section(first)), columns);
    for setting in settings {
        let name = setting.key.split_once('.').map_or(setting.key.as_str(), |(_, name)| name);
        table.row([
            html! { code { (name) } },
            html! { @if setting.value == "\"\"" { span.muted { "Empty" } } @else { code.whole[setting.value.len() <= WHOLE_MAX] { (setting.value) } } },
            html! { @if setting.origin == DEFAULT { span.muted { "Default" } } @else { strong { (sentence(&setting.origin)) } } },
            html! { (setting.doc) },
        ]);
    }
    html! { (table) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_found_by_their_names_what_they_are_and_whether_they_were_set() {
        let setting = |key: &str, origin: &str| Setting {
            key: key.to_owned(),
            value: "1".to_owned(),
            origin: origin.to_owned(),
            doc: "How long a Hold lasts.".to_owned(),
        };
        let wanted =
            |q: &str, set: &str| Wanted { q: q.to_owned(), section: String::new(), set: set.to_owned() };

        let one = setting("payments.hold_seconds", DEFAULT);
        assert!(wanted("", "").has(&one) && wanted(" Hold_", "").has(&one) && wanted("LASTS", "").has(&one));
        assert!(!wanted("mail", "").has(&one) && !wanted("", "true").has(&one));
        let within = |section: &str| Wanted { section: section.to_owned(), ..Wanted::default() };
        assert!(within("payments").has(&one) && !within("payment").has(&one));
        assert!(
            wanted("hold", "true").has(&setting("payments.hold_seconds", "FLORIN_PAYMENTS__HOLD_SECONDS"))
        );
    }
}
