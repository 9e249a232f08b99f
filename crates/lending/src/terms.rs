//! What a borrower and the lender agree on: everything that a schedule follows from.

use florin_kernel::{Amount, Money};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Calendar, Compounding, Convention, DayCount, Frequency, Rate, Rounding};

/// The largest principal, in minor units: with it and the highest rate every product fits 128 bits.
pub const PRINCIPAL_MINOR_MAX: i64 = 10_000_000_000_000;
/// The most instalments: weekly for fifty years.
pub const INSTALMENTS_MAX: u16 = 2_600;
/// The longest first period, in days.
pub const FIRST_PERIOD_DAYS_MAX: u64 = 5 * 366;

/// The terms of a loan that is repaid in instalments.
///
/// Interest runs from `started_on`. The first instalment falls due on `first_due_on` and the others at the frequency's
/// distance from it, or from the start where that is a whole period before; where `convention` moves a due day, the interest period ends on the day it was moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What is lent.
    #[serde(with = "crate::stored::amount")]
    pub principal: Amount,
    /// The quoted rate.
    pub annual_rate: Rate,
    /// How often the quoted rate compounds.
    pub compounding: Compounding,
    /// How days become fractions of a year. Where months are even, each regular period bears the same interest.
    pub day_count: DayCount,
    /// How often instalments fall due.
    pub frequency: Frequency,
    /// How many instalments there are at most; a payment above the computed one ends the loan earlier.
    pub instalments: u16,
    /// How many instalments, at the beginning, bear interest alone.
    pub interest_only: u16,
    /// How the principal is repaid.
    pub amortization: Amortization,
    /// Who says how much an instalment is.
    pub payment: PaymentRule,
    /// What each instalment collects for the borrower's taxes and insurance, in minor units; zero or above.
    pub escrow_minor: i64,
    /// The day from which interest runs.
    pub started_on: Date,
    /// The day of the first instalment, before any adjustment.
    pub first_due_on: Date,
    /// Whose holidays count.
    pub calendar: Calendar,
    /// Where a due day on a closed day goes.
    pub convention: Convention,
    /// How interest and the computed payment become whole minor units.
    pub rounding: Rounding,
}

/// How the principal is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amortization {
    /// Equal instalments of interest and principal together.
    Level,
    /// Equal parts of the principal, and interest on top.
    EqualPrincipal,
    /// Interest alone; the principal with the last instalment.
    InterestOnly,
    /// Equal instalments that leave this much, which is due in addition with the last one.
    #[serde(with = "crate::stored::money")]
    Balloon(Money),
    /// Equal instalments as if there were this many; what they leave is due with the last one. So Canadian mortgages:
    /// a term of five years, amortised over twenty-five.
    Over(u16),
}

/// Who says how much an instalment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentRule {
    /// The amortization does.
    Computed,
    /// The parties do: this much, interest and principal together.
    #[serde(with = "crate::stored::amount")]
    Agreed(Amount),
    /// Half the monthly payment every two weeks, or a quarter every week, so that a year pays thirteen months.
    Accelerated,
}

