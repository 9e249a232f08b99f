//! Loans of other lenders, which are paid through here: followed by their schedule, and never in the books.

use florin_kernel::{Action, Actor, Amount, Denied, LoanId, Money, Resource, UserId};
use zeroize::Zeroizing;

use crate::contract::{CardContract, Contract, Happened, InstalmentContract};
use crate::loan_row::{LoanRow, Origin, Receivables, Status};
use crate::loan_store::{self as store, EventRow};
use crate::seen::LoanSeen;
use crate::service::{new_loan_id, owned};
use crate::{
    AskQuote, CardHappening, CardTerms, Error, Fault, Figures, Kind, LoanEventId, Loans, NotQuoted, Offer,
    Parts, Rate, Servicing, papers,
};

/// How many characters a lender's name has at most.
const LENDER_CHARS_MAX: usize = 100;
/// How many characters an account number has.
const NUMBER_CHARS: (usize, usize) = (4, 34);

/// A loan of another lender, as its borrower makes it known.
#[derive(Clone)]
pub struct NewExternal {
    /// Whose it is, where staff make it known; the actor's own otherwise.
    pub customer: Option<UserId>,
    /// What it is.
    pub terms: ExternalTerms,
    /// Who lent it.
    pub lender: Option<String>,
    /// Their number for it. It is kept sealed and shown masked.
    pub account_number: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for NewExternal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewExternal(…)")
    }
}

/// What another lender's loan is.
#[derive(Clone, Debug)]
pub enum ExternalTerms {
    /// One in instalments, with what is owed today as its principal.
    Instalments(Box<AskQuote>),
    /// A card.
    Card {
        /// How much can be drawn.
        limit: Money,
        /// The yearly rate of purchases.
        annual_rate: Rate,
        /// What is owed on it today, if anything.
        balance: Option<Money>,
    },
}

impl Loans {
    /// Makes another lender's loan known, to be followed and paid.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`], [`Error::NoProduct`] for a card in a currency without any,
    /// [`Error::CustomerNotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.loan.create_external", skip_all)]
    pub async fn create_external(&self, by: &Actor, new: NewExternal) -> Result<LoanSeen, Error> {
        let borrower = new.customer.or(by.user()).ok_or(Error::CustomerNotFound)?;
        let id = new_loan_id(&self.db);
        let resource = owned(Resource::one("loan", id.uuid()), Some(borrower));
        let permit = by.permit(Action::CreateLoan, resource)?;
        let (row, opening) = self.external(id, borrower, &new)?;
        let (borrowers, user, now) = (std::sync::Arc::clone(&self.borrowers), by.user(), self.db.env().now());
        self.open_books(row.currency).await?;
        self.db
            .write(permit, move |tx| {
                if !borrowers.is_known(tx, borrower)? {
                    return Err(Error::CustomerNotFound);
                }
                store::insert(tx, &row)?;
                if let Some(minor) = opening {
                    let event = EventRow {
                        id: LoanEventId::from_uuid(id.uuid()),
                        on: row.booked_on,
                        known_on: row.booked_on,
                        known_at: now,
                        what: Happened::Card(CardHappening::Purchased(minor)),
                        by: user,
                        allocated: None,
                        note: None,
                    };
                    store::insert_event(tx, id, &event)?;
                }
                tx.note("kind", &row.kind);
                Ok::<_, Error>(())
            })
            .await?;
        self.loan(by, id).await
    }

