//! What borrowers and payers are handed: disclosures, estimates, schedules, statements, payoff letters, notices and
//! receipts, made of what lending and payments know.

mod card;
mod disclosure;
mod estimate;
mod notice;
mod receipt;
mod statement;
mod words;

use florin_documents::{Document, Format, Institution, Party, Rendered};
use florin_kernel::{Actor, Date, LoanId, TransferId, UserId};
use florin_lending::{Application, ApplicationId, Error as LendingError, LoanSeen, Loans, Quote};
use florin_payments::{Payments, Target};

use crate::DocumentError;
use crate::config::Config;
use crate::documents::Documents;

pub use disclosure::of_quote;

/// Papers of loans and payments. Clones share everything.
#[derive(Clone)]
pub struct Papers {
    documents: Documents,
    loans: Loans,
    payments: Payments,
    counselling_phone: String,
}

impl Papers {
    pub(crate) fn new(config: &Config, documents: &Documents, loans: &Loans, payments: &Payments) -> Self {
        Self {
            documents: documents.clone(),
            loans: loans.clone(),
            payments: payments.clone(),
            counselling_phone: config.lending.counselling_phone.clone(),
        }
    }

    fn institution(&self) -> Institution {
        self.documents.institution().clone()
    }

    async fn borrower(&self, by: &Actor, loan: &LoanSeen) -> Result<Party, DocumentError> {
        match (loan.borrower, loan.application) {
            (Some(borrower), _) => self.documents.holder(by, borrower).await,
            (None, Some(id)) => self.applicant(by, &self.loans.application(by, id).await?).await,
            (None, None) => Ok(Party { name: "Borrower".to_owned(), address: Vec::new() }),
        }
    }

    async fn applicant(&self, by: &Actor, of: &Application) -> Result<Party, DocumentError> {
        let address = match of.applicant {
            Some(applicant) => self.address(by, applicant).await?,
            None => Vec::new(),
        };
        Ok(Party { name: of.customer_name.clone(), address })
    }

    async fn address(&self, by: &Actor, person: UserId) -> Result<Vec<String>, DocumentError> {
        Ok(self.documents.holder(by, person).await?.address)
    }

