//! People, as requests bring them and answers show them.

use florin_kernel::{Department, Role, SessionId, Timestamp, UserId};
use secrecy::SecretString;

use crate::{Email, FullName, Owner, PasskeySummary, Password, Phone};

/// Somebody who asks to be known.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Where mail reaches them.
    pub email: Email,
    /// What they are called.
    pub full_name: FullName,
    /// Their telephone, if they tell it.
    pub phone: Option<Phone>,
    /// What they will sign in with.
    pub password: Password,
}

impl NewPerson {
    /// Whose password it will be.
    pub(crate) fn owner(&self) -> Owner<'_> {
        Owner { email: &self.email, full_name: Some(&self.full_name), mfa: false }
    }
}

/// The answer to whoever registers: the same whether the email was free or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The person, or nobody when the email was taken.
    pub id: UserId,
    /// The email as it was given.
    pub email: Email,
    /// The name as it was given.
    pub full_name: FullName,
}

/// What is known of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The person.
    pub id: UserId,
    /// Where mail reaches them.
    pub email: Email,
    /// What they are called.
    pub full_name: FullName,
    /// The mask of their telephone, if they told it: `****0123`.
    pub phone: Option<String>,
    /// Their roles, sorted.
    pub roles: Vec<Role>,
    /// Where they work, if they do.
    pub department: Option<Department>,
    /// Whether the email is proved.
    pub verified: bool,
    /// Whether a second factor is on.
    pub mfa: bool,
    /// Since when they are known.
    pub created_at: Timestamp,
}

/// The second factors of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSummary {
    /// Whether one of their roles asks for a second factor.
    pub required: bool,
    /// Whether an authenticator app is on.
    pub totp: bool,
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<PasskeySummary>,
    /// How many backup codes are left.
    pub backup_codes_left: u32,
}

/// What to change of a profile; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ChangeProfile {
    /// Another name.
    pub full_name: Option<FullName>,
    /// Another telephone, or none.
    pub phone: Option<Option<Phone>>,
}

/// What a sign-in gives.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The sign-in.
    pub session: SessionId,
    /// What it is known by from now on.
    pub credentials: Credentials,
    /// Who signed in.
    pub user: Profile,
}

/// What a sign-in is known by.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Tokens, for programs.
    Tokens(AccessTokens),
    /// A secret in a cookie, for browsers.
    Cookie(BrowserCookie),
}

/// The tokens of a sign-in.
#[derive(Clone, Debug)]
pub struct AccessTokens {
    /// For the `Authorization` header.
    pub access_token: SecretString,
    /// How long it lives, in seconds.
    pub expires_in_seconds: u32,
    /// For the next access token; it works once. `None` where they are off.
    pub refresh_token: Option<SecretString>,
}

/// What a browser keeps of a sign-in.
#[derive(Clone, Debug)]
pub struct BrowserCookie {
    /// For the cookie, and for nothing else.
    pub secret: SecretString,
    /// How long it lasts without a request, in seconds.
    pub idle_seconds: u32,
    /// How long it lasts at most, in seconds.
    pub expires_in_seconds: u32,
}

impl SignedIn {
    /// The tokens; `None` for a browser.
    pub fn tokens(&self) -> Option<&AccessTokens> {
        match &self.credentials {
            Credentials::Tokens(tokens) => Some(tokens),
            Credentials::Cookie(_) => None,
        }
    }

    /// What the browser keeps; `None` for a program.
    pub fn cookie(&self) -> Option<&BrowserCookie> {
        match &self.credentials {
            Credentials::Cookie(cookie) => Some(cookie),
            Credentials::Tokens(_) => None,
        }
    }
}
