//! `/payments/scheduled/new`: setting a scheduled payment up, with a look at its next dates before it counts.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_db::idempotency::Frozen;
use florin_http::{App, Problem, Query};
use florin_kernel::Timestamp;
use florin_payments::{Asked, NewSchedule, Notices, Retries, ScheduleDetail, WhenForm, Whom};
use maud::html;
use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::scheduled::rhythm;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Facts, Field};
use crate::values::{answered, fault, figure, required};
use crate::visit::Visit;

/// How long a text may be, in characters.
const TEXT_MAX: u16 = 200;
const PATH: &str = "/payments/scheduled/new";
/// How many dates are told before it counts.
const DATES: u32 = 5;
const RHYTHMS: [&str; 10] = [
    "monthly",
    "once",
    "daily",
    "weekly",
    "bi_weekly",
    "semi_monthly",
    "last_day",
    "quarterly",
    "half_yearly",
    "yearly",
];

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(submit))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    amount_kind: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    rhythm: String,
    #[serde(default)]
    first_on: String,
    #[serde(default)]
    end_on: String,
    #[serde(default)]
    convention: String,
    #[serde(default)]
    notice_days: String,
    #[serde(default)]
    description: String,
}

async fn show(State(app): State<App>, visit: Visit, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    let ends = Ends::of(&app, &visit.actor).await?;
    Ok(form_page(&visit, &ends, &typed, None))
}

fn form_page(visit: &Visit, ends: &Ends, typed: &Typed, problem: Option<&Problem>) -> Response {
    let (sources, targets) = (ends.sources(), ends.targets());
    let kinds = [
        ("fixed", "The same amount each time"),
        ("instalment_due", "What is due\nOf a loan: each instalment as it falls due"),
        ("payoff", "All that is owed\nOf a loan or card: everything, each time"),
    ];
    let kind = if typed.amount_kind.is_empty() { "fixed" } else { &typed.amount_kind };
    let closed = [
        ("", "Pay on it all the same"),
        ("weekdays", "Pay on the next weekday"),
        ("us_fed", "Pay on the next business day (United States)"),
        ("canada", "Pay on the next business day (Canada)"),
    ];
    let body = html! {
        h1 { "Schedule a payment" }
        (ui::errors(problem))
        @if sources.is_empty() {
            (ui::empty("Nothing to pay from", "Open an account first.", ui::link_button("/accounts/open", "Open an account", true)))
        } @else if targets.is_empty() {
            (ui::empty("Nobody to pay yet", "Add a payee first.", ui::link_button("/payees/new", "Add a payee", true)))
        } @else {
            (ui::post_form(visit, PATH, &html! {
                (Field::select("from", "From", sources).value(&typed.from).faults(problem))
                (Field::select("to", "To", targets).value(&typed.to).faults(problem))
                (Field::radios("amount_kind", "How much", kinds).value(kind).faults(problem))
                (Field::amount("amount", "Amount").value(&typed.amount).optional().hint("Where it is the same each time.").faults(problem))
                (Field::select("rhythm", "How often", RHYTHMS.map(|code| (code, rhythm(code)))).value(&typed.rhythm).narrow().faults(problem))
                (Field::date("first_on", "First on").value(&typed.first_on).faults(problem))
                (Field::date("end_on", "Last on").value(&typed.end_on).optional().faults(problem))
                (Field::select("convention", "Where that is no business day", closed).value(&typed.convention).optional().faults(problem))
                (Field::text("notice_days", "Tell me by mail so many days before").value(&typed.notice_days).inputmode("numeric").narrow().optional().faults(problem))
                (Field::text("description", "What for").value(&typed.description).optional().at_most(TEXT_MAX).faults(problem))
                div.actions { button.primary type="submit" { "Continue" } }
            }))
        }
    };
    visit.form_page("Schedule a payment", problem, &body)
}

