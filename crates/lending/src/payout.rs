//! From an offer to a loan: the borrower takes it, and it is paid out.

use std::sync::Arc;

use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, Action, Actor, LoanId, UserId};

use crate::contract::{self, Contract, InstalmentContract};
use crate::legs::{Book, Leg};
use crate::loan_row::{LoanRow, Status};
use crate::papers::Papers;
use crate::posting::First;
use crate::seen::LoanSeen;
use crate::service::{is_within, own_or_any, reach_of, resource_of};
use crate::{
    ChargeKind, Component, Error, Figures, Loan, Loans, Parts, Schedule, application_store,
    loan_store as store,
};

/// By how much the annual percentage rate may be above what was disclosed before a new disclosure is due: an eighth of
/// a percentage point, in parts per 10¹² (12 CFR 1026.17(f)(2) with 1026.22(a)(2)).
const APR_TOLERANCE: u64 = 1_250_000_000;

/// Makes the answer that is frozen in the commit: the face's words for the loan.
pub type Rendered = Arc<dyn Fn(&LoanSeen) -> Frozen + Send + Sync>;

impl Loans {
    /// Takes an offer: the borrower does, or staff record that they did. Taken again it stays taken. A card is open then.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Standing`], [`Error::OfferEnded`], [`Error::CustomerNotFound`] while no customer
    /// has the email of the application, [`Error::Denied`].
    #[tracing::instrument(name = "lending.loan.accept", skip_all, fields(loan.id = %id))]
    pub async fn accept(&self, by: &Actor, id: LoanId) -> Result<LoanSeen, Error> {
        let row = self.row_within(by, id).await?;
        let permit = by.permit(Action::AcceptLoan, resource_of(&row))?;
        self.open_books(row.currency).await?;
        let borrower = match row.borrower {
            Some(borrower) => borrower,
            None => self.borrower_of(&row).await?,
        };
        let loans = self.clone();
        self.db
            .write(permit, move |tx| {
                let mut row = store::lock(tx, id)?.ok_or(Error::LoanNotFound)?;
                let taken_before = row.status == Status::Active && matches!(row.contract, Contract::Card(_));
                if row.status == Status::Accepted || taken_before {
                    return Ok(());
                }
                loans.must_be_offered(&row)?;
                if row.borrower.is_none() {
                    row.borrower = Some(borrower);
                    if let Some(application) = row.application {
                        application_store::belongs_to(tx, application, borrower)?;
                    }
                }
                let now = loans.db.env().now();
                (row.status, row.accepted_at) = (Status::Accepted, Some(now));
                // A card is open once it is taken: its money goes out as it is drawn.
                if let Contract::Card(card) = &mut row.contract {
                    card.opened_on = loans.today();
                    row.booked_on = loans.today();
                    (row.status, row.paid_out_at, row.offer_ends_on) = (Status::Active, Some(now), None);
                }
                Ok::<_, Error>(store::update(tx, &row)?)
            })
            .await?;
        self.loan(by, id).await
    }

    fn must_be_offered(&self, row: &LoanRow) -> Result<(), Error> {
        if !matches!(row.status, Status::Offered | Status::Accepted) {
            return Err(Error::Standing(row.status));
        }
        match row.offer_ends_on {
            Some(ends) if self.today() > ends => Err(Error::OfferEnded(ends)),
            _ => Ok(()),
        }
    }

    /// The customer who has the email of the loan's application by now.
    async fn borrower_of(&self, row: &LoanRow) -> Result<UserId, Error> {
        let Some(id) = row.application else { return Err(Error::CustomerNotFound) };
        let found: Result<_, DbError> = self.db.read(move |reader| application_store::find(reader, id)).await;
        let application = found?.ok_or(Error::ApplicationNotFound)?;
        let personal = self.sealing.open(id, &application.personal)?;
        self.customer_by_email(&personal.email).await?.ok_or(Error::CustomerNotFound)
    }

    /// Pays a loan out into an account of the borrower's, once: the principal less what is charged at the beginning.
    /// Its terms begin today.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Standing`] unless it was accepted, [`Error::OfferEnded`],
    /// [`Error::CostsMore`], [`Error::AccountNotFound`], [`Error::Ledger`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.loan.disburse", skip_all, fields(loan.id = %id))]
    pub async fn disburse(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        id: LoanId,
        to: AccountId,
        render: Rendered,
    ) -> Result<Answer, Error> {
        let row = self.row_within(by, id).await?;
        let permit = by.permit(Action::DisburseLoan, resource_of(&row))?;
        self.must_own(row.borrower, to).await?;
        self.open_books(row.currency).await?;
        let loans = self.clone();
        self.db.write_once(permit, key, move |tx| loans.pay_out(tx, id, to).map(|seen| render(&seen))).await
    }

