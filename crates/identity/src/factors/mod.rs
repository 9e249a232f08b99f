//! Second factors: codes of an authenticator app, backup codes, passkeys, and a factor proved once more.
//!
//! What the module promises:
//!
//! - A code of an app counts once, however many send it at once: the step it belongs to is compared and set
//!   (RFC 6238, 5.2). The code that enrols is used up like any other.
//! - Wrong codes are counted apart from wrong passwords. Five end a pending sign-in, ten within an hour close the way
//!   by codes for half an hour, a hundred in a row close it until something else is proved.
//! - What a first factor earned is kept here and not in a token: the `mfa_token` names it and opens nothing else.
//! - The secret of an app lies sealed in the database, backup codes and tokens as hashes.
//! - Adding a factor needs a recent proof, taking one away a fresh one; both end the person's other sign-ins and are
//!   told by mail.
//!
//! Words: a *factor* is an authenticator app or a passkey; *the second factor is on* when there is one. A *code* is of
//! an app or a backup code. A *challenge* is a sign-in that waits for the second factor. To *step up* is to prove a
//! factor once more for something sensitive.

mod backup;
mod challenge;
mod code;
mod desk;
mod enrolment;
mod guard;
mod passkey_login;
mod passkey_store;
mod passkeys;
mod qr;
mod relying_party;
mod schema;
mod second_step;
mod settings;
mod step_up;
mod store;
mod totp;

pub use challenge::{Method, MfaChallenge};
pub use code::Code;
pub use enrolment::{BackupCodes, Enrolment};
pub use passkey_login::PasskeyRequest;
pub use passkeys::{PasskeyAdded, PasskeyCreation, PasskeySummary};
pub use second_step::SecondStep;
pub use settings::{FactorSettings, RelyingPartySettings};
pub use step_up::{StepUp, SteppedUp};
#[cfg(feature = "testing")]
pub use totp::totp_matches;

pub(crate) use challenge::FirstFactor;
pub(crate) use desk::{Factors, SEALED, Second};
pub(crate) use schema::MIGRATION;
pub(crate) use store::{is_due, is_on};
