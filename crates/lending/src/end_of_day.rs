//! The end of a business day: every open loan goes on to today, and the books follow.
//!
//! Loans are taken in chunks, each one unit of work: locked, computed from what happened to them, posted together,
//! written together. A loan whose chain the ledger refuses keeps its row and is told of; the others go on. Whoever
//! touches a loan before this job reaches it does the same for the one loan, so that it never matters when the job runs.

use florin_db::{DbError, Tx};
use florin_jobs::{Handler, JobError};
use florin_kernel::{Action, Actor, LoanId, Resource, Uuid};
use florin_ledger::rules::Event;
use jiff::civil::Date;
use std::future::Future;
use std::pin::Pin;

use crate::contract::{CardContract, Contract};
use crate::legs::legs;
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store::{self as store, History};
use crate::opened::{nobody, restore, restore_card};
use crate::posting::{First, refusal};
use crate::{CardState, Error, Figures, Loan, Loans};

/// How many loans a unit of work takes; each has at most some thirty legs, and a batch of the ledger 8,192 events.
const CHUNK: i64 = 250;

/// What the end of a day did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndOfDay {
    /// Loans that went on.
    pub loans: u64,
    /// Loans that did not, each told of in the log.
    pub failed: u64,
    /// Offers that ended.
    pub ended: u64,
}

/// A loan of a chunk: what there is to post for it, and which events of the batch these are.
struct Gone {
    row: LoanRow,
    stands: Stands,
    events: std::ops::Range<usize>,
}

/// Where a loan of either form stands today.
enum Stands {
    Loan(Box<Loan>),
    Card(Box<(CardState, CardContract)>),
}

impl Stands {
    /// The loan as its history makes it today.
    fn today(row: &LoanRow, history: &History, today: Date) -> Result<Self, DbError> {
        Ok(match &row.contract {
            Contract::Instalments(contract) => {
                let mut loan = restore(row.id, contract, history, row.booked_on)?;
                loan.go_on_to(today).map_err(|error| DbError::Other(error.to_string()))?;
                Self::Loan(Box::new(loan))
            }
            Contract::Card(card) => {
                let state = restore_card(row.id, card, history, today)?;
                Self::Card(Box::new((state, (**card).clone())))
            }
        })
    }

    fn figures(&self) -> Figures {
        match self {
            Self::Loan(loan) => loan.state().figures(),
            Self::Card(card) => card.0.figures(),
        }
    }

    /// Has the row say so, once the books have it.
    fn told_by(&self, row: &mut LoanRow, today: Date) {
        match self {
            Self::Loan(loan) => row.stands_as(loan),
            Self::Card(card) => row.stands_as_card(&card.0, &card.1, today),
        }
    }
}

impl Loans {
    /// Goes through all open loans that the books are behind with.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says; what was done until then stays done.
    #[tracing::instrument(name = "lending.end_of_day", skip_all)]
    pub async fn end_of_day(&self, by: &Actor) -> Result<EndOfDay, Error> {
        let mut done = EndOfDay { ended: self.end_offers(by).await?, ..EndOfDay::default() };
        let mut after = LoanId::from_uuid(Uuid::nil());
        for currency in self.products.catalogue().versions().iter().map(|version| version.offer.currency()) {
            self.open_books(currency).await?;
        }
        loop {
            let permit = by.permit(Action::Operate, Resource::kind("operations"))?;
            if !self.is_behind(after).await? {
                return Ok(done);
            }
            let loans = self.clone();
            let (chunk, last) = self.db.write(permit, move |tx| loans.go_on(tx, after)).await?;
            done.loans = done.loans.saturating_add(chunk.loans);
            done.failed = done.failed.saturating_add(chunk.failed);
            match last {
                Some(last) => after = last,
                None => return Ok(done),
            }
        }
    }

