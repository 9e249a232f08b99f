//! What a set of rules would have said of decisions that were made.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path, Problem};
use florin_risk::Verdict;
use florin_risk::service::{BackTest, Candidate, Judged, Span};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::verdict;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{fault, given, required_day, words};
use crate::visit::Visit;

/// How many decisions are tried at most while somebody waits.
const DECISIONS_MAX: u64 = 50_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/risk/rules/{hash}/try", post(run))
}

#[derive(Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    from: String,
}

/// The form that tries a set of rules on the past.
pub(super) fn form(visit: &Visit, hash: &str) -> Markup {
    ui::post_form(
        visit,
        &format!("/staff/risk/rules/{hash}/try"),
        &html! {
            div.row {
                (Field::date("from", "Decisions since").optional().hint("Left empty it is all that are kept."))
                button type="submit" { "Try them" }
            }
        },
    )
}

async fn run(
    State(app): State<App>,
    Path(hash): Path<String>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let from = match given(&form.typed.from) {
        Some(text) => {
            let begins = required_day(&text, "from")?.to_zoned(zone(&form.visit));
            Some(begins.map_err(|_| fault("from", "There is no such day"))?.timestamp())
        }
        None => None,
    };
    let span = Span { from, to: None, limit: Some(DECISIONS_MAX) };
    let done = app.risk.back_test(&form.visit.actor, Candidate::Hash(hash.clone()), span).await?;
    let body = html! {
        h1 { "What the rules would have said" }
        (summary(&form.visit, &done))
        div.two {
            (ui::card("What would change", changes(&done)))
            (ui::card("How good they are", judged(&done)))
        }
        (ui::card("Which rules fire", hits(&done)))
        (ui::card("Decisions that would change", examples(&done)))
        div.actions { a.button href={ "/staff/risk/rules/" (hash) } { "Back to the rules" } }
    };
    Ok(form.visit.page("What the rules would have said", &body))
}

fn zone(visit: &Visit) -> TimeZone {
    visit.zone.clone()
}

fn summary(visit: &Visit, done: &BackTest) -> Markup {
    html! {
        p {
            (done.decisions) " decisions were tried"
            @if let Some(since) = done.since { ", since " (ui::moment(since, &visit.zone)) }
            "; " strong { (done.changed) } " would be different."
            @if !done.complete { " There are more: they were not tried." }
        }
    }
}

fn changes(done: &BackTest) -> Markup {
    let columns = [Column::text("Decisions"), Column::text("Said"), Column::text("Would say")];
    let mut table = Table::new("Decisions by what was and would be said", columns)
        .or_empty(html! { p { "There are no decisions to try them on." } });
    for (present, row) in Verdict::ALL.into_iter().zip(done.verdicts) {
        for (candidate, count) in Verdict::ALL.into_iter().zip(row).filter(|(_, count)| *count > 0) {
            table.row([html! { (count) }, verdict(present), verdict(candidate)]);
        }
    }
    html! { (table) }
}

fn judged(done: &BackTest) -> Markup {
    let facts = |judged: &Judged| {
        let share = |figure: String| format!("{figure} of 1");
        Facts::new()
            .fact("Held or refused", judged.flagged)
            .fact("Of these fraud", judged.frauds)
            .fact("Of these genuine", judged.genuine)
            .fact("Frauds let through", judged.missed)
            .maybe("Precision", judged.precision().map(|figure| share(format!("{figure:.3}"))))
            .maybe("Recall", judged.recall().map(|figure| share(format!("{figure:.3}"))))
    };
    html! { h3 { "As it was" } (facts(&done.present)) h3 { "As it would be" } (facts(&done.candidate)) }
}

fn hits(done: &BackTest) -> Markup {
    let columns = [
        Column::text("Rule"),
        Column::figures("Fires"),
        Column::figures("Fraud"),
        Column::figures("Genuine"),
    ];
    let mut table = Table::new("Rules that fire", columns).or_empty(html! { p { "None." } });
    for one in &done.hits {
        table.row([
            html! { span.mono { (one.rule) } },
            html! { (one.hits) },
            html! { (one.frauds) },
            html! { (one.genuine) },
        ]);
    }
    html! { (table) }
}

fn examples(done: &BackTest) -> Markup {
    let columns =
        [Column::text("Decision"), Column::text("Said"), Column::text("Would say"), Column::text("Rules")];
    let mut table = Table::new("Some of them", columns).or_empty(html! { p { "None." } });
    for one in &done.examples {
        let kind = words(one.attempt.kind.name());
        table.row([
            html! { a href={ "/staff/security-events/" (one.id) } { (kind) } },
            verdict(one.present),
            verdict(one.candidate),
            html! { span.mono { (one.rules.join(", ")) } },
        ]);
    }
    html! { (table) }
}
