//! Who is looked for.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{UserId, Uuid};
use florin_screening::Query;

/// What kind of subject it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// Somebody who can sign in: customers, and staff.
    Customer,
    /// The holder of an account elsewhere that somebody pays.
    Payee,
    /// A name that somebody asked about.
    Name,
}

impl SubjectKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Payee => "payee",
            Self::Name => "name",
        }
    }

    /// The kind of this name.
    pub fn find(code: &str) -> Option<Self> {
        [Self::Customer, Self::Payee, Self::Name].into_iter().find(|kind| kind.code() == code)
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// The person's identifier, the payee's, or the screening's own for a name.
    pub id: Uuid,
}

impl Subject {
    /// A customer.
    pub const fn customer(user: UserId) -> Self {
        Self { kind: SubjectKind::Customer, id: user.uuid() }
    }

    /// A payee.
    pub const fn payee(id: Uuid) -> Self {
        Self { kind: SubjectKind::Payee, id }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

impl FromStr for Subject {
    type Err = florin_kernel::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) = text.split_once(' ').ok_or(florin_kernel::InvalidId)?;
        let kind = SubjectKind::find(kind).ok_or(florin_kernel::InvalidId)?;
        Ok(Self { kind, id: id.parse().map_err(|_| florin_kernel::InvalidId)? })
    }
}

/// A subject with what is known of it. Debug prints nothing of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which one.
    pub subject: Subject,
    /// The customer themselves, or whose payee it is; nobody for a name.
    pub user: Option<UserId>,
    /// What it is looked for by.
    pub query: Query,
}
