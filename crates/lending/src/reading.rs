//! Looking at loans: one, a list, what is to be paid, what was paid, what it takes to be done.

use florin_db::{DbError, Reader};
use florin_kernel::{Action, Actor, Currency, LoanId, Page, PageRequest, Timestamp, UserId, Uuid};
use jiff::civil::Date;

use crate::application::Application;
use crate::application_store::{self, By};
use crate::contract::{self, Contract, Happened};
use crate::loan_row::{LoanRow, Status};
use crate::loan_store::{self as store, History};
use crate::opened::restore;
use crate::ports::TaxNumber;
use crate::receipts::Allocation;
use crate::seen::LoanSeen;
use crate::service::{is_within, own_or_any, owned, reach_of};
use crate::{Due, Error, Fault, Instalment, Kind, Loan, LoanEventId, Loans, Payoff, Schedule};

/// How many a search finds at most.
const FOUND_MAX: i64 = 50;
/// How many characters a search has.
const TERM_CHARS: (usize, usize) = (2, 200);
/// How far ahead it is told what a loan takes to be done with, in days.
const PAYOFF_DAYS_MAX: u64 = 366;

/// A loan's schedule: as it was agreed, and what will fall due if each instalment is paid on its day.
#[derive(Clone, Debug)]
pub struct ScheduleSeen {
    /// The loan.
    pub loan: LoanSeen,
    /// As it was agreed.
    pub original: Vec<Instalment>,
    /// What is open, and what is to come; none before it was paid out.
    pub outlook: Vec<Due>,
}

/// Something that happened to a loan, as it may be seen.
#[derive(Clone, Debug)]
pub struct EventSeen {
    /// Its identifier; a payment's is that of its transfer.
    pub id: LoanEventId,
    /// The day on which it counts.
    pub on: Date,
    /// The business day on which it became known.
    pub known_on: Date,
    /// The moment.
    pub known_at: Timestamp,
    /// What happened.
    pub what: Happened,
    /// Who did it, where it was not the program.
    pub by: Option<UserId>,
    /// Where a payment went when it was taken in.
    pub allocation: Option<Allocation>,
    /// Whether it was taken back.
    pub reversed: bool,
    /// Why.
    pub note: Option<String>,
}

/// A loan as whoever wants to pay it must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payable {
    /// Who owes it; nobody before an offer was taken.
    pub borrower: Option<UserId>,
    /// What it is owed in.
    pub currency: Currency,
    /// What it is for.
    pub kind: Kind,
    /// Whether it takes payments: it was paid out, and something is owed or was written off.
    pub takes_payments: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Applications, the newest first.
    pub applications: Vec<Application>,
    /// Loans, those of the applications among them.
    pub loans: Vec<LoanSeen>,
}

impl Loans {
    /// A loan.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], also for another's when one's own is all that one may read; [`Error::Denied`].
    pub async fn loan(&self, by: &Actor, id: LoanId) -> Result<LoanSeen, Error> {
        let today = self.today();
        let (row, history) = self.with_history(by, id).await?;
        Ok(LoanSeen::of_row(&row, Some(&history), today)?)
    }

    /// What must be known of a loan to pay it, for somebody who reaches no further than `reach`.
    ///
    /// # Errors
    /// What the database says.
    pub fn payable(
        &self,
        reader: &mut Reader<'_>,
        id: LoanId,
        reach: Option<UserId>,
    ) -> Result<Option<Payable>, DbError> {
        let row = store::find(reader, id)?.filter(|row| is_within(row, reach));
        Ok(row.map(|row| Payable {
            borrower: row.borrower,
            currency: row.currency,
            kind: row.kind,
            takes_payments: matches!(row.status, Status::Active | Status::WrittenOff),
        }))
    }

    pub(crate) async fn with_history(&self, by: &Actor, id: LoanId) -> Result<(LoanRow, History), Error> {
        by.permit(Action::ReadLoan, own_or_any(by))?;
        let reach = reach_of(by);
        self.db
            .read(move |reader| {
                let row = store::find(reader, id)?.filter(|row| is_within(row, reach));
                let row = row.ok_or(Error::LoanNotFound)?;
                let history = store::read_history(reader, id)?;
                Ok((row, history))
            })
            .await
    }

