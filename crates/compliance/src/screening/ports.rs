//! What screening asks of others: who there is to be looked for.

use florin_db::{DbError, Reader};
use florin_kernel::{AccountId, UserId, Uuid};

use super::{Person, Subject, SubjectKind};

/// Knows the institution's customers and payees. What it tells is not logged.
pub trait Subjects: Send + Sync {
    /// A subject as it is now; none when it is gone, or is none that has a name.
    ///
    /// # Errors
    /// What the database says.
    fn find(&self, reader: &mut Reader<'_>, subject: Subject) -> Result<Option<Person>, DbError>;

    /// The subjects of a kind after `after` in the order of their identifiers, `limit` at most: fewer only at the end.
    ///
    /// # Errors
    /// What the database says.
    fn after(
        &self,
        reader: &mut Reader<'_>,
        kind: SubjectKind,
        after: Uuid,
        limit: usize,
    ) -> Result<Vec<Person>, DbError>;

    /// The accounts of a customer.
    ///
    /// # Errors
    /// What the database says.
    fn accounts(&self, reader: &mut Reader<'_>, user: UserId) -> Result<Vec<AccountId>, DbError>;
}
