//! People, what they prove themselves with, and their sign-ins: it makes [`Actor`](florin_kernel::Actor)s.
//!
//! What the crate promises:
//!
//! - A stranger learns of no email whether it has an account: not from an answer, and not from how long it took.
//! - Passwords are kept as Argon2id hashes, refresh tokens and proofs of an address as SHA-256 hashes; none of them is
//!   ever printed.
//! - An access token says who somebody is and which sign-in it belongs to. What they may do is read where it is kept.
//! - A sign-in that ended is over at once in this process, and in others as soon as
//!   [`Settings::recheck_seconds`] or a shared [`RevocationFilter`] says.
//! - A refresh token works once. Used a second time, after a short grace, it ends the sign-in.
//!
//! Words: a *person* has an [`Email`], roles and a password; a *sign-in* (or session) is what a login begins, with one
//! live refresh token at a time; a *proof* is the token in the mail that verifies an address.

mod argon;
mod email;
mod error;
mod hasher;
mod identity;
mod keyring;
mod migrations;
mod names;
mod password;
mod person;
mod ports;
mod profiles;
mod random;
mod refresh;
mod registration;
mod sessions;
mod settings;
mod signing_in;
mod store;
mod token;

pub use argon::{Cost, UnsafeCost};
pub use email::{Email, InvalidEmail};
pub use error::Error;
pub use hasher::{HashingSettings, PasswordHasher};
pub use identity::{Identity, Ports};
pub use keyring::{Keyring, KeyringError};
pub use migrations::MIGRATIONS;
pub use names::{FullName, InvalidName, InvalidPhone, Phone};
pub use password::{Password, PasswordPolicy, PasswordTooLong, Weakness};
pub use person::{ChangeProfile, NewPerson, Profile, Registered, SignedIn};
pub use ports::{Letters, RevocationFilter};
pub use sessions::LocalRevocations;
pub use settings::Settings;
pub use token::Forged;
