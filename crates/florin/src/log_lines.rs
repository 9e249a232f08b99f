//! One event of the log as a line of JSON.
//!
//! Written straight into the line's buffer, since there is one for every request: the subscriber's own
//! format for machines builds a document first, which took a seventh of a request's processor time.

use std::fmt::{self, Write};

use florin_kernel::Env;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The format: `timestamp`, `level`, `target`, and the event's own fields beside them.
pub(crate) struct JsonLines {
    env: Env,
}

impl JsonLines {
    pub(crate) fn new(env: Env) -> Self {
        Self { env }
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let about = event.metadata();
        let (at, level, target) = (self.env.now(), about.level(), about.target());
        write!(out, "{{\"timestamp\":\"{at}\",\"level\":\"{level}\",\"target\":\"{target}\"")?;
        let mut fields = Fields { out: out.by_ref(), result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        out.write_str("}\n")
    }
}

/// Writes fields one after the other; the first failure stands.
struct Fields<'w> {
    out: Writer<'w>,
    result: fmt::Result,
}

impl Fields<'_> {
    fn plain(&mut self, field: &Field, value: &dyn fmt::Display) {
        self.result = self.result.and_then(|()| write!(self.out, ",\"{}\":{value}", field.name()));
    }

    fn text(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let written = write!(self.out, ",\"{}\":\"", field.name());
        let written = written.and_then(|()| Escaping(&mut self.out).write_fmt(value));
        self.result = self.result.and(written).and_then(|()| self.out.write_char('"'));
    }
}

impl Visit for Fields<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format_args!("{value:?}"));
    }
}

/// Escapes what JSON does not take in a text, so that no value can end its line or begin another.
struct Escaping<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c.is_control()) {
            let (before, after) = rest.split_at(at);
            self.0.write_str(before)?;
            let mut chars = after.chars();
            match chars.next() {
                Some(c @ ('"' | '\\')) => write!(self.0, "\\{c}")?,
                Some(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                None => {}
            }
            rest = chars.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use florin_kernel::Timestamp;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_of_json_whatever_its_values_hold() {
        let paper = Paper::default();
        let writer = paper.clone();
        let (env, _) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(JsonLines::new(env))
            .finish();

        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(status = 201_u16, ok = true, path = "a\"b\\c\n{}", error = ?Some("x\"y"), "two\nlines");
        });

        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["timestamp"], "2026-09-21T14:13:20Z");
        assert_eq!((line["status"].as_u64(), line["ok"].as_bool()), (Some(201), Some(true)));
        assert_eq!(
            (line["path"].as_str(), line["message"].as_str()),
            (Some("a\"b\\c\n{}"), Some("two\nlines"))
        );
        assert_eq!(line["error"], "Some(\"x\\\"y\")");
    }
}
