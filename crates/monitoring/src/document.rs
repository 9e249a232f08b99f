//! The catalogue of metrics as a document.

use std::fmt::Write as _;

use crate::METRICS;

/// The page about the metrics, in Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         `GET /metrics` gives them in the text format of Prometheus (0.0.4), and in that of OpenMetrics to whoever accepts it, as Prometheus\n\
         does. Names, types and labels are stable: what is built on them goes on working. Counters are those of one process and begin anew with\n\
         it; gauges about the database are the same in every process. No label holds anything that tells of a person.\n\n\
         Metrics without a number are not known yet: what takes a query is asked for every 15 seconds, in the background.\n\n\
         | name | type | unit | labels | meaning |\n|---|---|---|---|---|\n",
    );
    for metric in METRICS {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (kind, unit) = (metric.kind.code(), metric.unit.code());
        let _ = writeln!(
            page,
            "| `{}` | {kind} | {unit} | {} | {} |",
            metric.sample(),
            labels.join(", "),
            metric.help
        );
    }
    page.push_str(
        "\nA histogram has the samples `_bucket`, `_sum` and `_count`. The program's own rules ([monitoring.md](monitoring.md)) see\n\
         the metrics of requests added up over `route` and `method`.\n",
    );
    page
}
