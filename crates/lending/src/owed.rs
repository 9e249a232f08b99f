//! What is to be paid of a loan today, for payments that are made by a schedule.

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{Currency, LoanId};

use crate::Loans;
use crate::contract::Contract;
use crate::loan_row::Status;
use crate::loan_store as store;
use crate::opened::{Balances, restore, restore_card};

/// What is to be paid of a loan today, in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What is due; where nothing is, the next instalment. Of a card the minimum that is left to be paid.
    pub instalment_minor: i64,
    /// What it takes to be done with it. Of a card the balance.
    pub payoff_minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Loans {
    /// Locks a loan until the unit ends; nothing happens to it before.
    ///
    /// # Errors
    /// What the database says.
    pub fn hold(&self, tx: &mut Tx<'_>, id: LoanId) -> Result<(), DbError> {
        store::lock(tx, id).map(drop)
    }

    /// What is to be paid of a loan today; none where it takes no payments.
    ///
    /// # Errors
    /// What the database says; [`DbError::Corrupt`] where its history cannot be computed.
    pub fn owed(&self, reader: &mut Reader<'_>, id: LoanId) -> Result<Option<Owed>, DbError> {
        let open = |status| matches!(status, Status::Active | Status::WrittenOff);
        let Some(row) = store::find(reader, id)?.filter(|row| open(row.status)) else { return Ok(None) };
        let history = store::read_history(reader, id)?;
        let today = self.today().max(row.booked_on);
        let (instalment_minor, payoff_minor) = match &row.contract {
            Contract::Card(card) => {
                let state = restore_card(id, card, &history, today)?;
                let balances = Balances::of_card(&state, card, today, row.status);
                (balances.payment_minor, balances.owed.total().saturating_sub(balances.held_minor).max(0))
            }
            Contract::Instalments(contract) => {
                let loan = restore(id, contract, &history, today)?;
                let computed = |error| DbError::Corrupt(format!("the loan {id} cannot be computed: {error}"));
                let due: i64 = loan.state().dues().iter().map(|due| due.open.total()).sum();
                let next = match due {
                    0 => loan.outlook().map_err(computed)?.first().map_or(0, |due| due.open.total()),
                    due => due,
                };
                let payoff = loan.payoff(today).map_err(computed)?.total_minor;
                // The last instalment may be less than what it takes to be done, and never more.
                (next.min(payoff), payoff)
            }
        };
        Ok(Some(Owed { instalment_minor, payoff_minor, currency: row.currency }))
    }
}
