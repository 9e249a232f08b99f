//! The pages that are measured: those that people open every day.

use florin_kernel::Uuid;

/// Who asks for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A customer with a few accounts.
    Customer,
    /// A member of staff at the counter.
    Teller,
    /// A member of staff who works cases of fraud.
    Analyst,
    /// An administrator.
    Admin,
}

impl Who {
    /// Everybody who asks.
    pub(super) const ALL: [Self; 4] = [Self::Customer, Self::Teller, Self::Analyst, Self::Admin];

    /// What the report calls them.
    pub fn code(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Teller => "teller",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

/// A page, and who asks for it.
pub(super) struct Page {
    /// Its path, in which names in braces stand for identifiers.
    pub(super) path: &'static str,
    pub(super) who: Who,
}

const fn page(path: &'static str, who: Who) -> Page {
    Page { path, who }
}

/// All pages that are measured, in the order of the report.
pub(super) const PAGES: &[Page] = &[
    page("/dashboard", Who::Customer),
    page("/accounts", Who::Customer),
    page("/accounts/{account}", Who::Customer),
    page("/transfer", Who::Customer),
    page("/payments", Who::Customer),
    page("/loans", Who::Customer),
    page("/statements", Who::Customer),
    page("/security", Who::Customer),
    page("/notifications", Who::Customer),
    page("/staff", Who::Analyst),
    page("/staff/customers?q=Ada", Who::Teller),
    page("/staff/customers/{customer}", Who::Teller),
    page("/staff/accounts/{held}", Who::Teller),
    page("/staff/audit", Who::Admin),
    page("/staff/people", Who::Admin),
    page("/ops", Who::Admin),
];

/// What the names in paths stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// An account of the customer who signs in.
    pub(super) account: Uuid,
    /// A customer whom the counter knows.
    pub(super) customer: Uuid,
    /// An account of theirs.
    pub(super) held: Uuid,
}

impl Page {
    /// Where it is found.
    pub(super) fn at(&self, places: &Places) -> String {
        let names = [("{account}", places.account), ("{customer}", places.customer), ("{held}", places.held)];
        names.into_iter().fold(self.path.to_owned(), |path, (name, id)| path.replace(name, &id.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_in_a_path_stands_for_something() {
        let places =
            Places { account: Uuid::from_u128(1), customer: Uuid::from_u128(2), held: Uuid::from_u128(3) };

        let paths: BTreeSet<String> = PAGES.iter().map(|page| page.at(&places)).collect();

        assert_eq!(paths.len(), PAGES.len(), "no page is measured twice");
        assert!(paths.iter().all(|path| path.starts_with('/') && !path.contains(['{', '}'])), "{paths:?}");
        assert!(paths.contains(&format!("/staff/accounts/{}", places.held)));
    }

    #[test]
    fn everybody_who_signs_in_asks_for_something() {
        for who in Who::ALL {
            assert!(PAGES.iter().any(|page| page.who == who), "{}", who.code());
        }
    }
}
