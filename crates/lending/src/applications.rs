//! Applying, and looking at applications.

use florin_db::{DbError, Reader};
use florin_kernel::{Action, Actor, Amount, Denied, Money, Page, PageRequest, Resource, UserId, Uuid};
use florin_vault::Masked;

use crate::application::{Application, ApplicationStatus, Apply, ForOfficers};
use crate::application_store::{self as store, ApplicationRow};
use crate::loan_store;
use crate::ports::Profile;
use crate::service::{own_or_any, owned, reach_of};
use crate::{ApplicationId, Error, Loans, Offer, ProductVersion, Wish};

/// So many days past due count as bad experience.
const BAD_DAYS: u32 = 90;

impl Loans {
    /// Takes an application, judges it, and keeps both; a customer's own, or a customer's by staff.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NoProduct`], [`Error::NotOffered`], [`Error::CustomerNotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.application.apply", skip_all)]
    pub async fn apply(&self, by: &Actor, form: Apply) -> Result<Application, Error> {
        let asked = by.permit(Action::ApplyForLoan, own_or_any(by));
        asked?;
        let checked = form.check(&*self.borrowers)?;
        let applicant = self.applicant_of(by, &form, &checked.personal.email).await?;
        let id = ApplicationId::from_uuid(self.db.env().new_uuid());
        let permit = by.permit(Action::ApplyForLoan, owned(Resource::one("loan", id.uuid()), applicant))?;
        let (kind, currency) = (checked.kind, form.amount.currency());
        let version =
            self.products.on(kind, currency, self.today()).ok_or(Error::NoProduct(currency))?.clone();
        let price = self.products.price(&version).ok_or(Error::NoProduct(currency))?;
        let term_months = form.term_months.unwrap_or(price.usual_instalments);
        let payment = self.usual_payment(&version, form.amount, term_months)?;
        let (loans_here, bad_loans_here) = self.history(applicant).await?;
        let judgement = self.score.judge(&Profile {
            kind,
            amount: form.amount,
            monthly_payment_minor: payment,
            annual_income_minor: form.annual_income.map(Money::minor),
            monthly_debts_minor: form.monthly_debts.map_or(0, Money::minor),
            employment_months: form.employment_months,
            loans_here,
            bad_loans_here,
        });
        let (personal, indexes) = self.sealing.seal(id, &checked.personal)?;
        let row = ApplicationRow {
            id,
            applicant,
            submitted_by: by.user(),
            kind,
            product: (version.code.clone(), version.version),
            currency,
            amount_minor: form.amount.minor(),
            term_months,
            annual_income_minor: form.annual_income.map(Money::minor),
            monthly_debts_minor: form.monthly_debts.map(Money::minor),
            employment_months: form.employment_months,
            customer_name: checked.name,
            personal,
            status: ApplicationStatus::Submitted,
            score: judgement.score,
            checks: judgement.checks,
            notice: None,
            loan: None,
            created_at: self.db.env().now(),
            decided_at: None,
            asked: false,
        };
        let borrowers = std::sync::Arc::clone(&self.borrowers);
        self.db
            .write(permit, move |tx| {
                if let Some(applicant) = applicant
                    && !borrowers.is_known(tx, applicant)?
                {
                    return Err(Error::CustomerNotFound);
                }
                tx.note("kind", &row.kind);
                tx.note("score", &row.score);
                Ok::<_, Error>(store::insert(tx, &row, &indexes)?)
            })
            .await?;
        self.application(by, id).await
    }

    /// Whose application it is: one's own; for staff whom they name, or the customer with the email, or nobody yet.
    async fn applicant_of(&self, by: &Actor, form: &Apply, email: &str) -> Result<Option<UserId>, Error> {
        if !by.is_staff() {
            if form.customer.is_some_and(|customer| Some(customer) != by.user()) {
                return Err(Denied::Forbidden { action: Action::ApplyForLoan }.into());
            }
            return Ok(by.user());
        }
        if form.customer.is_some() {
            return Ok(form.customer);
        }
        self.customer_by_email(email).await
    }

    pub(crate) async fn customer_by_email(&self, email: &str) -> Result<Option<UserId>, Error> {
        let (borrowers, email) = (std::sync::Arc::clone(&self.borrowers), email.to_owned());
        let found: Result<Option<UserId>, DbError> =
            self.db.read(move |reader| borrowers.by_email(reader, &email)).await;
        Ok(found?)
    }

    async fn history(&self, applicant: Option<UserId>) -> Result<(i64, i64), Error> {
        let Some(applicant) = applicant else { return Ok((0, 0)) };
        let found: Result<_, DbError> =
            self.db.read(move |reader| loan_store::history(reader, applicant, BAD_DAYS)).await;
        Ok(found?)
    }

