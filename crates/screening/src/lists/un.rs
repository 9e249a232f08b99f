//! The consolidated list of the United Nations Security Council, an XML document.
//!
//! Elements are read as they come; one record is held at a time. A document with a type declaration is refused, and
//! entities other than the five of XML and characters by number are errors, so nothing expands.

use std::io::{BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::un_record::Record;
use super::{ENTRIES_MAX, Error, FIELD_BYTES_MAX};
use crate::entry::Entry;

const FILE: &str = "the consolidated list";
/// Elements within elements.
const DEPTH_MAX: usize = 16;

/// Which names of the list are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnNames {
    /// All of them.
    All,
    /// All but those in the original script, to measure how well these are found by the others.
    WithoutOriginalScript,
}

/// Reads the consolidated list.
pub fn read_un(source: impl Read, names: UnNames) -> Result<Vec<Entry>, Error> {
    let mut lines = Lines { inner: BufReader::new(source), line: 1, column: 1 };
    let mut reader = Reader::from_reader(&mut lines);
    let mut state =
        State { path: Vec::new(), text: String::new(), record: None, entries: Vec::new(), closed: false };
    let mut buffer = Vec::new();
    loop {
        let event = reader.read_event_into(&mut buffer);
        let outcome = match event {
            Ok(Event::Eof) => break,
            Ok(event) => state.take(&event, names),
            Err(quick_xml::Error::Io(error)) => {
                return Err(Error::Io(std::io::Error::new(error.kind(), "reading failed")));
            }
            Err(_) => Err("the document is not well-formed".to_owned()),
        };
        if let Err(problem) = outcome {
            let lines = reader.get_ref();
            return Err(Error::at(FILE, lines.line, lines.column, problem));
        }
        buffer.clear();
    }
    if state.closed {
        return Ok(state.entries);
    }
    Err(Error::at(FILE, lines.line, lines.column, "the document does not end, or is no consolidated list"))
}

struct State {
    path: Vec<String>,
    text: String,
    record: Option<Record>,
    entries: Vec<Entry>,
    closed: bool,
}

impl State {
    fn take(&mut self, event: &Event<'_>, names: UnNames) -> Result<(), String> {
        match event {
            Event::Start(start) => self.open(start.name().as_ref()),
            Event::Empty(empty) => self.open(empty.name().as_ref()).and_then(|()| self.close(names)),
            Event::End(_) => self.close(names),
            Event::Text(text) => self.append(text),
            Event::CData(text) => self.append(text),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string(),
                    Ok(None) => {
                        let known = quick_xml::escape::resolve_predefined_entity(reference);
                        known.ok_or("the document refers to an entity")?.to_owned()
                    }
                    Err(_) => return Err("a character by number is none".to_owned()),
                };
                self.append(&character)
            }
            Event::DocType(_) => Err("the document declares a type".to_owned()),
            _ => Ok(()),
        }
    }

    fn append(&mut self, text: &str) -> Result<(), String> {
        if self.text.len() + text.len() > FIELD_BYTES_MAX {
            return Err("a text is too long".to_owned());
        }
        self.text.push_str(text);
        Ok(())
    }

    fn open(&mut self, name: &str) -> Result<(), String> {
        if self.path.len() >= DEPTH_MAX {
            return Err("elements are nested too deep".to_owned());
        }
        if self.path.is_empty() && (name != "CONSOLIDATED_LIST" || self.closed) {
            return Err("the document is no consolidated list".to_owned());
        }
        self.path.push(name.to_owned());
        self.text.clear();
        if self.path.len() == 3 {
            self.record = Record::of(name);
        }
        Ok(())
    }

    fn close(&mut self, names: UnNames) -> Result<(), String> {
        let depth = self.path.len();
        let text = std::mem::take(&mut self.text);
        if depth == 3 {
            if let Some(record) = self.record.take() {
                if self.entries.len() >= ENTRIES_MAX {
                    return Err("there are too many entries".to_owned());
                }
                self.entries.push(record.entry(names)?);
            }
        } else if let (Some(record), Some(inner)) = (&mut self.record, self.path.get(3..)) {
            record.value(inner, text.trim())?;
        }
        self.path.pop();
        self.closed = self.closed || depth == 1;
        Ok(())
    }
}

/// Counts lines and columns of what is read.
struct Lines<R> {
    inner: BufReader<R>,
    line: u64,
    column: u64,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        for byte in self.inner.buffer().iter().take(count) {
            if *byte == b'\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.inner.consume(count);
    }
}
