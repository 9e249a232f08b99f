//! Keys, and what is kept under them: sealed fields, blind indexes, Fernet tokens, encrypted files.
//!
//! What the crate promises:
//!
//! - One *master key* lies outside the database ([`MasterKey`]). It encrypts nothing but *data keys*, which lie in the
//!   database as [`WrappedKey`]s; whoever has only one of the two has nothing.
//! - A sealed field opens in the table, the column and the row that it was sealed for, and nowhere else. What was
//!   changed, moved or cut does not open, and text that was never sealed is an error, not a value.
//! - A key has one purpose. Keys for other purposes are derived, each by a label of its own; [`Purpose::ALL`] is the
//!   list, and [`inventory`] writes it down.
//! - No key and no opened value is ever printed, and both are wiped when they are dropped. What may be shown of a number
//!   is decided in [`mask`], for all crates.
//!
//! A [`Keyring`] does no I/O and knows no clock, so it can be used inside a unit of work:
//!
//! ```
//! use florin_vault::{Keyring, KeyKind, MasterKey, Place, WrappedKey};
//! # use florin_kernel::{Timestamp, Uuid};
//! # fn main() -> Result<(), florin_vault::VaultError> {
//! # let (now, row) = (Timestamp::UNIX_EPOCH, Uuid::nil());
//! let master = MasterKey::generate()?;
//! let keys = [
//!     WrappedKey::generate(KeyKind::Seal, 1, &master, now)?,
//!     WrappedKey::generate(KeyKind::Root, 1, &master, now)?,
//! ];
//! let keyring = Keyring::unlock(&[master], &keys)?;
//!
//! let place = Place::new("identity_totp", "secret", row);
//! let sealed = keyring.seal(&place, b"JBSWY3DPEHPK3PXP")?; // "fl1.1.…", safe to store as text
//! let opened = keyring.open(&place, &sealed)?;
//!
//! assert_eq!(opened.expose(), b"JBSWY3DPEHPK3PXP");
//! # Ok(())
//! # }
//! ```
//!
//! Words: to *seal* is to encrypt and authenticate, to *open* is to check and decrypt; a *place* is the table, column
//! and row of a sealed field; a key's *state* is `active` (seals and opens), `decrypt_only` or `destroyed`.

mod account_number;
mod blind;
mod card_token;
mod cipher;
mod error;
pub mod fernet;
pub mod file;
mod inventory;
mod keyring;
pub mod luhn;
pub mod mask;
mod master;
mod pan;
mod place;
mod purpose;
mod random;
mod secret;
mod wrapped;

pub use account_number::{AccountNumber, InvalidAccountNumber};
pub use blind::{BlindIndex, Column, Normal};
pub use card_token::{CardToken, InvalidCardToken};
pub use error::VaultError;
pub use inventory::inventory;
pub use keyring::Keyring;
pub use mask::Masked;
pub use master::{MasterId, MasterKey};
pub use pan::{InvalidPan, Pan};
pub use place::Place;
pub use purpose::{DerivedKey, Purpose};
pub use secret::Secret;
pub use wrapped::{KeyKind, KeyState, WrappedKey, rotation_is_due};
