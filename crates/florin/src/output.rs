//! What goes to stdout: data, and nothing else.

use std::io::{self, Write};

use serde_json::Value;

use crate::Failure;

/// Writes data to stdout as it is. Whoever closed the other end has read enough.
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::from(error).during("writing to stdout"))
        }
        _ => Ok(()),
    }
}

/// Writes a line of data to stdout.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    data(&format!("{text}\n"))
}

/// Writes a document to stdout, indented.
pub(crate) fn json(value: &Value) -> Result<(), Failure> {
    line(&format!("{value:#}"))
}
