//! Money in: a payment is allocated, posted and recorded in the unit of work of whoever took it, or not at all.

use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, Currency, LoanId, Money, TransferId, UserId};
use florin_ledger::rules::Code;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::contract::{self, CardContract, Contract, Happened};
use crate::legs::{Book, Leg};
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store::{self as store, EventRow, ReversalRow};
use crate::opened::{Balances, Opened, restore_card};
use crate::posting::First;
use crate::seen::LoanSeen;
use crate::service::is_within;
use crate::{CardHappening, Event, Happening, LoanEventId, Loans, NotRecorded, Parts, Status};

/// A payment that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The loan.
    pub loan: LoanId,
    /// The payment's identifier: also that of the transfer which takes the money, and a key for ever.
    pub payment: TransferId,
    /// The account of the books that holds the money.
    pub from: AccountId,
    /// How much.
    pub amount: Money,
    /// The day on which it counts; today when left out. Only staff take in what was paid before.
    pub on: Option<Date>,
    /// Whether it reduces the principal alone.
    pub principal_only: bool,
    /// The only person whose money and whose loan it may touch; nobody for staff and the program itself.
    pub by: Option<UserId>,
}

/// Where a payment went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// What it settled.
    pub settled: Parts,
    /// What of it is held for instalments to come, or owed back.
    pub held_minor: i64,
    /// What of it was paid after the loan was written off.
    pub recovered_minor: i64,
}

/// A payment that was taken in.
#[derive(Clone, Debug)]
pub struct Received {
    /// What happened to the loan, by the payment's identifier.
    pub event: LoanEventId,
    /// Where the payment went. A payment of an earlier day changes where later ones went, too: that is part of it.
    pub allocation: Allocation,
    /// What is owed and expected after it.
    pub balances: Balances,
    /// The loan after it.
    pub loan: LoanSeen,
}

/// A payment that was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// The loan.
    pub loan: LoanId,
    /// How much.
    pub amount: Money,
    /// The loan after it.
    pub balances: Balances,
}

/// Why a payment was not taken in. Nothing changed then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotReceived {
    /// There is no such loan, or none that the payer may know of.
    #[error("there is no such loan")]
    NotFound,
    /// There is no such payment of a loan.
    #[error("there is no such payment of a loan")]
    UnknownPayment,
    /// It was not paid out, or nothing is owed any more.
    #[error("the loan is {}", .0.code())]
    Standing(Status),
    /// It is in another currency.
    #[error("the loan is in {0}")]
    Currency(Currency),
    /// A card has no principal apart from its balance, and what is paid on it counts today.
    #[error("a card takes payments of today, on its balance")]
    Card,
    /// Only staff take in what was paid before today.
    #[error("the payment counts today")]
    Day,
    /// The loan does not take it.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    /// The ledger refused: the funds do not suffice, or an account is closed or frozen.
    #[error("the ledger refused: {0}")]
    Ledger(Code),
}

/// What a unit of work did, or why not.
pub(crate) type Outcome<T> = Result<Result<T, NotReceived>, DbError>;

impl Loans {
    /// Takes a payment in, in the caller's unit of work: one chain of transfers from the account that holds the money
    /// over suspense to what is owed, in the order of the product, and the rest is held. The first transfer has the
    /// payment's identifier. The outbox has an event for each of them.
    ///
    /// When it answers a refusal nothing of the payment is written; interest up to today may be. A refusal of the
    /// ledger uses the payment's identifier up.
    ///
    /// # Errors
    /// What the database says.
    pub fn receive(&self, tx: &mut Tx<'_>, receipt: &Receipt) -> Outcome<Received> {
        self.receive_by(tx, receipt, receipt.by)
    }

