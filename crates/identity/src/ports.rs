//! What identity needs from others.

use florin_db::{DbError, Tx};
use florin_kernel::{SessionId, Timestamp};

use crate::{Email, FullName};

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
}

/// A quick memory of sign-ins that ended, which processes may share. The database is the truth; this only says it sooner.
pub trait RevocationFilter: Send + Sync {
    /// Whether the sign-in is remembered as ended; answered from memory, for every request.
    fn revoked(&self, session: SessionId) -> bool;

    /// Remembers that the sign-in ended; what was issued for it dies by itself at `until`.
    fn revoke(&self, session: SessionId, until: Timestamp, now: Timestamp);
}
