//! What papers of one loan are made from: each figure reckoned anew, and held against what is stored of it.

use florin_db::DbError;
use florin_kernel::{Action, Actor, Currency, LoanId, TransferId};
use jiff::civil::Date;

use crate::contract::{self, Contract, InstalmentContract};
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store as store;
use crate::papers::Papers;
use crate::receipts::{Allocation, event_of};
use crate::seen::LoanSeen;
use crate::service::{is_within, own_or_any, reach_of};
use crate::statement::own_instalments;
use crate::verify::must_agree;
use crate::{CostOfBorrowing, Disclosure, Error, Loans, Payoff, Quote, Schedule};

/// What a payment did, as its receipt tells it.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The loan as it stands today.
    pub loan: LoanSeen,
    /// Where the payment went when it was taken in.
    pub allocation: Allocation,
}

impl Loans {
    /// What an own loan in instalments costs by its terms, which is what was disclosed of it.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Card`], [`Error::External`], [`Error::Denied`], and [`Error::Db`] where the
    /// terms come to other figures than were disclosed.
    pub async fn disclosed(&self, by: &Actor, id: LoanId) -> Result<(LoanSeen, Quote), Error> {
        let today = self.today();
        let (row, history) = self.with_history(by, id).await?;
        if row.origin != Origin::Own {
            return Err(Error::External);
        }
        let Contract::Instalments(contract) = &row.contract else { return Err(Error::Card) };
        let quote = costs(&row, contract)?;
        Ok((LoanSeen::of_row(&row, Some(&history), today)?, quote))
    }

    /// What it takes to be done with an own loan on a day from today on, a year ahead at most, with the loan. Its books
    /// are held against its history first.
    ///
    /// # Errors
    /// As [`Loans::payoff`], and [`Error::External`], [`Error::Db`] where the books contradict the history.
    pub async fn payoff_told(
        &self,
        by: &Actor,
        id: LoanId,
        on: Option<Date>,
    ) -> Result<(LoanSeen, Payoff), Error> {
        let (_, payoff) = self.payoff(by, id, on).await?;
        let (ledger, reach, today) = (self.ledger.clone(), reach_of(by), self.today());
        let seen = self
            .db
            .read(move |reader| {
                let row = store::find(reader, id)?.filter(|row| is_within(row, reach));
                let row = row.ok_or(Error::LoanNotFound)?;
                own_instalments(&row)?;
                must_agree(reader, &ledger, &row)?;
                let history = store::read_history(reader, id)?;
                LoanSeen::of_row(&row, Some(&history), today).map_err(Error::from)
            })
            .await?;
        Ok((seen, payoff))
    }

    /// What a payment of a loan did; none where the loan did not take it in, or not yet.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Denied`].
    pub async fn settled(
        &self,
        by: &Actor,
        id: LoanId,
        payment: TransferId,
    ) -> Result<Option<Settled>, Error> {
        by.permit(Action::ReadLoan, own_or_any(by))?;
        let (row, history) = self.with_history(by, id).await?;
        let event = history.events.iter().find(|event| event.id == event_of(payment));
        let Some(allocated) = event.and_then(|event| event.allocated.as_deref()) else { return Ok(None) };
        let allocation = contract::read("lending_event.allocated", allocated)?;
        Ok(Some(Settled { loan: LoanSeen::of_row(&row, Some(&history), self.today())?, allocation }))
    }
}

/// The figures of a loan's terms; refused where they are not those that were disclosed.
fn costs(row: &LoanRow, contract: &InstalmentContract) -> Result<Quote, Error> {
    let terms = contract.terms;
    let schedule = Schedule::of(&terms)?;
    let real_estate = row.kind.is_secured_by_real_estate();
    let disclosure = Disclosure::of(&terms, &schedule, &contract.charges, real_estate)?;
    let cost_of_borrowing = if terms.principal.currency() == Currency::CAD {
        Some(CostOfBorrowing::of_loan(&terms, &schedule, &contract.charges)?)
    } else {
        None
    };
    let told =
        row.disclosure.as_deref().map(|text| contract::read::<Papers>("lending_loan.disclosure", text));
    if told.transpose()?.is_some_and(|told| {
        told.apr_units != disclosure.apr.units()
            || told.finance_charge_minor != disclosure.finance_charge.minor()
            || told.amount_financed_minor != disclosure.amount_financed.minor()
            || told.total_of_payments_minor != disclosure.total_of_payments.minor()
    }) {
        let why = format!("loan {}: its terms come to other figures than were disclosed", row.id);
        return Err(DbError::Corrupt(why).into());
    }
    Ok(Quote { terms, schedule, disclosure, cost_of_borrowing })
}
