//! What is thought of a sign-in before it begins.

use std::fmt;
use std::sync::Arc;

use florin_db::Bulk;
use florin_kernel::{Origin, SessionId, Timestamp, UserId};

use crate::Email;

/// A sign-in whose factors were proved, or not.
#[derive(Clone, Copy, Debug)]
pub struct SignInAttempt<'a> {
    /// What it will be known by.
    pub session: SessionId,
    /// Who signs in; nobody where the email is unknown.
    pub user: Option<UserId>,
    /// The email, where that is known.
    pub email: Option<&'a Email>,
    /// Where the request came from.
    pub origin: &'a Origin,
    /// When.
    pub at: Timestamp,
}

/// What is thought of it.
#[derive(Debug, Default)]
pub struct SignInVerdict {
    /// Whether it may not begin.
    pub refused: bool,
    /// The evidence, where there is any.
    pub record: Option<Arc<dyn SignInRecord>>,
}

/// The evidence of what was thought of a sign-in.
pub trait SignInRecord: Send + Sync + fmt::Debug {
    /// The rows that belong into its commit.
    fn rows(&self) -> Vec<Bulk>;

    /// That commit is durable.
    fn settled(&self);
}

/// Looks at sign-ins before they begin. It answers from memory.
pub trait SignInRisk: Send + Sync {
    /// What is thought of a sign-in whose factors were proved.
    fn assess(&self, attempt: &SignInAttempt<'_>) -> SignInVerdict;

    /// The evidence of one whose factor was wrong.
    fn failed(&self, attempt: &SignInAttempt<'_>) -> Option<Arc<dyn SignInRecord>>;
}

/// Thinks nothing of any.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl SignInRisk for Unwatched {
    fn assess(&self, _: &SignInAttempt<'_>) -> SignInVerdict {
        SignInVerdict::default()
    }

    fn failed(&self, _: &SignInAttempt<'_>) -> Option<Arc<dyn SignInRecord>> {
        None
    }
}
