//! The schedule of a loan: a pure function of its terms.
//!
//! Each period's interest is balance × rate × fraction of a year, rounded once when the period ends; the rest of the
//! instalment is principal, and the last instalment is whatever is owed then. So principal adds up to what was lent, to
//! the minor unit, whatever was rounded on the way.

mod level;
mod periods;

use florin_kernel::{Currency, Money};
use jiff::civil::Date;

use crate::meter::Meter;
use crate::{Amortization, PaymentRule, Refused, SimpleRate, Terms};

pub(crate) use level::{Remaining, level_anew, level_of};
pub(crate) use periods::{Period, fraction_until, periods};

/// What a borrower pays, instalment by instalment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    currency: Currency,
    payment_minor: i64,
    instalments: Vec<Instalment>,
}

/// One instalment; every sum is in minor units of the loan's currency and zero or above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Its number, from one.
    pub number: u16,
    /// The day from which its interest runs.
    pub from: Date,
    /// The day on which it is due, and to which its interest runs.
    pub due_on: Date,
    /// The part of a year between them, over the day count's denominator.
    pub fraction: u64,
    /// The interest in it.
    pub interest_minor: i64,
    /// The principal in it.
    pub principal_minor: i64,
    /// The escrow in it.
    pub escrow_minor: i64,
    /// The principal that is owed after it.
    pub balance_minor: i64,
}

impl Instalment {
    /// Interest and principal together, without escrow.
    pub const fn payment_minor(&self) -> i64 {
        self.interest_minor.saturating_add(self.principal_minor)
    }
}

impl Schedule {
    /// The schedule that follows from these terms.
    ///
    /// The computed payment is P·i/(1 − (1+i)^−n) where all periods are alike, and in general the payment whose present
    /// value, period by period, is the principal.
    ///
    /// # Errors
    /// [`Refused`], for terms that contradict themselves and for those that never repay the loan.
    pub fn of(terms: &Terms) -> Result<Self, Refused> {
        terms.check()?;
        let rate = simple_rate(terms)?;
        let periods = periods(terms)?;
        let payment_minor = level::payment(terms, rate, &periods)?;
        let instalments = fill(terms, rate, &periods, payment_minor).ok_or(Refused::NotComputable)?;
        let schedule = Self { currency: terms.principal.currency(), payment_minor, instalments };
        schedule.refuse_what_never_ends(terms)?;
        Ok(schedule)
    }

    /// The currency of every sum.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The regular payment of interest and principal, in minor units: zero where there is none, as with interest alone
    /// and with equal parts of the principal.
    pub const fn payment_minor(&self) -> i64 {
        self.payment_minor
    }

    /// The instalments in order; there is at least one.
    pub fn instalments(&self) -> &[Instalment] {
        &self.instalments
    }

    /// The day of the last instalment.
    pub fn matures_on(&self) -> Option<Date> {
        self.instalments.last().map(|last| last.due_on)
    }

    /// All interest.
    pub fn total_interest(&self) -> Money {
        self.total(|instalment| instalment.interest_minor)
    }

    /// All interest and principal, without escrow.
    pub fn total_of_payments(&self) -> Money {
        self.total(Instalment::payment_minor)
    }

    fn total(&self, part: impl Fn(&Instalment) -> i64) -> Money {
        // At most 2,600 instalments of less than 2⁵² each.
        let minor = self.instalments.iter().map(part).fold(0, i64::saturating_add);
        Money::new(minor, self.currency)
    }

    fn refuse_what_never_ends(&self, terms: &Terms) -> Result<(), Refused> {
        let Some(last) = self.instalments.last() else { return Err(Refused::Instalments) };
        let money = |minor| Money::new(minor, self.currency);
        let payment = money(self.payment_minor);
        let open = terms.principal.minor();
        match terms.amortization {
            Amortization::EqualPrincipal | Amortization::InterestOnly => Ok(()),
            _ if self.payment_minor == 0 && !terms.annual_rate.is_zero() && self.instalments.len() > 1 => {
                Err(Refused::NeverAmortizes { payment })
            }
            Amortization::Level if last.payment_minor() > self.payment_minor.saturating_mul(2) => {
                let left = money(last.payment_minor());
                let never = last.principal_minor >= open && self.instalments.len() > 1;
                Err(if never {
                    Refused::NeverAmortizes { payment }
                } else {
                    Refused::DoesNotPayOff { payment, left }
                })
            }
            Amortization::Over(n) if n > 1 && self.instalments.len() > 1 && last.principal_minor >= open => {
                Err(Refused::NeverAmortizes { payment })
            }
            Amortization::Level | Amortization::Over(_) | Amortization::Balloon(_) => Ok(()),
        }
    }
}

/// The terms' rate as a simple one over their periods.
pub(crate) fn simple_rate(terms: &Terms) -> Result<SimpleRate, Refused> {
    terms.annual_rate.simple(terms.compounding, terms.frequency.per_year()).ok_or(Refused::NotComputable)
}

/// Goes through the periods; `None` when a figure does not fit.
fn fill(terms: &Terms, rate: SimpleRate, periods: &[Period], payment_minor: i64) -> Option<Vec<Instalment>> {
    let meter = Meter::new(rate, terms.day_count, terms.rounding);
    let mut balance_minor = terms.principal.minor();
    // Interest that an instalment did not cover: it is owed and bears no interest.
    let mut deferred = 0_i64;
    let mut instalments = Vec::with_capacity(periods.len());
    for (index, period) in periods.iter().enumerate() {
        let last = index + 1 == periods.len();
        let accrued = meter.measure(balance_minor, period.fraction)?;
        let owed = meter.minor(accrued)?.checked_add(deferred)?;
        let (interest_minor, principal_minor) = if last {
            (owed, balance_minor)
        } else if index < usize::from(terms.interest_only) {
            (owed, 0)
        } else {
            parts(terms, payment_minor, owed, balance_minor)
        };
        deferred = owed.checked_sub(interest_minor)?;
        balance_minor = balance_minor.checked_sub(principal_minor)?;
        instalments.push(Instalment {
            number: u16::try_from(index + 1).ok()?,
            from: period.from,
            due_on: period.due_on,
            fraction: period.fraction,
            interest_minor,
            principal_minor,
            escrow_minor: terms.escrow_minor,
            balance_minor,
        });
        if balance_minor == 0 && deferred == 0 {
            break;
        }
    }
    Some(instalments)
}

/// Interest and principal of an instalment that is neither the last nor for interest alone.
pub(crate) fn parts(terms: &Terms, payment_minor: i64, owed: i64, balance_minor: i64) -> (i64, i64) {
    match terms.amortization {
        Amortization::EqualPrincipal => (owed, payment_minor.min(balance_minor)),
        Amortization::InterestOnly if terms.payment == PaymentRule::Computed => (owed, 0),
        _ => {
            let interest = owed.min(payment_minor);
            (interest, (payment_minor - interest).min(balance_minor))
        }
    }
}
