//! What was measured, for people as a table and for programs as JSON.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::disk::SyncRate;
use super::load::Measured;
use super::pages::Pages;

/// One load and what came of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was done: the scenario's name.
    pub name: String,
    /// Over how many connections.
    pub connections: usize,
    /// How many things of the scenario's one request does: 1, or the size of a batch.
    pub items: u64,
    /// What came of it.
    pub measured: Measured,
}

/// All that was measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The loads, in the order they were run.
    pub rows: Vec<Row>,
    /// Pages, if they were measured.
    pub pages: Option<Pages>,
    /// The disk on its own, if it was asked.
    pub sync: Option<SyncRate>,
}

impl Row {
    /// Things done a second.
    pub fn items_per_second(&self) -> u64 {
        self.measured.per_second().saturating_mul(self.items)
    }

    /// Processor time a thing done, in hundredths of a microsecond, of each group that was there throughout.
    fn cpu_per_item(&self) -> Vec<(&str, u64)> {
        let done = self.measured.latencies.len().saturating_mul(self.items).max(1);
        let groups = self.measured.cpu_us.iter();
        groups.filter_map(|(name, used)| Some((name.as_str(), (*used)?.saturating_mul(100) / done))).collect()
    }

    fn quantiles(&self) -> [u64; 4] {
        let latencies = &self.measured.latencies;
        let at = |quantile| latencies.value_at_quantile(quantile);
        [at(0.5), at(0.99), at(0.999), latencies.max()]
    }

    fn statuses(&self) -> String {
        let counts = self.measured.statuses.iter();
        counts.map(|(status, count)| format!("{status}×{count}")).collect::<Vec<_>>().join(" ")
    }

    fn json(&self) -> Value {
        let [p50, p99, p999, max] = self.quantiles();
        let cpu: serde_json::Map<String, Value> =
            self.measured.cpu_us.iter().map(|(name, used)| (name.clone(), json!(used))).collect();
        let statuses: serde_json::Map<String, Value> =
            self.measured.statuses.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
        json!({
            "name": self.name,
            "connections": self.connections,
            "items_per_request": self.items,
            "elapsed_ms": u64::try_from(self.measured.elapsed.as_millis()).unwrap_or(u64::MAX),
            "requests": self.measured.latencies.len(),
            "requests_per_second": self.measured.per_second(),
            "items_per_second": self.items_per_second(),
            "latency_us": { "p50": p50, "p99": p99, "p999": p999, "max": max },
            "statuses": statuses,
            "wrong": self.measured.wrong,
            "errors": self.measured.errors,
            "examples": self.measured.examples,
            "cpu_us": cpu,
        })
    }
}

impl Report {
    /// Whether every request of every load was answered, and rightly.
    pub fn is_clean(&self) -> bool {
        self.rows.iter().all(|row| row.measured.is_clean()) && self.pages.as_ref().is_none_or(Pages::is_clean)
    }

    /// The report for programs: what `--json` prints.
    pub fn json(&self) -> Value {
        let sync = self.sync.map(
            |sync| json!({ "per_second": sync.per_second, "p50_us": sync.p50_us, "p99_us": sync.p99_us }),
        );
        let loads: Vec<Value> = self.rows.iter().map(Row::json).collect();
        json!({ "loads": loads, "pages": self.pages.as_ref().map(Pages::json), "sync": sync })
    }
}

/// The report for people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([
            "load",
            "conns",
            "done/s",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "CPU µs each",
            "statuses",
            "wrong",
            "errors",
        ]);
        for row in &self.rows {
            let [p50, p99, p999, max] = row.quantiles().map(|us| hundredths(us / 10));
            let cpu =
                row.cpu_per_item().into_iter().map(|(name, spent)| format!("{name} {}", hundredths(spent)));
            table.add_row([
                row.name.clone(),
                row.connections.to_string(),
                row.items_per_second().to_string(),
                p50,
                p99,
                p999,
                max,
                cpu.collect::<Vec<_>>().join("\n"),
                row.statuses(),
                row.measured.wrong.to_string(),
                row.measured.errors.to_string(),
            ]);
        }
        for index in (1..=6).chain([9, 10]) {
            if let Some(column) = table.column_mut(index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        match &self.pages {
            Some(pages) if self.rows.is_empty() => write!(f, "{pages}")?,
            Some(pages) => write!(f, "{table}\n{pages}")?,
            None => write!(f, "{table}")?,
        }
        if let Some(sync) = &self.sync {
            let (p50, p99) = (hundredths(sync.p50_us / 10), hundredths(sync.p99_us / 10));
            write!(f, "\ndisk: {} durable appends/s, p50 {p50} ms, p99 {p99} ms", sync.per_second)?;
        }
        for row in &self.rows {
            for example in &row.measured.examples {
                write!(f, "\n{}: {example}", row.name)?;
            }
        }
        Ok(())
    }
}

/// A count of hundredths as a decimal.
pub(super) fn hundredths(count: u64) -> String {
    format!("{}.{:02}", count / 100, count % 100)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use hdrhistogram::Histogram;

    use super::*;

    fn report() -> Report {
        let mut latencies = Histogram::new_with_max(1_000_000, 3).unwrap();
        for us in [1_000, 1_000, 1_000, 20_000] {
            latencies.record(us).unwrap();
        }
        let measured = Measured {
            elapsed: Duration::from_secs(2),
            latencies,
            statuses: BTreeMap::from([(201, 4), (503, 1)]),
            wrong: 1,
            errors: 0,
            examples: vec!["503 Service Unavailable".to_owned()],
            cpu_us: vec![("server".to_owned(), Some(300)), ("gone".to_owned(), None)],
        };
        let row = Row { name: "transfers".to_owned(), connections: 64, items: 10, measured };
        let sync = Some(SyncRate { per_second: 3_700, p50_us: 250, p99_us: 1_900 });
        Report { rows: vec![row], sync, ..Report::default() }
    }

    #[test]
    fn the_table_tells_rate_latency_cost_and_faults() {
        let table = report().to_string();

        for said in [
            "transfers",
            "64",
            "20 ",
            "1.00",
            "20.0",
            "server 7.50",
            "201×4 503×1",
            "503 Service Unavailable",
            "disk: 3700 durable appends/s, p50 0.25 ms, p99 1.90 ms",
        ] {
            assert!(table.contains(said), "{said} is missing in\n{table}");
        }
        assert!(!table.contains("gone"));
    }

    #[test]
    fn the_json_tells_the_same() {
        let json = report().json();

        let load = &json["loads"][0];
        assert_eq!((&load["requests"], &load["requests_per_second"]), (&json!(4), &json!(2)));
        assert_eq!((&load["items_per_second"], &load["latency_us"]["p50"]), (&json!(20), &json!(1_000)));
        assert_eq!(load["cpu_us"], json!({ "server": 300, "gone": null }));
        assert_eq!(load["statuses"]["503"], 1);
        assert_eq!(json["sync"]["per_second"], 3_700);
    }

    #[test]
    fn a_report_is_clean_when_nothing_was_wrong() {
        let mut report = report();
        assert!(!report.is_clean());

        report.rows[0].measured.wrong = 0;

        assert!(report.is_clean());
    }
}
