//! The chart of accounts: what a code means, and on which side such accounts grow.

use crate::rules::Side;

/// The five classes of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// What the institution has.
    Asset,
    /// What it owes, its customers' money first of all.
    Liability,
    /// What belongs to its owners.
    Equity,
    /// What it earns.
    Income,
    /// What it spends.
    Expense,
}

impl Class {
    /// The side that accounts of the class grow on.
    pub const fn normal(self) -> Side {
        match self {
            Self::Asset | Self::Expense => Side::Debit,
            Self::Liability | Self::Equity | Self::Income => Side::Credit,
        }
    }

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Liability => "liability",
            Self::Equity => "equity",
            Self::Income => "income",
            Self::Expense => "expense",
        }
    }
}

/// A line of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The code of its accounts.
    pub code: u16,
    /// Its name.
    pub name: &'static str,
    /// Its class.
    pub class: Class,
}

const fn line(code: u16, name: &'static str, class: Class) -> Line {
    Line { code, name, class }
}

/// Cash in tellers' drawers and the vault.
pub const CASH: u16 = 1_000;
/// Customers' checking accounts.
pub const CHECKING: u16 = 2_000;
/// Customers' savings accounts.
pub const SAVINGS: u16 = 2_100;

/// The chart, by code.
pub const CHART: &[Line] = &[
    line(CASH, "Cash", Class::Asset),
    line(1_100, "Due from banks", Class::Asset),
    line(1_200, "Loans", Class::Asset),
    line(CHECKING, "Checking accounts", Class::Liability),
    line(SAVINGS, "Savings accounts", Class::Liability),
    line(2_900, "Suspense", Class::Liability),
    line(3_000, "Share capital", Class::Equity),
    line(3_900, "Retained earnings", Class::Equity),
    line(4_000, "Interest income", Class::Income),
    line(4_100, "Fee income", Class::Income),
    line(5_000, "Interest expense", Class::Expense),
    line(5_100, "Operating expense", Class::Expense),
];

/// The line of this code.
pub fn find(code: u16) -> Option<Line> {
    CHART.iter().copied().find(|line| line.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order_and_follow_their_class() {
        assert!(CHART.windows(2).all(|pair| pair[0].code < pair[1].code));
        for line in CHART {
            let thousands = line.code / 1_000;
            let class = [Class::Asset, Class::Liability, Class::Equity, Class::Income, Class::Expense];
            assert_eq!(class[usize::from(thousands) - 1], line.class, "{}", line.name);
        }
    }
}
