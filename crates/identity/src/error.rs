//! What identity refuses, and what fails beneath it.

use florin_db::DbError;
use florin_kernel::{Denied, UserId};
use thiserror::Error;

use crate::MfaChallenge;
use crate::api_keys::{KeyRefusal, UnusableKey};
use crate::passwords::WeakPassword;
use crate::ports::SealError;
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
    /// The factors were right, and the sign-in looks like nobody should be let in.
    #[error("the sign-in was refused, because it looks like fraud")]
    RefusedByRisk,
    /// The first factor was right, and there is a second: the sign-in waits for it.
    #[error("a second factor is required")]
    MfaRequired(Box<MfaChallenge>),
    /// An authenticator app is on already.
    #[error("an authenticator app is on already: turn it off first")]
    MfaAlreadyOn,
    /// There is no authenticator app to turn on or off, and no second factor that codes could stand in for.
    #[error("no second factor is set up, or it was left waiting for too long")]
    NoEnrolment,
    /// Another factor than the one shown is asked for; the text is the field that it stands in.
    #[error("the `{0}` is wanted here")]
    OtherFactor(&'static str),
    /// The installation has no domain that passkeys could be made for.
    #[error("passkeys need an installation under a domain name")]
    PasskeysUnavailable,
    /// What a browser answered makes no passkey: it does not fit the question, is known already or came too late.
    #[error("the passkey does not fit what was asked for, or came too late")]
    InvalidPasskey,
    /// A passkey's name is too long, or has control characters.
    #[error("a passkey's name has 64 characters at most, and no control characters")]
    InvalidPasskeyName,
    /// A person has as many passkeys as they may.
    #[error("there are 20 passkeys already: remove one first")]
    PasskeysTooMany,
    /// There is no such passkey of whoever asks.
    #[error("there is no such passkey")]
    PasskeyNotFound,
    /// A secret cannot be sealed or opened.
    #[error("a secret cannot be sealed or opened")]
    Sealed(#[from] SealError),
    /// The access token is not one of ours, or its time is over; the reason is for the log.
    #[error("the access token is not valid")]
    InvalidAccessToken(#[source] Forged),
    /// The secret in a browser's cookie is none of ours, or another took its place.
    #[error("the cookie is not valid")]
    InvalidCookie,
    /// The sign-in that the access token belongs to has ended.
    #[error("the sign-in has ended")]
    SessionEnded,
    /// The token was shown from another device than the one it was issued to, and its sign-in ended for that.
    #[error("the token belongs to another device")]
    DeviceMismatch,
    /// There is no such sign-in of whoever asks, or it has ended.
    #[error("there is no such sign-in")]
    SignInNotFound,
    /// There is no such device of whoever asks.
    #[error("there is no such device")]
    DeviceNotFound,
    /// The API key is not one of ours, ended or may not be used from there; the reason is for the log.
    #[error("the API key is not valid")]
    InvalidApiKey(#[source] KeyRefusal),
    /// The API key has sent as many requests as it may.
    #[error("the quota of the API key is used up")]
    QuotaUsedUp {
        /// After how many seconds there will be some again.
        seconds: u64,
    },
    /// An API key that was asked for cannot be made.
    #[error("the API key cannot be made")]
    UnusableApiKey(#[source] UnusableKey),
    /// A person has as many API keys as they may.
    #[error("there are 50 API keys already: revoke one first")]
    ApiKeysTooMany,
    /// There is no such API key of whoever asks.
    #[error("there is no such API key")]
    ApiKeyNotFound,
    /// There is no provider of this name to sign in through.
    #[error("there is no such provider")]
    ProviderNotFound,
    /// The provider does not answer, or cannot be understood.
    #[error("the provider cannot be reached")]
    ProviderUnavailable,
    /// Nobody is sent there after signing in.
    #[error("this is no path that people are sent to")]
    UnknownNext,
    /// What somebody brought back from a provider does not count; why is for the log.
    #[error("signing in through the provider failed")]
    OauthFailed,
    /// An identity is nobody's, and nobody is given it unasked.
    #[error("sign in here first, and link the provider then")]
    LinkFirst,
    /// An identity is somebody else's.
    #[error("this identity is linked to another account")]
    IdentityTaken,
    /// A person has as many identities as they may.
    #[error("there are 20 identities already: unlink one first")]
    IdentitiesTooMany,
    /// There is no such identity of whoever asks.
    #[error("there is no such identity")]
    IdentityNotFound,
    /// Without the identity nothing would be left to sign in with.
    #[error("nothing else is left to sign in with: set a password or add a passkey first")]
    LastWayIn,
    /// The refresh token is unknown, used up or too old; which of these is not told.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// The proof of an email address is unknown, used up or too old.
    #[error("the link is not valid, or not any more")]
    InvalidVerification,
    /// A new password is too weak.
    #[error("{0}")]
    WeakPassword(Box<WeakPassword>),
    /// The token of a letter that resets a password is unknown, used up, void or too old.
    #[error("the link is not valid, or not any more")]
    InvalidReset,
    /// Too many attempts failed, and this is told; where it is not, the refusal is [`Error::InvalidCredentials`].
    #[error("too many attempts failed")]
    Locked {
        /// How long it stays so, in seconds.
        retry_after_seconds: u64,
    },
    /// Nobody changes their own roles, or keeps themselves from signing in.
    #[error("nobody decides about their own standing")]
    OwnStanding,
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
    /// There is no key to sign access tokens with.
    #[error("there is no key to sign access tokens with")]
    NoSigningKey,
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
