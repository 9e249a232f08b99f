//! Rules that rest for somebody: for how long and why, said by whoever may change rules, and taken back by them.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Problem, codes};
use florin_kernel::{Action, Timestamp, UserId};
use florin_risk::rules::{Mode, Rule};
use florin_risk::service::{KeptSnooze, NewSnooze};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::may;
use super::super::names::Names;
use super::rules;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table};
use crate::values::{fault, midnight, parsed, required, required_day};
use crate::visit::Visit;

const PATH: &str = "/staff/risk/snoozes";
const END: &str = "/staff/risk/snoozes/end";
/// How long a reason may be.
const REASON_MAX: u16 = 500;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, post(rest)).route(END, post(wake))
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    customer: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    reason: String,
}

/// Which rules rest, and the form that lets another one rest.
pub(super) async fn card(
    app: &App,
    visit: &Visit,
    (rules, snoozes): (&[Rule], &[KeptSnooze]),
    typed: &Typed,
    problem: Option<&Problem>,
) -> Markup {
    let people = snoozes.iter().flat_map(|one| [Some(one.user), one.created_by]).flatten().collect();
    let names = Names::of(app, visit, people).await;
    let change = may(visit, Action::ChangeRiskRules, "risk_rule");
    let active = rules.iter().any(|rule| rule.mode == Mode::Active);
    ui::card(
        "Rules that rest for somebody",
        html! {
            (table(visit, snoozes, &names, change))
            @if change && active {
                details open[problem.is_some() && !typed.rule.is_empty()] {
                    summary { "Let a rule rest for somebody" }
                    (form(visit, rules, typed, problem))
                }
            }
        },
    )
}

fn table(visit: &Visit, snoozes: &[KeptSnooze], names: &Names, change: bool) -> Markup {
    let columns = [
        Column::text("Rule"),
        Column::text("For"),
        Column::text("Until"),
        Column::text("Why"),
        Column::text("Ask again"),
    ];
    let mut table = Table::new("Rules that rest", columns).or_empty(ui::empty(
        "No rule rests",
        "Where a rule keeps stopping somebody who is known to be in the right, it can rest for them for a time.",
        Markup::default(),
    ));
    for snooze in snoozes {
        let fields = html! {
            input type="hidden" name="rule" value=(snooze.rule);
            input type="hidden" name="customer" value=(snooze.user);
        };
        table.row([
            html! { span.mono { (snooze.rule) } },
            html! { a href={ "/staff/customers/" (snooze.user) } { (names.name(snooze.user)) } },
            ui::moment(snooze.until, &visit.zone),
            html! {
                (snooze.reason)
                br; span.muted { (names.name_or_program(snooze.created_by)) ", " (ui::moment(snooze.created_at, &visit.zone)) }
            },
            html! {
                @if change {
                    (ui::confirm(visit, END, "Ask again now", "The rule counts for them again from the next attempt on.", &fields))
                }
            },
        ]);
    }
    html! { (table) }
}

fn form(visit: &Visit, rules: &[Rule], typed: &Typed, problem: Option<&Problem>) -> Markup {
    let active = rules.iter().filter(|rule| rule.mode == Mode::Active);
    let choices = active.map(|rule| (rule.id.clone(), format!("{}: {}", rule.id, rule.description)));
    ui::post_form(
        visit,
        PATH,
        &html! {
            p.hint { "It is asked and recorded meanwhile, and counts for nothing." }
            (Field::select("rule", "Rule", choices).value(&typed.rule).faults(problem))
            (Field::text("customer", "For whom").value(&typed.customer).hint("The customer's identifier.").faults(problem))
            (Field::date("until", "Through this day").value(&typed.until).hint("Ninety days at most.").faults(problem))
            (Field::text("reason", "Why").value(&typed.reason).at_most(REASON_MAX).faults(problem))
            div.actions { button type="submit" { "Let it rest" } }
        },
    )
}

/// When a day is over.
fn end_of(text: &str, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let next = required_day(text, "until")?.tomorrow();
    let next = next.map_err(|_| fault("until", "Choose a day within the next ninety"))?;
    Ok(midnight(next, zone))
}

async fn rested(app: &App, form: &Form<Typed>) -> Result<(), Problem> {
    let (visit, typed) = (&form.visit, &form.typed);
    let rule = required(&typed.rule, "rule", "a rule")?;
    let user = parsed::<UserId>(&typed.customer, "customer", "an identifier")?;
    let until = end_of(&typed.until, &visit.zone)?;
    let reason = required(&typed.reason, "reason", "a reason")?.to_owned();
    if let Err(error) = app.identity.profile(&visit.actor, user).await
        && Problem::from(error).code() == codes::NOT_FOUND.name
    {
        return Err(fault("customer", "There is nobody with this identifier"));
    }
    app.risk.snooze(&visit.actor, rule, NewSnooze { user, until, reason }).await?;
    Ok(())
}

async fn rest(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    match rested(&app, &form).await {
        Ok(()) => Ok(go_saying(&app, rules::PATH, &Flash::done("The rule rests for them."))),
        Err(problem) if problem.errors().is_empty() && problem.code() != codes::NOT_FOUND.name => {
            Err(problem)
        }
        Err(problem) => {
            let problem = if problem.errors().is_empty() {
                fault("rule", "No rule in force is called so")
            } else {
                at_fields(&problem)
            };
            rules::page_with(&app, &form.visit, &form.typed, &problem).await
        }
    }
}

/// The faults of the service at the fields of the form.
fn at_fields(problem: &Problem) -> Problem {
    problem.errors().iter().fold(problem.clone().without_errors(), |problem, fault| {
        let field = if fault.field == "user_id" { "customer".to_owned() } else { fault.field.clone() };
        problem.field(field, fault.code, fault.message.clone())
    })
}

#[derive(Serialize, Deserialize)]
struct Resting {
    rule: String,
    customer: String,
}

async fn wake(State(app): State<App>, form: Form<Resting>) -> Result<Response, Problem> {
    let user = parsed::<UserId>(&form.typed.customer, "customer", "an identifier")?;
    app.risk.end_snooze(&form.visit.actor, &form.typed.rule, user).await?;
    Ok(go_saying(&app, rules::PATH, &Flash::done("The rule counts for them again.")))
}
