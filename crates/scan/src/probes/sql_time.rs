//! SQL injection that shows itself by making the database wait.

use std::time::Duration;

use crate::ask::{Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::injection::Spot;

pub(crate) static TIME: Rule = Rule {
    id: "sql-injection-time",
    title: "SQL injection, shown by the time that the database takes",
    cwe: 89,
    severity: Severity::Critical,
    remedy: "Bind values as parameters of a prepared statement; take names of columns from a fixed list.",
};
pub(crate) const RULES: &[&Rule] = &[&TIME];

/// Ways to wait, in `MySQL`, PostgreSQL, SQL Server and SQLite: `V` is the value, `S` the seconds, `N` a number of rows.
const WAYS: &[&str] = &[
    "V' AND SLEEP(S)-- ",
    "V AND SLEEP(S)",
    "V'||(SELECT '' FROM pg_sleep(S))||'",
    "V AND 1=(SELECT 1 FROM pg_sleep(S))",
    "V'; WAITFOR DELAY '0:0:S'-- ",
    "V' OR 1=(WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM w LIMIT N) SELECT count(*) FROM w)-- ",
    "V OR 1=(WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM w LIMIT N) SELECT count(*) FROM w)-- ",
];
/// How many rows SQLite counts in a millisecond, at most.
const ROWS_PER_MS: u128 = 10_000;

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<bool, Stop> {
    let delay = scan.options.delay;
    let least = delay * 3 / 5;
    if spot.base.1.elapsed >= least {
        return Ok(false);
    }
    for way in WAYS {
        let first = spot.put(scan, &filled(way, &spot.sample, delay)).await?;
        if first.1.status == 0 || first.1.elapsed < spot.base.1.elapsed.saturating_add(least) {
            continue;
        }
        if confirmed(scan, spot, way, least).await? {
            let detail =
                format!("`{}` can make the database wait {} ms", spot.name, first.1.elapsed.as_millis());
            let seen = [first, spot.base.clone()];
            scan.report(Found::certain(&TIME, detail, &seen).in_parameter(&spot.name).probable());
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nothing is waited for when nothing is asked for, and longer when more is: twice.
async fn confirmed(scan: &mut Scan, spot: &Spot, way: &str, least: Duration) -> Result<bool, Stop> {
    for _ in 0..2 {
        let is_number = spot.sample.bytes().all(|byte| byte.is_ascii_digit());
        let value = if is_number { scan.chance.number().to_string() } else { scan.chance.word() };
        let delay = scan.options.delay;
        let quick = spot.put(scan, &filled(way, &value, Duration::ZERO)).await?.1;
        let slow = spot.put(scan, &filled(way, &value, delay)).await?.1;
        let slower = spot.put(scan, &filled(way, &value, delay * 2)).await?.1;
        let waits = slow.elapsed >= quick.elapsed.saturating_add(least);
        let more = slower.elapsed >= slow.elapsed.saturating_add(least / 2);
        if quick.status == 0 || !waits || !more {
            return Ok(false);
        }
    }
    Ok(true)
}

fn filled(way: &str, value: &str, delay: Duration) -> String {
    let millis = delay.as_millis();
    let seconds = format!("{}.{:03}", millis / 1000, millis % 1000);
    let rows = (millis * ROWS_PER_MS).max(1).to_string();
    let way = way.replace("(S)", &format!("({seconds})")).replace("0:0:S", &format!("0:0:{seconds}"));
    way.replacen('V', value, 1).replace("LIMIT N", &format!("LIMIT {rows}"))
}
