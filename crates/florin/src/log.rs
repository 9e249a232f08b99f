//! The log: lines are gathered in memory and written to stderr by a thread of their own.
//!
//! Whoever logs copies a line into a buffer and goes on. A line that asks for a person is written at once, with all
//! that were logged before it.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use florin_app::config::{Log, LogFormat};
use florin_kernel::Env;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::log_lines::JsonLines;
use crate::{Exit, Failure, telemetry};

/// How much may wait while stderr does not take it; lines beyond are counted and left out.
const PENDING_BYTES_MAX: usize = 16 << 20;
/// How long the first line waits for company, so that a busy program wakes the thread seldom.
const GATHER: Duration = Duration::from_millis(5);

/// The running log; dropping it writes what is left.
pub(crate) struct Logging {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the log of a server, and its traces where `tracer` is given.
pub(crate) fn start(settings: &Log, tracer: Option<SdkTracer>) -> Result<Logging, Failure> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| Failure::new(Exit::Usage, format!("log.filter cannot be used: {error}")))?;
    let logging = Logging::start(Box::new(io::stderr()))?;
    let writer = LogWriter(Arc::clone(&logging.shared));
    let is_terminal = io::stderr().is_terminal();
    if let Some(tracer) = tracer {
        install_with_traces(settings, filter, writer, tracer)?;
        return Ok(logging);
    }
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let installed = match settings.format {
        LogFormat::Text => builder.with_ansi(is_terminal && colours_wanted()).finish().try_init(),
        LogFormat::Auto if is_terminal => builder.with_ansi(colours_wanted()).finish().try_init(),
        LogFormat::Auto | LogFormat::Json => {
            builder.event_format(JsonLines::new(Env::system())).finish().try_init()
        }
    };
    installed.map_err(|error| Failure::of(Exit::Failed, &error))?;
    Ok(logging)
}

/// The same log beside traces: the filter is the log's alone, and what is traced is not for it to say.
fn install_with_traces(
    settings: &Log,
    filter: EnvFilter,
    writer: LogWriter,
    tracer: SdkTracer,
) -> Result<(), Failure> {
    let is_terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Text => lines.with_ansi(is_terminal && colours_wanted()).with_filter(filter).boxed(),
        LogFormat::Auto if is_terminal => lines.with_ansi(colours_wanted()).with_filter(filter).boxed(),
        LogFormat::Auto | LogFormat::Json => {
            lines.event_format(JsonLines::new(Env::system())).with_filter(filter).boxed()
        }
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_filter(filter_fn(telemetry::is_traced));
    let installed = tracing_subscriber::registry().with(lines).with(spans).try_init();
    installed.map_err(|error| Failure::of(Exit::Failed, &error))
}

/// Lets a command warn on stderr.
pub(crate) fn start_for_command() {
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn")).with_writer(io::stderr);
    // A second subscriber is refused; then there is one already.
    let _ = builder.with_ansi(io::stderr().is_terminal() && colours_wanted()).finish().try_init();
}

/// Whether the person has not asked for plain text.
fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[derive(Default)]
struct Pending {
    lines: Vec<u8>,
    lost: u64,
    stopping: bool,
}

struct Shared {
    pending: Mutex<Pending>,
    filled: Condvar,
    sink: Mutex<Sink>,
}

struct Sink {
    out: Box<dyn Write + Send>,
    lines: Vec<u8>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn append(&self, line: &[u8]) {
        let mut pending = lock(&self.pending);
        if pending.lines.len().saturating_add(line.len()) > PENDING_BYTES_MAX {
            pending.lost = pending.lost.saturating_add(1);
            return;
        }
        let first = pending.lines.is_empty();
        pending.lines.extend_from_slice(line);
        drop(pending);
        if first {
            self.filled.notify_one();
        }
    }

    /// Writes all that waits; who writes at the same time goes before or after it, never between.
    fn write_out(&self) {
        let mut sink = lock(&self.sink);
        let Sink { out, lines } = &mut *sink;
        let lost = {
            let mut pending = lock(&self.pending);
            std::mem::swap(&mut pending.lines, lines);
            std::mem::take(&mut pending.lost)
        };
        // There is nobody to tell that stderr is gone.
        let _ = out.write_all(lines);
        if lost > 0 {
            let _ =
                writeln!(out, "florin: {lost} lines of the log were lost, because nobody read them in time");
        }
        let _ = out.flush();
        lines.clear();
    }

    fn run(&self) {
        loop {
            let pending = lock(&self.pending);
            let wait = |pending: &mut Pending| pending.lines.is_empty() && !pending.stopping;
            let pending = self.filled.wait_while(pending, wait).unwrap_or_else(PoisonError::into_inner);
            let stopping = pending.stopping;
            drop(pending);
            if !stopping {
                thread::sleep(GATHER);
            }
            self.write_out();
            if stopping {
                return;
            }
        }
    }
}

impl Logging {
    fn start(out: Box<dyn Write + Send>) -> Result<Self, Failure> {
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            filled: Condvar::new(),
            sink: Mutex::new(Sink { out, lines: Vec::new() }),
        });
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new().name("florin-log".to_owned()).spawn(move || writing.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        lock(&self.shared.pending).stopping = true;
        self.shared.filled.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Makes a writer for each line.
struct LogWriter(Arc<Shared>);

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { shared: &self.0, urgent: false }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        Line { shared: &self.0, urgent: *metadata.level() == Level::ERROR }
    }
}

/// One line on its way.
struct Line<'a> {
    shared: &'a Shared,
    urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shared.append(bytes);
        if self.urgent {
            self.shared.write_out();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Paper {
        fn text(&self) -> String {
            String::from_utf8(lock(&self.0).clone()).unwrap()
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_once_and_in_order_before_the_log_ends() {
        let paper = Paper::default();
        let logging = Logging::start(Box::new(paper.clone())).unwrap();

        for number in 0..10_000 {
            logging.shared.append(format!("{number}\n").as_bytes());
        }
        drop(logging);

        let text = paper.text();
        let written: Vec<&str> = text.lines().collect();
        let wanted: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
        assert_eq!(written, wanted);
    }

    #[test]
    fn an_urgent_line_is_written_at_once_after_those_before_it() {
        let paper = Paper::default();
        let logging = Logging::start(Box::new(paper.clone())).unwrap();

        logging.shared.append(b"one\n");
        Line { shared: &logging.shared, urgent: true }.write_all(b"two\n").unwrap();

        assert_eq!(paper.text(), "one\ntwo\n");
    }

    #[test]
    fn lines_that_nobody_reads_are_counted_and_not_kept() {
        let paper = Paper::default();
        let logging = Logging::start(Box::new(paper.clone())).unwrap();
        let held = lock(&logging.shared.sink);

        let line = vec![b'x'; PENDING_BYTES_MAX / 2];
        for _ in 0..5 {
            logging.shared.append(&line);
        }
        drop(held);
        drop(logging);

        let text = paper.text();
        assert!(text.contains("lines of the log were lost"));
        assert!(text.len() < 2 * PENDING_BYTES_MAX + 200);
    }
}
