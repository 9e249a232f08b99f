//! What was measured of pages, as a table and as JSON.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::table::Who;
use super::viewers::Watched;
use crate::bench::Measured;
use crate::bench::report::hundredths;

/// One page, and what came of asking for it again and again.
#[derive(Clone, Debug)]
pub struct PageRow {
    /// Its path, in which names in braces stand for identifiers.
    pub path: &'static str,
    /// Who asked.
    pub who: Who,
    /// Over how many connections.
    pub connections: usize,
    /// How many bytes the largest answer had.
    pub bytes: u64,
    /// What came of it.
    pub measured: Measured,
}

impl PageRow {
    /// The times that a half, one in twenty and one in a hundred exceed, in microseconds.
    fn quantiles(&self) -> [u64; 3] {
        [0.5, 0.95, 0.99].map(|quantile| self.measured.latencies.value_at_quantile(quantile))
    }

    /// The server's processor time for one, in hundredths of a microsecond.
    fn cpu_each(&self) -> Option<u64> {
        let used =
            self.measured.cpu_us.iter().find(|(name, _)| name == "server").and_then(|(_, used)| *used)?;
        Some(used.saturating_mul(100) / self.measured.latencies.len().max(1))
    }

    pub(super) fn json(&self) -> Value {
        let [p50, p95, p99] = self.quantiles();
        json!({
            "path": self.path,
            "who": self.who.code(),
            "connections": self.connections,
            "bytes": self.bytes,
            "requests": self.measured.latencies.len(),
            "latency_us": { "p50": p50, "p95": p95, "p99": p99 },
            "server_cpu_us": self.cpu_each().map(|hundredths| hundredths / 100),
            "wrong": self.measured.wrong,
            "errors": self.measured.errors,
            "examples": self.measured.examples,
        })
    }
}

impl Watched {
    pub(super) fn json(&self) -> Value {
        let (with, without) = self.cpu_per_second();
        json!({
            "viewers": self.viewers,
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
            "server_cpu_us_per_second": with,
            "server_cpu_us_per_second_idle": without,
            "pictures": self.pictures,
            "bytes": self.bytes,
            "lost": self.lost,
        })
    }
}

/// What viewers cost, in a line.
impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (with, without) = self.cpu_per_second();
        let [with, without] = [with, without].map(|us| hundredths(us / 10));
        write!(
            f,
            "dashboard: {} viewers, server {with} ms of processor time a second, {without} ms without them; {} pictures, {} bytes, {} lost",
            self.viewers, self.pictures, self.bytes, self.lost
        )
    }
}

/// All that was measured of pages.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Each page.
    pub rows: Vec<PageRow>,
    /// The viewers of the dashboard, if there were any.
    pub watched: Option<Watched>,
}

impl Pages {
    /// Whether every page was answered, and rightly.
    pub(in crate::bench) fn is_clean(&self) -> bool {
        self.rows.iter().all(|row| row.measured.is_clean())
            && self.watched.as_ref().is_none_or(Watched::is_clean)
    }

    pub(in crate::bench) fn json(&self) -> Value {
        json!({
            "pages": self.rows.iter().map(PageRow::json).collect::<Vec<_>>(),
            "dashboard": self.watched.as_ref().map(Watched::json),
        })
    }
}

impl fmt::Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([
            "page",
            "who",
            "conns",
            "asked",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "CPU µs each",
            "bytes",
            "wrong",
            "errors",
        ]);
        for row in &self.rows {
            let [p50, p95, p99] = row.quantiles().map(|us| hundredths(us / 10));
            table.add_row([
                row.path.to_owned(),
                row.who.code().to_owned(),
                row.connections.to_string(),
                row.measured.latencies.len().to_string(),
                p50,
                p95,
                p99,
                row.cpu_each().map(hundredths).unwrap_or_default(),
                row.bytes.to_string(),
                row.measured.wrong.to_string(),
                row.measured.errors.to_string(),
            ]);
        }
        for index in 2..11 {
            if let Some(column) = table.column_mut(index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        write!(f, "{table}")?;
        for row in &self.rows {
            for example in &row.measured.examples {
                write!(f, "\n{}: {example}", row.path)?;
            }
        }
        match &self.watched {
            Some(watched) => write!(f, "\n{watched}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use hdrhistogram::Histogram;

    use super::*;

    fn pages() -> Pages {
        let mut latencies = Histogram::new_with_max(1_000_000, 3).unwrap();
        for us in [2_000, 2_000, 2_000, 9_000] {
            latencies.record(us).unwrap();
        }
        let measured = Measured {
            elapsed: Duration::from_secs(1),
            latencies,
            statuses: BTreeMap::from([(200, 4), (403, 1)]),
            wrong: 1,
            errors: 0,
            examples: vec!["403 Forbidden".to_owned()],
            cpu_us: vec![("server".to_owned(), Some(6_000)), ("postgres".to_owned(), Some(1))],
        };
        let row = PageRow { path: "/staff/audit", who: Who::Admin, connections: 1, bytes: 31_415, measured };
        let watched = Watched {
            viewers: 200,
            elapsed: Duration::from_secs(2),
            cpu_us: 30_000,
            idle_cpu_us: 10_000,
            pictures: 200,
            bytes: 1_000_000,
            lost: 0,
        };
        Pages { rows: vec![row], watched: Some(watched) }
    }

    #[test]
    fn the_table_tells_times_sizes_and_faults() {
        let text = pages().to_string();

        for said in [
            "/staff/audit",
            "admin",
            "2.00",
            "9.0",
            "1500.00",
            "31415",
            "403 Forbidden",
            "200 viewers, server 15.00 ms of processor time a second, 5.00 ms without them",
        ] {
            assert!(text.contains(said), "{said} is missing in\n{text}");
        }
    }

    #[test]
    fn the_json_tells_the_same() {
        let json = pages().json();

        let page = &json["pages"][0];
        assert_eq!((&page["bytes"], &page["latency_us"]["p50"]), (&json!(31_415), &json!(2_000)));
        assert_eq!((&page["server_cpu_us"], &page["wrong"]), (&json!(1_500), &json!(1)));
        assert_eq!(json["dashboard"]["server_cpu_us_per_second"], 15_000);
    }

    #[test]
    fn pages_are_clean_when_every_answer_was_right_and_no_viewer_lost() {
        let mut pages = pages();
        assert!(!pages.is_clean());

        pages.rows[0].measured.wrong = 0;
        assert!(pages.is_clean());

        pages.watched.as_mut().unwrap().lost = 1;
        assert!(!pages.is_clean());
    }
}
