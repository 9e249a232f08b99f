//! Somebody who works here.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{ApprovalId, Date, Department, Role, Timestamp, UserId};

/// Whether somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmployeeStatus {
    /// They work.
    Active,
    /// They may not work until they are reinstated, and cannot sign in.
    Suspended,
    /// They do not work here any more.
    Left,
}

impl EmployeeStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Left];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }
}

impl FromStr for EmployeeStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|status| status.code() == text);
        found.ok_or_else(|| "no such status: one of active, suspended, left is wanted".to_owned())
    }
}

/// An employee as HR sees one. Debug prints no name and no email.
#[derive(Clone, PartialEq, Eq)]
pub struct Employee {
    /// The person.
    pub id: UserId,
    /// What they are called.
    pub full_name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their roles, sorted.
    pub roles: Vec<Role>,
    /// Whether they may sign in: not while they are suspended, here or as a person.
    pub can_sign_in: bool,
    /// When a sign-in of theirs was used last.
    pub last_seen_at: Option<Timestamp>,
    /// What is kept of the employment.
    pub post: Post,
}

/// An employment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Where they work.
    pub department: Department,
    /// As what.
    pub title: String,
    /// Whom they report to.
    pub manager: Option<UserId>,
    /// Whether they do.
    pub status: EmployeeStatus,
    /// Since when.
    pub hired_on: Date,
    /// Until when.
    pub left_on: Option<Date>,
    /// What the next change must name.
    pub version: u32,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// Who is to be hired.
#[derive(Clone)]
pub enum Whom {
    /// Somebody who is not known yet, and is written a letter to choose a password.
    New {
        /// What they are called.
        full_name: String,
        /// Where the letter goes.
        email: String,
    },
    /// Somebody who is known: a customer, or who worked here before.
    Known(UserId),
}

/// Somebody who is to work here.
#[derive(Clone)]
pub struct NewEmployee {
    /// Who.
    pub whom: Whom,
    /// Where.
    pub department: Department,
    /// As what.
    pub title: String,
    /// Whom they report to.
    pub manager: Option<UserId>,
    /// Since when, as 2026-01-31; today when it is left out.
    pub hired_on: Option<String>,
    /// The roles that are asked for them.
    pub roles: Vec<Role>,
}

/// What came of hiring somebody.
#[derive(Debug)]
pub struct Hired {
    /// The employee.
    pub employee: Employee,
    /// The request for their roles that waits for a second person, if it does.
    pub approval: Option<ApprovalId>,
}

/// What to change of an employment; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ChangeEmployee {
    /// Another department.
    pub department: Option<Department>,
    /// Another title.
    pub title: Option<String>,
    /// Another manager, or none.
    pub manager: Option<Option<UserId>>,
    /// The day on which they left, as 2026-01-31: today or before.
    pub left_on: Option<String>,
}

impl fmt::Debug for Employee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Employee").field("id", &self.id).field("post", &self.post).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewEmployee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEmployee").field("department", &self.department).finish_non_exhaustive()
    }
}
