//! What a loan would cost: nothing is stored, and nothing is promised.

use florin_kernel::{Action, Actor, Amount, Currency, Denied, Resource};
use jiff::civil::Date;
use thiserror::Error;

use crate::{
    Amortization, Calendar, Charge, Compounding, Convention, CostOfBorrowing, DayCount, Disclosure,
    Frequency, Kind, NoApr, PaymentRule, Rate, Refused, Rounding, Schedule, Terms,
};

/// The longest term that is quoted, in months.
pub const TERM_MONTHS_MAX: u16 = 600;

/// A loan in instalments of which the cost is asked. What is left out is as usual where the currency is money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskQuote {
    /// What it is for.
    pub kind: Kind,
    /// How much.
    pub principal: Amount,
    /// At which quoted rate.
    pub annual_rate: Rate,
    /// For how many months.
    pub term_months: u16,
    /// Over how many months the instalments would repay it, where they do not within the term.
    pub amortization_months: Option<u16>,
    /// How it is repaid.
    pub repayment: Repayment,
    /// How often instalments fall due.
    pub frequency: Frequency,
    /// How days count; 30/360 when it is not said.
    pub day_count: Option<DayCount>,
    /// How often the rate compounds; with each payment when it is not said, and half-yearly for Canadian mortgages.
    pub compounding: Option<Compounding>,
    /// From which day interest runs.
    pub started_on: Date,
    /// When the first instalment is due; a period later when it is not said.
    pub first_due_on: Option<Date>,
    /// What is taken out of the principal at the beginning.
    pub charges: Vec<Charge>,
}

/// How a quoted loan is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Repayment {
    /// In equal instalments.
    #[default]
    Level,
    /// In equal parts of the principal, with interest on top.
    EqualPrincipal,
    /// Interest alone, and the principal at the end.
    InterestOnly,
}

/// What a loan would cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The terms, with what was left out filled in.
    pub terms: Terms,
    /// The schedule.
    pub schedule: Schedule,
    /// The disclosures of Regulation Z.
    pub disclosure: Disclosure,
    /// The Canadian cost of borrowing, of a loan in Canadian dollars.
    pub cost_of_borrowing: Option<CostOfBorrowing>,
}

/// Why there is no quote.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotQuoted {
    /// The actor may not ask.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A card has no schedule.
    #[error("a credit card has no schedule: personal, mortgage and auto have one")]
    Revolving,
    /// A term of no months, of more than [`TERM_MONTHS_MAX`], or of no whole number of instalments.
    #[error("a term of 1 to 600 months is wanted, with a whole number of instalments")]
    Term,
    /// An amortization with another repayment than level instalments.
    #[error("only level instalments are amortized over longer than the term")]
    Amortization,
    /// No schedule follows from the terms.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No annual percentage rate follows from them.
    #[error(transparent)]
    NoApr(#[from] NoApr),
}

impl AskQuote {
    /// The quote, for whoever may ask for one.
    ///
    /// # Errors
    /// [`NotQuoted`].
    pub fn answer(&self, by: &Actor) -> Result<Quote, NotQuoted> {
        let resource = Resource::kind("loan");
        by.permit(Action::QuoteLoan, by.user().map_or(resource, |user| resource.owned_by(user)))?;
        self.quote()
    }

    /// The quote.
    ///
    /// # Errors
    /// [`NotQuoted`], but for the actor.
    pub fn quote(&self) -> Result<Quote, NotQuoted> {
        let terms = self.terms()?;
        let schedule = Schedule::of(&terms)?;
        let real_estate = self.kind.is_secured_by_real_estate();
        let disclosure = Disclosure::of(&terms, &schedule, &self.charges, real_estate)?;
        let cost_of_borrowing = if self.is_canadian() {
            Some(CostOfBorrowing::of_loan(&terms, &schedule, &self.charges)?)
        } else {
            None
        };
        Ok(Quote { terms, schedule, disclosure, cost_of_borrowing })
    }

    fn is_canadian(&self) -> bool {
        self.principal.currency() == Currency::CAD
    }

    fn terms(&self) -> Result<Terms, NotQuoted> {
        if self.kind == Kind::CreditCard {
            return Err(NotQuoted::Revolving);
        }
        let instalments = self.instalments(self.term_months)?;
        let amortization = match (self.repayment, self.amortization_months) {
            (Repayment::Level, None) => Amortization::Level,
            (Repayment::Level, Some(months)) => Amortization::Over(self.instalments(months)?),
            (Repayment::EqualPrincipal, None) => Amortization::EqualPrincipal,
            (Repayment::InterestOnly, None) => Amortization::InterestOnly,
            (_, Some(_)) => return Err(NotQuoted::Amortization),
        };
        let half_yearly = self.is_canadian() && self.kind == Kind::Mortgage;
        let usual = if half_yearly { Compounding::HalfYearly } else { Compounding::EachPeriod };
        let first = self.first_due_on.or_else(|| self.frequency.nth(self.started_on, 1));
        Ok(Terms {
            principal: self.principal,
            annual_rate: self.annual_rate,
            compounding: self.compounding.unwrap_or(usual),
            day_count: self.day_count.unwrap_or_default(),
            frequency: self.frequency,
            instalments,
            interest_only: 0,
            amortization,
            payment: PaymentRule::Computed,
            escrow_minor: 0,
            started_on: self.started_on,
            first_due_on: first.ok_or(Refused::DueDays)?,
            calendar: Calendar::EveryDay,
            convention: Convention::Unadjusted,
            rounding: Rounding::HalfUp,
        })
    }

    /// The instalments of so many months.
    fn instalments(&self, months: u16) -> Result<u16, NotQuoted> {
        let in_years = u32::from(months).saturating_mul(self.frequency.per_year());
        if !(1..=TERM_MONTHS_MAX).contains(&months) || in_years % 12 != 0 {
            return Err(NotQuoted::Term);
        }
        u16::try_from(in_years / 12).map_err(|_| NotQuoted::Term)
    }
}