    /// The same, noting who took it in.
    pub(crate) fn receive_by(
        &self,
        tx: &mut Tx<'_>,
        receipt: &Receipt,
        by: Option<UserId>,
    ) -> Outcome<Received> {
        let row = store::lock(tx, receipt.loan)?.filter(|row| is_within(row, receipt.by));
        let Some(row) = row else { return Ok(Err(NotReceived::NotFound)) };
        if let Err(refused) = check(&row, receipt, self.today()) {
            return Ok(Err(refused));
        }
        if let Contract::Card(card) = &row.contract {
            let card = (**card).clone();
            return match row.origin {
                Origin::Own => self.receive_on_own_card(tx, row, card, receipt, by),
                Origin::External => self.receive_on_card(tx, row, &card, receipt, by),
            };
        }
        let standing = row.status;
        let Some(mut opened) = self.opened(tx, row)? else {
            return Ok(Err(NotReceived::Standing(standing)));
        };
        if opened.row.status == Status::PaidOff {
            return Ok(Err(NotReceived::Standing(Status::PaidOff)));
        }
        let minor = receipt.amount.minor();
        let what =
            if receipt.principal_only { Happening::PrincipalPaid(minor) } else { Happening::Paid(minor) };
        let on = receipt.on.unwrap_or(opened.loan.state().on());
        let event = Event { id: event_of(receipt.payment), on, what };
        let diff = match opened.loan.record(event) {
            Ok(diff) => diff,
            Err(refused) => return Ok(Err(refused.into())),
        };
        let first = First { id: Some(receipt.payment), reach: receipt.by };
        if let Err(code) = self.book(tx, &mut opened, receipt.from, first)? {
            return Ok(Err(NotReceived::Ledger(code)));
        }
        let allocation =
            Allocation { settled: diff.paid, held_minor: diff.held, recovered_minor: diff.recovered };
        self.write_payment(tx, &opened, &event, by, allocation)?;
        let balances = Balances::of(&opened.loan);
        let loan = LoanSeen::standing(&opened.row, Some(balances))?;
        Ok(Ok(Received { event: event.id, allocation, balances, loan }))
    }

    fn write_payment(
        &self,
        tx: &mut Tx<'_>,
        opened: &Opened,
        event: &Event,
        by: Option<UserId>,
        allocation: Allocation,
    ) -> Result<(), DbError> {
        let row = EventRow {
            id: event.id,
            on: event.on,
            known_on: opened.loan.state().on(),
            known_at: self.db.env().now(),
            what: Happened::Loan(event.what),
            by,
            allocated: Some(contract::write(&allocation)?),
            note: None,
        };
        store::insert_event(tx, opened.row.id, &row)?;
        tx.bulk(store::booked([&opened.row])?)?;
        tx.note("loan", &opened.row.id);
        Ok(())
    }

    /// A payment on a card, which is another lender's: the money is owed to them.
    fn receive_on_card(
        &self,
        tx: &mut Tx<'_>,
        mut row: LoanRow,
        card: &CardContract,
        receipt: &Receipt,
        by: Option<UserId>,
    ) -> Outcome<Received> {
        if receipt.principal_only || receipt.on.is_some_and(|on| on != self.today()) {
            return Ok(Err(NotReceived::Card));
        }
        let minor = receipt.amount.minor();
        let leg = Leg { debit: Book::Money(receipt.from), credit: Book::Billers, minor };
        let first = First { id: Some(receipt.payment), reach: receipt.by };
        if let Err(code) = self.post_chain(tx, &mut row, &[leg], first)? {
            return Ok(Err(NotReceived::Ledger(code)));
        }
        let settled = Parts { principal: minor, ..Parts::default() };
        let allocation = Allocation { settled, ..Allocation::default() };
        let (today, event) = (self.today(), event_of(receipt.payment));
        let paid = EventRow {
            id: event,
            on: today,
            known_on: today,
            known_at: self.db.env().now(),
            what: Happened::Card(CardHappening::Paid(minor)),
            by,
            allocated: Some(contract::write(&allocation)?),
            note: None,
        };
        store::insert_event(tx, row.id, &paid)?;
        tx.note("loan", &row.id);
        let state = restore_card(row.id, card, &store::history_of(tx, row.id)?, today)?;
        let balances = Balances::of_card(&state, card, today, row.status);
        let loan = LoanSeen::standing(&row, Some(balances))?;
        Ok(Ok(Received { event, allocation, balances, loan }))
    }

