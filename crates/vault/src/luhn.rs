//! The check digit of card numbers and Social Insurance Numbers (ISO/IEC 7812-1, annex B).

/// Whether the last digit is the one that the others ask for; false for anything that is not digits alone.
pub fn passes(digits: &str) -> bool {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    sum(digits, 0).is_multiple_of(10)
}

/// The digit that makes `digits` pass when it is put behind them; `None` for what is not digits alone.
pub fn check_digit(digits: &str) -> Option<char> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let missing = (10_u32).saturating_sub(sum(digits, 1) % 10) % 10;
    char::from_digit(missing, 10)
}

/// The sum of the digits from the right, of which every second counts double: the second where `from` is zero.
fn sum(digits: &str, from: usize) -> u32 {
    let weighed = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let digit = u32::from(digit.saturating_sub(b'0'));
        match place.saturating_add(from) % 2 {
            0 => digit,
            _ if digit > 4 => digit.saturating_mul(2).saturating_sub(9),
            _ => digit.saturating_mul(2),
        }
    });
    weighed.fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_numbers_pass_and_their_neighbours_do_not() {
        // The examples of ISO/IEC 7812-1 and of the card schemes' test numbers.
        for number in ["79927398713", "4242424242424242", "378282246310005", "046454286", "0"] {
            assert!(passes(number), "{number}");
        }
        for number in ["", "79927398710", "4242424242424243", "4242 4242", "١٢٣", "-18"] {
            assert!(!passes(number), "{number}");
        }
    }

    proptest! {
        #[test]
        fn one_digit_of_ten_passes_and_it_is_the_check_digit(digits in "[0-9]{1,24}") {
            let passing: Vec<char> = ('0'..='9').filter(|last| passes(&format!("{digits}{last}"))).collect();
            prop_assert_eq!(passing, vec![check_digit(&digits).unwrap()]);
        }

        #[test]
        fn no_single_wrong_digit_passes(digits in "[0-9]{12,18}", at in 0_usize..12, by in 1_u8..10) {
            let whole = format!("{digits}{}", check_digit(&digits).unwrap());
            let mut wrong = whole.into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
            prop_assert!(!passes(std::str::from_utf8(&wrong).unwrap()));
        }
    }
}
