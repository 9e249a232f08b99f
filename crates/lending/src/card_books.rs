//! Cards of the institution's own: what is drawn, what is paid, and what the books have of both.

use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, LoanId, Money, TransferId, UserId};
use florin_ledger::rules::Code;
use jiff::civil::Date;
use thiserror::Error;

use crate::contract::{self, CardContract, Contract, Happened};
use crate::legs::{Book, Leg, legs};
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store::{self as store, EventRow, History, ReversalRow};
use crate::opened::{Balances, nobody, restore_card};
use crate::posting::First;
use crate::receipts::{Allocation, GivenBack, NotReceived, Outcome, Receipt, Received, event_of};
use crate::seen::LoanSeen;
use crate::service::is_within;
use crate::{
    CardHappening, CardState, Component, Figures, LoanEventId, Loans, NotRecorded, PRINCIPAL_MINOR_MAX,
    Status,
};

/// What a card is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawKind {
    /// Something was bought.
    Purchase,
    /// Cash was drawn: it bears interest from its day, and costs a fee.
    Cash,
}

/// Money that is drawn on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The card.
    pub loan: LoanId,
    /// The identifier of the transfer that moves the money: a key for ever.
    pub transfer: TransferId,
    /// The account of the books that the money goes to.
    pub to: AccountId,
    /// How much.
    pub amount: Money,
    /// What for.
    pub kind: DrawKind,
    /// The only person whose card it may touch; nobody for staff and the program itself.
    pub by: Option<UserId>,
}

/// Money that was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What happened on the card, by the transfer's identifier.
    pub event: LoanEventId,
    /// How much.
    pub amount: Money,
    /// What it cost at once, in minor units.
    pub fee_minor: i64,
    /// The card after it.
    pub loan: LoanSeen,
}

/// Why nothing was drawn. Nothing changed then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotDrawn {
    /// There is no such card, or none that whoever asks may know of.
    #[error("there is no such card")]
    NotFound,
    /// It is a loan in instalments.
    #[error("a loan in instalments is paid out once")]
    NotACard,
    /// It is another lender's.
    #[error("this is another lender's card")]
    External,
    /// It is not open.
    #[error("the card is {}", .0.code())]
    Standing(Status),
    /// It is in another currency.
    #[error("the card is in {0}")]
    Currency(florin_kernel::Currency),
    /// A sum that is not above zero, or larger than any loan.
    #[error("a sum above zero is wanted")]
    Sum,
    /// More than is left of the limit, with the fee.
    #[error("{available} of the limit are left, and {wanted} with its fee are wanted")]
    OverLimit {
        /// What is left.
        available: Money,
        /// What was asked for, with its fee.
        wanted: Money,
    },
    /// The ledger refused.
    #[error("the ledger refused: {0}")]
    Ledger(Code),
}

/// An own card in the hands of a unit of work: locked, gone on to today, with the books up to it.
struct OpenedCard {
    row: LoanRow,
    card: CardContract,
    history: History,
    state: CardState,
}

