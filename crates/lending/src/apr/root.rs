//! The root of a function of a rate, in fixed point of 64 bits behind the point.

use super::NoApr;

/// One, as a rate.
pub(super) const ONE: u128 = 1 << 64;
/// The highest rate of a period that is looked for.
const RATE_MAX: u128 = ONE << 12;
const STEPS_MAX: u32 = 300;
/// How near is near enough: 2⁻⁶⁰.
const NEAR: u128 = 1 << 4;

/// Where `value`, below zero at no interest and rising, is zero; `guess` is where to begin.
///
/// False position, the Illinois way: the end that stays is given half its weight, so that both ends close in.
pub(super) fn rising(guess: u128, value: impl Fn(u128) -> Option<i128>) -> Result<u128, NoApr> {
    let value = |rate| value(rate).ok_or(NoApr::NotComputable);
    let (mut low, mut below) = (0, value(0)?);
    if below == 0 {
        return Ok(0);
    }
    if below > 0 {
        return Err(NoApr::BelowZero);
    }
    let mut high = guess.clamp(1 << 32, RATE_MAX);
    let mut above = value(high)?;
    while above < 0 {
        if high >= RATE_MAX {
            return Err(NoApr::NotComputable);
        }
        (low, below) = (high, above);
        high = (high + high / 4).min(RATE_MAX);
        above = value(high)?;
    }
    let (mut last, mut was_below) = (high, None);
    for _ in 0..STEPS_MAX {
        if high - low <= NEAR || above == 0 {
            break;
        }
        let rate = between(low, below, high, above);
        let found = value(rate)?;
        if found < 0 {
            (low, below) = (rate, found);
            above /= if was_below == Some(true) { 2 } else { 1 };
        } else {
            (high, above) = (rate, found);
            below /= if was_below == Some(false) { 2 } else { 1 };
        }
        was_below = Some(found < 0);
        if rate.abs_diff(last) <= NEAR {
            return Ok(rate);
        }
        last = rate;
    }
    Ok(high)
}

/// Where the line through both ends is zero, strictly between them.
fn between(low: u128, below: i128, high: u128, above: i128) -> u128 {
    let width = high - low;
    // The product of width and value must fit.
    let room = width.leading_zeros().saturating_sub(1);
    let (below, above) = (below.unsigned_abs(), above.unsigned_abs());
    let bits = 128 - (below | above).leading_zeros();
    let shift = (bits + 1).saturating_sub(room);
    let (below, above) = (below >> shift, above >> shift);
    let from_low = width.saturating_mul(below).checked_div(below + above).unwrap_or(width / 2);
    if from_low == 0 || from_low >= width { low + width / 2 } else { low + from_low }
}

/// `a` × `b` / 2⁶⁴, cut off towards zero; `None` when it does not fit.
pub(super) fn times(a: i128, b: u128) -> Option<i128> {
    const LOW: u128 = ONE - 1;
    let size = a.unsigned_abs();
    let (high, low) = (size >> 64, size & LOW);
    let (whole, part) = (b >> 64, b & LOW);
    let product =
        high.checked_mul(b)?.checked_add(low.checked_mul(whole)?)?.checked_add((low * part) >> 64)?;
    let product = i128::try_from(product).ok()?;
    Some(if a < 0 { -product } else { product })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_found_to_the_last_bits() {
        // rate² = 2
        let square = |rate: u128| {
            let rate = i128::try_from(rate).ok()?;
            Some(times(rate, rate.unsigned_abs())? - i128::try_from(2 * ONE).ok()?)
        };

        let root = rising(ONE, square).unwrap();

        assert!(root.abs_diff(26_087_635_650_665_564_424) <= NEAR, "{root}");
    }

    #[test]
    fn what_has_no_root_is_said() {
        assert_eq!(rising(ONE, |_| Some(-1)), Err(NoApr::NotComputable));
        assert_eq!(rising(ONE, |_| Some(1)), Err(NoApr::BelowZero));
        assert_eq!(rising(ONE, |_| Some(0)), Ok(0));
        assert_eq!(rising(ONE, |_| None), Err(NoApr::NotComputable));
    }

    #[test]
    fn products_keep_the_sign() {
        let half = ONE / 2;
        assert_eq!(times(-7, half), Some(-3));
        assert_eq!(times(7 << 64, half), Some(7 << 63));
        assert_eq!(times(i128::MAX, ONE * 4), None);
    }
}
