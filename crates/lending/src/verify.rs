//! Whether the books have of every loan what its history comes to.

use std::collections::BTreeMap;

use florin_db::{DbError, Reader};
use florin_kernel::{AccountId, Currency, Uuid};
use florin_ledger::{Ledger, chart, internal_account};

use crate::contract::Contract;
use crate::loan_row::LoanRow;
use crate::loan_store as store;
use crate::opened::{restore, restore_card};
use crate::{Component, Loans};

/// How many loans are read at a time.
const PAGE: i64 = 500;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoanReport {
    /// How many loans were looked at.
    pub loans: u64,
    /// Every disagreement, as a sentence.
    pub problems: Vec<String>,
}

impl Loans {
    /// Folds the history of every loan in the books and compares: figures with what was booked, what is owed with the
    /// receivables' accounts, and what is held with the institution's account of it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn verify(&self) -> Result<LoanReport, DbError> {
        let ledger = self.ledger.clone();
        self.db.read(move |reader| verify(reader, &ledger)).await
    }
}

/// The same over a ledger that only reads, for a command beside whoever serves.
///
/// # Errors
/// What the database says.
pub fn verify(reader: &mut Reader<'_>, ledger: &Ledger) -> Result<LoanReport, DbError> {
    let (mut report, mut after) = (LoanReport::default(), Uuid::nil());
    let mut held: BTreeMap<&'static str, (Currency, i128)> = BTreeMap::new();
    loop {
        let rows = store::in_books(reader, after, PAGE)?;
        let Some(last) = rows.last() else { break };
        after = last.id.uuid();
        for row in &rows {
            report.loans = report.loans.saturating_add(1);
            let sum = &mut held.entry(row.currency.code()).or_insert((row.currency, 0)).1;
            *sum = sum.saturating_add(row.booked.held.into());
            check(reader, ledger, row, &mut report.problems)?;
        }
    }
    for (currency, sum) in held.into_values() {
        let found = balance(reader, ledger, internal_account(chart::LOAN_HELD, currency))?;
        if found != sum {
            let problem =
                format!("held for borrowers in {currency}: {found} in the books, {sum} by their loans");
            report.problems.push(problem);
        }
    }
    Ok(report)
}

/// Refuses a loan whose books contradict its history: nothing is told of it then.
pub(crate) fn must_agree(reader: &mut Reader<'_>, ledger: &Ledger, row: &LoanRow) -> Result<(), DbError> {
    let mut problems = Vec::new();
    if row.origin == crate::Origin::Own {
        check(reader, ledger, row, &mut problems)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(DbError::Corrupt(problems.join("; "))) }
}

fn balance(reader: &mut Reader<'_>, ledger: &Ledger, account: AccountId) -> Result<i128, DbError> {
    Ok(ledger.account(reader, account)?.map_or(0, |view| view.account.own()))
}

fn check(
    reader: &mut Reader<'_>,
    ledger: &Ledger,
    row: &LoanRow,
    problems: &mut Vec<String>,
) -> Result<(), DbError> {
    let history = store::read_history(reader, row.id)?;
    let figures = match &row.contract {
        Contract::Instalments(contract) => {
            restore(row.id, contract, &history, row.booked_on)?.state().figures()
        }
        Contract::Card(card) => restore_card(row.id, card, &history, row.booked_on)?.figures(),
    };
    if figures != row.booked {
        problems.push(format!("loan {}: its history comes to other figures than were booked", row.id));
    }
    if !figures.is_balanced() {
        problems.push(format!("loan {}: not all that was received went somewhere", row.id));
    }
    for component in Component::ALL {
        let expected = i128::from(figures.receivable().of(component));
        let found = match row.receivables.of(component) {
            Some(account) => balance(reader, ledger, account)?,
            None => 0,
        };
        if found != expected {
            problems.push(format!(
                "loan {}: {component:?} is {found} in the books, {expected} by its history",
                row.id
            ));
        }
    }
    Ok(())
}
