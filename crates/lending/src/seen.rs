//! A loan as it may be seen.

use florin_db::DbError;
use florin_kernel::{AccountId, Currency, LoanId, Timestamp, UserId};
use jiff::civil::Date;

use crate::contract::{self, Contract};
use crate::loan_row::{LoanRow, Origin, Status};
use crate::loan_store::History;
use crate::opened::{Balances, restore, restore_card};
use crate::papers::Papers;
use crate::{ApplicationId, Kind};

/// A loan with where it stands today; sums are in minor units of its currency.
#[derive(Clone, Debug)]
pub struct LoanSeen {
    /// Its identifier.
    pub id: LoanId,
    /// Who owes it.
    pub borrower: Option<UserId>,
    /// The application that it was made of.
    pub application: Option<ApplicationId>,
    /// What it is for.
    pub kind: Kind,
    /// Whose it is.
    pub origin: Origin,
    /// The product that it was made from, and its version.
    pub product: (String, u32),
    /// Its currency.
    pub currency: Currency,
    /// Where it stands in its life.
    pub status: Status,
    /// The full terms.
    pub contract: Contract,
    /// What was disclosed.
    pub papers: Option<Papers>,
    /// The other lender, if there is one.
    pub lender: Option<String>,
    /// Their number for it, masked.
    pub account_number: Option<String>,
    /// What is owed; none before it was paid out.
    pub balances: Option<Balances>,
    /// Until when it can be taken, while it is offered.
    pub offer_ends_on: Option<Date>,
    /// Where it was paid out to.
    pub paid_to: Option<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was taken.
    pub accepted_at: Option<Timestamp>,
    /// When it was paid out.
    pub paid_out_at: Option<Timestamp>,
}

impl LoanSeen {
    /// A loan with what happened to it, on `today`; nothing happened where there is no history.
    pub(crate) fn of_row(row: &LoanRow, history: Option<&History>, today: Date) -> Result<Self, DbError> {
        let nothing = History::default();
        Self::standing(row, balances(row, history.unwrap_or(&nothing), today)?)
    }

    /// A loan of which it is known what is owed.
    pub(crate) fn standing(row: &LoanRow, balances: Option<Balances>) -> Result<Self, DbError> {
        let papers = row.disclosure.as_deref();
        let papers = papers.map(|text| contract::read("lending_loan.disclosure", text)).transpose()?;
        Ok(Self {
            id: row.id,
            borrower: row.borrower,
            application: row.application,
            kind: row.kind,
            origin: row.origin,
            product: row.product.clone(),
            currency: row.currency,
            status: balances
                .filter(|_| row.status.is_paid_out())
                .map_or(row.status, |balances| balances.status),
            contract: row.contract.clone(),
            papers,
            lender: row.lender.clone(),
            account_number: row.account_number.as_ref().map(|number| number.shown.clone()),
            balances,
            offer_ends_on: row.offer_ends_on.filter(|_| row.status == Status::Offered),
            paid_to: row.paid_to,
            created_at: row.created_at,
            accepted_at: row.accepted_at,
            paid_out_at: row.paid_out_at,
        })
    }
}

fn balances(row: &LoanRow, history: &History, today: Date) -> Result<Option<Balances>, DbError> {
    if !row.status.is_paid_out() {
        return Ok(None);
    }
    match &row.contract {
        Contract::Instalments(contract) => {
            let day = today.max(row.booked_on);
            Ok(Some(Balances::of(&restore(row.id, contract, history, day)?)))
        }
        Contract::Card(card) => {
            let state = restore_card(row.id, card, history, today)?;
            Ok(Some(Balances::of_card(&state, card, today, row.status)))
        }
    }
}
