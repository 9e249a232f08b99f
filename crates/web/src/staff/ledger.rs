//! The books as staff see them: what was debited and credited by line of the chart, and the days that are closed.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Problem, Query};
use florin_kernel::{Action, Currency, Money};
use florin_ledger::TrialLine;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::may;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table, Tone};
use crate::values::{given, required_day, sentence};
use crate::visit::Visit;

const PATH: &str = "/staff/ledger";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show)).route("/staff/ledger/close", post(close))
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    as_of: String,
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    page(&app, &visit, &wanted, "", None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    wanted: &Wanted,
    through: &str,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let (as_of, unreadable) = match given(&wanted.as_of).map(|text| required_day(&text, "as_of")).transpose()
    {
        Ok(as_of) => (as_of, None),
        Err(problem) => (None, Some(problem)),
    };
    let shown = problem.or(unreadable.as_ref());
    let lines = app.desk.trial_balance(&visit.actor, as_of).await?;
    let body = html! {
        h1 { "Ledger" }
        (ui::errors(shown))
        form.row method="get" action=(PATH) data-swap {
            (Field::date("as_of", "By value date").value(&wanted.as_of).filter().faults(shown))
            button type="submit" { "Show" }
        }
        p { @for (currency, sums) in sums(&lines) { (balanced(currency, sums)) " " } }
        (table(&lines))
        @if may(visit, Action::ClosePeriod, "ledger") {
            (ui::card("Close days", html! {
                p.hint { "Nothing can be booked any more with a value date of a day that is closed. It cannot be opened again." }
                (ui::post_form(visit, "/staff/ledger/close", &html! {
                    (Field::date("through", "Through").value(through).faults(problem))
                    (Field::checkbox("sure", "I have compared the balances").faults(problem))
                    div.actions { button.danger type="submit" { "Close them" } }
                }))
            }))
        }
    };
    Ok(visit.form_page("Ledger", shown, &body))
}

/// What was debited and credited in each currency.
fn sums(lines: &[TrialLine]) -> BTreeMap<&'static str, (i128, i128)> {
    let mut sums = BTreeMap::new();
    for line in lines {
        let sum: &mut (i128, i128) = sums.entry(line.currency.code()).or_default();
        sum.0 = sum.0.saturating_add(line.debits);
        sum.1 = sum.1.saturating_add(line.credits);
    }
    sums
}

fn balanced(currency: &str, (debits, credits): (i128, i128)) -> Markup {
    if debits == credits {
        ui::badge(Tone::Good, &format!("{currency} balances"))
    } else {
        ui::badge(Tone::Bad, &format!("{currency} does not balance"))
    }
}

/// A sum of the books; what no amount can be is told as the largest that one can.
fn money(minor: i128, currency: Currency) -> Markup {
    ui::money(Money::new(i64::try_from(minor).unwrap_or(i64::MAX), currency))
}

fn table(lines: &[TrialLine]) -> Markup {
    let columns = [
        Column::text("Line"),
        Column::text("Class"),
        Column::figures("Debits"),
        Column::figures("Credits"),
        Column::figures("Difference"),
    ];
    let mut table = Table::new("Trial balance", columns).or_empty(ui::empty(
        "Nothing booked yet",
        "The first transfer appears here on two lines.",
        Markup::default(),
    ));
    for line in lines {
        let difference = line.debits.saturating_sub(line.credits);
        table.row([
            html! { (line.code) " " (sentence(line.name)) },
            html! { (sentence(line.class.name())) },
            money(line.debits, line.currency),
            money(line.credits, line.currency),
            html! { (money(difference.saturating_abs(), line.currency)) @if difference < 0 { " credit" } @else if difference > 0 { " debit" } },
        ]);
    }
    html! { (table) }
}

#[derive(Serialize, Deserialize)]
struct Closing {
    #[serde(default)]
    through: String,
    #[serde(default)]
    sure: String,
}

async fn close(State(app): State<App>, form: Form<Closing>) -> Result<Response, Problem> {
    let typed = &form.typed;
    let closed = match required_day(&typed.through, "through") {
        Ok(_) if typed.sure != "true" => {
            Err(crate::values::fault("sure", "Say that the balances were compared"))
        }
        Ok(through) => app.desk.close_period(&form.visit.actor, through).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match closed {
        Ok(true) => Ok(go_saying(&app, PATH, &Flash::done("The days are closed."))),
        Ok(false) => Ok(go_saying(&app, PATH, &Flash::notice("They were closed already."))),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => page(&app, &form.visit, &Wanted::default(), &typed.through, Some(&problem)).await,
    }
}