    /// Takes a payment back, in the caller's unit of work, as if it had never been made: what it settled is owed again,
    /// with the interest and the charges that follow, and the money goes to `to`.
    ///
    /// # Errors
    /// What the database says.
    pub fn give_back(&self, tx: &mut Tx<'_>, payment: TransferId, to: AccountId) -> Outcome<GivenBack> {
        self.take_back(tx, event_of(payment), to, None, None)
    }

    pub(crate) fn take_back(
        &self,
        tx: &mut Tx<'_>,
        event: LoanEventId,
        to: AccountId,
        by: Option<UserId>,
        note: Option<String>,
    ) -> Outcome<GivenBack> {
        let row = match store::loan_of_event(tx, event)? {
            Some(loan) => store::lock(tx, loan)?,
            None => None,
        };
        let Some(mut row) = row else { return Ok(Err(NotReceived::UnknownPayment)) };
        let (id, currency) = (row.id, row.currency);
        let reversal = ReversalRow { known_on: self.today(), known_at: self.db.env().now(), by, note };
        if let Contract::Card(card) = row.contract.clone() {
            if row.origin == Origin::Own {
                return self.take_back_from_own_card(tx, row, *card, event, to, &reversal);
            }
            let history = store::history_of(tx, id)?;
            let paid = history.events.iter().find(|known| known.id == event);
            let Some(minor) = paid.and_then(|paid| paid.what.paid_minor()) else {
                return Ok(Err(NotReceived::UnknownPayment));
            };
            if history.reversed.contains(&event) {
                return Ok(Err(NotRecorded::Reversed(event).into()));
            }
            let leg = Leg { debit: Book::Billers, credit: Book::Money(to), minor };
            if let Err(code) = self.post_chain(tx, &mut row, &[leg], First::default())? {
                return Ok(Err(NotReceived::Ledger(code)));
            }
            store::insert_reversal(tx, id, event, &reversal)?;
            let state = restore_card(id, &card, &store::history_of(tx, id)?, self.today())?;
            let balances = Balances::of_card(&state, &card, self.today(), row.status);
            return Ok(Ok(GivenBack { loan: id, amount: Money::new(minor, currency), balances }));
        }
        let standing = row.status;
        let Some(mut opened) = self.opened(tx, row)? else {
            return Ok(Err(NotReceived::Standing(standing)));
        };
        let diff = match opened.loan.reverse(event) {
            Ok(diff) => diff,
            Err(refused) => return Ok(Err(refused.into())),
        };
        if let Err(code) = self.book(tx, &mut opened, to, First::default())? {
            return Ok(Err(NotReceived::Ledger(code)));
        }
        store::insert_reversal(tx, id, event, &reversal)?;
        tx.bulk(store::booked([&opened.row])?)?;
        tx.note("loan", &id);
        let amount = Money::new(diff.received.saturating_neg(), currency);
        Ok(Ok(GivenBack { loan: id, amount, balances: Balances::of(&opened.loan) }))
    }
}

/// What happens to a loan by a payment has the payment's identifier.
pub(crate) fn event_of(payment: TransferId) -> LoanEventId {
    LoanEventId::from_uuid(payment.uuid())
}

fn check(row: &LoanRow, receipt: &Receipt, today: Date) -> Result<(), NotReceived> {
    if !matches!(row.status, Status::Active | Status::WrittenOff) {
        return Err(NotReceived::Standing(row.status));
    }
    if receipt.amount.currency() != row.currency {
        return Err(NotReceived::Currency(row.currency));
    }
    if receipt.by.is_some() && receipt.on.is_some_and(|on| on != today) {
        return Err(NotReceived::Day);
    }
    if receipt.amount.minor() <= 0 {
        return Err(NotRecorded::Sum.into());
    }
    Ok(())
}