fn wanted(typed: &Typed, ends: &Ends, zone: &str) -> Result<NewSchedule, Problem> {
    let from = ends.giver(required(&typed.from, "from", "what to pay from")?)?;
    let whom = ends.whom(required(&typed.to, "to", "whom or what to pay")?, false)?;
    let is_fixed = typed.amount_kind.is_empty() || typed.amount_kind == "fixed";
    if !is_fixed && !matches!(whom, Whom::Loan(..)) {
        return Err(fault("amount_kind", "Only of a loan it is known what is due"));
    }
    let amount = if is_fixed { Some(Asked::Figure(figure(&typed.amount, "amount")?)) } else { None };
    let days = typed.notice_days.trim();
    let days = if days.is_empty() { None } else { Some(days.parse::<i64>()) };
    let days = days.transpose().map_err(|_| fault("notice_days", "Enter a number of days"))?;
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(NewSchedule {
        from,
        whom,
        amount,
        amount_kind: given(&typed.amount_kind),
        description: given(&typed.description),
        when: WhenForm {
            rhythm: typed.rhythm.clone(),
            first_on: required(&typed.first_on, "first_on", "the first day")?.to_owned(),
            at: None,
            zone: zone.to_owned(),
            calendar: given(&typed.convention),
            convention: None,
            end_after: None,
            end_on: given(&typed.end_on),
        },
        retries: Retries::default(),
        notices: Notices { days_before: days, when_made: false },
    })
}

async fn submit(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let ends = Ends::of(&app, &form.visit.actor).await?;
    let told = |problem: Problem| match problem.code() {
        "step_up_required" => Err(problem),
        _ => Ok(form_page(&form.visit, &ends, &form.typed, Some(&problem))),
    };
    let new = match wanted(&form.typed, &ends, &app.config.instance.time_zone) {
        Ok(new) => new,
        Err(problem) => return told(problem),
    };
    match form.step() {
        "edit" => Ok(form_page(&form.visit, &ends, &form.typed, None)),
        "confirm" => match set_up(&app, &form, new).await {
            Ok(made) => {
                let said = Flash::done("The payment is scheduled.");
                Ok(go_saying(&app, &format!("/payments/scheduled/{}", made.id), &said))
            }
            Err(problem) => told(problem),
        },
        _ => match app.scheduled.dates(&new.when, DATES) {
            Ok(dates) => Ok(check_page(&form, &ends, &new, &dates)),
            Err(error) => told(error.into()),
        },
    }
}

fn check_page(form: &Form<Typed>, ends: &Ends, new: &NewSchedule, dates: &[Timestamp]) -> Response {
    let amount = match new.amount_kind.as_deref() {
        Some("instalment_due") => "What is due".to_owned(),
        Some("payoff") => "All that is owed".to_owned(),
        _ => form.typed.amount.clone(),
    };
    let facts = Facts::new()
        .fact("From", ends.giver_name(new.from))
        .fact("To", ends.whom_name(new.whom))
        .fact("Amount", amount)
        .fact("How often", rhythm(&new.when.rhythm))
        .maybe("Last on", new.when.end_on.as_ref())
        .maybe("What for", new.description.as_ref());
    let (visit, carried) = (&form.visit, form.carried());
    let body = html! {
        h1 { "Check the schedule" }
        div.two {
            (ui::card("You are about to schedule", facts))
            (ui::card("The first payments", html! {
                @if dates.is_empty() { p { "None: the last day is over." } }
                ol { @for at in dates { li { (ui::moment(*at, &visit.zone)) } } }
            }))
        }
        div.actions {
            (ui::post_form(visit, PATH, &html! {
                (ui::step("confirm")) (carried)
                button.primary type="submit" { "Schedule it" }
            }))
            (ui::post_form(visit, PATH, &html! {
                (ui::step("edit")) (carried)
                button type="submit" { "Change it" }
            }))
        }
    };
    visit.page("Check the schedule", &body)
}

/// What the commit answers.
#[derive(Serialize, Deserialize)]
struct Made {
    id: String,
}

async fn set_up(app: &App, form: &Form<Typed>, new: NewSchedule) -> Result<Made, Problem> {
    let key = form.key("page POST /payments/scheduled/new")?;
    let render = Arc::new(|detail: &ScheduleDetail| {
        let made = Made { id: detail.schedule.id.to_string() };
        Frozen { status: 201, body: serde_json::to_vec(&made).unwrap_or_default() }
    });
    answered(app.scheduled.create(&form.visit.actor, Some(key), new, render).await?)
}
