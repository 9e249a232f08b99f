//! What identity needs from others.

use florin_db::{DbError, Tx};
use florin_kernel::{SessionId, Timestamp, Uuid};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Email, FullName, Whereabouts};

/// Letters to people, written in the unit of work that they tell of and sent after it.
pub trait Letters: Send + Sync {
    /// Asks whoever reads mail at `to` to prove it with `token`.
    ///
    /// # Errors
    /// What the database says.
    fn verify_email(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName, token: &str) -> Result<(), DbError>;

    /// Tells the owner of `to` that somebody tried to register with it once more.
    ///
    /// # Errors
    /// What the database says.
    fn already_registered(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError>;

    /// Tells the owner of `to` that the address is proved.
    ///
    /// # Errors
    /// What the database says.
    fn welcome(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError>;

    /// Tells the owner of `to` that a key called `key` can act for them from now on.
    ///
    /// # Errors
    /// What the database says.
    fn api_key_made(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName, key: &str) -> Result<(), DbError>;

    /// Gives whoever reads mail at `to` the `token` that a new password can be set with.
    ///
    /// # Errors
    /// What the database says.
    fn reset_password(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        token: &str,
    ) -> Result<(), DbError>;

    /// Invites whoever reads mail at `to`, whom others made known: with the `token` they set their first password, and
    /// prove the address by that.
    ///
    /// # Errors
    /// What the database says.
    fn invitation(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName, token: &str) -> Result<(), DbError>;

    /// Tells the owner of `to` that their password was changed.
    ///
    /// # Errors
    /// What the database says.
    fn password_changed(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError>;

    /// Tells the owner of `to` that too many sign-ins failed, and that no more are looked at until `until`.
    ///
    /// # Errors
    /// What the database says.
    fn locked_out(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        until: Timestamp,
    ) -> Result<(), DbError>;

    /// Tells the owner of `to` from where a sign-in of theirs is used.
    ///
    /// # Errors
    /// What the database says.
    fn sign_in_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        news: SignInNews,
        place: &Whereabouts,
    ) -> Result<(), DbError>;

    /// Tells the owner of `to` what happened to their second factors.
    ///
    /// # Errors
    /// What the database says.
    fn factor_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        news: &FactorNews,
    ) -> Result<(), DbError>;

    /// Tells the owner of `to` by which other providers they can sign in, or cannot any more.
    ///
    /// # Errors
    /// What the database says.
    fn identity_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        news: &IdentityNews,
    ) -> Result<(), DbError>;
}

/// A quick memory of sign-ins that ended, which processes may share. The database is the truth; this only says it sooner.
pub trait RevocationFilter: Send + Sync {
    /// Whether the sign-in is remembered as ended; answered from memory, for every request.
    fn revoked(&self, session: SessionId) -> bool;

    /// Remembers that the sign-in ended; what was issued for it dies by itself at `until`.
    fn revoke(&self, session: SessionId, until: Timestamp, now: Timestamp);
}

/// What can be told of where a sign-in is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNews {
    /// It was begun on a device that its owner never used before.
    NewDevice,
    /// A token of it was shown from another device, and it was ended.
    StolenToken,
    /// It is used far from where it was begun, and a factor is asked for.
    Drifted,
}

/// What can happen to somebody's second factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactorNews {
    /// An authenticator app was turned on.
    On,
    /// It was turned off.
    Off,
    /// A backup code was used.
    BackupCodeUsed {
        /// How many are left.
        left: u32,
    },
    /// All backup codes were voided and others made.
    BackupCodesRenewed,
    /// A passkey was registered.
    PasskeyAdded {
        /// What its owner calls it.
        name: String,
    },
    /// A passkey was taken away.
    PasskeyRemoved {
        /// What its owner called it.
        name: String,
    },
    /// The counter of a passkey went back: there may be a copy of it.
    PasskeyCopied,
    /// Too many codes were wrong: none is looked at for a while.
    CodesClosed,
}

/// What can happen to the identities that somebody signs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityNews {
    /// Whoever signs in at this provider can sign in here.
    Linked {
        /// The name of the provider.
        provider: String,
    },
    /// They cannot any more.
    Unlinked {
        /// The name of the provider.
        provider: String,
    },
}

/// Where a sealed value lies: it opens there and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedPlace {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub row: Uuid,
}

/// A value cannot be sealed or opened; the text says why and nothing of the value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SealError(pub String);

/// Encrypts what must not be read from the database, bound to where it lies. It does no I/O, so that it can be used
/// within a unit of work.
pub trait Sealer: Send + Sync {
    /// The value as text that can be stored.
    ///
    /// # Errors
    /// [`SealError`] when there is no key or no randomness.
    fn seal(&self, place: &SealedPlace, plain: &[u8]) -> Result<String, SealError>;

    /// The value that was sealed for this place.
    ///
    /// # Errors
    /// [`SealError`] for anything that was not: it is never taken as it is.
    fn open(&self, place: &SealedPlace, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError>;
}