    /// What a month's instalment comes to at the list rate.
    fn usual_payment(&self, version: &ProductVersion, amount: Money, months: u16) -> Result<i64, Error> {
        let offer = match &version.offer {
            Offer::Instalments(offer) => offer,
            // Of a card, the minimum on a limit that is used up.
            Offer::Card(terms) => return Ok(terms.minimum.of(amount.minor(), 0)),
        };
        let rate = self.products.price(version).map_or(offer.annual_rate.0, |price| price.list_rate);
        let wish = Wish {
            principal: Amount::new(amount)?,
            annual_rate: rate,
            instalments: months,
            started_on: self.today(),
            first_due_on: None,
            escrow_minor: 0,
        };
        let (_, schedule) = offer.terms(&wish)?;
        let first = schedule.instalments().first().map_or(0, crate::Instalment::payment_minor);
        Ok(schedule.payment_minor().max(first))
    }

    /// An application, masked.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], also for another's when one's own is all that one may read; [`Error::Denied`].
    pub async fn application(&self, by: &Actor, id: ApplicationId) -> Result<Application, Error> {
        by.permit(Action::ReadLoan, own_or_any(by))?;
        let (loans, reach, staff) = (self.clone(), reach_of(by), by.is_staff());
        self.db
            .read(move |reader| {
                let row = store::find(reader, id)?.filter(|row| reach.is_none() || row.applicant == reach);
                loans.seen(reader, row.ok_or(Error::ApplicationNotFound)?, staff)
            })
            .await
    }

    /// Takes an application back that nobody decided about yet: the applicant does, or staff for them.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::Decided`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.application.withdraw", skip_all, fields(application.id = %id))]
    pub async fn withdraw(&self, by: &Actor, id: ApplicationId) -> Result<Application, Error> {
        let applicant = self.application(by, id).await?.applicant;
        let permit = by.permit(Action::ApplyForLoan, owned(Resource::one("loan", id.uuid()), applicant))?;
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                tx.note("withdrawn", &true);
                let withdrawn = store::withdraw(tx, id, env.now())?;
                if withdrawn { Ok::<_, Error>(()) } else { Err(Error::Decided) }
            })
            .await?;
        self.application(by, id).await
    }

    /// Applications, the newest first: all of them, or of one status, for staff; one's own for a customer.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn applications(
        &self,
        by: &Actor,
        status: Option<ApplicationStatus>,
        page: &PageRequest,
    ) -> Result<Page<Application>, Error> {
        let reach = reach_of(by);
        let action = if by.is_staff() { Action::SearchLoans } else { Action::ReadLoan };
        by.permit(action, own_or_any(by))?;
        let before = page.cursor_as::<ApplicationId>()?.map_or(Uuid::max(), ApplicationId::uuid);
        let (loans, staff) = (self.clone(), by.is_staff());
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self
            .db
            .read(move |reader| {
                let rows = store::list(reader, reach, status, before, limit)?;
                rows.into_iter().map(|row| loans.seen(reader, row, staff)).collect::<Result<Vec<_>, Error>>()
            })
            .await?;
        Ok(page.page(rows, |application| application.id.to_string()))
    }

    /// Applications that wait for officers, the oldest first, for staff.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn waiting(&self, by: &Actor, page: &PageRequest) -> Result<Page<Application>, Error> {
        by.permit(Action::SearchLoans, own_or_any(by))?;
        let after = page.cursor_as::<ApplicationId>()?.map_or(Uuid::nil(), ApplicationId::uuid);
        let loans = self.clone();
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self
            .db
            .read(move |reader| {
                let rows = store::waiting(reader, after, limit)?;
                rows.into_iter().map(|row| loans.seen(reader, row, true)).collect::<Result<Vec<_>, Error>>()
            })
            .await?;
        Ok(page.page(rows, |application| application.id.to_string()))
    }

    /// An application as whoever asks may see it.
    pub(crate) fn seen(
        &self,
        reader: &mut Reader<'_>,
        row: ApplicationRow,
        staff: bool,
    ) -> Result<Application, Error> {
        let personal = self.sealing.open(row.id, &row.personal)?;
        let decisions = if staff { store::decisions(reader, row.id)? } else { Vec::new() };
        let money = |minor| Money::new(minor, row.currency);
        Ok(Application {
            id: row.id,
            applicant: row.applicant,
            kind: row.kind,
            amount: money(row.amount_minor),
            term_months: row.term_months,
            annual_income: row.annual_income_minor.map(money),
            monthly_debts: row.monthly_debts_minor.map(money),
            employment_months: row.employment_months,
            customer_name: row.customer_name,
            tax_number: personal.tax_number,
            tax_id: personal.tax_number.masked(&personal.tax_digits),
            email: Masked::email(&personal.email).into_string(),
            phone: Masked::last_four(&personal.phone).into_string(),
            status: row.status,
            notice: row.notice,
            loan: row.loan,
            for_officers: staff.then_some(ForOfficers { score: row.score, checks: row.checks, decisions }),
            created_at: row.created_at,
            decided_at: row.decided_at,
            asked: row.asked && row.status == ApplicationStatus::Submitted,
        })
    }
}
