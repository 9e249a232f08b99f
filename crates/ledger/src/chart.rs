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
/// What processors and correspondent banks owe for payments that are under way or were made through them.
pub const DUE_FROM_PROCESSORS: u16 = 1_110;
/// Principal that was lent.
pub const LOAN_PRINCIPAL: u16 = 1_200;
/// Interest that was earned on loans and is not paid.
pub const LOAN_INTEREST: u16 = 1_210;
/// Fees for services that were charged to loans and are not paid.
pub const LOAN_FEES: u16 = 1_220;
/// Charges for default that were charged to loans and are not paid.
pub const LOAN_PENALTIES: u16 = 1_230;
/// Borrowers' taxes and insurance that fell due and are not paid.
pub const LOAN_ESCROW: u16 = 1_240;
/// Customers' checking accounts.
pub const CHECKING: u16 = 2_000;
/// Customers' savings accounts.
pub const SAVINGS: u16 = 2_100;

/// What is owed to billers for bills that were paid.
pub const DUE_TO_BILLERS: u16 = 2_300;
/// Borrowers' money for taxes and insurance.
pub const ESCROW: u16 = 2_400;
/// What borrowers paid above what they owe, held for them.
pub const LOAN_HELD: u16 = 2_410;
/// Money on its way out through processors and correspondent banks.
pub const CLEARING: u16 = 2_800;
/// Money that is about to be told apart: a payment before it is allocated.
pub const SUSPENSE: u16 = 2_900;
/// Interest on loans.
pub const INTEREST_INCOME: u16 = 4_000;
/// Fees for services.
pub const FEE_INCOME: u16 = 4_100;
/// Charges for default.
pub const PENALTY_INCOME: u16 = 4_200;
/// What was paid on loans after they were written off.
pub const RECOVERIES: u16 = 4_300;
/// What processors charge.
pub const PROCESSING_EXPENSE: u16 = 5_200;
/// Loans that were written off, and what was forgiven of others.
pub const LOAN_LOSSES: u16 = 5_300;

/// The chart, by code.
pub const CHART: &[Line] = &[
    line(CASH, "Cash", Class::Asset),
    line(1_100, "Due from banks", Class::Asset),
    line(DUE_FROM_PROCESSORS, "Due from processors", Class::Asset),
    line(LOAN_PRINCIPAL, "Loans", Class::Asset),
    line(LOAN_INTEREST, "Interest receivable", Class::Asset),
    line(LOAN_FEES, "Fees receivable", Class::Asset),
    line(LOAN_PENALTIES, "Late charges receivable", Class::Asset),
    line(LOAN_ESCROW, "Escrow receivable", Class::Asset),
    line(CHECKING, "Checking accounts", Class::Liability),
    line(SAVINGS, "Savings accounts", Class::Liability),
    line(DUE_TO_BILLERS, "Due to billers", Class::Liability),
    line(ESCROW, "Escrow", Class::Liability),
    line(LOAN_HELD, "Loan payments held", Class::Liability),
    line(CLEARING, "Payments in clearing", Class::Liability),
    line(SUSPENSE, "Suspense", Class::Liability),
    line(3_000, "Share capital", Class::Equity),
    line(3_900, "Retained earnings", Class::Equity),
    line(INTEREST_INCOME, "Interest income", Class::Income),
    line(FEE_INCOME, "Fee income", Class::Income),
    line(PENALTY_INCOME, "Late charges", Class::Income),
    line(RECOVERIES, "Recoveries", Class::Income),
    line(5_000, "Interest expense", Class::Expense),
    line(5_100, "Operating expense", Class::Expense),
    line(PROCESSING_EXPENSE, "Payment processing", Class::Expense),
    line(LOAN_LOSSES, "Loan losses", Class::Expense),
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
