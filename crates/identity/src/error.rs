//! What identity refuses, and what fails beneath it.

use florin_db::DbError;
use florin_kernel::{Denied, UserId};
use thiserror::Error;

use crate::password::Weakness;
use crate::token::Forged;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The email is unknown, the password is wrong, or the person may not sign in: which of these is not told.
    #[error("the email or the password is wrong")]
    InvalidCredentials,
    /// The access token is not one of ours, or its time is over; the reason is for the log.
    #[error("the access token is not valid")]
    InvalidAccessToken(#[source] Forged),
    /// The sign-in that the access token belongs to has ended.
    #[error("the sign-in has ended")]
    SessionEnded,
    /// The refresh token is unknown, used up or too old; which of these is not told.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// The proof of an email address is unknown, used up or too old.
    #[error("the link is not valid, or not any more")]
    InvalidVerification,
    /// A new password is too weak.
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    /// Staff cannot be made with the email of somebody else; strangers are never told this.
    #[error("this email has an account already")]
    EmailTaken,
    /// There is no such person.
    #[error("there is no user {0}")]
    UserNotFound(UserId),
    /// More passwords wait to be checked than can be in time.
    #[error("too many sign-ins at once")]
    Overloaded,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
    /// A password cannot be hashed: there is not the memory or the thread for it.
    #[error("passwords cannot be hashed")]
    Unhashable,
    /// The settings contradict each other or what is safe.
    #[error("the settings of identity cannot be used: {0}")]
    Settings(&'static str),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
