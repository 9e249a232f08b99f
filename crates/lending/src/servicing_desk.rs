//! What staff do to a loan that runs: charge, waive, put off, take in what was paid before, give back what is held,
//! take a payment back, agree on other instalments, and expect nothing more.

use std::sync::Arc;

use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, Action, Actor, LoanId, Money, Permit, TransferId, UserId};
use jiff::civil::Date;

use crate::contract::Happened;
use crate::decisions::checked_note;
use crate::loan_row::{LoanRow, Origin, Status};
use crate::loan_store::{self as store, EventRow};
use crate::opened::{Balances, Opened, nobody};
use crate::payout::Rendered;
use crate::posting::First;
use crate::receipts::{GivenBack, NotReceived, Receipt, Received, event_of};
use crate::seen::LoanSeen;
use crate::service::resource_of;
use crate::{Component, Error, Event, Figures, Happening, LoanEventId, Loans, NotRecorded, Rescheduling};

/// Something that one member of staff does alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serve {
    /// Charges for a service, or for default.
    Charge {
        /// How much.
        amount: Money,
        /// Whether it is for default.
        penalty: bool,
    },
    /// Forgives at most this much of a component that is due.
    Waive {
        /// Of what.
        component: Component,
        /// At most this much.
        amount: Money,
    },
    /// Puts off what is past due to the day of the last instalment.
    ReAge,
    /// Gives back what is held, or at most this much of it, to an account of the borrower's.
    Refund {
        /// At most this much; all of it when left out.
        amount: Option<Money>,
        /// Where to.
        to: AccountId,
    },
}

/// A payment that staff take in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeIn {
    /// The account that holds the money.
    pub from: AccountId,
    /// How much.
    pub amount: Money,
    /// The day on which it was paid; today when left out.
    pub on: Option<Date>,
    /// Whether it reduces the principal alone.
    pub principal_only: bool,
}

/// Makes the answer to a payment that is frozen in its commit.
pub type ReceivedRendered = Arc<dyn Fn(&Received) -> Frozen + Send + Sync>;

/// Something that two agree on, where the house asks for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighty {
    /// Other instalments.
    Reschedule(Rescheduling),
    /// Nothing more is expected.
    WriteOff,
}

impl Weighty {
    /// What whoever asks for it, and whoever agrees, must be permitted.
    pub const fn action(&self) -> Action {
        match self {
            Self::Reschedule(_) => Action::RescheduleLoan,
            Self::WriteOff => Action::WriteOffLoan,
        }
    }

    const fn happening(self) -> Happening {
        match self {
            Self::Reschedule(how) => Happening::Rescheduled(how),
            Self::WriteOff => Happening::WrittenOff,
        }
    }
}

impl Loans {
    /// Does something to a loan, once.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Standing`], [`Error::External`], [`Error::Nothing`] where it would change
    /// nothing, [`Error::NotRecorded`], [`Error::Ledger`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.loan.serve", skip_all, fields(loan.id = %id))]
    pub async fn serve(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        id: LoanId,
        order: Serve,
        note: Option<String>,
        render: Rendered,
    ) -> Result<Answer, Error> {
        let row = self.row_within(by, id).await?;
        let permit = by.permit(Action::ServiceLoan, resource_of(&row))?;
        let note = checked_note(note)?;
        if let Serve::Refund { to, .. } = order {
            self.must_own(row.borrower, to).await?;
        }
        let (loans, user) = (self.clone(), by.user());
        self.db
            .write_once(permit, key, move |tx| {
                let mut opened = loans.open_own(tx, id)?;
                let (what, money) = happening(&order, &opened)?;
                loans.happen(tx, &mut opened, what, money, user, note.clone())?;
                Ok::<_, Error>(render(&loans.seen_after(tx, &opened.row)?))
            })
            .await
    }