    /// Refuses an account that is not the borrower's.
    pub(crate) async fn must_own(&self, borrower: Option<UserId>, account: AccountId) -> Result<(), Error> {
        let ledger = self.ledger.clone();
        let view: Result<_, DbError> = self.db.read(move |reader| ledger.account(reader, account)).await;
        let owner = view?.and_then(|view| view.owner);
        if owner.is_some() && owner == borrower { Ok(()) } else { Err(Error::AccountNotFound) }
    }

    fn pay_out(&self, tx: &mut Tx<'_>, id: LoanId, to: AccountId) -> Result<LoanSeen, Error> {
        let mut row = store::lock(tx, id)?.ok_or(Error::LoanNotFound)?;
        if row.status != Status::Accepted {
            return Err(Error::Standing(row.status));
        }
        self.must_be_offered(&row)?;
        let contract = self.dated_today(&row)?;
        let schedule = Schedule::of(&contract.terms)?;
        let papers = Papers::of(row.kind, &contract, &schedule)?;
        may_cost(&row, &papers)?;
        let legs = payout_legs(&contract, to);
        self.post_chain(tx, &mut row, &legs, First::default())?.map_err(Error::Ledger)?;
        let loan = Loan::pay_out(contract.terms, contract.servicing.clone())?;
        row.contract = Contract::Instalments(Box::new(contract));
        row.disclosure = Some(contract::write(&papers)?);
        row.offer_ends_on = None;
        row.paid_to = Some(to);
        row.paid_out_at = Some(self.db.env().now());
        row.stands_as(&loan);
        debug_assert_eq!(row.booked, paid_out(&loan));
        store::update(tx, &row)?;
        tx.note("paid_out_minor", &papers.paid_out_minor);
        LoanSeen::of_row(&row, None, self.today()).map_err(Error::from)
    }

    /// The agreed terms with their days moved on to today.
    fn dated_today(&self, row: &LoanRow) -> Result<InstalmentContract, Error> {
        let Contract::Instalments(contract) = &row.contract else { return Err(Error::Card) };
        let mut contract = (**contract).clone();
        let today = self.today();
        if contract.terms.started_on != today {
            contract.terms.started_on = today;
            let first = contract.terms.frequency.nth(today, 1);
            contract.terms.first_due_on = first.ok_or(crate::Refused::DueDays)?;
        }
        Ok(contract)
    }

    /// A loan within the actor's reach, as its row has it.
    pub(crate) async fn row_within(&self, by: &Actor, id: LoanId) -> Result<LoanRow, Error> {
        by.permit(Action::ReadLoan, own_or_any(by))?;
        let reach = reach_of(by);
        let found: Result<_, DbError> = self.db.read(move |reader| store::find(reader, id)).await;
        found?.filter(|row| is_within(row, reach)).ok_or(Error::LoanNotFound)
    }
}

/// Refuses to pay out what costs more than the borrower was told.
fn may_cost(row: &LoanRow, today: &Papers) -> Result<(), Error> {
    let Some(text) = &row.disclosure else { return Ok(()) };
    let disclosed: Papers = contract::read("lending_loan.disclosure", text)?;
    if today.apr_units > disclosed.apr_units.saturating_add(APR_TOLERANCE) {
        return Err(Error::CostsMore { today: today.apr.clone(), disclosed: disclosed.apr });
    }
    Ok(())
}

/// The principal is owed; the borrower gets it less the charges, which are the lender's income or on their way to whom
/// they were made for.
fn payout_legs(contract: &InstalmentContract, to: AccountId) -> Vec<Leg> {
    let debit = Book::Receivable(Component::Principal);
    let charged = contract.charges.iter().fold(0_i64, |sum, charge| sum.saturating_add(charge.minor));
    let net = contract.terms.principal.minor().saturating_sub(charged);
    let mut legs = vec![Leg { debit, credit: Book::Money(to), minor: net }];
    legs.extend(contract.charges.iter().map(|charge| {
        let own = matches!(charge.kind, ChargeKind::Origination | ChargeKind::Application);
        let credit = if own { Book::Earned(Component::Fee) } else { Book::Clearing };
        Leg { debit, credit, minor: charge.minor }
    }));
    legs.retain(|leg| leg.minor > 0);
    legs
}

/// The figures of a loan that was paid out and to which nothing happened yet.
fn paid_out(loan: &Loan) -> Figures {
    let earned = Parts::one(Component::Principal, loan.terms().principal.minor());
    Figures { earned, ..Figures::default() }
}
