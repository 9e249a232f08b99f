//! Where in the text of a set something is wrong.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::fault::Position;
use super::set::{RuleSet, RuleSetError};

/// What is wrong with the text of a set, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSetFault {
    /// Where in the text; none where it is about the whole.
    pub at: Option<Position>,
    /// What, for people.
    pub message: String,
}

impl fmt::Display for RuleSetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{at}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for RuleSetFault {}

/// As much of a set as is needed to find a rule in its text.
#[derive(Deserialize)]
struct Outline {
    #[serde(default, rename = "rule")]
    rules: Vec<RuleOutline>,
}

#[derive(Deserialize)]
struct RuleOutline {
    id: Spanned<String>,
    when: Spanned<String>,
    typology: Option<Spanned<String>>,
}

impl RuleSet {
    /// As [`RuleSet::parse`], with the place in the text of what is wrong.
    ///
    /// # Errors
    /// [`RuleSetFault`]: the first thing that is wrong.
    pub fn check(text: &str) -> Result<Self, RuleSetFault> {
        Self::parse(text).map_err(|error| locate(text, &error))
    }
}

fn locate(text: &str, error: &RuleSetError) -> RuleSetFault {
    let told = |at, message: String| RuleSetFault { at, message };
    if let RuleSetError::Text(_) = error {
        // The set itself is not public: reading it as what it is tells the place once more.
        return match super::set::unreadable(text) {
            Some((message, span)) => told(span.map(|span| position(text, span.start)), message),
            None => told(None, error.to_string()),
        };
    }
    let rules = toml::from_str::<Outline>(text).map_or_else(|_| Vec::new(), |outline| outline.rules);
    let by_id = |id: &str| rules.iter().filter(|rule| rule.id.get_ref() == id).collect::<Vec<_>>();
    let start = |span: Range<usize>| Some(position(text, span.start));
    match error {
        RuleSetError::Condition { rule, fault } => {
            let at = by_id(rule).first().and_then(|found| within(text, found.when.span(), fault.at));
            told(at, format!("rule `{rule}`: {}", fault.message))
        }
        RuleSetError::Rule { rule, .. } | RuleSetError::Test { rule, .. } => {
            told(by_id(rule).first().and_then(|found| start(found.id.span())), error.to_string())
        }
        RuleSetError::Twice(rule) => {
            told(by_id(rule).get(1).and_then(|found| start(found.id.span())), error.to_string())
        }
        RuleSetError::NoBand(name) => {
            let of = rules.iter().filter_map(|rule| rule.typology.as_ref());
            let at = of.filter(|typology| typology.get_ref() == name).map(Spanned::span).next();
            told(at.and_then(start), error.to_string())
        }
        _ => told(None, error.to_string()),
    }
}

/// The line and column of a byte, both from one.
fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()).saturating_add(1);
    Position { line: small(line), column: small(column) }
}

/// The place in the text of a place in a string that stands there. Escapes in front of it move it by their length.
fn within(text: &str, span: Range<usize>, at: Position) -> Option<Position> {
    let raw = text.get(span.clone())?;
    let opening = ["\"\"\"\r\n", "\"\"\"\n", "'''\r\n", "'''\n", "\"\"\"", "'''", "\"", "'"];
    let opening = opening.into_iter().find(|quotes| raw.starts_with(quotes))?;
    let first = position(text, span.start.saturating_add(opening.len()));
    let line = first.line.saturating_add(at.line.saturating_sub(1));
    let column =
        if at.line <= 1 { first.column.saturating_add(at.column.saturating_sub(1)) } else { at.column };
    Some(Position { line, column })
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version = \"1\"\nreference = \"USD\"\n[bands]\noverall = { review = 600, decline = 900 }\nx = { review = 600, decline = 900 }\n";

    fn rule(when: &str) -> String {
        format!(
            "{HEAD}[[rule]]\nid = \"one\"\nversion = 1\ndescription = \"d\"\ntypology = \"x\"\nkinds = [\"transfer\"]\nwhen = {when}\nweight = 1\nreason = \"r\"\n[[rule.test]]\nfires = true\nfeatures = {{ amount = \"5 USD\" }}\n"
        )
    }

    fn place(text: &str) -> (u32, u32, String) {
        let fault = RuleSet::check(text).unwrap_err();
        let at = fault.at.unwrap();
        (at.line, at.column, fault.message)
    }

    #[test]
    fn a_condition_that_is_wrong_is_shown_in_the_text_of_the_set() {
        let (line, column, message) = place(&rule("\"amount > 1 USD and nonsense > 2\""));
        assert_eq!((line, column), (12, 28), "{message}");
        assert!(message.starts_with("rule `one`: ") && message.contains("nonsense"), "{message}");

        let (line, column, _) = place(&rule("\"\"\"\namount > 1 USD\n  and nonsense > 2\"\"\""));
        assert_eq!((line, column), (14, 7));
    }

    #[test]
    fn what_is_no_toml_and_what_does_not_belong_is_shown_as_well() {
        assert_eq!(place("version = \"1\"\nreference = \n").0, 2);
        assert_eq!(place(&format!("{HEAD}colour = \"red\"\n")).0, 6);
        let (line, _, message) = place(&rule("\"amount > 9 USD\""));
        assert_eq!(line, 7, "its test does not pass");
        assert!(message.contains("test 1"), "{message}");
        assert!(RuleSet::check(&rule("\"amount > 1 USD\"")).is_ok());
    }
}
