//! A loan in the hands of a unit of work: locked, gone on to today, with the books up to it.

use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, LoanId, Uuid};
use florin_ledger::rules::Code;
use jiff::civil::Date;

use crate::contract::{CardContract, Contract, Happened, InstalmentContract};
use crate::legs::{Book, Leg, legs};
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store::{self as store, History};
use crate::posting::First;
use crate::{CardEvent, CardState, Delinquency, Event, Figures, Loan, Loans, Parts, Status};

/// A loan in instalments that was paid out, with its row.
pub(crate) struct Opened {
    pub row: LoanRow,
    pub loan: Loan,
}

/// What is owed and expected on a day. Sums are in minor units of the loan's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balances {
    /// The day.
    pub on: Date,
    /// Where the loan stands.
    pub status: Status,
    /// What is owed, due or not.
    pub owed: Parts,
    /// What was paid and settles nothing yet.
    pub held_minor: i64,
    /// What is past due.
    pub past_due: Parts,
    /// For how many days.
    pub days_past_due: u64,
    /// How many of the product's thresholds these days have passed.
    pub bucket: usize,
    /// The regular payment; of a card the minimum that is left to be paid.
    pub payment_minor: i64,
    /// When the next instalment falls due.
    pub next_due_on: Option<Date>,
    /// When the last one does.
    pub matures_on: Option<Date>,
    /// What can still be drawn within the limit of a card.
    pub available_minor: Option<i64>,
}

impl Balances {
    /// Of a loan in instalments, on its business day.
    pub(crate) fn of(loan: &Loan) -> Self {
        let (state, Delinquency { days, bucket, past_due }) = (loan.state(), loan.delinquency());
        let status = match state.standing() {
            crate::Standing::Open => Status::Active,
            crate::Standing::PaidOff => Status::PaidOff,
            crate::Standing::WrittenOff(_) => Status::WrittenOff,
        };
        Self {
            on: state.on(),
            status,
            owed: state.owed(),
            held_minor: state.figures().held,
            past_due,
            days_past_due: days,
            bucket,
            payment_minor: state.payment_minor(),
            next_due_on: state.next_due_on(),
            matures_on: state.matures_on(),
            available_minor: None,
        }
    }

    /// Of a card.
    pub(crate) fn of_card(state: &CardState, card: &CardContract, on: Date, status: Status) -> Self {
        let last = state.statements().last();
        let minimum = state.minimum_left_minor();
        let late = last.map(|last| last.due_on).filter(|due| *due < on && minimum > 0);
        let past_due = if late.is_some() { minimum } else { 0 };
        Self {
            on,
            status,
            owed: state.figures().receivable(),
            held_minor: state.credit_minor(),
            past_due: Parts { principal: past_due, ..Parts::default() },
            days_past_due: late.map_or(0, |due| crate::actual_days(due, on)),
            bucket: usize::from(late.is_some()),
            payment_minor: minimum,
            next_due_on: last.map(|last| last.due_on).filter(|due| *due >= on),
            matures_on: None,
            available_minor: Some(state.available_minor(&card.terms)),
        }
    }
}

/// The loan that a row and its history make, as it stood at the end of `day`.
pub(crate) fn restore(
    id: LoanId,
    contract: &InstalmentContract,
    history: &History,
    day: Date,
) -> Result<Loan, DbError> {
    let events = history.events.iter().filter_map(|event| match event.what {
        Happened::Loan(what) => Some(Event { id: event.id, on: event.on, what }),
        Happened::Card(_) => None,
    });
    let (terms, servicing) = (contract.terms, contract.servicing.clone());
    Loan::restore(terms, servicing, events.collect(), history.reversed.clone(), day)
        .map_err(|refused| DbError::Corrupt(format!("the loan {id} cannot be computed: {refused}")))
}

/// The card that a row and its history make, at the end of `day`.
pub(crate) fn restore_card(
    id: LoanId,
    contract: &CardContract,
    history: &History,
    day: Date,
) -> Result<CardState, DbError> {
    let stands = history.events.iter().filter(|event| !history.reversed.contains(&event.id));
    let events: Vec<CardEvent> = stands
        .filter_map(|event| match event.what {
            Happened::Card(what) => Some(CardEvent { id: event.id, on: event.on, what }),
            Happened::Loan(_) => None,
        })
        .collect();
    CardState::of(&contract.terms, contract.opened_on, &events, day)
        .map_err(|refused| DbError::Corrupt(format!("the card {id} cannot be computed: {refused}")))
}

impl LoanRow {
    /// The terms of a loan in instalments; none of a card.
    pub(crate) fn instalments(&self) -> Option<&InstalmentContract> {
        match &self.contract {
            Contract::Instalments(contract) => Some(contract),
            Contract::Card(_) => None,
        }
    }
}

impl Loans {
    /// Restores a loan in instalments that was paid out and is locked, goes on to today, and has the books follow.
    /// `None` for a card and for what was not paid out.
    pub(crate) fn opened(&self, tx: &mut Tx<'_>, row: LoanRow) -> Result<Option<Opened>, DbError> {
        let Some(contract) = row.instalments().filter(|_| row.status.is_paid_out()) else {
            return Ok(None);
        };
        let history = store::history_of(tx, row.id)?;
        let loan = restore(row.id, contract, &history, row.booked_on)?;
        let mut opened = Opened { row, loan };
        self.catch_up(tx, &mut opened)?;
        Ok(Some(opened))
    }

    /// Goes on to today and posts what was earned since the books were last up to it.
    fn catch_up(&self, tx: &mut Tx<'_>, opened: &mut Opened) -> Result<(), DbError> {
        let today = self.today();
        if opened.row.booked_on >= today {
            return Ok(());
        }
        let gone = opened.loan.go_on_to(today);
        gone.map_err(|error| DbError::Other(format!("loan {}: {error}", opened.row.id)))?;
        let booked = self.book(tx, opened, nobody(), First::default())?;
        booked
            .map_err(|code| DbError::Other(format!("loan {}: the ledger refused {code}", opened.row.id)))?;
        tx.bulk(store::booked([&opened.row])?)
    }

    /// Posts what the figures of a loan differ by from the books, and has its row follow; when the ledger refuses,
    /// nothing of it is in the books and the caller must leave the row alone. `money` is where what was received comes
    /// from, or where what is given back goes.
    pub(crate) fn book(
        &self,
        tx: &mut Tx<'_>,
        opened: &mut Opened,
        money: AccountId,
        first: First,
    ) -> Result<Result<(), Code>, DbError> {
        let diff = opened.loan.state().figures().since(&opened.row.booked);
        let legs = match opened.row.origin {
            Origin::Own => legs(&diff, money),
            Origin::External => through(&diff, money),
        };
        if let Err(code) = self.post_chain(tx, &mut opened.row, &legs, first)? {
            return Ok(Err(code));
        }
        opened.row.stands_as(&opened.loan);
        Ok(Ok(()))
    }
}

/// What is paid on another lender's loan is owed to them; nothing else of it is in the books.
pub(crate) fn through(diff: &Figures, money: AccountId) -> Vec<Leg> {
    let (debit, credit) = match diff.received.signum() {
        1 => (Book::Money(money), Book::Billers),
        -1 => (Book::Billers, Book::Money(money)),
        _ => return Vec::new(),
    };
    vec![Leg { debit, credit, minor: diff.received.saturating_abs() }]
}

/// In the place of an account where no money moves.
pub(crate) const fn nobody() -> AccountId {
    AccountId::from_uuid(Uuid::nil())
}
