//! Metrics in the text format of Prometheus, version 0.0.4, for whoever does not ask for `OpenMetrics`.
//!
//! The two write samples alike. They differ in what is said of a family: the older format names a counter with its `_total`,
//! knows no type `info`, no units and no end. Source: Prometheus, "Exposition formats", "Text-based format".

use std::fmt::Write as _;

/// What the older format is called.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The same metrics in the older format.
pub(super) fn of_openmetrics(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut help = "";
    for line in text.lines() {
        let told = line.strip_prefix("# ").and_then(|rest| rest.split_once(' '));
        match told {
            // Written with the type that follows, which decides the name.
            Some(("HELP", rest)) => help = rest,
            Some(("TYPE", rest)) => family(&mut plain, rest, std::mem::take(&mut help)),
            _ if line.starts_with('#') => {}
            _ => {
                plain.push_str(line);
                plain.push('\n');
            }
        }
    }
    plain
}

/// What is said of a family: its name and type, and its name and what it means.
fn family(plain: &mut String, told: &str, help: &str) {
    let Some((name, kind)) = told.split_once(' ') else { return };
    let (suffix, kind) = match kind {
        "counter" => ("_total", "counter"),
        "info" => ("_info", "gauge"),
        "unknown" => ("", "untyped"),
        kind => ("", kind),
    };
    if let Some((_, help)) = help.split_once(' ') {
        // Quotation marks are escaped in labels alone.
        let _ = writeln!(plain, "# HELP {name}{suffix} {}", help.replace("\\\"", "\""));
    }
    let _ = writeln!(plain, "# TYPE {name}{suffix} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_named_as_the_older_format_names_them() {
        let openmetrics = "# HELP a_requests Requests that were \\\"answered\\\".\n\
                           # TYPE a_requests counter\n\
                           a_requests_total{path=\"/\"} 2\n\
                           # HELP a_time_seconds Time.\n\
                           # TYPE a_time_seconds histogram\n\
                           # UNIT a_time_seconds seconds\n\
                           a_time_seconds_sum 0.5\n\
                           # TYPE a_build info\n\
                           a_build_info{version=\"1\"} 1\n\
                           # EOF\n";

        assert_eq!(
            of_openmetrics(openmetrics),
            "# HELP a_requests_total Requests that were \"answered\".\n\
             # TYPE a_requests_total counter\n\
             a_requests_total{path=\"/\"} 2\n\
             # HELP a_time_seconds Time.\n\
             # TYPE a_time_seconds histogram\n\
             a_time_seconds_sum 0.5\n\
             # TYPE a_build_info gauge\n\
             a_build_info{version=\"1\"} 1\n"
        );
    }
}
