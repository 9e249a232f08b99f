//! Records of fixed width: written field by field, and read by position.

use std::fmt::Display;

use jiff::civil::Date;
use thiserror::Error;

/// Why a file was not read. Nothing of it counts then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub struct Malformed {
    /// The line, from one.
    pub line: usize,
    /// What is wrong with it. It quotes no account numbers.
    pub why: String,
}

impl Malformed {
    pub(crate) fn at(line: usize, why: impl Into<String>) -> Self {
        Self { line, why: why.into() }
    }
}

/// Why a file was not written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} {why}")]
pub struct NotWritten {
    /// Which field it is.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

impl NotWritten {
    pub(crate) const fn of(field: &'static str, why: &'static str) -> Self {
        Self { field, why }
    }
}

/// A record that is being written.
pub(crate) struct Writer(String);

impl Writer {
    pub(crate) fn of(kind: char) -> Self {
        Self(kind.to_string())
    }

    /// Text to the left of `width`, cut when it is longer: for names.
    pub(crate) fn name(&mut self, width: usize, text: &str) -> &mut Self {
        let text: String = printable(text).chars().take(width).collect();
        self.left(width, &text)
    }

    fn left(&mut self, width: usize, text: &str) -> &mut Self {
        let filler = width.saturating_sub(text.len());
        self.0.push_str(text);
        self.blank(filler)
    }

    /// Text to the left of `width`, which must have room for it: for what others look up.
    pub(crate) fn code(
        &mut self,
        field: &'static str,
        width: usize,
        text: &str,
    ) -> Result<&mut Self, NotWritten> {
        if text.len() > width {
            return Err(NotWritten::of(field, "is too long"));
        }
        if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(NotWritten::of(field, "has characters that files cannot hold"));
        }
        Ok(self.left(width, text))
    }

    /// A number to the right of `width`, after zeros.
    pub(crate) fn number(
        &mut self,
        field: &'static str,
        width: usize,
        number: u64,
    ) -> Result<&mut Self, NotWritten> {
        let digits = format!("{number:0>width$}");
        if digits.len() > width {
            return Err(NotWritten::of(field, "is too large"));
        }
        self.0.push_str(&digits);
        Ok(self)
    }

    /// Text as it is, of a width that its maker knows.
    pub(crate) fn exactly(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    pub(crate) fn blank(&mut self, width: usize) -> &mut Self {
        self.0.extend(std::iter::repeat_n(' ', width));
        self
    }

    /// The record, filled with blanks to `width`.
    pub(crate) fn finish(&self, width: usize) -> String {
        format!("{:<width$}", self.0)
    }
}

/// Text as files can hold it: capitals of printable ASCII, other letters by their nearest ones.
fn printable(text: &str) -> String {
    let nearest = deunicode::deunicode_with_tofu(text, "?");
    let shown = nearest.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { ' ' });
    shown.collect::<String>().to_ascii_uppercase()
}

/// A record that is being read, by positions from one, their ends included.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    text: &'a str,
    pub(crate) line: usize,
    /// Where positions begin: segments count from their own beginning.
    from: usize,
}

impl<'a> Record<'a> {
    pub(crate) fn new(text: &'a str, line: usize) -> Self {
        Self { text, line, from: 0 }
    }

    /// The record from a position on, whose positions count from one again.
    pub(crate) fn segment(self, from: usize) -> Self {
        Self { from: from.saturating_sub(1), ..self }
    }

    /// The characters, blanks at both ends left out.
    pub(crate) fn text(self, from: usize, to: usize) -> &'a str {
        self.raw(from, to).trim()
    }

    /// The characters as they are.
    pub(crate) fn raw(self, from: usize, to: usize) -> &'a str {
        let begin = self.from.saturating_add(from).saturating_sub(1);
        // A record was filled to its width; what is beyond it is blank.
        self.text.get(begin..self.from.saturating_add(to)).unwrap_or_default()
    }

    pub(crate) fn number(self, from: usize, to: usize, what: &str) -> Result<u64, Malformed> {
        let digits = self.raw(from, to);
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        number.ok_or_else(|| self.wrong(format!("{what}: digits are wanted at {from} to {to}")))
    }

    pub(crate) fn wrong(self, why: impl Into<String>) -> Malformed {
        Malformed::at(self.line, why)
    }

    /// Refuses the record unless the number there is what was `counted`.
    pub(crate) fn must_count(
        self,
        what: &str,
        from: usize,
        to: usize,
        counted: u64,
    ) -> Result<(), Malformed> {
        let said = self.number(from, to, what)?;
        if said == counted { Ok(()) } else { Err(self.differs(what, &said, &counted)) }
    }

    /// Refuses the record unless the text there is what the file has elsewhere.
    pub(crate) fn must_say(self, what: &str, from: usize, to: usize, wanted: &str) -> Result<(), Malformed> {
        let said = self.text(from, to);
        if said == wanted { Ok(()) } else { Err(self.differs(what, &said, &wanted)) }
    }

    fn differs(self, what: &str, said: &dyn Display, found: &dyn Display) -> Malformed {
        self.wrong(format!("{what}: the record says {said} and the file has {found}"))
    }

    pub(crate) fn parsed<T: std::str::FromStr>(
        self,
        from: usize,
        to: usize,
        what: &str,
    ) -> Result<T, Malformed>
    where
        T::Err: Display,
    {
        self.text(from, to).parse().map_err(|error| self.wrong(format!("{what}: {error}")))
    }
}

/// The records of a file, each filled with blanks to `width`; blanks at the ends may have been lost on the way.
pub(crate) fn records(file: &str, width: usize) -> Result<Vec<(usize, String)>, Malformed> {
    let mut records = Vec::new();
    for (line, text) in (1..).zip(file.trim_end_matches(['\n', '\r', '\u{1a}']).split('\n')) {
        let text = text.strip_suffix('\r').unwrap_or(text);
        if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(Malformed::at(line, "files hold printable ASCII alone"));
        }
        if text.len() > width && text.get(width..).is_some_and(|rest| !rest.trim().is_empty()) {
            return Err(Malformed::at(
                line,
                format!("a record has {width} characters, and this has {}", text.len()),
            ));
        }
        records.push((line, format!("{:<width$}", text.get(..width).unwrap_or(text))));
    }
    Ok(records)
}

/// The date of six digits `YYMMDD`, of this century.
pub(crate) fn yymmdd(record: Record<'_>, from: usize, what: &str) -> Result<Date, Malformed> {
    let digits = record.number(from, from.saturating_add(5), what)?;
    let (year, month, day) = (digits / 10_000, digits / 100 % 100, digits % 100);
    let part = |digits: u64| i8::try_from(digits).unwrap_or(0);
    let year = i16::from(part(year)).saturating_add(2_000);
    Date::new(year, part(month), part(day)).map_err(|_| record.wrong(format!("{what}: there is no such day")))
}

/// A date as `YYMMDD`.
pub(crate) fn as_yymmdd(date: Date) -> String {
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day())
}
