//! What decisions about risk were, and what guides them: rules, lists, models.

mod events;
mod lists;
mod models;
mod rules;
mod snoozes;
mod trial;

use axum::Router;
use florin_http::App;
use florin_risk::service::StoredDecision;
use florin_risk::{ReasonSource, Ruling, Verdict};
use maud::{Markup, html};

use crate::ui::{self, Column, Table, Tone};
use crate::values::{sentence, words};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(events::routes())
        .merge(rules::routes())
        .merge(snoozes::routes())
        .merge(trial::routes())
        .merge(lists::routes())
        .merge(models::routes())
}

/// The parts of what guides decisions.
fn tabs(current: &str) -> Markup {
    let places = [("/staff/risk", "Rules"), ("/staff/risk/lists", "Lists"), ("/staff/risk/models", "Models")];
    html! {
        nav.tabs aria-label="What guides decisions" {
            @for (path, label) in places {
                a href=(path) aria-current=[(path == current).then_some("page")] { (label) }
            }
        }
    }
}

/// What was decided, in a word with its tone.
fn verdict(verdict: Verdict) -> Markup {
    match verdict {
        Verdict::Approve => ui::badge(Tone::Good, "let through"),
        Verdict::Review => ui::badge(Tone::Warn, "held for review"),
        Verdict::Decline => ui::badge(Tone::Bad, "refused"),
    }
}

/// A decision: what it was, its score, and each reason in a sentence.
pub(super) fn ruling(stored: &StoredDecision, again: Option<&Ruling>) -> Markup {
    html! {
        div.row {
            p { (verdict(stored.verdict)) }
            p { "Score " strong { (stored.score) } " of 1,000" }
        }
        @match again {
            Some(ruling) => (reasons(ruling)),
            None => {
                p.muted { "The rules or the model of then are not kept, so the reasons are known by name alone." }
                ul { @for name in &stored.reasons { li { (words(name)) } } }
            }
        }
    }
}

fn reasons(ruling: &Ruling) -> Markup {
    let columns = [Column::text("Reason"), Column::text("By"), Column::figures("Weight")];
    let mut table = Table::new("Reasons", columns).or_empty(html! { p { "Nothing speaks against it." } });
    for reason in &ruling.reasons {
        let (by, weight) = match reason.source {
            ReasonSource::List => ("List", String::new()),
            ReasonSource::Rule => ("Rule", format!("{:+.0} points", reason.contribution)),
            ReasonSource::Feature => ("Model", format!("{:+.2} log odds", reason.contribution)),
            ReasonSource::Degraded => ("Something failed", String::new()),
        };
        table.row([
            html! { (sentence(&reason.text)) },
            html! { (by) br; span.mono.muted { (reason.name) } },
            html! { (weight) },
        ]);
    }
    html! { (table) }
}
