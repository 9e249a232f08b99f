//! The judge that comes with the program: income, debt to income, employment, and history with the institution.
//!
//! It measures and says why; officers decide. A debt-to-income ratio of 43 % is what the former general rule for
//! qualified mortgages took as the most (12 CFR 1026.43(e)(2)(vi) until 2021), and remains the usual line.

use crate::ports::{Check, Judgement, Outcome, Profile, Reason, Score};

/// Above so many tenths of a per cent of income for debts, an officer should look.
const RATIO_REFERRED: i128 = 430;
/// Above so many, it speaks for refusing.
const RATIO_FAILED: i128 = 500;
/// Employment for fewer months is short.
const EMPLOYMENT_MONTHS: u32 = 12;
/// Where a score begins, and what each outcome adds to it.
const SCORE_BASE: i32 = 600;

/// The built-in judge.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltInScore;

impl Score for BuiltInScore {
    fn judge(&self, profile: &Profile) -> Judgement {
        let checks = vec![income(profile), debt_to_income(profile), employment(profile), history(profile)];
        let points = checks.iter().fold(SCORE_BASE, |sum, check| {
            sum.saturating_add(match check.outcome {
                Outcome::Pass => 80,
                Outcome::Refer => -40,
                Outcome::Fail => -200,
            })
        });
        Judgement { score: u16::try_from(points.clamp(0, 1_000)).unwrap_or(0), checks }
    }
}

fn check(name: &str, outcome: Outcome, reason: Reason, detail: String) -> Check {
    let reason = Some(reason).filter(|_| outcome != Outcome::Pass);
    Check { name: name.to_owned(), outcome, reason, detail }
}

/// The new instalments alone must not take half of what is earned.
fn income(profile: &Profile) -> Check {
    let Some(annual) = profile.annual_income_minor.filter(|annual| *annual > 0) else {
        let detail = "no income was given".to_owned();
        return check("income", Outcome::Refer, Reason::UnverifiableIncome, detail);
    };
    let share = ratio(profile.monthly_payment_minor, annual);
    let outcome = if share > RATIO_FAILED { Outcome::Fail } else { Outcome::Pass };
    let detail = format!("instalments take {} % of income, 50 % at most", tenths(share));
    check("income", outcome, Reason::InsufficientIncome, detail)
}

fn debt_to_income(profile: &Profile) -> Check {
    let Some(annual) = profile.annual_income_minor.filter(|annual| *annual > 0) else {
        let detail = "no income was given".to_owned();
        return check("debt_to_income", Outcome::Refer, Reason::UnverifiableIncome, detail);
    };
    let debts = profile.monthly_payment_minor.saturating_add(profile.monthly_debts_minor);
    let share = ratio(debts, annual);
    let outcome = match share {
        share if share > RATIO_FAILED => Outcome::Fail,
        share if share > RATIO_REFERRED => Outcome::Refer,
        _ => Outcome::Pass,
    };
    let detail = format!("debts take {} % of income, 43 % at most", tenths(share));
    check("debt_to_income", outcome, Reason::ExcessiveObligations, detail)
}

fn employment(profile: &Profile) -> Check {
    let (outcome, detail) = match profile.employment_months {
        None => (Outcome::Refer, "the length of employment was not given".to_owned()),
        Some(months) if months < EMPLOYMENT_MONTHS => {
            (Outcome::Refer, format!("employed for {months} months"))
        }
        Some(months) => (Outcome::Pass, format!("employed for {months} months")),
    };
    check("employment", outcome, Reason::ShortEmployment, detail)
}

fn history(profile: &Profile) -> Check {
    let (loans, bad) = (profile.loans_here, profile.bad_loans_here);
    let outcome = if bad > 0 { Outcome::Fail } else { Outcome::Pass };
    let detail = format!("{loans} loans here, {bad} of them written off or ninety days past due");
    check("history", outcome, Reason::PoorHistoryHere, detail)
}

/// What a monthly sum is of a yearly income, in tenths of a per cent, rounded up.
fn ratio(monthly_minor: i64, annual_minor: i64) -> i128 {
    let yearly = i128::from(monthly_minor.max(0)).saturating_mul(12).saturating_mul(1_000);
    let annual = i128::from(annual_minor.max(1));
    yearly.saturating_add(annual).saturating_sub(1).checked_div(annual).unwrap_or(i128::MAX)
}

fn tenths(share: i128) -> String {
    format!("{}.{}", share.div_euclid(10), share.rem_euclid(10))
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Currency, Money};

    use super::*;
    use crate::Kind;

    fn profile() -> Profile {
        Profile {
            kind: Kind::Personal,
            amount: Money::new(10_000_00, Currency::USD),
            monthly_payment_minor: 300_00,
            annual_income_minor: Some(60_000_00),
            monthly_debts_minor: 1_000_00,
            employment_months: Some(36),
            loans_here: 0,
            bad_loans_here: 0,
        }
    }

    fn outcome(profile: &Profile, name: &str) -> (Outcome, Option<Reason>) {
        let judgement = BuiltInScore.judge(profile);
        let check = judgement.checks.iter().find(|check| check.name == name).unwrap();
        (check.outcome, check.reason)
    }

    #[test]
    fn whoever_earns_enough_passes_every_check() {
        let judgement = BuiltInScore.judge(&profile());
        assert_eq!(judgement.score, 920);
        assert!(
            judgement.checks.iter().all(|check| check.outcome == Outcome::Pass && check.reason.is_none())
        );
    }

    #[test]
    fn debts_are_measured_against_income_at_the_very_line() {
        let at = |debts| outcome(&Profile { monthly_debts_minor: debts, ..profile() }, "debt_to_income");
        assert_eq!(at(1_850_00), (Outcome::Pass, None), "43 % of 5,000");
        assert_eq!(at(1_850_01), (Outcome::Refer, Some(Reason::ExcessiveObligations)));
        assert_eq!(at(2_200_01), (Outcome::Fail, Some(Reason::ExcessiveObligations)));
    }

    #[test]
    fn what_is_not_known_is_for_an_officer_and_what_is_bad_speaks_against() {
        let unknown = Profile { annual_income_minor: None, employment_months: None, ..profile() };
        assert_eq!(outcome(&unknown, "income"), (Outcome::Refer, Some(Reason::UnverifiableIncome)));
        assert_eq!(outcome(&unknown, "employment"), (Outcome::Refer, Some(Reason::ShortEmployment)));
        let poor =
            Profile { annual_income_minor: Some(6_000_00), bad_loans_here: 1, loans_here: 2, ..profile() };
        assert_eq!(outcome(&poor, "income"), (Outcome::Fail, Some(Reason::InsufficientIncome)));
        assert_eq!(outcome(&poor, "history"), (Outcome::Fail, Some(Reason::PoorHistoryHere)));
        assert_eq!(BuiltInScore.judge(&Profile { annual_income_minor: Some(1), ..poor }).score, 80);
    }
}
