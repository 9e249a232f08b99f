//! People, what they prove themselves with, and their sign-ins: it makes [`Actor`](florin_kernel::Actor)s.
//!
//! What the crate promises:
//!
//! - A stranger learns of no email whether it has an account: not from an answer, and not from how long it took.
//! - Passwords are kept as hashes (Argon2id, unless a preset says otherwise), refresh tokens and proofs of an address as SHA-256 hashes; none of them is
//!   ever printed.
//! - An access token says who somebody is and which sign-in it belongs to. What they may do is read where it is kept.
//! - A sign-in that ended is over at once in this process, and in others as soon as
//!   [`Settings::recheck_seconds`] or a shared [`RevocationFilter`] says.
//! - Where a second factor is on, nothing but it and a first factor together signs in; see `factors/mod.rs`.
//! - A refresh token works once. Used a second time, after a short grace, it ends the sign-in.
//!
//! Words: a *person* has an [`Email`], roles and a password; a *sign-in* (or session) is what a login begins, with one
//! live refresh token at a time; a *proof* is the token in the mail that verifies an address.

mod api_keys;
mod argon;
mod browser;
mod census;
mod devices;
mod directory;
mod drift;
mod email;
mod employment;
mod error;
mod factors;
mod federation;
mod following;
mod hasher;
mod hashing;
mod identity;
mod invitations;
mod keyring;
mod lockout;
#[cfg(feature = "testing")]
pub mod measured;
mod migrations;
mod names;
mod opening;
mod password;
mod passwords;
mod people;
mod person;
mod phones;
mod ports;
mod profiles;
mod random;
mod refresh;
mod registration;
mod risk;
mod sessions;
mod settings;
mod signing_in;
mod standing;
mod store;
mod token;

pub use api_keys::{
    ApiKey, ApiKeyQuery, ApiKeyUsage, InvalidNetwork, IssuedApiKey, KeyRefusal, Network, NewApiKey,
    OwnedApiKey, Quota, Scope, UnknownScope, UnusableKey,
};
pub use argon::{Cost, UnsafeCost};
pub use browser::{BrowserLimits, BrowserSettings, Hold};
pub use census::{Census, Stats};
pub use devices::{Device, InvalidReason, PastSignIn, SignIn, SignOutReason, Whereabouts};
pub use drift::DriftSettings;
pub use email::{Email, InvalidEmail};
pub use error::Error;
pub use factors::{
    BackupCodes, Code, Enrolment, FactorSettings, Method, MfaChallenge, PasskeyAdded, PasskeyCreation,
    PasskeyRequest, PasskeySummary, RelyingPartySettings, SecondStep, StepUp, SteppedUp,
};
pub use federation::{
    Arrival, Arrived, Callback, ClientSecret, Departure, FederationSettings, LinkedIdentity, ProviderAnswer,
    ProviderClient, ProviderKind, ProviderRequest, ProviderSettings, Unreachable,
};
pub use hasher::{HashWork, HashingSettings, PasswordHasher};
pub use hashing::Scheme;
pub use identity::{Identity, Ports};
pub use invitations::Invitee;
pub use keyring::{KeySummary, KeyUse, Keyring, KeyringError, SignatureAlgorithm};
pub use lockout::{Lockout, Suspicion};
pub use migrations::MIGRATIONS;
pub use names::{FullName, InvalidName, InvalidPhone, Phone};
pub use password::{Password, PasswordTooLong};
pub use passwords::{
    ForgetFailures, Owner, PasswordPolicy, SendResets, Strength, WeakPassword, Weakness, generate_password,
};
pub use people::{PeopleQuery, Person};
pub use person::{
    AccessTokens, BrowserCookie, ChangeProfile, Credentials, FactorSummary, NewPerson, Profile, Registered,
    SignedIn,
};
pub use ports::{
    FactorNews, IdentityNews, Letters, RevocationFilter, SealError, SealedPlace, Sealer, SignInNews,
};
pub use risk::{SignInAttempt, SignInRecord, SignInRisk, SignInVerdict, Unwatched};
pub use sessions::LocalRevocations;
pub use settings::Settings;
pub use standing::PersonStanding;
pub use token::Forged;

/// The kind of the job that is left whenever somebody becomes known or is called something else, with `customer ID` as its payload:
/// for whoever looks for people on lists.
pub const SCREEN_SUBJECT: &str = "screening.subject";

/// The columns of this crate whose values are sealed.
pub static SEALED: &[florin_db::SealedColumn] = &[phones::SEALED, factors::SEALED];