    /// Loans, the newest first, of one kind where one is given: one's own; for staff a customer's, or all.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        customer: Option<UserId>,
        kind: Option<Kind>,
        page: &PageRequest,
    ) -> Result<Page<LoanSeen>, Error> {
        let whose = customer.or_else(|| reach_of(by));
        by.permit(Action::ReadLoan, owned(florin_kernel::Resource::kind("loan"), whose))?;
        let before = page.cursor_as::<LoanId>()?.map_or(Uuid::max(), LoanId::uuid);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let (kind, today) = (kind.map(Kind::code), self.today());
        let rows = self
            .db
            .read(move |reader| {
                let rows = match whose {
                    Some(whose) => store::of_borrower(reader, whose, kind, before, limit)?,
                    None => store::all(reader, kind, before, limit)?,
                };
                let mut seen = Vec::with_capacity(rows.len());
                for row in rows {
                    let history = store::read_history(reader, row.id)?;
                    seen.push(LoanSeen::of_row(&row, Some(&history), today)?);
                }
                Ok::<_, DbError>(seen)
            })
            .await?;
        Ok(page.page(rows, |loan| loan.id.to_string()))
    }

    /// A loan's schedule.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Card`], [`Error::Denied`].
    pub async fn schedule(&self, by: &Actor, id: LoanId) -> Result<ScheduleSeen, Error> {
        let (row, history) = self.with_history(by, id).await?;
        let contract = row.instalments().ok_or(Error::Card)?;
        let original = Schedule::of(&contract.terms)?.instalments().to_vec();
        let outlook = match self.stands_today(&row, &history)? {
            Some(loan) => loan.outlook()?,
            None => Vec::new(),
        };
        let loan = LoanSeen::of_row(&row, Some(&history), self.today())?;
        Ok(ScheduleSeen { loan, original, outlook })
    }

    /// The loan as it stands today; none before it was paid out.
    fn stands_today(&self, row: &LoanRow, history: &History) -> Result<Option<Loan>, Error> {
        let Some(contract) = row.instalments().filter(|_| row.status.is_paid_out()) else { return Ok(None) };
        Ok(Some(restore(row.id, contract, history, self.today().max(row.booked_on))?))
    }

    /// What it takes to be done with a loan on a day from today on, a year ahead at most.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Card`], [`Error::Standing`], [`Error::Invalid`] for a day that is not told
    /// of, [`Error::Denied`].
    pub async fn payoff(
        &self,
        by: &Actor,
        id: LoanId,
        on: Option<Date>,
    ) -> Result<(LoanRowSeen, Payoff), Error> {
        let (row, history) = self.with_history(by, id).await?;
        if matches!(row.contract, Contract::Card(_)) {
            return Err(Error::Card);
        }
        let loan = self.stands_today(&row, &history)?.ok_or(Error::Standing(row.status))?;
        let today = loan.state().on();
        let on = on.unwrap_or(today);
        if on < today || crate::actual_days(today, on) > PAYOFF_DAYS_MAX {
            let fault = Fault::new("date", "out_of_range", "a day from today to a year from now is wanted");
            return Err(Error::Invalid(vec![fault]));
        }
        Ok((LoanRowSeen { id: row.id, currency: row.currency }, loan.payoff(on)?))
    }

    /// What happened to a loan, the latest first: payments alone, or all of it.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Denied`].
    pub async fn events(
        &self,
        by: &Actor,
        id: LoanId,
        payments_alone: bool,
    ) -> Result<(LoanRowSeen, Vec<EventSeen>), Error> {
        let (row, history) = self.with_history(by, id).await?;
        let mut seen = Vec::with_capacity(history.events.len());
        for event in history.events {
            if payments_alone && event.what.paid_minor().is_none() {
                continue;
            }
            let allocated = event.allocated.as_deref();
            seen.push(EventSeen {
                id: event.id,
                on: event.on,
                known_on: event.known_on,
                known_at: event.known_at,
                what: event.what,
                by: event.by.filter(|_| by.is_staff()),
                allocation: allocated
                    .map(|text| contract::read("lending_event.allocated", text))
                    .transpose()?,
                reversed: history.reversed.contains(&event.id),
                note: event.note.filter(|_| by.is_staff()),
            });
        }
        seen.sort_by_key(|event| std::cmp::Reverse((event.on, event.known_at, event.id)));
        Ok((LoanRowSeen { id: row.id, currency: row.currency }, seen))
    }

    /// The applications and loans that `term` finds; who looked by what, and how many there were, is written down: an
    /// identifier, a tax number or its last four digits, an email, another lender's account number, or how a name begins.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a term that cannot be used, [`Error::Denied`].
    #[tracing::instrument(name = "lending.search", skip_all)]
    pub async fn search(&self, by: &Actor, term: &str) -> Result<Found, Error> {
        let permit = by.permit(Action::SearchLoans, own_or_any(by))?;
        let term = term.trim().to_owned();
        if !(TERM_CHARS.0..=TERM_CHARS.1).contains(&term.chars().count()) || term.contains('\0') {
            let fault = Fault::new("search_term", "invalid", "2 to 200 characters are wanted");
            return Err(Error::Invalid(vec![fault]));
        }
        let (loans, today) = (self.clone(), self.today());
        let (form, found) = self
            .db
            .read(move |reader| {
                let (form, ways) = loans.ways(&term);
                let mut found = Found::default();
                for way in ways {
                    for row in application_store::search(reader, &way, FOUND_MAX)? {
                        if let Some(loan) = row.loan
                            && let Some(loan) = store::find(reader, loan)?
                        {
                            let history = store::read_history(reader, loan.id)?;
                            found.loans.push(LoanSeen::of_row(&loan, Some(&history), today)?);
                        }
                        found.applications.push(loans.seen(reader, row, true)?);
                    }
                }
                let mut rows =
                    store::by_account_number(reader, loans.sealing.number_index(&term), FOUND_MAX)?;
                if let Ok(id) = term.parse::<LoanId>() {
                    rows.extend(store::find(reader, id)?);
                }
                for row in rows {
                    let history = store::read_history(reader, row.id)?;
                    found.loans.push(LoanSeen::of_row(&row, Some(&history), today)?);
                }
                Ok::<_, Error>((form, found))
            })
            .await?;
        let count = found.applications.len().saturating_add(found.loans.len());
        self.db
            .write(permit, move |tx| {
                tx.note("looked_by", &form);
                tx.note("found", &count);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(found)
    }

    /// How applications are looked for by a term, and a name for it that says nothing of it.
    fn ways(&self, term: &str) -> (&'static str, Vec<By>) {
        if term.parse::<LoanId>().is_ok() {
            return ("id", Vec::new());
        }
        let numbers: Vec<By> = [TaxNumber::Ssn, TaxNumber::Sin]
            .into_iter()
            .filter_map(|kind| {
                let digits = self.borrowers.tax_number(kind, term)?;
                Some(By::TaxId(self.sealing.tax_id_index(kind, &digits)))
            })
            .collect();
        if !numbers.is_empty() {
            return ("tax_id", numbers);
        }
        if term.len() == 4 && term.bytes().all(|byte| byte.is_ascii_digit()) {
            return ("last_four", vec![By::LastFour(self.sealing.last_four_index(term))]);
        }
        if self.borrowers.fault_of_email(term).is_none() {
            return ("email", vec![By::Email(self.sealing.email_index(term))]);
        }
        ("name_or_number", vec![By::Name(term.to_lowercase())])
    }
}

/// Which loan an answer is about, and in which currency its sums are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoanRowSeen {
    /// The loan.
    pub id: LoanId,
    /// The currency of all sums.
    pub currency: florin_kernel::Currency,
}