    /// What a loan costs, with its schedule.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn disclosure(
        &self,
        by: &Actor,
        id: LoanId,
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let (loan, quote) = self.loans.disclosed(by, id).await?;
        let told = disclosure::Told {
            kind: loan.kind,
            charges: disclosure::charges(&loan),
            reference: words::number(&loan),
            is_quote: false,
            late_charge: late_charge(&loan),
            institution: self.institution(),
            borrower: self.borrower(by, &loan).await?,
            issued_on: told_on(&loan, &quote),
        };
        let document = disclosure::disclosure(told, &quote);
        self.documents.make(Document::LendingDisclosure(Box::new(document)), format).await
    }

    /// The loan estimate of a mortgage in US dollars.
    ///
    /// # Errors
    /// [`DocumentError::NoSuch`] for other loans, and others.
    pub async fn estimate(&self, by: &Actor, id: LoanId, format: Format) -> Result<Rendered, DocumentError> {
        let (loan, quote) = self.loans.disclosed(by, id).await?;
        let is_mortgage = loan.kind == florin_lending::Kind::Mortgage;
        if !is_mortgage || loan.currency != florin_kernel::Currency::USD || !estimate::is_told_of(&quote) {
            return Err(DocumentError::NoSuch(
                "a loan estimate is made of mortgages in US dollars that are paid monthly",
            ));
        }
        let sides = (self.institution(), self.borrower(by, &loan).await?);
        let on = told_on(&loan, &quote);
        let document = estimate::estimate(&loan, &quote, late_charge(&loan), sides, on);
        self.documents.make(Document::LoanEstimate(Box::new(document)), format).await
    }

    /// Every instalment of a loan, as agreed.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn schedule(&self, by: &Actor, id: LoanId, format: Format) -> Result<Rendered, DocumentError> {
        let (loan, quote) = self.loans.disclosed(by, id).await?;
        let borrower = self.borrower(by, &loan).await?;
        let on = told_on(&loan, &quote);
        let document = disclosure::schedule(&loan, &quote, self.institution(), borrower, on);
        self.documents.make(Document::Schedule(Box::new(document)), format).await
    }

    /// The statement of a loan over some days, of this month so far where none are given; of a card that of the last cycle
    /// that closed within them.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn statement(
        &self,
        by: &Actor,
        id: LoanId,
        (from, to): (Option<Date>, Option<Date>),
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let period = self.documents.period(from, to)?;
        if self.loans.loan(by, id).await?.kind == florin_lending::Kind::CreditCard {
            return self.card_statement(by, id, (period.from(), period.to()), format).await;
        }
        let told = self.loans.statement(by, id, period.from(), period.to()).await?;
        let borrower = self.borrower(by, &told.loan).await?;
        let document = statement::statement(&told, self.institution(), borrower, period.to())?;
        self.documents.make(Document::LoanStatement(Box::new(document)), format).await
    }

    async fn card_statement(
        &self,
        by: &Actor,
        id: LoanId,
        days: (Date, Date),
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let cycle = self.loans.card_cycle(by, id, days).await?;
        let cycle = cycle.ok_or(DocumentError::NoSuch("no cycle of the card closed within these days"))?;
        let sides = (self.institution(), self.borrower(by, &cycle.loan).await?);
        let document = card::statement(&cycle, sides, &self.counselling_phone)?;
        self.documents.make(Document::CardStatement(Box::new(document)), format).await
    }

    /// The letter that tells what pays a loan off on a day; today where none is given.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn payoff(
        &self,
        by: &Actor,
        id: LoanId,
        on: Option<Date>,
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let (loan, payoff) = self.loans.payoff_told(by, id, on).await?;
        let borrower = self.borrower(by, &loan).await?;
        let document = statement::payoff(&loan, &payoff, self.institution(), borrower, self.loans.today());
        self.documents.make(Document::PayoffLetter(Box::new(document)), format).await
    }

    /// The notice of a refusal.
    ///
    /// # Errors
    /// [`DocumentError::NoSuch`] of an application that was not refused, and others.
    pub async fn notice(
        &self,
        by: &Actor,
        id: ApplicationId,
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let application = self.loans.application(by, id).await?;
        let applicant = self.applicant(by, &application).await?;
        let applied_on = self.documents.day_of(application.created_at);
        let document = notice::notice(&application, self.institution(), applicant, applied_on)?;
        let document = document.ok_or(DocumentError::NoSuch("the application was not refused"))?;
        self.documents.make(Document::AdverseAction(Box::new(document)), format).await
    }

    /// The receipt of a payment that went through.
    ///
    /// # Errors
    /// [`DocumentError::NoSuch`] of a payment that did not, and others.
    pub async fn receipt(
        &self,
        by: &Actor,
        id: TransferId,
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let order = self.payments.find(by, id).await?.order;
        if !receipt::is_given_of(order.status) {
            return Err(DocumentError::NoSuch("the payment did not go through, or not yet"));
        }
        let names = self.payments.names(&order).await?;
        let settled = match order.target {
            // A payment may have been made by somebody who sees no more of the loan.
            Target::Loan(loan) => match self.loans.settled(by, loan, id).await {
                Ok(settled) => settled,
                Err(LendingError::LoanNotFound | LendingError::Denied(_)) => None,
                Err(error) => return Err(error.into()),
            },
            Target::Payee(..) | Target::Account => None,
        };
        let loan = settled.as_ref().map(receipt::loan_named);
        let sides = receipt::Named {
            payer: self.documents.holder(by, order.user).await?,
            paid_from: names.from,
            payee: names.to.or(loan).unwrap_or_else(|| "Loan".to_owned()),
        };
        let paid_on = self.documents.day_of(order.completed_at.unwrap_or(order.created_at));
        let document = receipt::receipt(&order, settled.as_ref(), sides, self.institution(), paid_on)?;
        self.documents.make(Document::PaymentReceipt(Box::new(document)), format).await
    }
}

fn late_charge(loan: &LoanSeen) -> String {
    let told = words::late_charge(statement::late_fee(loan), loan.currency);
    if told.is_empty() { "There is no charge for late payments.".to_owned() } else { told }
}

/// The day on which it was disclosed: that of the terms.
fn told_on(loan: &LoanSeen, quote: &Quote) -> Date {
    loan.papers.as_ref().map_or(quote.terms.started_on, |papers| papers.disclosed_on)
}
