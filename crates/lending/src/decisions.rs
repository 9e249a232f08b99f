//! Deciding about applications: two officers agree, or one refuses.
//!
//! An officer's agreement is written down; the second one's makes the loan. Nobody decides about their own application
//! or twice about one. Any officer's refusal ends it, since both must agree, and makes the notice of it.

use florin_db::{DbError, Tx};
use florin_kernel::{Action, Actor, Amount, Denied, Money, Permit, Principal, Resource, UserId};

use crate::application::{Application, ApplicationStatus, DecisionSeen, GrantedTerms};
use crate::application_store::{self as store, ApplicationRow};
use crate::contract::{self, CardContract, Contract, InstalmentContract};
use crate::loan_row::{LoanRow, Origin, Receivables, Status};
use crate::ports::{Outcome, Reason};
use crate::seen::LoanSeen;
use crate::service::{new_loan_id, own_or_any, owned};
use crate::{
    ApplicationId, CardTerms, Error, Fault, Figures, InstalmentOffer, Loans, NotOffered, Offer, Price,
    Schedule, Wish, loan_store, papers,
};

/// The most reasons of one notice: more would tell the applicant less (12 CFR 1002, supplement I, 9(b)(2)-1).
const REASONS_MAX: usize = 4;
/// How many characters a note has at most.
const NOTE_CHARS_MAX: usize = 500;

impl Loans {
    /// Agrees to an application. The last agreement that is needed makes the loan: an offer with its disclosures.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::Decided`], [`Error::DecidedByYou`], [`Error::TermsDiffer`],
    /// [`Error::NotOffered`]; [`Error::Denied`], also for one's own application.
    #[tracing::instrument(name = "lending.application.approve", skip_all, fields(application.id = %id))]
    pub async fn approve(
        &self,
        by: &Actor,
        id: ApplicationId,
        terms: GrantedTerms,
        note: Option<String>,
    ) -> Result<Application, Error> {
        let (officer, permit) = self.officer(by, id).await?;
        let note = checked_note(note)?;
        let loans = self.clone();
        self.db.write(permit, move |tx| loans.agree(tx, id, officer, terms, note.clone())).await?;
        self.application(by, id).await
    }

    /// Refuses an application, for these reasons or those of the checks that failed.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::Decided`], [`Error::DecidedByYou`], [`Error::Invalid`] without any
    /// reason; [`Error::Denied`], also for one's own application.
    #[tracing::instrument(name = "lending.application.reject", skip_all, fields(application.id = %id))]
    pub async fn reject(
        &self,
        by: &Actor,
        id: ApplicationId,
        reasons: Vec<Reason>,
        note: Option<String>,
    ) -> Result<Application, Error> {
        let (officer, permit) = self.officer(by, id).await?;
        let note = checked_note(note)?;
        let loans = self.clone();
        self.db
            .write(permit, move |tx| {
                let (row, _) = lock_undecided(tx, id, officer)?;
                let reasons = reasons_of(&row, &reasons)?;
                let now = loans.db.env().now();
                let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
                let decision =
                    DecisionSeen { officer, approved: false, terms: None, note: note.clone(), at: now };
                store::insert_decision(tx, id, &decision, Some(&codes.join(",")))?;
                let today = loans.today();
                let notice =
                    papers::adverse_action(&loans.rules, row.currency, &row.customer_name, today, &reasons);
                store::reject(tx, id, &notice.to_string(), now)?;
                tx.note("reasons", &codes.join(","));
                Ok::<_, Error>(())
            })
            .await?;
        self.application(by, id).await
    }

    /// The loan that would be offered if an application were granted today: on the terms that an officer agreed to before, or
    /// else on these. Nothing is kept of it.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::NotOffered`], [`Error::Invalid`], [`Error::Denied`].
    pub async fn prospect(
        &self,
        by: &Actor,
        id: ApplicationId,
        terms: GrantedTerms,
    ) -> Result<LoanSeen, Error> {
        by.permit(Action::SearchLoans, own_or_any(by))?;
        let loans = self.clone();
        self.db
            .read(move |reader| {
                let row = store::find(reader, id)?.ok_or(Error::ApplicationNotFound)?;
                let decisions = store::decisions(reader, id)?;
                let before = decisions.iter().filter(|one| one.approved).find_map(|one| one.terms);
                let agreed = match before {
                    Some(before) => before,
                    None => loans.complete(&row, terms)?,
                };
                Ok(LoanSeen::of_row(&loans.offer(&row, &agreed)?, None, loans.today())?)
            })
            .await
    }

