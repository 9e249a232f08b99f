//! The keys of the installation: what each is for, and how old it is.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_app::keys::{KeyFacts, VaultHealth};
use florin_http::{App, Problem};
use florin_kernel::Timestamp;
use maud::{Markup, html};

use super::tabs;
use crate::ui::{self, Column, Table, Tone};
use crate::values::{sentence, words};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/admin/keys", get(show))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let report = app.administration.keys(&visit.actor).await?;
    let (tone, label, told) = match &report.health {
        VaultHealth::Well(told) => (Tone::Good, "Well", told),
        VaultHealth::Warning(told) => (Tone::Warn, "To be looked after", told),
        VaultHealth::Broken(told) => (Tone::Bad, "Broken", told),
    };
    let body = html! {
        h1 { "Keys" }
        (tabs(&visit))
        p { "Keys are replaced at the machine, by " code { "florin keys rotate" } ", while servers run. No key leaves it." }
        (ui::card("The keys of encrypted fields", html! { p { (ui::badge(tone, label)) " " (ui::with_code(&sentence(told))) "." } }))
        (table(&visit, &report.keys, app.env.now()))
    };
    Ok(visit.page("Keys", &body))
}

fn table(visit: &Visit, keys: &[KeyFacts], now: Timestamp) -> Markup {
    let columns = [
        Column::text("Key"),
        Column::text("For"),
        Column::text("Used with"),
        Column::text("State"),
        Column::text("Made"),
        Column::text("Age"),
    ];
    let mut table = Table::new("Keys", columns).or_empty(ui::empty(
        "No keys yet",
        "The first start makes them.",
        Markup::default(),
    ));
    for key in keys {
        table.row([
            html! { span.mono { (key.id) } },
            html! { (sentence(key.purpose)) },
            html! { (key.algorithm) },
            html! { (ui::badge(tone_of(key.state), &words(key.state))) },
            html! { @if let Some(at) = key.made_at { (ui::day(at, &visit.zone)) } @else { span.muted { "Not known" } } },
            html! { @if let Some(at) = key.made_at { (age(at, now)) } @else { "–" } },
        ]);
    }
    html! { (table) }
}

fn tone_of(state: &str) -> Tone {
    match state {
        "active" | "signing" => Tone::Good,
        "next" => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// How old something is, in whole days.
fn age(made_at: Timestamp, now: Timestamp) -> String {
    match now.as_second().saturating_sub(made_at.as_second()).max(0) / 86_400 {
        0 => "Today's".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_days() {
        let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        assert_eq!(age(at(10), at(10)), "Today's");
        assert_eq!(age(at(10), at(9)), "Today's", "the clock went back");
        assert_eq!(age(at(10), at(11)), "1 day");
        assert_eq!(age(at(10), at(400)), "390 days");
    }
}
