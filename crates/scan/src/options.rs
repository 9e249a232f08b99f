//! What a scan is asked to do.

use std::time::Duration;

use secrecy::SecretString;

/// Somebody who can sign in at the target.
#[derive(Clone, Debug)]
pub struct Account {
    /// What the person signs in as.
    pub email: String,
    /// Their password.
    pub password: SecretString,
}

/// What to scan, as whom, and how gently.
#[derive(Clone, Debug)]
pub struct Options {
    /// The root of the target, `http://` or `https://`.
    pub url: String,
    /// Who does the probing.
    pub user: Option<Account>,
    /// Whose things the first must not reach.
    pub other: Option<Account>,
    /// A token to use in the place of the first account's sign-in.
    pub bearer: Option<SecretString>,
    /// Where the OpenAPI document is; the usual places are tried when nothing is said.
    pub openapi: Option<String>,
    /// How many requests at most.
    pub budget: u32,
    /// How many requests a second at most; without one, 10 elsewhere and as many as are answered on this machine.
    pub rate: Option<u32>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long the target is made to wait by an injected delay, and the least difference that counts.
    pub delay: Duration,
    /// What one `Retry-After` may ask for; a longer wait is not made and the request counts as refused.
    pub retry_after_max: Duration,
    /// Where payloads and their order come from; a random one when nothing is said.
    pub seed: Option<u64>,
    /// Whether a target that is not on this machine may be scanned.
    pub authorised: bool,
    /// Whether requests that may change something are sent.
    pub writes: bool,
    /// The rules to leave out, by id.
    pub without: Vec<String>,
}

impl Options {
    /// A scan of this target within the usual bounds.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            user: None,
            other: None,
            bearer: None,
            openapi: None,
            budget: 5_000,
            rate: None,
            timeout: Duration::from_secs(10),
            delay: Duration::from_secs(2),
            retry_after_max: Duration::from_mins(1),
            seed: None,
            authorised: false,
            writes: true,
            without: Vec::new(),
        }
    }
}
