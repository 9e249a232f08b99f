//! The general equation of Appendix J, (b)(8), solved.

use super::root::{ONE, rising, times};
use super::{Apr, NoApr, Span};

/// The largest total of advances or payments, in minor units.
pub const FLOWS_MINOR_MAX: i64 = 1 << 56;
/// The latest flow, in unit-periods: a hundred years of days.
const PERIODS_MAX: u32 = 36_600;

/// A sum that flows, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// In minor units, above zero.
    pub minor: i64,
    /// Unit-periods since the term began.
    pub at: Span,
}

/// What is advanced and paid, in time counted in unit-periods since the first advance.
///
/// Σ Aₖ / ((1 + eₖi)(1 + i)^qₖ) = Σ Pⱼ / ((1 + fⱼi)(1 + i)^tⱼ), and the annual percentage rate is w·i
/// (12 CFR 1026, Appendix J, (b)(8)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equation {
    /// Unit-periods in a year, as a fraction.
    pub per_year: (u32, u32),
    /// What the borrower gets.
    pub advances: Vec<Flow>,
    /// What the borrower pays.
    pub payments: Vec<Flow>,
}

/// Flows that have the same fraction, the latest first: a polynomial in 1/(1+i).
struct Polynomial {
    part: u32,
    of: u32,
    runs: Vec<Run>,
}

/// Equal flows, one each period.
struct Run {
    first: u32,
    count: u32,
    minor: i128,
}

impl Equation {
    /// The annual percentage rate.
    ///
    /// # Errors
    /// [`NoApr`].
    pub fn apr(&self) -> Result<Apr, NoApr> {
        let (advanced, paid) = (total(&self.advances)?, total(&self.payments)?);
        if paid < advanced {
            return Err(NoApr::BelowZero);
        }
        let polynomials = self.polynomials();
        let period = rising(self.guess(advanced, paid), |rate| value(&polynomials, rate))?;
        let (per_year, of) = self.per_year;
        let yearly =
            period.checked_mul(u128::from(per_year)).ok_or(NoApr::NotComputable)? / u128::from(of.max(1));
        // A yearly rate is below 2²¹ in fixed point of 64 bits: 43 bits are left, and 10¹² has 40.
        let units = yearly.checked_mul(Apr::UNITS).ok_or(NoApr::NotComputable)?;
        Apr::from_units((units + (ONE >> 1)) >> 64)
    }

    /// The finance charge over what is owed times time, a little high: the payments' mean time is that of a straight line.
    fn guess(&self, advanced: i64, paid: i64) -> u128 {
        let weight = |flow: &Flow| u128::from(flow.minor.unsigned_abs()) * u128::from(flow.at.whole + 1);
        let time: u128 = self.payments.iter().map(weight).sum();
        let charge = u128::from((paid - advanced).unsigned_abs());
        // Sums are below 2⁵⁶, so that they fit with 64 bits behind the point.
        let simple = ((charge << 64) / time.max(1)).max(1);
        simple + simple / 2
    }

    fn polynomials(&self) -> Vec<Polynomial> {
        let signed = |flows: &[Flow], sign: i128| -> Vec<(u32, u32, u32, i128)> {
            // A fraction of nothing is none, whatever it is of.
            let odd = |at: Span| if at.part == 0 { (0, 1) } else { (at.part, at.of) };
            let flow =
                |flow: &Flow| (odd(flow.at).0, odd(flow.at).1, flow.at.whole, sign * i128::from(flow.minor));
            flows.iter().map(flow).collect()
        };
        let mut flows = signed(&self.advances, 1);
        flows.extend(signed(&self.payments, -1));
        flows.sort_by_key(|(part, of, whole, _)| (*part, *of, std::cmp::Reverse(*whole)));
        let mut polynomials: Vec<Polynomial> = Vec::new();
        for (part, of, whole, minor) in flows {
            let run = Run { first: whole, count: 1, minor };
            match polynomials.last_mut().filter(|last| (last.part, last.of) == (part, of)) {
                Some(last) => last.add(run),
                None => polynomials.push(Polynomial { part, of, runs: vec![run] }),
            }
        }
        polynomials
    }
}

impl Polynomial {
    /// Adds a flow that is not later than those it has.
    fn add(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last) if last.minor == run.minor && run.first + 1 == last.first => {
                last.first = run.first;
                last.count += 1;
            }
            _ => self.runs.push(run),
        }
    }

    /// What it is worth at the beginning, a period discounting by `discount`.
    fn value(&self, discount: u128, rate: u128) -> Option<i128> {
        let mut value = 0_i128;
        let mut at = self.runs.first()?.first;
        for run in &self.runs {
            value = times(value, power(discount, at.checked_sub(run.first)?)?)?;
            value = value.checked_add(run.minor.checked_mul(annuity(discount, run.count)?)?)?;
            at = run.first;
        }
        value = times(value, power(discount, at)?)?;
        if self.part == 0 {
            return Some(value);
        }
        let odd = ONE.checked_add(rate.checked_mul(u128::from(self.part))? / u128::from(self.of))?;
        times(value, inverse(odd)?)
    }
}

