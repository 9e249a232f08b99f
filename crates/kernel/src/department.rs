//! The parts of the institution that people work in.

use std::fmt;
use std::str::FromStr;

/// Where somebody works: what they may do follows from it, besides from their roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Department {
    /// Who works here, in which department, and since when.
    Hr,
    /// Customers and their accounts.
    Accounts,
    /// Loans.
    Loans,
    /// Customers who ask for help.
    CustomerService,
}

impl Department {
    /// Every department.
    pub const ALL: [Self; 4] = [Self::Hr, Self::Accounts, Self::Loans, Self::CustomerService];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hr => "hr",
            Self::Accounts => "accounts",
            Self::Loans => "loans",
            Self::CustomerService => "customer_service",
        }
    }
}

impl fmt::Display for Department {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Department {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|department| department.code() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::code).join(", ");
            format!("no such department: one of {known} is wanted")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_read_back_from_their_codes() {
        for department in Department::ALL {
            assert_eq!(department.code().parse(), Ok(department));
        }
        assert!("HR".parse::<Department>().unwrap_err().contains("customer_service"));
    }
}
