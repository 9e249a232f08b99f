//! `/design`: every component of the design system on one page, for those who build pages and for the checks of what they
//! look like. It is there while trying things out, and not in production.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_app::config::Environment;
use florin_http::{App, Problem, codes};
use florin_kernel::{Currency, Money, Timestamp};
use maud::{Markup, html};

use crate::flash::Flash;
use crate::ui::{self, Bar, Column, Edge, Event, Facts, Field, Node, Table, Tone};
use crate::visit::Visit;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/design", get(show))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    if app.config.instance.environment == Environment::Production {
        return Err(Problem::of(codes::NOT_FOUND));
    }
    let now = app.env.now();
    let body = html! {
        (ui::heading("Design", ui::link_button("/dashboard", "Overview", true)))
        (messages())
        (figures())
        (ui::card("Fields", fields(&visit)))
        (list(&visit, now))
        (charts())
        div.grid.wide {
            (ui::card("What happened", ui::timeline(&[
                Event { at: ui::moment(now, &visit.zone), title: "Approved".to_owned(), note: Some("by a second officer".to_owned()) },
                Event { at: ui::day(now, &visit.zone), title: "Applied".to_owned(), note: None },
            ])))
            (ui::card("Facts", Facts::new().fact("Number", "****0042").fact("Opened", ui::date(jiff::civil::date(2026, 1, 2)))))
            (ui::card("Nothing", ui::empty("No payees", "Whom you pay often can be kept here.", ui::link_button("/dashboard", "Add one", false))))
            (ui::card("Not here yet", ui::skeleton(3)))
        }
    };
    Ok(visit.page("Design", &body))
}

fn messages() -> Markup {
    let problem =
        Problem::of(codes::VALIDATION_FAILED).field("sample_amount", "too_large", "the amount is too large");
    html! {
        (ui::saying(Some(&Flash::done("12.50 EUR was sent."))))
        (ui::saying(Some(&Flash::notice("It waits for a second person."))))
        (ui::errors(Some(&problem)))
        p {
            (ui::badge(Tone::Good, "completed")) " " (ui::badge(Tone::Warn, "pending")) " "
            (ui::badge(Tone::Bad, "failed")) " " (ui::badge(Tone::Plain, "closed")) " " (ui::status("under_review"))
        }
    }
}

fn figures() -> Markup {
    let money = |minor| Money::new(minor, Currency::EUR);
    html! {
        div.grid.small {
            (ui::stat("Total", ui::money(money(123_456_789)), Some("in three accounts")))
            (ui::stat("In", ui::signed_money(money(5_000)), None))
            (ui::stat("Out", ui::signed_money(money(-5_000)), None))
            (ui::stat("Course", ui::sparkline(&[3, 5, 4, 8, 7, 9], "Rising over six days"), None))
        }
        (ui::progress("Paid back: 40 %", 40, 100))
    }
}

fn fields(visit: &Visit) -> Markup {
    let problem =
        Problem::of(codes::VALIDATION_FAILED).field("sample_amount", "too_large", "the amount is too large");
    html! {
        (ui::post_form(visit, "/design", &html! {
            (Field::text("sample_text", "Text").hint("What helps to fill it in."))
            (Field::amount("sample_amount", "Amount").value("1e9").faults(Some(&problem)))
            (Field::select("sample_select", "One of a list", [("a", "First"), ("b", "Second")]).value("b"))
            (Field::radios("sample_radio", "One of a few", [("a", "First\nExplained in a line"), ("b", "Second")]).value("a"))
            (Field::checkbox("sample_check", "Yes"))
            (Field::date("sample_date", "Day"))
            (Field::area("sample_area", "Several lines").optional().at_most(200))
            div.actions { button.primary type="submit" { "Do it" } button type="reset" { "Undo" } button.danger type="button" { "Remove" } }
        }))
        (ui::confirm(visit, "/design", "Close the account", "It takes no money any more. This cannot be undone.", &Markup::default()))
    }
}

fn list(visit: &Visit, now: Timestamp) -> Markup {
    let columns = [
        Column::text("What for"),
        Column::text("When").sorted("/design?sort=when", Some("descending")),
        Column::figures("Amount"),
    ];
    let mut table = Table::new("Transfers", columns);
    for (what, minor) in [("Rent", -120_000), ("Salary", 310_000)] {
        table.row([
            html! { (what) },
            ui::moment(now, &visit.zone),
            ui::signed_money(Money::new(minor, Currency::EUR)),
        ]);
    }
    html! { (table) (ui::pager("/design", &[("sort", "when")], None, Some("next"))) }
}

fn ways() -> Markup {
    let node = |name: &str, note: &str| Node {
        name: name.to_owned(),
        note: note.to_owned(),
        href: None,
        main: name == "Checking",
    };
    let nodes = [node("Cash desk", ""), node("Checking", "Ann Example"), node("Savings", "Bob Example")];
    let edge = |from, to, told: &str, strong| Edge { from, to, told: told.to_owned(), times: 1, strong };
    let edges =
        [edge(0, 1, "900.00 EUR", false), edge(1, 2, "880.00 EUR", true), edge(2, 1, "5.00 EUR", false)];
    ui::graph("The money around a transfer", &nodes, &edges)
}

fn charts() -> Markup {
    let bars: Vec<Bar> = [("Mon", 12), ("Tue", 30), ("Wed", 18), ("Thu", -6), ("Fri", 41)]
        .into_iter()
        .map(|(day, value)| Bar::new(day, value, format!("{value} EUR")))
        .collect();
    let parts =
        [Bar::new("Approved", 90, "90 %"), Bar::new("In review", 8, "8 %"), Bar::new("Declined", 2, "2 %")];
    let mark = |mark: i128| mark.to_string();
    html! {
        div.grid.wide {
            (ui::card("Course", ui::line("Balance", &bars, mark)))
            (ui::card("Days", ui::bars("Per day", &bars, mark)))
        }
        (ui::card("Mix", ui::share("Decisions", &parts)))
        (ui::card("Ways", ways()))
    }
}
