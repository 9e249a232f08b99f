//! Why a letter cannot be written or sent.

use std::io;

use thiserror::Error;

/// A letter that cannot be written or sent.
#[derive(Debug, Error)]
pub enum MailError {
    /// An address that cannot stand in a letter; it is not repeated here, because it may be a person's.
    #[error("the {0} address is no mail address")]
    Address(&'static str),
    /// Text that cannot stand where it is wanted.
    #[error("the {0} of a letter holds characters that are not allowed there")]
    Text(&'static str),
    /// A public address that cannot carry links.
    #[error(
        "the public address must be http:// or https:// with a host, and neither user, query nor fragment"
    )]
    PublicUrl,
    /// The outbox cannot be written.
    #[error("the outbox cannot be written")]
    Outbox(#[from] io::Error),
    /// Settings that cannot be used; the text names the setting.
    #[error("{0}")]
    Settings(String),
    /// The mail server does not answer, or asks for patience: later it may take the letter.
    #[error("the mail server is unavailable: {0}")]
    Unavailable(String),
    /// The mail server takes no letters of ours, whatever they say: somebody has to put it right.
    #[error("the mail server does not take our letters: {0}")]
    Service(String),
    /// The mail server refused this letter for good.
    #[error("the mail server refused the letter for good: {0}")]
    Refused(String),
    /// The letter could not be put into the form of RFC 5322.
    #[error("the letter cannot be rendered")]
    Unrenderable(#[from] lettre::error::Error),
}
