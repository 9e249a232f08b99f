//! Why something is not changed.

use florin_db::DbError;
use florin_kernel::{Denied, Fault, PageError};
use thiserror::Error;

use crate::rules::RuleSetFault;

/// Why what guides decisions is not changed, or not told.
#[derive(Debug, Error)]
pub enum GuideError {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such entry, set, rule, snooze or model.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was filled in is not acceptable.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// The text of a set of rules.
    #[error("{0}")]
    Rules(RuleSetFault),
    /// It does not fit what is so already; a sentence says what.
    #[error("{0}")]
    Conflict(String),
    /// The page cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl GuideError {
    pub(super) fn invalid(field: &'static str, message: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![Fault::invalid(field, message)])
    }
}

/// A text of people, trimmed: not empty, not too long, without characters that cannot be kept.
pub(super) fn text(field: &'static str, text: &str, chars_max: usize) -> Result<String, Fault> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Fault::missing(field));
    }
    if trimmed.chars().count() > chars_max {
        return Err(Fault::new(field, "too_long", format!("at most {chars_max} characters are taken")));
    }
    if trimmed.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Fault::invalid(field, "the text has a character that cannot be kept"));
    }
    Ok(trimmed.to_owned())
}
