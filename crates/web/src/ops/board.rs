//! The dashboard as a page shows it.

use florin_kernel::Timestamp;
use florin_monitoring::{Dashboard, NewestAlert, Number, Part, Point, Pool, Queue, State};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::ui::{self, Bar, Column, Facts, Table, Tone};
use crate::values::words;

/// How many points a chart shows: more are no wider.
const POINTS: usize = 60;

/// All of it.
pub(super) fn render(board: &Dashboard, zone: &TimeZone) -> Markup {
    html! {
        div.grid.small.tiny {
            (ui::stat("Requests a second", one_decimal(board.traffic.requests_per_second), None))
            (ui::stat("95 of 100 within", time(board.traffic.p95_us), None))
            (ui::stat("Failures", percent(board.traffic.error_ratio), Some("of requests, ours (5xx)")))
            (ui::stat("Transfers a second", one_decimal(board.postings.made_per_second), None))
            (ui::stat("Alerts", alerts_told(board), None))
            (ui::stat("Books", books(board), None))
        }
        div.grid.wide {
            (ui::card("Traffic", course("Requests a second, ten minutes", board, zone, |point| point.requests_per_second.floor())))
            (ui::card("Speed", course("95 of 100 answers within, in milliseconds", board, zone, |point| {
                i64::try_from(point.p95_us.unwrap_or(0) / 1_000).unwrap_or(i64::MAX)
            })))
            (ui::card("Transfers", course("Transfers a second, ten minutes", board, zone, |point| point.transfers_per_second.floor())))
            (ui::card("Sign-ins refused", course("Refused tries a second, ten minutes", board, zone, |point| point.login_failures_per_second.floor())))
        }
        div.grid.wide {
            (ui::card("Alerts", alerts(&board.alerts.newest, zone)))
            (ui::card("Parts", parts(&board.parts)))
            (ui::card("Postings", postings(board)))
            (ui::card("Database", pools(&board.pools)))
            (ui::card("Queues", queues(&board.queues)))
            (ui::card("Decisions about risk", fraud(board)))
            (ui::card("Sign-ins", logins(board)))
            (ui::card("Answers", traffic(board)))
            (ui::card("Machine", machine(board, zone)))
        }
        p.muted { @if let Some(at) = board.at { "As of " (ui::moment(at, zone)) ". Rates are of the last minute." } @else { "Nothing was measured yet." } }
    }
}

/// A number with one decimal.
fn one_decimal(number: Number) -> String {
    let tenths = number.as_micro() / 100_000;
    format!("{}.{}", tenths / 10, (tenths % 10).abs())
}

/// A share, as a percentage with two decimals.
fn percent(ratio: Number) -> String {
    let hundredths = ratio.as_micro() / 100;
    format!("{}.{:02} %", hundredths / 100, (hundredths % 100).abs())
}

/// A time, in the unit that suits it.
fn time(us: Option<u64>) -> String {
    match us {
        None => "–".to_owned(),
        Some(us) if us < 1_000 => format!("{us} µs"),
        Some(us) if us < 10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        Some(us) if us < 10_000_000 => format!("{} ms", us / 1_000),
        Some(us) => format!("{} s", us / 1_000_000),
    }
}

/// A size, in the unit that suits it.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1_024),
        1_048_576..10_737_418_240 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}

fn alerts_told(board: &Dashboard) -> Markup {
    let alerts = &board.alerts;
    html! {
        @if alerts.critical > 0 { (ui::badge(Tone::Bad, &format!("{} critical", alerts.critical))) " " }
        @if alerts.warning > 0 { (ui::badge(Tone::Warn, &format!("{} warnings", alerts.warning))) " " }
        @if alerts.info > 0 { (ui::badge(Tone::Plain, &format!("{} for information", alerts.info))) }
        @if alerts.critical + alerts.warning + alerts.info == 0 { (ui::badge(Tone::Good, "none")) }
    }
}

fn books(board: &Dashboard) -> Markup {
    match board.postings.imbalance_minor {
        Some(0) => ui::badge(Tone::Good, "balanced"),
        Some(_) => ui::badge(Tone::Bad, "do not balance"),
        None => ui::badge(Tone::Plain, "not reckoned yet"),
    }
}

fn course(title: &str, board: &Dashboard, zone: &TimeZone, of: impl Fn(&Point) -> i64) -> Markup {
    let each = board.points.len().div_ceil(POINTS).max(1);
    let points: Vec<Bar> = board
        .points
        .iter()
        .step_by(each)
        .map(|point| {
            let at = point.at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
            let value = of(point);
            Bar::new(at, value, value.to_string())
        })
        .collect();
    if points.len() < 2 {
        return ui::skeleton(4);
    }
    ui::line(title, &points, |mark| mark.to_string())
}

fn alerts(newest: &[NewestAlert], zone: &TimeZone) -> Markup {
    let columns =
        [Column::text("What"), Column::text("How bad"), Column::text("Since"), Column::text("State")];
    let mut table = Table::new("Newest alerts", columns).or_empty(ui::empty(
        "No alert",
        "What is not as it should be appears here.",
        Markup::default(),
    ));
    for alert in newest {
        let tone = if alert.severity.code() == "critical" { Tone::Bad } else { Tone::Warn };
        table.row([
            html! { a href={ "/ops/alerts/" (alert.id) } { (alert.summary) } },
            ui::badge(tone, alert.severity.code()),
            ui::moment(alert.fired_at, zone),
            ui::status(if alert.acknowledged { "acknowledged" } else { "firing" }),
        ]);
    }
    html! { (table) }
}