    /// Whoever decides: a person, who may decide about this applicant.
    pub(crate) async fn officer(&self, by: &Actor, id: ApplicationId) -> Result<(UserId, Permit), Error> {
        by.permit(Action::DecideLoan, Resource::kind("loan"))?;
        let officer = match by.principal() {
            Principal::User { user, .. } => *user,
            Principal::Client { .. } | Principal::Anonymous | Principal::System(_) => {
                return Err(Denied::Forbidden { action: Action::DecideLoan }.into());
            }
        };
        let found: Result<_, DbError> = self.db.read(move |reader| store::find(reader, id)).await;
        let applicant = found?.ok_or(Error::ApplicationNotFound)?.applicant;
        let permit = by.permit(Action::DecideLoan, owned(Resource::one("loan", id.uuid()), applicant))?;
        Ok((officer, permit))
    }

    fn agree(
        &self,
        tx: &mut Tx<'_>,
        id: ApplicationId,
        officer: UserId,
        terms: GrantedTerms,
        note: Option<String>,
    ) -> Result<(), Error> {
        let (row, decisions) = lock_undecided(tx, id, officer)?;
        let before =
            decisions.iter().filter(|decision| decision.approved).find_map(|decision| decision.terms);
        let agreed = match before {
            Some(before) if !terms.repeats(&before) => return Err(Error::TermsDiffer),
            Some(before) => before,
            None => self.complete(&row, terms)?,
        };
        let offer = self.offer(&row, &agreed)?;
        let now = self.db.env().now();
        let decision = DecisionSeen { officer, approved: true, terms: Some(agreed), note, at: now };
        store::insert_decision(tx, id, &decision, None)?;
        let needed = if self.rules.four_eyes { 2 } else { 1 };
        let agreements = decisions.iter().filter(|decision| decision.approved).count().saturating_add(1);
        tx.note("agreements", &format!("{agreements} of {needed}"));
        if agreements < needed {
            return Ok(());
        }
        loan_store::insert(tx, &offer)?;
        store::approve(tx, id, offer.id, now)?;
        tx.note("loan", &offer.id);
        Ok(())
    }

    /// The terms with what was left out filled in.
    fn complete(&self, row: &ApplicationRow, terms: GrantedTerms) -> Result<GrantedTerms, Error> {
        let version = self.products.catalogue().version(&row.product.0, row.product.1);
        let price = version.and_then(|version| self.products.price(version));
        let price = price.ok_or(Error::NoProduct(row.currency))?;
        if terms.amount_minor.is_some_and(|minor| minor > row.amount_minor) {
            let fault =
                Fault::new("terms.loan_amount", "above_request", "no more is lent than was asked for");
            return Err(Error::Invalid(vec![fault]));
        }
        Ok(GrantedTerms {
            amount_minor: terms.amount_minor.or(Some(row.amount_minor)),
            annual_rate: terms.annual_rate.or(Some(price.list_rate)),
            term_months: terms.term_months.or(Some(row.term_months)),
        })
    }

    /// The loan that is offered on these terms, from today.
    fn offer(&self, row: &ApplicationRow, granted: &GrantedTerms) -> Result<LoanRow, Error> {
        let version = self.products.catalogue().version(&row.product.0, row.product.1);
        let version = version.ok_or(Error::NoProduct(row.currency))?;
        let price = self.products.price(version).ok_or(Error::NoProduct(row.currency))?;
        let today = self.today();
        let (contract, papers) = match &version.offer {
            Offer::Instalments(offer) => {
                let contract = self.instalments(row, granted, offer, price)?;
                let papers = papers::Papers::of(row.kind, &contract, &Schedule::of(&contract.terms)?)?;
                (Contract::Instalments(Box::new(contract)), Some(contract::write(&papers)?))
            }
            Offer::Card(usual) => (Contract::Card(Box::new(self.card(row, granted, usual, price)?)), None),
        };
        let days = jiff::Span::new().days(i64::from(self.rules.offer_days));
        Ok(LoanRow {
            id: new_loan_id(&self.db),
            borrower: row.applicant,
            application: Some(row.id),
            kind: row.kind,
            origin: Origin::Own,
            product: row.product.clone(),
            currency: row.currency,
            status: Status::Offered,
            contract,
            disclosure: papers,
            lender: None,
            account_number: None,
            receivables: Receivables::default(),
            booked: Figures::default(),
            booked_on: today,
            bucket: 0,
            days_past_due: 0,
            offer_ends_on: Some(today.checked_add(days).unwrap_or(today)),
            paid_to: None,
            created_at: self.db.env().now(),
            accepted_at: None,
            paid_out_at: None,
        })
    }

