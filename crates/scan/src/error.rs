//! Why a scan did not happen.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none that can be scanned.
    #[error("{0} is no address of a web server; an address such as http://127.0.0.1:8080 is wanted")]
    Address(String),
    /// The target is not on this machine and nobody said that it may be scanned.
    #[error(
        "{0} is not on this machine: scan only what you are authorised to, and say so with --i-am-authorised"
    )]
    NotAuthorised(String),
    /// The target does not answer.
    #[error("{url} does not answer: {why}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What went wrong.
        why: String,
    },
    /// The credentials that were given do not sign in.
    #[error("{0} could not sign in: no sign-in that was found takes these credentials")]
    SignIn(String),
    /// The OpenAPI document that was named is none.
    #[error("{0} is no OpenAPI document")]
    Document(String),
    /// This machine does not give what a scan needs.
    #[error("the scanner cannot start: {0}")]
    System(String),
}

/// Why a scan ended before its last probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// All requests that were allowed have been sent.
    Budget,
    /// The target has stopped answering.
    Silent(String),
}