fn parts(parts: &[Part]) -> Markup {
    let facts = parts.iter().fold(Facts::new(), |facts, part| {
        let state = match part.state {
            State::Up => ui::badge(Tone::Good, "up"),
            State::Down => ui::badge(Tone::Bad, "down"),
        };
        facts.fact(words(&part.name), state)
    });
    html! { (facts) }
}

fn postings(board: &Dashboard) -> Facts {
    let now = &board.postings;
    Facts::new()
        .fact("Made a second", one_decimal(now.made_per_second))
        .fact("Refused a second", one_decimal(now.refused_per_second))
        .fact("Batches a second", one_decimal(now.batches_per_second))
        .fact("Events in a batch", one_decimal(now.events_per_batch))
        .fact("95 of 100 batches within", time(now.batch_p95_us))
        .fact("95 of 100 commits within", time(now.commit_p95_us))
        .fact("Waiting", now.waiting)
}

fn pools(pools: &[Pool]) -> Markup {
    let columns = [
        Column::text("Connections"),
        Column::figures("At work"),
        Column::figures("Waiting"),
        Column::figures("95 of 100 waited"),
    ];
    let mut table = Table::new("Connections to the database", columns).or_empty(ui::empty(
        "Not measured yet",
        "Connections appear with the first measurement, within seconds.",
        Markup::default(),
    ));
    for pool in pools {
        table.row([
            html! { (crate::values::sentence(&pool.name)) },
            html! { (pool.in_use) " of " (pool.size) },
            html! { (pool.waiting) },
            html! { (time(pool.wait_p95_us)) },
        ]);
    }
    html! { (table) }
}

fn queues(queues: &[Queue]) -> Markup {
    let columns = [
        Column::text("Jobs"),
        Column::figures("Waiting"),
        Column::figures("Oldest, seconds"),
        Column::figures("Given up"),
    ];
    let mut table = Table::new("Queues", columns).or_empty(ui::empty(
        "Nothing waits",
        "All jobs are done.",
        Markup::default(),
    ));
    for queue in queues {
        table.row([
            html! { (queue.name) },
            html! { (queue.pending) },
            html! { (queue.oldest_seconds) },
            html! { @if queue.dead > 0 { (ui::badge(Tone::Bad, &queue.dead.to_string())) } @else { "0" } },
        ]);
    }
    html! { (table) }
}

fn fraud(board: &Dashboard) -> Markup {
    let now = &board.fraud;
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mix = [
        Bar::new("Approved", whole(now.approved), now.approved.to_string()),
        Bar::new("Held", whole(now.reviewed), now.reviewed.to_string()),
        Bar::new("Declined", whole(now.declined), now.declined.to_string()),
    ];
    html! {
        (ui::share("Decisions since the start", &mix))
        (Facts::new()
            .fact("Decisions a second", one_decimal(now.decisions_per_second))
            .fact("95 of 100 within", time(now.p95_us))
            .fact("Open cases", now.cases_open)
            .fact("Overdue cases", now.cases_overdue))
    }
}

fn logins(board: &Dashboard) -> Facts {
    let now = &board.logins;
    Facts::new()
        .fact("Begun a minute", one_decimal(now.successes_per_minute))
        .fact("Refused a minute", one_decimal(now.failures_per_minute))
        .fact("Accounts closed to tries", now.accounts_locked)
        .fact("Signed in now", now.sessions_active)
        .maybe("Staff with a second factor", now.staff_mfa_ratio.map(percent))
        .maybe("Customers with one", now.customer_mfa_ratio.map(percent))
}

fn traffic(board: &Dashboard) -> Facts {
    let now = &board.traffic;
    Facts::new()
        .fact("Half within", time(now.p50_us))
        .fact("95 of 100 within", time(now.p95_us))
        .fact("99 of 100 within", time(now.p99_us))
        .fact("Refused (4xx)", percent(now.refusal_ratio))
        .fact("Asked too often, a second", one_decimal(now.rate_refusals_per_second))
}

fn machine(board: &Dashboard, zone: &TimeZone) -> Facts {
    let now = &board.system;
    let moment = |at: Timestamp| ui::moment(at, zone);
    Facts::new()
        .fact("Cores used", one_decimal(now.cores_used))
        .fact("Memory", bytes(now.memory_bytes))
        .fact("Memory left", bytes(now.memory_available_bytes))
        .fact("Disk left", format!("{} of {}", bytes(now.disk_free_bytes), bytes(now.disk_size_bytes)))
        .fact(
            "Last backup",
            now.backup_at.map_or_else(|| html! { (ui::badge(Tone::Warn, "none yet")) }, moment),
        )
        .maybe("Certificate until", now.certificate_ends_at.map(moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_the_unit_that_suits_them() {
        assert_eq!(one_decimal(Number::micro(12_345_678)), "12.3");
        assert_eq!(percent(Number::micro(12_345)), "1.23 %");
        let told = [None, Some(7), Some(2_345), Some(45_678), Some(12_000_000)].map(time);
        assert_eq!(told, ["–", "7 µs", "2.3 ms", "45 ms", "12 s"]);
        assert_eq!([bytes(2_048), bytes(5_242_880), bytes(21_474_836_480)], ["2 KiB", "5 MiB", "20 GiB"]);
    }

    #[test]
    fn a_dashboard_of_nothing_is_shown_too() {
        let html = render(&Dashboard::default(), &TimeZone::UTC).into_string();
        assert!(html.contains("not reckoned yet") && html.contains("Nothing was measured yet"), "{html}");
    }
}