    /// Withdraws offers that nobody took, or that were taken and not paid out, in their time.
    async fn end_offers(&self, by: &Actor) -> Result<u64, Error> {
        let today = self.today();
        let ended: Result<bool, DbError> =
            self.db.read(move |reader| store::has_ended_offers(reader, today)).await;
        if !ended? {
            return Ok(0);
        }
        let permit = by.permit(Action::Operate, Resource::kind("operations"))?;
        self.db
            .write(permit, move |tx| {
                let ended = store::withdraw_ended_offers(tx, today)?;
                tx.note("offers_ended", &ended);
                Ok(ended)
            })
            .await
    }

    /// Whether there is a loan to go on with, so that a day without any leaves no audit record of nothing.
    async fn is_behind(&self, after: LoanId) -> Result<bool, DbError> {
        let today = self.today();
        self.db
            .read(move |reader| {
                let found = reader.row(
                    "SELECT 1 FROM lending_loan WHERE status = 'active' AND (kind <> 'credit-card' OR origin = 'own') AND id > $1 \
                     AND booked_on < $2 LIMIT 1",
                    &florin_db::params![after.uuid(), today],
                )?;
                Ok(found.is_some())
            })
            .await
    }

    /// One chunk; the last loan of it, if there was any.
    fn go_on(&self, tx: &mut Tx<'_>, after: LoanId) -> Result<(EndOfDay, Option<LoanId>), Error> {
        let today = self.today();
        let rows = store::lock_behind(tx, after, today, CHUNK)?;
        let last = rows.last().map(|row| row.id);
        let mut histories = store::histories(tx, rows.iter().map(|row| row.id))?;
        let (mut done, mut events, mut gone) = (EndOfDay::default(), Vec::new(), Vec::new());
        for row in rows {
            let history = histories.remove(&row.id).unwrap_or_default();
            match self.go_on_with(tx, row, &history, today, &mut events)? {
                Some(one) => gone.push(one),
                None => done.failed = done.failed.saturating_add(1),
            }
        }
        let outcomes = self.post(tx, &events)?;
        let mut booked = Vec::with_capacity(gone.len());
        for mut one in gone {
            let refused = outcomes.get(one.events.clone()).and_then(refusal);
            if let Some(code) = refused {
                tracing::error!(loan.id = %one.row.id, %code, "the ledger refused a loan's end of day");
                done.failed = done.failed.saturating_add(1);
                continue;
            }
            one.stands.told_by(&mut one.row, today);
            done.loans = done.loans.saturating_add(1);
            booked.push(one.row);
        }
        tx.bulk(store::booked(&booked)?)?;
        tx.note("business_date", &today);
        tx.note("loans", &done.loans);
        tx.note("failed", &done.failed);
        Ok((done, last))
    }

    /// Computes one loan and adds its chain to the batch; none when it cannot be computed.
    fn go_on_with(
        &self,
        tx: &mut Tx<'_>,
        mut row: LoanRow,
        history: &History,
        today: Date,
        events: &mut Vec<Event>,
    ) -> Result<Option<Gone>, DbError> {
        let from = events.len();
        let stands = match Stands::today(&row, history, today) {
            Ok(stands) => stands,
            Err(error) => {
                tracing::error!(loan.id = %row.id, %error, "a loan cannot go on to today");
                return Ok(None);
            }
        };
        if row.origin == Origin::Own {
            let diff = stands.figures().since(&row.booked);
            events.extend(self.chain(tx, &mut row, &legs(&diff, nobody()), First::default())?);
        }
        Ok(Some(Gone { row, stands, events: from..events.len() }))
    }
}

/// The job that ends the business day.
pub struct EndDays(pub Loans);

impl EndDays {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "lending.end_of_day";
}

impl Handler for EndDays {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let done = self.0.end_of_day(&Actor::system("lending")).await;
            let done = done.map_err(|error| JobError::Retry(error.to_string()))?;
            if done.failed > 0 {
                return Err(JobError::Retry(format!("{} loans did not go on to today", done.failed)));
            }
            Ok(())
        })
    }
}