/// Why terms were refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// More than [`PRINCIPAL_MINOR_MAX`].
    #[error("the principal is too large")]
    PrincipalTooLarge,
    /// A sum is in another currency than the principal.
    #[error("every sum of a loan is in the currency of its principal")]
    Currency,
    /// No instalments, or more than [`INSTALMENTS_MAX`].
    #[error("a loan has 1 to 2600 instalments")]
    Instalments,
    /// All instalments are for interest alone.
    #[error("some instalments must remain after those for interest alone")]
    InterestOnlyThroughout,
    /// The amortization is shorter than the term, or longer than [`INSTALMENTS_MAX`].
    #[error("the amortization is at least as long as the term and has at most 2600 instalments")]
    AmortizationTooShort,
    /// The first instalment is not after the start.
    #[error("the first instalment is due on {first_due_on}, and interest runs from {started_on}")]
    FirstDueBeforeStart {
        /// From when interest runs.
        started_on: Date,
        /// When the first instalment is due.
        first_due_on: Date,
    },
    /// The first period is longer than [`FIRST_PERIOD_DAYS_MAX`].
    #[error("the first instalment is due more than five years after the start")]
    FirstPeriodTooLong,
    /// Due days fall on one day, or outside of the calendar.
    #[error("the due days do not follow one another")]
    DueDays,
    /// Acceleration of something else than weekly or bi-weekly instalments.
    #[error("only weekly and bi-weekly instalments can be accelerated")]
    NotAccelerable,
    /// The balloon is more than the loan grows to.
    #[error("the balloon is more than is owed at the end")]
    BalloonTooLarge,
    /// An escrow below zero or above [`PRINCIPAL_MINOR_MAX`].
    #[error("the escrow of an instalment is out of range")]
    Escrow,
    /// The loan would never be repaid: instalments do not cover the interest.
    #[error("an instalment of {payment} never repays the loan: it does not cover the interest")]
    NeverAmortizes {
        /// The instalment.
        payment: Money,
    },
    /// The instalments leave too much for the last one.
    #[error("instalments of {payment} leave {left} for the last one")]
    DoesNotPayOff {
        /// The instalment.
        payment: Money,
        /// What the last instalment would be.
        left: Money,
    },
    /// A figure does not fit; only with a rate and a term that no loan has.
    #[error("the loan grows beyond what can be computed")]
    NotComputable,
}

impl Terms {
    /// Refuses what no schedule can follow from; sums and days alone, not whether the loan is repaid.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let currency = self.principal.currency();
        if self.principal.minor() > PRINCIPAL_MINOR_MAX {
            return Err(Refused::PrincipalTooLarge);
        }
        if self.instalments == 0 || self.instalments > INSTALMENTS_MAX {
            return Err(Refused::Instalments);
        }
        if self.interest_only >= self.instalments {
            return Err(Refused::InterestOnlyThroughout);
        }
        if !(0..=PRINCIPAL_MINOR_MAX).contains(&self.escrow_minor) {
            return Err(Refused::Escrow);
        }
        match self.amortization {
            Amortization::Balloon(balloon) if balloon.currency() != currency => {
                return Err(Refused::Currency);
            }
            Amortization::Balloon(balloon) if !(0..=PRINCIPAL_MINOR_MAX).contains(&balloon.minor()) => {
                return Err(Refused::BalloonTooLarge);
            }
            Amortization::Over(n) if n < self.instalments || n > INSTALMENTS_MAX => {
                return Err(Refused::AmortizationTooShort);
            }
            _ => {}
        }
        match self.payment {
            PaymentRule::Agreed(payment) if payment.currency() != currency => Err(Refused::Currency),
            PaymentRule::Accelerated
                if !matches!(self.frequency, Frequency::Weekly | Frequency::BiWeekly) =>
            {
                Err(Refused::NotAccelerable)
            }
            _ => self.check_days(),
        }
    }

    /// Whether the first period is a whole one: then due days follow the day on which interest starts, so that a loan of
    /// the 31st of January is due on the last days of months and not, by way of February, on their 28ths.
    pub(crate) fn begins_regularly(&self) -> bool {
        self.frequency.nth(self.started_on, 1) == Some(self.first_due_on)
    }

    /// The day on which the instalment `n` is due, from zero, before any adjustment.
    pub(crate) fn due_day(&self, n: u32) -> Option<Date> {
        let n = i32::try_from(n).ok()?;
        if self.begins_regularly() {
            self.frequency.nth(self.started_on, n.checked_add(1)?)
        } else {
            self.frequency.nth(self.first_due_on, n)
        }
    }

    fn check_days(&self) -> Result<(), Refused> {
        let Self { started_on, first_due_on, .. } = *self;
        if first_due_on <= started_on {
            return Err(Refused::FirstDueBeforeStart { started_on, first_due_on });
        }
        if crate::actual_days(started_on, first_due_on) > FIRST_PERIOD_DAYS_MAX {
            return Err(Refused::FirstPeriodTooLong);
        }
        Ok(())
    }
}
