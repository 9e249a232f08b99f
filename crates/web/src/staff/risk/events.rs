//! Decisions that were not simply let through, one with all that it was made of, and from where sign-ins fail.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{DecisionId, Money, Timestamp, UserId, Uuid};
use florin_risk::service::{EventFilter, StoredDecision};
use florin_risk::{Attempt, Verdict};
use maud::{Markup, html};
use serde::Deserialize;

use super::{ruling, verdict};
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{fault, page_of, words};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/security-events", get(list))
        .route("/staff/security-events/addresses", get(addresses))
        .route("/staff/security-events/{id}", get(show))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    user: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    cursor: Option<String>,
}

impl Wanted {
    fn filter(&self) -> Result<EventFilter, Problem> {
        let user = match self.user.trim() {
            "" => None,
            text => Some(text.parse::<UserId>().map_err(|_| fault("user", "Enter a whole identifier"))?),
        };
        let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.name() == self.decision);
        Ok(EventFilter { user, verdict })
    }
}

fn tabs(addresses: bool) -> Markup {
    html! {
        nav.tabs aria-label="Which" {
            a href="/staff/security-events" aria-current=[(!addresses).then_some("page")] { "Decisions" }
            a href="/staff/security-events/addresses" aria-current=[addresses.then_some("page")] { "Failing sign-ins" }
        }
    }
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let (filter, problem) = match wanted.filter() {
        Ok(filter) => (filter, None),
        Err(problem) => (EventFilter::default(), Some(problem)),
    };
    let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
    let found = app.risk.events(&visit.actor, filter, page.cursor_as::<DecisionId>()?, limit).await?;
    let found = page.page(found, |stored| stored.id.to_string());
    let choices = [
        ("", "Held or refused"),
        ("review", "Held for review"),
        ("decline", "Refused"),
        ("approve", "Let through"),
    ];
    let body = html! {
        h1 { "Security events" }
        (tabs(false))
        (ui::errors(problem.as_ref()))
        form.row method="get" action="/staff/security-events" role="search" data-swap {
            (Field::text("user", "Person").value(&wanted.user).filter().hint("The identifier at the foot of their page").faults(problem.as_ref()))
            (Field::select("decision", "Decision", choices).value(&wanted.decision).filter())
            button type="submit" { "Show" }
        }
        (table(&visit, &found.rows))
        (ui::pager("/staff/security-events", &[("user", &wanted.user), ("decision", &wanted.decision)],
            wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.form_page("Security events", problem.as_ref(), &body))
}

fn moment(visit: &Visit, at_us: i64) -> Markup {
    ui::moment(Timestamp::from_microsecond(at_us).unwrap_or_default(), &visit.zone)
}

/// What was attempted, in words.
fn attempted(attempt: &Attempt) -> String {
    words(attempt.kind.name())
}

fn amount(attempt: &Attempt) -> Option<Markup> {
    (attempt.amount_minor > 0).then(|| ui::money(Money::new(attempt.amount_minor, attempt.currency)))
}

fn user(attempt: &Attempt) -> Option<Uuid> {
    attempt.user.map(|user| Uuid::from_u128(user.bits()))
}

fn table(visit: &Visit, events: &[StoredDecision]) -> Markup {
    let columns = [
        Column::text("What"),
        Column::text("When"),
        Column::figures("Amount"),
        Column::figures("Score"),
        Column::text("Decision"),
        Column::text("From"),
    ];
    let mut table = Table::new("Decisions", columns).or_empty(ui::empty(
        "No such decisions",
        "What is held or refused, and sign-ins that fail, appear here.",
        Markup::default(),
    ));
    for stored in events {
        let attempt = &stored.attempt;
        table.row([
            html! { a href={ "/staff/security-events/" (stored.id) } { (attempted(attempt)) } },
            moment(visit, attempt.at_us),
            amount(attempt).unwrap_or_default(),
            html! { (stored.score) },
            html! { (verdict(stored.verdict)) br; span.muted { (words(stored.outcome.name())) } },
            html! {
                @if let Some(ip) = attempt.ip { (ip) }
                @if let Some(country) = attempt.country { " " (country) }
            },
        ]);
    }
    html! { (table) }
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<DecisionId>) -> Result<Response, Problem> {
    let (stored, again) = app.risk.event(&visit.actor, id).await?;
    let title = format!("A decision about a {}", stored.attempt.kind.name().replace('_', " "));
    let same = again.as_ref().map(|(_, same)| *same);
    let body = html! {
        h1 { (title) }
        div.two {
            div.stack-wide {
                (ui::card("What was decided", ruling(&stored, again.as_ref().map(|(ruling, _)| ruling))))
                (ui::card("What it was made of", features(&stored)))
            }
            (ui::card("The attempt", facts(&visit, &stored, same)))
        }
    };
    Ok(visit.page(&title, &body))
}

fn facts(visit: &Visit, stored: &StoredDecision, same: Option<bool>) -> Facts {
    let attempt = &stored.attempt;
    let customer = |user: Uuid| html! { a href={ "/staff/customers/" (user) } { "Open" } };
    let made_again = match same {
        Some(true) => "The same, to the bit",
        Some(false) => "Something else: the record was changed",
        None => "Cannot be made again: rules or model of then are not kept",
    };
    Facts::new()
        .fact("What", attempted(attempt))
        .fact("When", moment(visit, attempt.at_us))
        .maybe("Amount", amount(attempt))
        .maybe("Customer", user(attempt).map(customer))
        .maybe("Address", attempt.ip.map(|ip| ip.to_string()))
        .maybe("Country", attempt.country.map(|country| country.to_string()))
        .fact("What became of it", words(stored.outcome.name()))
        .maybe("Released", stored.released.map(|released| if released { "Yes" } else { "No" }))
        .maybe("Rules", stored.rules.as_ref().map(|hash| html! { span.mono { (hash) } }))
        .maybe("Model", stored.model.as_ref().map(|version| html! { span.mono { (version) } }))
        .fact("Made again", made_again)
        .fact("About", html! { span.mono { (attempt.id) } })
}

/// The features that are known, by name.
fn features(stored: &StoredDecision) -> Markup {
    let values = stored.features.as_ref().map_or(&[][..], florin_risk::features::Features::values);
    let columns = [Column::text("Feature"), Column::figures("Value")];
    let mut table = Table::new("Features", columns).or_empty(html! { p { "None were kept." } });
    for (feature, value) in
        florin_risk::features::FEATURES.iter().zip(values).filter(|(_, value)| value.is_finite())
    {
        table.row([html! { span.mono { (feature.name) } }, html! { (format!("{value}")) }]);
    }
    html! { details { summary { "The features" } (table) } }
}

async fn addresses(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let columns = [
        Column::text("Address"),
        Column::figures("Failed"),
        Column::figures("Most within an hour"),
        Column::figures("People"),
        Column::text("Last"),
    ];
    let mut table = Table::new("Addresses", columns).or_empty(ui::empty(
        "None",
        "Addresses from where sign-ins fail more often than by mistake appear here.",
        Markup::default(),
    ));
    for found in app.risk.suspicious_addresses(&visit.actor).await? {
        let blocked = app.identity.suspicion(found.ip).await.blocked;
        table.row([
            html! { (found.ip) @if blocked { " " (ui::status("blocked")) } },
            html! { (found.failures) },
            html! { (found.burst) },
            html! { (found.users) },
            ui::moment(found.last_at, &visit.zone),
        ]);
    }
    let body = html! { h1 { "Security events" } (tabs(true)) (table) };
    Ok(visit.page("Security events", &body))
}