impl Loans {
    /// Draws money on a card, in the caller's unit of work: the principal is owed, and the money goes to an account of the
    /// books. The first transfer has the draw's identifier.
    ///
    /// When it answers a refusal nothing of the draw is written. A refusal of the ledger uses the identifier up.
    ///
    /// # Errors
    /// What the database says.
    pub fn draw(&self, tx: &mut Tx<'_>, draw: &Draw) -> Result<Result<Drawn, NotDrawn>, DbError> {
        let row = store::lock(tx, draw.loan)?.filter(|row| is_within(row, draw.by));
        let Some(row) = row else { return Ok(Err(NotDrawn::NotFound)) };
        let card = match check(&row, draw) {
            Ok(card) => card,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut opened = self.open_card(tx, row, card)?;
        let minor = draw.amount.minor();
        let fee_minor = match (draw.kind, opened.card.terms.cash_fee) {
            (DrawKind::Cash, Some(fee)) => fee.of(minor),
            _ => 0,
        };
        let (available, wanted) =
            (opened.state.available_minor(&opened.card.terms), minor.saturating_add(fee_minor));
        if wanted > available {
            let money = |minor| Money::new(minor, opened.row.currency);
            return Ok(Err(NotDrawn::OverLimit { available: money(available), wanted: money(wanted) }));
        }
        let what = match draw.kind {
            DrawKind::Purchase => CardHappening::Purchased(minor),
            DrawKind::Cash => CardHappening::CashDrawn(minor),
        };
        let event = self.card_event(event_of(draw.transfer), self.today(), what, draw.by);
        opened.history.events.push(event.clone());
        let lent = Leg { debit: Book::Receivable(Component::Principal), credit: Book::Money(draw.to), minor };
        let first = First { id: Some(draw.transfer), reach: None };
        if let Err(code) = self.book_card(tx, &mut opened, Some(lent), nobody(), first)? {
            return Ok(Err(NotDrawn::Ledger(code)));
        }
        store::insert_event(tx, opened.row.id, &event)?;
        tx.note("loan", &opened.row.id);
        let loan = LoanSeen::standing(&opened.row, Some(self.card_balances(&opened)))?;
        Ok(Ok(Drawn { event: event.id, amount: draw.amount, fee_minor, loan }))
    }

    fn card_event(&self, id: LoanEventId, on: Date, what: CardHappening, by: Option<UserId>) -> EventRow {
        EventRow {
            id,
            on,
            known_on: self.today(),
            known_at: self.db.env().now(),
            what: Happened::Card(what),
            by,
            allocated: None,
            note: None,
        }
    }

    fn card_balances(&self, opened: &OpenedCard) -> Balances {
        Balances::of_card(&opened.state, &opened.card, self.today(), opened.row.status)
    }

    fn open_card(&self, tx: &mut Tx<'_>, row: LoanRow, card: CardContract) -> Result<OpenedCard, DbError> {
        let history = store::history_of(tx, row.id)?;
        let state = restore_card(row.id, &card, &history, self.today())?;
        let mut opened = OpenedCard { row, card, history, state };
        if opened.row.booked_on < self.today() {
            let id = opened.row.id;
            self.book_card(tx, &mut opened, None, nobody(), First::default())?
                .map_err(|code| DbError::Other(format!("card {id}: the ledger refused {code}")))?;
        }
        Ok(opened)
    }

    /// Posts what the figures of a card differ by from the books, after `lead`, and writes its row; when the ledger
    /// refuses, nothing of it is in the books.
    fn book_card(
        &self,
        tx: &mut Tx<'_>,
        opened: &mut OpenedCard,
        lead: Option<Leg>,
        money: AccountId,
        first: First,
    ) -> Result<Result<(), Code>, DbError> {
        let today = self.today();
        let state = restore_card(opened.row.id, &opened.card, &opened.history, today)?;
        let diff = state.figures().since(&opened.row.booked);
        let chain: Vec<Leg> = lead.into_iter().chain(legs(&diff, money)).collect();
        if let Err(code) = self.post_chain(tx, &mut opened.row, &chain, first)? {
            return Ok(Err(code));
        }
        opened.row.stands_as_card(&state, &opened.card, today);
        opened.state = state;
        tx.bulk(store::booked([&opened.row])?)?;
        Ok(Ok(()))
    }

    /// Takes a payment in on an own card; staff may say that it was made on a day before.
    pub(crate) fn receive_on_own_card(
        &self,
        tx: &mut Tx<'_>,
        row: LoanRow,
        card: CardContract,
        receipt: &Receipt,
        by: Option<UserId>,
    ) -> Outcome<Received> {
        let (minor, on) = (receipt.amount.minor(), receipt.on.unwrap_or_else(|| self.today()));
        if let Err(refused) = fits(&card, on, minor, self.today()) {
            return Ok(Err(refused));
        }
        if receipt.principal_only {
            return Ok(Err(NotReceived::Card));
        }
        let mut opened = self.open_card(tx, row, card)?;
        let id = event_of(receipt.payment);
        if opened.history.events.iter().any(|known| known.id == id) {
            return Ok(Err(NotRecorded::Known(id).into()));
        }
        let before = opened.row.booked;
        let event = self.card_event(id, on, CardHappening::Paid(minor), by);
        opened.history.events.push(event.clone());
        let first = First { id: Some(receipt.payment), reach: receipt.by };
        if let Err(code) = self.book_card(tx, &mut opened, None, receipt.from, first)? {
            return Ok(Err(NotReceived::Ledger(code)));
        }
        let allocation = allocation(&opened.row.booked.since(&before));
        let event = EventRow { allocated: Some(contract::write(&allocation)?), ..event };
        store::insert_event(tx, opened.row.id, &event)?;
        tx.note("loan", &opened.row.id);
        let balances = self.card_balances(&opened);
        let loan = LoanSeen::standing(&opened.row, Some(balances))?;
        Ok(Ok(Received { event: id, allocation, balances, loan }))
    }

    /// Takes a payment back from an own card, as if it had never been made.
    pub(crate) fn take_back_from_own_card(
        &self,
        tx: &mut Tx<'_>,
        row: LoanRow,
        card: CardContract,
        event: LoanEventId,
        to: AccountId,
        reversal: &ReversalRow,
    ) -> Outcome<GivenBack> {
        let mut opened = self.open_card(tx, row, card)?;
        let known = opened.history.events.iter().find(|known| known.id == event);
        let Some(minor) = known.and_then(|known| known.what.paid_minor()) else {
            return Ok(Err(NotReceived::UnknownPayment));
        };
        if !opened.history.reversed.insert(event) {
            return Ok(Err(NotRecorded::Reversed(event).into()));
        }
        if let Err(code) = self.book_card(tx, &mut opened, None, to, First::default())? {
            return Ok(Err(NotReceived::Ledger(code)));
        }
        store::insert_reversal(tx, opened.row.id, event, reversal)?;
        tx.note("loan", &opened.row.id);
        let amount = Money::new(minor, opened.row.currency);
        Ok(Ok(GivenBack { loan: opened.row.id, amount, balances: self.card_balances(&opened) }))
    }
}

fn check(row: &LoanRow, draw: &Draw) -> Result<CardContract, NotDrawn> {
    let Contract::Card(card) = &row.contract else { return Err(NotDrawn::NotACard) };
    if row.origin == Origin::External {
        return Err(NotDrawn::External);
    }
    if row.status != Status::Active {
        return Err(NotDrawn::Standing(row.status));
    }
    if draw.amount.currency() != row.currency {
        return Err(NotDrawn::Currency(row.currency));
    }
    if !(1..=PRINCIPAL_MINOR_MAX).contains(&draw.amount.minor()) {
        return Err(NotDrawn::Sum);
    }
    Ok((**card).clone())
}

/// Refuses a payment before the card was opened, of a day to come, or of a sum that is no payment.
fn fits(card: &CardContract, on: Date, minor: i64, today: Date) -> Result<(), NotReceived> {
    let refused = if on < card.opened_on {
        NotRecorded::BeforePayout { on, paid_out_on: card.opened_on }
    } else if on > today {
        NotRecorded::InTheFuture { on, business_day: today }
    } else if !(1..=PRINCIPAL_MINOR_MAX).contains(&minor) {
        NotRecorded::Sum
    } else {
        return Ok(());
    };
    Err(refused.into())
}

const fn allocation(diff: &Figures) -> Allocation {
    Allocation { settled: diff.paid, held_minor: diff.held, recovered_minor: diff.recovered }
}