    /// A line of credit on these terms: the limit that is granted, and cash no cheaper than purchases.
    fn card(
        &self,
        row: &ApplicationRow,
        granted: &GrantedTerms,
        usual: &CardTerms,
        price: Price,
    ) -> Result<CardContract, Error> {
        let limit_minor = granted.amount_minor.unwrap_or(row.amount_minor);
        if !(1..=usual.limit_minor).contains(&limit_minor) {
            return Err(NotOffered::Principal(1, usual.limit_minor).into());
        }
        let purchase_rate = granted.annual_rate.unwrap_or(price.list_rate);
        let cash_rate = usual.cash_rate.max(purchase_rate);
        let terms = CardTerms { limit_minor, purchase_rate, cash_rate, ..usual.clone() };
        Ok(CardContract { terms, opened_on: self.today() })
    }

    fn instalments(
        &self,
        row: &ApplicationRow,
        granted: &GrantedTerms,
        offer: &InstalmentOffer,
        price: Price,
    ) -> Result<InstalmentContract, Error> {
        let principal = Money::new(granted.amount_minor.unwrap_or(row.amount_minor), row.currency);
        let wish = Wish {
            principal: Amount::new(principal)?,
            annual_rate: granted.annual_rate.unwrap_or(price.list_rate),
            instalments: granted.term_months.unwrap_or(row.term_months),
            started_on: self.today(),
            first_due_on: None,
            escrow_minor: 0,
        };
        let (terms, _) = offer.terms(&wish)?;
        let charges = price.charges(principal.minor());
        Ok(InstalmentContract { terms, servicing: offer.servicing.clone(), charges })
    }
}

impl GrantedTerms {
    /// Whether these leave out or repeat each of those.
    fn repeats(&self, before: &Self) -> bool {
        (self.amount_minor.is_none() || self.amount_minor == before.amount_minor)
            && (self.annual_rate.is_none() || self.annual_rate == before.annual_rate)
            && (self.term_months.is_none() || self.term_months == before.term_months)
    }
}

/// An application that is open to this officer's decision, locked, with what others decided.
fn lock_undecided(
    tx: &mut Tx<'_>,
    id: ApplicationId,
    officer: UserId,
) -> Result<(ApplicationRow, Vec<DecisionSeen>), Error> {
    let row = store::lock(tx, id)?.ok_or(Error::ApplicationNotFound)?;
    if row.status != ApplicationStatus::Submitted {
        return Err(Error::Decided);
    }
    // The permit was for whom the application had as its applicant before it was locked.
    if row.applicant == Some(officer) {
        return Err(Denied::Forbidden { action: Action::DecideLoan }.into());
    }
    let decisions = store::decisions_in(tx, id)?;
    if decisions.iter().any(|decision| decision.officer == officer) {
        return Err(Error::DecidedByYou);
    }
    Ok((row, decisions))
}

/// The reasons that are told: those that the officer names, or those of the checks that failed.
fn reasons_of(row: &ApplicationRow, named: &[Reason]) -> Result<Vec<Reason>, Error> {
    let failed = row.checks.iter().filter(|check| check.outcome == Outcome::Fail);
    let mut reasons: Vec<Reason> =
        if named.is_empty() { failed.filter_map(|check| check.reason).collect() } else { named.to_vec() };
    let mut seen = Vec::new();
    reasons.retain(|reason| {
        let new = !seen.contains(reason);
        seen.push(*reason);
        new
    });
    if named.is_empty() {
        reasons.truncate(REASONS_MAX);
    }
    if reasons.is_empty() || reasons.len() > REASONS_MAX {
        let fault = Fault::new("reasons", "count", "1 to 4 principal reasons are wanted");
        return Err(Error::Invalid(vec![fault]));
    }
    Ok(reasons)
}

/// A note that can be kept.
pub(crate) fn checked_note(note: Option<String>) -> Result<Option<String>, Error> {
    let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let fits = |note: &String| note.chars().count() <= NOTE_CHARS_MAX && !note.chars().any(char::is_control);
    if note.as_ref().is_some_and(|note| !fits(note)) {
        let fault = Fault::new("note", "invalid", "500 characters at most, and no control characters");
        return Err(Error::Invalid(vec![fault]));
    }
    Ok(note)
}