    /// A loan in the books, locked and gone on to today.
    fn open_own(&self, tx: &mut Tx<'_>, id: LoanId) -> Result<Opened, Error> {
        let row = store::lock(tx, id)?.ok_or(Error::LoanNotFound)?;
        if row.origin == Origin::External {
            return Err(Error::External);
        }
        let standing = row.status;
        let opened = self.opened(tx, row)?.ok_or(Error::Standing(standing))?;
        Ok(opened)
    }

    /// Records what happens today, posts what follows, and writes both.
    fn happen(
        &self,
        tx: &mut Tx<'_>,
        opened: &mut Opened,
        what: Happening,
        money: AccountId,
        by: Option<UserId>,
        note: Option<String>,
    ) -> Result<(), Error> {
        let (on, now) = (opened.loan.state().on(), self.db.env().now());
        let id = LoanEventId::from_uuid(self.db.env().new_uuid());
        let before = opened.loan.state().clone();
        let diff = opened.loan.record(Event { id, on, what })?;
        if diff == Figures::default() && *opened.loan.state() == before {
            return Err(Error::Nothing("the loan would stand as it does"));
        }
        self.book(tx, opened, money, First::default())?.map_err(Error::Ledger)?;
        let row = EventRow {
            id,
            on,
            known_on: on,
            known_at: now,
            what: Happened::Loan(what),
            by,
            allocated: None,
            note,
        };
        store::insert_event(tx, opened.row.id, &row)?;
        tx.bulk(store::booked([&opened.row])?)?;
        tx.note("happened", &crate::contract::write(&what)?);
        Ok(())
    }

    /// The loan as its unit of work leaves it.
    fn seen_after(&self, tx: &mut Tx<'_>, row: &LoanRow) -> Result<LoanSeen, Error> {
        let history = store::history_of(tx, row.id)?;
        Ok(LoanSeen::of_row(row, Some(&history), self.today())?)
    }

    /// Takes in a payment that was made today or on a day before, once.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Standing`], [`Error::NotRecorded`], [`Error::Ledger`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.payment.take_in", skip_all, fields(loan.id = %id))]
    pub async fn take_in(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        id: LoanId,
        order: TakeIn,
        render: ReceivedRendered,
    ) -> Result<Answer, Error> {
        let row = self.row_within(by, id).await?;
        let permit = by.permit(Action::ServiceLoan, resource_of(&row))?;
        self.must_own(row.borrower, order.from).await?;
        let (loans, user) = (self.clone(), by.user());
        self.db
            .write_once(permit, key, move |tx| {
                let receipt = Receipt {
                    loan: id,
                    payment: TransferId::from_uuid(loans.db.env().new_uuid()),
                    from: order.from,
                    amount: order.amount,
                    on: order.on,
                    principal_only: order.principal_only,
                    by: None,
                };
                let received = loans.receive_by(tx, &receipt, user)?.map_err(Error::from)?;
                tx.about(received.event.uuid());
                Ok::<_, Error>(render(&received))
            })
            .await
    }

    /// Takes a payment back: what it settled is owed again, and the money goes to an account of the borrower's.
    ///
    /// # Errors
    /// [`Error::PaymentNotFound`], [`Error::NotRecorded`] for one that was taken back, [`Error::AccountNotFound`],
    /// [`Error::Ledger`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.payment.reverse", skip_all, fields(loan.id = %id))]
    pub async fn reverse(
        &self,
        by: &Actor,
        id: LoanId,
        payment: TransferId,
        to: AccountId,
        note: Option<String>,
    ) -> Result<GivenBack, Error> {
        let row = self.row_within(by, id).await?;
        let permit = by.permit(Action::ServiceLoan, resource_of(&row))?;
        self.must_own(row.borrower, to).await?;
        let (note, loans, user) = (checked_note(note)?, self.clone(), by.user());
        self.db
            .write(permit, move |tx| {
                let event = event_of(payment);
                if store::loan_of_event(tx, event)? != Some(id) {
                    return Err(Error::PaymentNotFound);
                }
                loans.take_back(tx, event, to, user, note.clone())?.map_err(Error::from)
            })
            .await
    }

