//! Legs into the ledger: chains that are posted whole or not at all.

use florin_db::{DbError, Tx};
use florin_jobs::outbox;
use florin_kernel::{AccountId, TransferId, UserId};
use florin_ledger::rules::{Code, Event, Flags, Outcome, Overdraft};
use florin_ledger::{NewAccount, internal_account};

use crate::Loans;
use crate::legs::{Book, Leg};
use crate::loan_row::LoanRow;

/// The topic under which the outbox has every transfer of lending.
const TOPIC: &str = "transfer.booked";

/// What is particular to the first transfer of a chain.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct First {
    /// Its identifier, where somebody gave one.
    pub id: Option<TransferId>,
    /// The only person whose money it may take.
    pub reach: Option<UserId>,
}

impl Loans {
    /// The account of a book, opened if it is needed for the first time.
    fn account_of(&self, tx: &mut Tx<'_>, loan: &mut LoanRow, book: Book) -> Result<AccountId, DbError> {
        if let Some(code) = book.internal_code() {
            return if self.books_open.read().contains(&loan.currency) {
                Ok(internal_account(code, loan.currency))
            } else {
                self.ledger.ensure_internal(tx, code, loan.currency)
            };
        }
        let component = match book {
            Book::Receivable(component) => component,
            Book::Money(account) => return Ok(account),
            _ => return Err(DbError::Other("a book is neither the institution's nor a loan's".to_owned())),
        };
        if let Some(account) = loan.receivables.of(component) {
            return Ok(account);
        }
        // What a borrower owes is the institution's asset: nobody reaches it by a transfer or sees it among accounts.
        let id = AccountId::from_uuid(self.db.env().new_uuid());
        let new = NewAccount {
            id,
            owner: None,
            kind: "loan",
            name: format!("Loan {}", loan.id),
            currency: loan.currency,
            code: component.receivable_code(),
            overdraft: Overdraft::None,
            ceiling: None,
        };
        self.ledger.open_account(tx, &new)?;
        loan.receivables.set(component, id);
        Ok(id)
    }

    /// The chain of these legs.
    pub(crate) fn chain(
        &self,
        tx: &mut Tx<'_>,
        loan: &mut LoanRow,
        legs: &[Leg],
        first: First,
    ) -> Result<Vec<Event>, DbError> {
        let mut events = Vec::with_capacity(legs.len());
        for (place, leg) in legs.iter().enumerate() {
            let debit = self.account_of(tx, loan, leg.debit)?;
            let credit = self.account_of(tx, loan, leg.credit)?;
            let given = first.id.filter(|_| place == 0);
            let id = given.unwrap_or_else(|| TransferId::from_uuid(self.db.env().new_uuid()));
            let last = place.saturating_add(1) == legs.len();
            events.push(Event {
                fresh: given.is_none(),
                flags: if last { Flags::NONE } else { Flags::LINKED },
                group: Some(loan.id.uuid()),
                code: Some(florin_ledger::chart::LOAN_PRINCIPAL),
                reach: first.reach.filter(|_| place == 0),
                ..Event::transfer(id, debit, credit, leg.minor, loan.currency)
            });
        }
        Ok(events)
    }

    /// Posts chains and tells the outbox of what was created.
    pub(crate) fn post(&self, tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Outcome>, DbError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = self.ledger.post(tx, events)?;
        let now_us = self.db.env().now().as_microsecond();
        let mut told = outbox::bulk();
        for outcome in outcomes.iter().filter(|outcome| outcome.code == Code::Created) {
            if let Some(transfer) = &outcome.transfer {
                outbox::add(&mut told, TOPIC, transfer.id.uuid(), now_us);
            }
        }
        tx.bulk(told)?;
        Ok(outcomes)
    }

    /// Posts the one chain of these legs; the refusal when it was refused, and then nothing of it is in the books.
    pub(crate) fn post_chain(
        &self,
        tx: &mut Tx<'_>,
        loan: &mut LoanRow,
        legs: &[Leg],
        first: First,
    ) -> Result<Result<(), Code>, DbError> {
        let events = self.chain(tx, loan, legs, first)?;
        Ok(refusal(&self.post(tx, &events)?).map_or(Ok(()), Err))
    }
}

/// Why a chain was refused, if it was: what failed by itself, not what fell with it. A transfer that exists from before
/// was not made now, so that what belongs to it was done before.
pub(crate) fn refusal(outcomes: &[Outcome]) -> Option<Code> {
    let failed = || outcomes.iter().map(|outcome| outcome.code).filter(|code| *code != Code::Created);
    failed().find(|code| *code != Code::LinkedFailed).or_else(|| failed().next())
}
