//! What parties ask of others: who people are, and what their employment changes.

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{Actor, ApprovalId, Department, Role, Timestamp, UserId};

/// What is done after the commit, in this process alone: telling memories that something changed.
pub type Afterwards = Box<dyn FnOnce() + Send>;

/// Somebody who can sign in, as far as parties care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    /// What they are called.
    pub full_name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their roles, sorted.
    pub roles: Vec<Role>,
    /// Whether the email is proved.
    pub verified: bool,
    /// Whether they may not sign in.
    pub suspended: bool,
    /// When a sign-in of theirs was used last.
    pub last_seen_at: Option<Timestamp>,
}

impl KnownPerson {
    /// Whether they have the role of a customer.
    pub(crate) fn is_customer(&self) -> bool {
        self.roles.contains(&Role::Customer)
    }
}

/// Somebody who is to be made known, and to be written to.
#[derive(Clone, Copy)]
pub struct Invitation<'a> {
    /// The identifier they are given.
    pub id: UserId,
    /// What they are called.
    pub full_name: &'a str,
    /// Where the letter goes.
    pub email: &'a str,
    /// The roles that they have from the beginning.
    pub roles: &'a [Role],
}

/// Knows the people who can sign in, and makes them known.
pub trait People: Send + Sync {
    /// What is wrong with a name, if it cannot be one.
    fn fault_of_name(&self, name: &str) -> Option<String>;

    /// What is wrong with an email, if it cannot be one.
    fn fault_of_email(&self, email: &str) -> Option<String>;

    /// Somebody.
    ///
    /// # Errors
    /// What the database says.
    fn find(&self, reader: &mut Reader<'_>, user: UserId) -> Result<Option<KnownPerson>, DbError>;

    /// Somebody, locked until the unit ends.
    ///
    /// # Errors
    /// What the database says.
    fn lock(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Option<KnownPerson>, DbError>;

    /// The customers whose name or email begins like this, `limit` at most.
    ///
    /// # Errors
    /// What the database says.
    fn search(&self, reader: &mut Reader<'_>, sought: &str, limit: usize) -> Result<Vec<UserId>, DbError>;

    /// Makes somebody known who has no password yet, and writes them a letter by which they set one; false when the
    /// email is taken, and then nothing was written.
    ///
    /// # Errors
    /// What the database says.
    fn invite(&self, tx: &mut Tx<'_>, invitation: Invitation<'_>) -> Result<bool, DbError>;

    /// Gives somebody another name.
    ///
    /// # Errors
    /// What the database says.
    fn rename(&self, tx: &mut Tx<'_>, user: UserId, full_name: &str) -> Result<(), DbError>;

    /// What is known of somebody besides their name changed in this unit: whoever looks for them elsewhere looks again.
    ///
    /// # Errors
    /// What the database says.
    fn changed(&self, _: &mut Tx<'_>, _: UserId) -> Result<(), DbError> {
        Ok(())
    }
}

/// What became of roles that were asked for.
pub enum RolesAsked {
    /// They are given.
    Given(Afterwards),
    /// They wait for a second person.
    Held(ApprovalId),
}

/// Makes of an employment what somebody may do.
pub trait Staffing: Send + Sync {
    /// Puts somebody into a department.
    ///
    /// # Errors
    /// What the database says.
    fn place(&self, tx: &mut Tx<'_>, user: UserId, department: Department) -> Result<Afterwards, DbError>;

    /// Keeps somebody from signing in, or lets them again.
    ///
    /// # Errors
    /// What the database says.
    fn suspend(&self, tx: &mut Tx<'_>, user: UserId, suspended: bool) -> Result<Afterwards, DbError>;

    /// Takes the department and all roles of staff away from somebody, and what was asked for them, and ends their
    /// sign-ins.
    ///
    /// # Errors
    /// What the database says.
    fn dismiss(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Afterwards, DbError>;

    /// Gives somebody these roles besides those that they have, where `by` may do so alone; asks a second person to in
    /// every other case.
    ///
    /// # Errors
    /// What the database says.
    fn ask_for_roles(
        &self,
        tx: &mut Tx<'_>,
        by: &Actor,
        user: UserId,
        roles: &[Role],
    ) -> Result<RolesAsked, DbError>;
}
