//! Factors of growth as binary fixed-point numbers: 96 bits behind the point, 32 before it.
//!
//! A factor is not money: it is carried to some 28 decimal places and becomes money in one rounding at the end.

/// A number from 0 to 2³²−1 in units of 2⁻⁹⁶.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed(u128);

const POINT: u32 = 96;
const LOW: u128 = (1 << 64) - 1;

impl Fixed {
    /// One.
    pub const ONE: Self = Self(1 << POINT);

    /// The units of 2⁻⁹⁶.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// `numerator` / `denominator`, cut off; `None` when it does not fit or the denominator is not in 1 to 2⁸⁰.
    pub fn ratio(numerator: u128, denominator: u128) -> Option<Self> {
        if denominator == 0 || denominator >> 80 != 0 {
            return None;
        }
        let mut bits = numerator / denominator;
        let mut rest = numerator % denominator;
        if bits >> 32 != 0 {
            return None;
        }
        // The rest is below 2⁸⁰, so that 48 more bits at a time fit.
        for _ in 0..2 {
            rest <<= 48;
            bits = (bits << 48) | (rest / denominator);
            rest %= denominator;
        }
        Some(Self(bits))
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; `None` below zero.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, cut off.
    pub fn times(self, other: Self) -> Option<Self> {
        times(self.0, other.0).map(Self)
    }

    /// A whole power, by squaring.
    pub fn power(self, mut exponent: u32) -> Option<Self> {
        let mut result = Self::ONE;
        let mut square = self;
        loop {
            if exponent & 1 == 1 {
                result = result.times(square)?;
            }
            exponent >>= 1;
            if exponent == 0 {
                return Some(result);
            }
            square = square.times(square)?;
        }
    }

    /// The quotient, cut off, by long division.
    pub fn over(self, divisor: Self) -> Option<Self> {
        if divisor.0 == 0 {
            return None;
        }
        let mut bits = self.0 / divisor.0;
        let mut rest = self.0 % divisor.0;
        for _ in 0..POINT {
            if bits >> 127 != 0 {
                return None;
            }
            let carried = rest >> 127 != 0;
            rest = rest.wrapping_shl(1);
            bits <<= 1;
            if carried || rest >= divisor.0 {
                rest = rest.wrapping_sub(divisor.0);
                bits |= 1;
            }
        }
        Some(Self(bits))
    }

    /// The `degree`-th root of a number of at least one, by Newton's method from above.
    pub fn root(self, degree: u32) -> Option<Self> {
        if degree == 0 || self < Self::ONE {
            return None;
        }
        if degree == 1 {
            return Some(self);
        }
        // Bernoulli: (1 + x/n)^n is at least 1 + x, so this begins above the root and falls towards it.
        let mut root = Self(Self::ONE.0 + (self.0 - Self::ONE.0) / u128::from(degree) + 1);
        for _ in 0..256 {
            let quotient = self.over(root.power(degree - 1)?)?;
            if quotient.0 >= root.0 {
                break;
            }
            let step = (root.0 - quotient.0) / u128::from(degree);
            if step == 0 {
                break;
            }
            root = Self(root.0 - step);
        }
        Some(root)
    }
}

/// `a` × `b` / 2⁹⁶, cut off; `None` when it does not fit.
pub fn times(a: u128, b: u128) -> Option<u128> {
    let (a1, a0) = (a >> 64, a & LOW);
    let (b1, b0) = (b >> 64, b & LOW);
    let low = a0 * b0;
    let (middle, carried) = (a1 * b0).overflowing_add(a0 * b1);
    let middle_high = (middle >> 64) | if carried { 1 << 64 } else { 0 };
    let (low, carry) = low.overflowing_add(middle << 64);
    let high = (a1 * b1).checked_add(middle_high)?.checked_add(u128::from(carry))?;
    if high >> POINT != 0 { None } else { Some((high << (128 - POINT)) | (low >> POINT)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fixed(numerator: u128, denominator: u128) -> Fixed {
        Fixed::ratio(numerator, denominator).unwrap()
    }

    fn near(a: Fixed, b: Fixed, units: u128) -> bool {
        a.0.abs_diff(b.0) <= units
    }

    #[test]
    fn ratios_products_and_quotients_are_those_of_fractions() {
        assert_eq!(fixed(1, 2).times(fixed(1, 2)), Some(fixed(1, 4)));
        assert_eq!(fixed(3, 1).over(fixed(4, 1)), Some(fixed(3, 4)));
        assert_eq!(fixed(3, 2).power(3), Some(fixed(27, 8)));
        assert_eq!(fixed(1, 4).over(fixed(1, 1 << 40)), None);
        assert_eq!(Fixed::ONE.over(fixed(0, 1)), None);
        assert_eq!(Fixed::ratio(1, 0), None);
        assert_eq!(Fixed::ratio(1 << 32, 1), None);
        assert_eq!(fixed(u128::from(u32::MAX), 1).times(fixed(2, 1)), None);
    }

    #[test]
    fn a_root_is_found_and_has_no_root_below_one() {
        assert!(near(fixed(9, 4).root(2).unwrap(), fixed(3, 2), 2));
        assert_eq!(Fixed::ONE.root(13), Some(Fixed::ONE));
        assert_eq!(fixed(1, 2).root(2), None);
        assert_eq!(fixed(5, 4).root(0), None);
    }

    proptest! {
        #[test]
        fn a_root_raised_again_is_the_number(permille in 1_000_u128..6_000, degree in 1_u32..60) {
            let number = fixed(permille, 1_000);

            let back = number.root(degree).unwrap().power(degree).unwrap();

            prop_assert!(near(back, number, 1 << 14), "{} {}", back.0, number.0);
        }

        #[test]
        fn a_product_of_small_numbers_is_exact(a in 0..u64::MAX, b in 0..u64::MAX) {
            // 2³² units of each leave a whole product.
            prop_assert_eq!(times(u128::from(a) << 48, u128::from(b) << 48), Some(u128::from(a) * u128::from(b)));
        }

        #[test]
        fn a_quotient_times_the_divisor_is_the_number(a in 1_u64.., b in 1_u64..) {
            let (a, b) = (Fixed(u128::from(a) << 50), Fixed((u128::from(b) << 40) | (1 << 96)));
            let quotient = a.over(b).unwrap();
            prop_assert!(near(quotient.times(b).unwrap(), a, 1 << 20));
        }
    }
}