    /// The row, and what is owed on a card at the beginning.
    fn external(
        &self,
        id: LoanId,
        borrower: UserId,
        new: &NewExternal,
    ) -> Result<(LoanRow, Option<i64>), Error> {
        let lender = checked_lender(new.lender.as_deref())?;
        let number = checked_number(new.account_number.as_ref())?;
        let account_number = number.map(|number| self.sealing.seal_number(id, number)).transpose()?;
        let (kind, contract, papers, figures, opening) = match &new.terms {
            ExternalTerms::Instalments(ask) => {
                let quote = ask.quote()?;
                let servicing = self.servicing_of(ask.kind, ask.principal);
                let contract =
                    InstalmentContract { terms: quote.terms, servicing, charges: ask.charges.clone() };
                let papers = papers::Papers::of(ask.kind, &contract, &quote.schedule)?;
                let principal = Parts { principal: ask.principal.minor(), ..Parts::default() };
                let figures = Figures { earned: principal, ..Figures::default() };
                (ask.kind, Contract::Instalments(Box::new(contract)), Some(papers), figures, None)
            }
            ExternalTerms::Card { limit, annual_rate, balance } => {
                let terms = self.card_terms(*limit, *annual_rate)?;
                let opening = checked_balance(*limit, *balance)?;
                let card = CardContract { terms, opened_on: self.today() };
                (Kind::CreditCard, Contract::Card(Box::new(card)), None, Figures::default(), opening)
            }
        };
        let currency = match &contract {
            Contract::Instalments(contract) => contract.terms.principal.currency(),
            Contract::Card(card) => card.terms.currency,
        };
        let now = self.db.env().now();
        let row = LoanRow {
            id,
            borrower: Some(borrower),
            application: None,
            kind,
            origin: Origin::External,
            product: ("external".to_owned(), 1),
            currency,
            status: Status::Active,
            contract,
            disclosure: papers.as_ref().map(crate::contract::write).transpose()?,
            lender: Some(lender),
            account_number,
            receivables: Receivables::default(),
            booked: figures,
            booked_on: self.today(),
            bucket: 0,
            days_past_due: 0,
            offer_ends_on: None,
            paid_to: None,
            created_at: now,
            accepted_at: None,
            paid_out_at: Some(now),
        };
        Ok((row, opening))
    }

    /// How another lender's loan is followed: as the product of its kind, but nothing is charged for lateness here.
    fn servicing_of(&self, kind: Kind, principal: Amount) -> Servicing {
        let version = self.products.on(kind, principal.currency(), self.today());
        let offer = version.and_then(|version| match &version.offer {
            Offer::Instalments(offer) => Some(offer.servicing.clone()),
            Offer::Card(_) => None,
        });
        Servicing { late_fee: None, ..offer.unwrap_or_default() }
    }

    fn card_terms(&self, limit: Money, annual_rate: Rate) -> Result<CardTerms, Error> {
        let limit = Amount::new(limit)?;
        let version = self.products.on(Kind::CreditCard, limit.currency(), self.today());
        let version = version.ok_or(Error::NoProduct(limit.currency()))?;
        let Offer::Card(usual) = &version.offer else { return Err(Error::NoProduct(limit.currency())) };
        let terms = CardTerms {
            limit_minor: limit.minor(),
            purchase_rate: annual_rate,
            cash_rate: annual_rate,
            cash_fee: None,
            late_fee: None,
            ..(**usual).clone()
        };
        if terms.check().is_err() {
            let fault = Fault::new("credit_limit", "out_of_range", "the limit is too large");
            return Err(Error::Invalid(vec![fault]));
        }
        Ok(terms)
    }
}

fn checked_lender(lender: Option<&str>) -> Result<String, Error> {
    let lender = lender.map(str::trim).filter(|lender| !lender.is_empty()).unwrap_or("External lender");
    if lender.chars().count() > LENDER_CHARS_MAX || lender.chars().any(char::is_control) {
        let fault = Fault::new("lender", "invalid", "100 characters at most, and no control characters");
        return Err(Error::Invalid(vec![fault]));
    }
    Ok(lender.to_owned())
}

fn checked_number(number: Option<&Zeroizing<String>>) -> Result<Option<&str>, Error> {
    let Some(number) = number else { return Ok(None) };
    let number = number.trim();
    let fits = (NUMBER_CHARS.0..=NUMBER_CHARS.1).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '));
    if !fits {
        let why = "4 to 34 letters, digits, blanks and hyphens are wanted";
        return Err(Error::Invalid(vec![Fault::new("account_number", "invalid", why)]));
    }
    Ok(Some(number))
}

fn checked_balance(limit: Money, balance: Option<Money>) -> Result<Option<i64>, Error> {
    let Some(balance) = balance else { return Ok(None) };
    if balance.currency() != limit.currency() {
        return Err(Error::CurrencyMismatch(limit.currency()));
    }
    Ok((balance.minor() > 0).then_some(balance.minor()))
}

impl From<NotQuoted> for Error {
    fn from(refused: NotQuoted) -> Self {
        let fault = |field, code| Self::Invalid(vec![Fault::new(field, code, refused.to_string())]);
        match &refused {
            NotQuoted::Denied(denied) => Denied::clone(denied).into(),
            NotQuoted::Revolving => fault("kind", "revolving"),
            NotQuoted::Term => fault("term_months", "out_of_range"),
            NotQuoted::Amortization => fault("amortization_months", "not_level"),
            NotQuoted::Refused(refused) => Self::Refused(refused.clone()),
            NotQuoted::NoApr(source) => Self::NoApr(*source),
        }
    }
}