/// What a list flows in all; refused when nothing does, or too much.
fn total(flows: &[Flow]) -> Result<i64, NoApr> {
    let mut total = 0_i64;
    for flow in flows {
        if flow.minor <= 0 || flow.at.of == 0 {
            return Err(NoApr::NothingFlows);
        }
        total = total
            .checked_add(flow.minor)
            .filter(|sum| *sum <= FLOWS_MINOR_MAX)
            .ok_or(NoApr::NotComputable)?;
        if flow.at.whole > PERIODS_MAX {
            return Err(NoApr::NotComputable);
        }
    }
    if total == 0 { Err(NoApr::NothingFlows) } else { Ok(total) }
}

/// Advances less payments, discounted at `rate` a period.
fn value(polynomials: &[Polynomial], rate: u128) -> Option<i128> {
    let discount = inverse(ONE.checked_add(rate)?)?;
    let mut sum = 0_i128;
    for polynomial in polynomials {
        sum = sum.checked_add(polynomial.value(discount, rate)?)?;
    }
    Some(sum)
}

/// 1 + v + v² + … of `count` terms, by doubling: twice as many are worth (1 + v^n) times as much.
fn annuity(discount: u128, count: u32) -> Option<i128> {
    let (mut sum, mut power) = (ONE, discount);
    for bit in (0..count.checked_ilog2()?).rev() {
        sum = sum.checked_add(small_times(sum, power)?)?;
        power = small_times(power, power)?;
        if count >> bit & 1 == 1 {
            sum = sum.checked_add(power)?;
            power = small_times(power, discount)?;
        }
    }
    i128::try_from(sum).ok()
}

/// One over a number of at least one.
fn inverse(of: u128) -> Option<u128> {
    if of == ONE { Some(ONE) } else { u128::MAX.checked_div(of) }
}

/// A whole power of a number of at most one.
fn power(discount: u128, exponent: u32) -> Option<u128> {
    match exponent {
        0 => return Some(ONE),
        1 => return Some(discount),
        _ => {}
    }
    let (mut result, mut square, mut left) = (ONE, discount, exponent);
    loop {
        if left & 1 == 1 {
            result = small_times(result, square)?;
        }
        left >>= 1;
        if left == 0 {
            return Some(result);
        }
        square = small_times(square, square)?;
    }
}

fn small_times(a: u128, b: u128) -> Option<u128> {
    times(i128::try_from(a).ok()?, b).map(i128::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(minor: i64, whole: u32) -> Flow {
        Flow { minor, at: Span { whole, part: 0, of: 1 } }
    }

    fn equation(advances: Vec<Flow>, payments: Vec<Flow>) -> Equation {
        Equation { per_year: (12, 1), advances, payments }
    }

    #[test]
    fn what_costs_nothing_has_a_rate_of_zero() {
        let apr = equation(vec![flow(100_00, 0)], vec![flow(50_00, 1), flow(50_00, 2)]).apr();
        assert_eq!(apr.map(Apr::units), Ok(0));
    }

    #[test]
    fn what_flows_backwards_or_not_at_all_has_none() {
        let apr = |advances, payments| equation(advances, payments).apr();
        assert_eq!(apr(vec![flow(100, 0)], vec![flow(99, 1)]), Err(NoApr::BelowZero));
        assert_eq!(apr(vec![], vec![flow(99, 1)]), Err(NoApr::NothingFlows));
        assert_eq!(apr(vec![flow(100, 0)], vec![]), Err(NoApr::NothingFlows));
        assert_eq!(apr(vec![flow(-100, 0)], vec![flow(1, 1)]), Err(NoApr::NothingFlows));
        assert_eq!(apr(vec![flow(1, 0)], vec![flow(1 << 50, 1)]), Err(NoApr::NotComputable));
        assert_eq!(apr(vec![flow(1, 0)], vec![flow(i64::MAX, 1)]), Err(NoApr::NotComputable));
        assert_eq!(apr(vec![flow(1, 0)], vec![flow(2, u32::MAX)]), Err(NoApr::NotComputable));
    }

    #[test]
    fn several_advances_are_each_discounted() {
        // 1,000 now and 1,000 in six months at one per cent a month, all repaid after a year: 1,126.83 + 1,061.52.
        let apr =
            equation(vec![flow(1_000_00, 0), flow(1_000_00, 6)], vec![flow(2_188_35, 12)]).apr().unwrap();
        assert_eq!(apr.percent(2), "12.00");
    }

    #[test]
    fn a_high_rate_is_found_too() {
        let apr = equation(vec![flow(100_00, 0)], vec![flow(400_00, 1)]).apr().unwrap();
        assert_eq!(apr.percent(2), "3600.00");
    }
}
