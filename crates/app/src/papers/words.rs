//! Words of lending for people.

use florin_documents::Percent;
use florin_kernel::{Currency, Money};
use florin_lending::{Apr, ChargeKind, Compounding, Frequency, Kind, LateAmount, LateFee, LoanSeen, Rate};

/// Billionths of a thousandth, rounded half up to hundredths of a per cent, as it is disclosed.
pub(super) fn apr(apr: Apr) -> Percent {
    let hundredths = apr.units().saturating_add(50_000_000) / 100_000_000;
    Percent::thousandths(i64::try_from(hundredths).unwrap_or(i64::MAX / 10).saturating_mul(10))
}

/// Billionths, rounded half up to thousandths of a per cent.
pub(super) fn rate(rate: Rate) -> Percent {
    Percent::thousandths(i64::try_from(rate.ppb().saturating_add(5_000) / 10_000).unwrap_or(i64::MAX))
}

pub(super) const fn product(kind: Kind) -> &'static str {
    match kind {
        Kind::Personal => "Personal loan",
        Kind::Mortgage => "Mortgage",
        Kind::Auto => "Auto loan",
        Kind::CreditCard => "Credit card",
    }
}

pub(super) const fn charge(kind: ChargeKind) -> &'static str {
    match kind {
        ChargeKind::Origination => "Origination fee",
        ChargeKind::Application => "Application fee",
        ChargeKind::Broker => "Broker's fee",
        ChargeKind::RequiredInsurance => "Required insurance",
        ChargeKind::OptionalInsurance => "Optional insurance",
        ChargeKind::MortgageInsurance => "Mortgage insurance",
        ChargeKind::Appraisal => "Appraisal",
        ChargeKind::TitleInsurance => "Title insurance",
        ChargeKind::RequiredLawyer => "Lawyer or notary",
        ChargeKind::Registration => "Registration",
        ChargeKind::Discharge => "Discharge",
    }
}

pub(super) const fn security(kind: Kind) -> &'static str {
    match kind {
        Kind::Mortgage => "The property that is mortgaged.",
        Kind::Auto => "The vehicle that is bought.",
        Kind::Personal | Kind::CreditCard => "",
    }
}

pub(super) const fn frequency(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Weekly => "weekly",
        Frequency::BiWeekly => "every two weeks",
        Frequency::SemiMonthly => "twice a month",
        Frequency::Monthly => "monthly",
        Frequency::Quarterly => "quarterly",
        Frequency::HalfYearly => "half-yearly",
        Frequency::Yearly => "yearly",
    }
}

pub(super) const fn compounding(compounding: Compounding) -> &'static str {
    match compounding {
        Compounding::EachPeriod => "compounded with each payment, not in advance",
        Compounding::HalfYearly => "compounded half-yearly, not in advance",
        Compounding::Yearly => "compounded yearly, not in advance",
    }
}

/// `5 years`, or `30 months`.
pub(super) fn months(months: u16) -> String {
    match (months / 12, months % 12) {
        (1, 0) => "1 year".to_owned(),
        (years, 0) => format!("{years} years"),
        _ if months == 1 => "1 month".to_owned(),
        _ => format!("{months} months"),
    }
}

/// How long so many instalments of a frequency run, in words.
pub(super) fn term(instalments: u16, frequency: Frequency) -> String {
    let all = u32::from(instalments).saturating_mul(12);
    let per_year = frequency.per_year().max(1);
    match u16::try_from(all / per_year) {
        Ok(whole) if all % per_year == 0 => months(whole),
        _ => format!("{instalments} payments"),
    }
}

/// The charge for a late payment, as a sentence; empty for none.
pub(super) fn late_charge(late_fee: Option<LateFee>, currency: Currency) -> String {
    let Some(LateFee { grace_days, amount }) = late_fee else { return String::new() };
    let money = |minor| format!("{} {}", Money::new(minor, currency).decimal(), currency.code());
    let how_much = match amount {
        LateAmount::Flat(minor) => money(minor),
        LateAmount::Share { ppm, least_minor, most_minor } => {
            let share = Percent::thousandths(i64::from(ppm) / 10).trimmed();
            let least =
                if least_minor > 0 { format!("at least {}", money(least_minor)) } else { String::new() };
            let most =
                if most_minor < i64::MAX { format!("at most {}", money(most_minor)) } else { String::new() };
            let bounds = [least, most].into_iter().filter(|bound| !bound.is_empty());
            let bounds = bounds.collect::<Vec<_>>().join(" and ");
            let bounds = if bounds.is_empty() { bounds } else { format!(", {bounds}") };
            format!("{share} % of what is late{bounds}")
        }
    };
    format!("If a payment is more than {grace_days} days late, you will be charged {how_much}.")
}

/// What tells a loan from others of the same person, and of nobody else: the last letters of its identifier, or of the
/// other lender's number.
pub(super) fn number(loan: &LoanSeen) -> String {
    loan.account_number.clone().unwrap_or_else(|| {
        let id = loan.id.to_string();
        let last = id.get(id.len().saturating_sub(6)..).unwrap_or_default();
        format!("****{}", last.to_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_charge_is_a_sentence() {
        let share = LateAmount::Share { ppm: 50_000, least_minor: 0, most_minor: 35_00 };
        let fee = |amount| Some(LateFee { grace_days: 15, amount });
        assert_eq!(
            late_charge(fee(share), Currency::USD),
            "If a payment is more than 15 days late, you will be charged 5 % of what is late, at most 35.00 USD."
        );
        assert_eq!(
            late_charge(fee(LateAmount::Flat(40_00)), Currency::CAD),
            "If a payment is more than 15 days late, you will be charged 40.00 CAD."
        );
        assert_eq!(late_charge(None, Currency::USD), "");
    }

    #[test]
    fn terms_are_told_in_years_and_months() {
        let told = [
            term(360, Frequency::Monthly),
            term(26, Frequency::BiWeekly),
            term(18, Frequency::Monthly),
            term(27, Frequency::BiWeekly),
        ];
        assert_eq!(told, ["30 years", "1 year", "18 months", "27 payments"]);
    }
}