    /// A permit for something weighty, for whoever may do it to this loan; and whether it could be done today.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Standing`], [`Error::NotRecorded`], [`Error::Denied`].
    pub async fn may(&self, by: &Actor, id: LoanId, what: Weighty) -> Result<Permit, Error> {
        let (row, history) = self.with_history(by, id).await?;
        let permit = by.permit(what.action(), resource_of(&row))?;
        if row.origin == Origin::External {
            return Err(Error::External);
        }
        let contract = row.instalments().ok_or(Error::Card)?;
        let today = self.today();
        if row.status != Status::Active {
            return Err(Error::Standing(row.status));
        }
        let mut loan = crate::opened::restore(id, contract, &history, today.max(row.booked_on))?;
        let event = LoanEventId::from_uuid(florin_kernel::Uuid::nil());
        loan.record(Event { id: event, on: loan.state().on(), what: what.happening() })?;
        Ok(permit)
    }

    /// Does something weighty, in the unit of work of whoever was permitted it; the refusal where it cannot be done any
    /// more, and then nothing is written.
    ///
    /// # Errors
    /// What the database says.
    pub fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        id: LoanId,
        what: Weighty,
        by: Option<UserId>,
        note: Option<String>,
    ) -> Result<Result<Balances, Error>, DbError> {
        let done = (|| {
            let mut opened = self.open_own(tx, id)?;
            if opened.row.status != Status::Active {
                return Err(Error::Standing(opened.row.status));
            }
            self.happen(tx, &mut opened, what.happening(), nobody(), by, note)?;
            Ok(Balances::of(&opened.loan))
        })();
        match done {
            Err(Error::Db(error)) => Err(error),
            other => Ok(other),
        }
    }
}

/// What happens to a loan by an order, and which account its money moves over.
fn happening(order: &Serve, opened: &Opened) -> Result<(Happening, AccountId), Error> {
    let currency = opened.row.currency;
    let minor = |amount: &Money| {
        if amount.currency() == currency {
            Ok(amount.minor())
        } else {
            Err(Error::Money(florin_kernel::MoneyError::CurrencyMismatch(currency, amount.currency())))
        }
    };
    let running = matches!(opened.row.status, Status::Active);
    let refused = || Error::Standing(opened.row.status);
    Ok(match order {
        Serve::Refund { amount, to } => {
            let held = opened.loan.state().figures().held;
            let most = amount.as_ref().map_or(Ok(held), minor)?;
            if held == 0 {
                return Err(Error::Nothing("nothing is held for the borrower"));
            }
            (Happening::Refunded(most), *to)
        }
        _ if !running => return Err(refused()),
        Serve::Charge { amount, penalty: false } => (Happening::FeeCharged(minor(amount)?), nobody()),
        Serve::Charge { amount, penalty: true } => (Happening::PenaltyCharged(minor(amount)?), nobody()),
        Serve::Waive { component, amount } => (Happening::Waived(*component, minor(amount)?), nobody()),
        Serve::ReAge => (Happening::ReAged, nobody()),
    })
}

impl From<NotReceived> for Error {
    fn from(refused: NotReceived) -> Self {
        match refused {
            NotReceived::NotFound => Self::LoanNotFound,
            NotReceived::Standing(status) => Self::Standing(status),
            NotReceived::Currency(currency) => Self::CurrencyMismatch(currency),
            NotReceived::Card => Self::Card,
            NotReceived::Day => Self::NotRecorded(NotRecorded::Sum),
            NotReceived::UnknownPayment | NotReceived::NotRecorded(NotRecorded::UnknownPayment(_)) => {
                Self::PaymentNotFound
            }
            NotReceived::NotRecorded(source) => Self::NotRecorded(source),
            NotReceived::Ledger(code) => Self::Ledger(code),
        }
    }
}
