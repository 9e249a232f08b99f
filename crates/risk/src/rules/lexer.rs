//! The words of a condition.

use super::fault::{Fault, Position};

/// The longest text of a condition, in bytes.
const LONGEST: usize = 4_096;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Number(String),
    Text(String),
    /// A feature, a field, a function, or a word of the language.
    Name(String),
    Sign(&'static str),
    End,
}

/// The longer signs first.
const SIGNS: [&str; 15] = ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ","];

/// Cuts a text into words, each with its place. The last is [`Word::End`].
pub(super) fn words(text: &str) -> Result<Vec<(Position, Word)>, Fault> {
    let start = Position { line: 1, column: 1 };
    if text.len() > LONGEST {
        return Err(Fault::new(start, format!("a condition has at most {LONGEST} characters")));
    }
    let mut words = Vec::new();
    let (mut rest, mut at) = (text, start);
    loop {
        let blank = rest.len() - rest.trim_start().len();
        (rest, at) = advance(rest, at, blank);
        let Some(first) = rest.chars().next() else {
            words.push((at, Word::End));
            return Ok(words);
        };
        let (word, length) = word(rest, first, at)?;
        words.push((at, word));
        (rest, at) = advance(rest, at, length);
    }
}

fn word(rest: &str, first: char, at: Position) -> Result<(Word, usize), Fault> {
    let run = |fits: fn(char) -> bool| rest.find(|next| !fits(next)).unwrap_or(rest.len());
    let taken = |length: usize| rest.get(..length).unwrap_or_default();
    if first.is_ascii_digit() {
        let length = run(|next| next.is_ascii_digit() || next == '.' || next == '_');
        let digits = taken(length).replace('_', "");
        if digits.matches('.').count() > 1 || digits.ends_with('.') || digits.len() > 15 {
            return Err(Fault::new(at, format!("`{}` is no number", taken(length))));
        }
        return Ok((Word::Number(digits), length));
    }
    if first.is_ascii_alphabetic() {
        let length = run(|next| next.is_ascii_alphanumeric() || next == '.' || next == '_');
        return Ok((Word::Name(taken(length).to_owned()), length));
    }
    if first == '"' {
        let inside = rest.get(1..).unwrap_or_default();
        let length =
            inside.find(['"', '\n']).filter(|end| inside.get(*end..).is_some_and(|end| end.starts_with('"')));
        let length = length.ok_or_else(|| Fault::new(at, "this text has no closing quotation mark"))?;
        return Ok((Word::Text(inside.get(..length).unwrap_or_default().to_owned()), length + 2));
    }
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
    let hint = if first == '=' { "; to compare, write `==`" } else { "" };
    let sign = sign.ok_or_else(|| Fault::new(at, format!("`{first}` means nothing here{hint}")))?;
    Ok((Word::Sign(sign), sign.len()))
}

fn advance(text: &str, mut at: Position, length: usize) -> (&str, Position) {
    let (passed, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    for character in passed.chars() {
        if character == '\n' {
            at = Position { line: at.line.saturating_add(1), column: 1 };
        } else {
            at.column = at.column.saturating_add(1);
        }
    }
    (rest, at)
}

impl Word {
    /// As people see it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Number(digits) => format!("`{digits}`"),
            Self::Text(text) => format!("\"{text}\""),
            Self::Name(name) => format!("`{name}`"),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end".to_owned(),
        }
    }
}
