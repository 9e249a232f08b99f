//! What an audit record must never hold, masked on its way in: the last line, behind callers who do not write it.

use std::borrow::Cow;

use florin_vault::{Masked, luhn};

/// What stands for something that is not told.
pub const MASKED: &str = "[masked]";

/// Parts of names whose values are secrets, whoever notes them.
const SECRET_NAMES: &[&str] = &[
    "password",
    "secret",
    "token",
    "api_key",
    "private_key",
    "otp",
    "pin",
    "cvv",
    "cvc",
    "ssn",
    "backup_code",
];
/// Names that have such a part and tell no secret.
const HARMLESS: &[&str] = &["token_id", "api_key_id", "secret_count", "password_age_days", "token_kind"];

/// The value as it may be kept under this name: nothing of a secret, and of a card's number its first six and last four digits.
pub fn masked<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let words = || name.split(['_', '.', '-']);
    let is_secret = SECRET_NAMES.iter().any(|secret| {
        if secret.contains('_') { name.contains(secret) } else { words().any(|word| word == *secret) }
    });
    if is_secret && !HARMLESS.contains(&name) && !value.is_empty() {
        return Cow::Borrowed(MASKED);
    }
    mask_cards(value)
}

/// Masks what looks like a card's number: 13 to 19 digits in a row, blanks and hyphens between them aside, that pass Luhn's
/// check. Identifiers have letters within fewer digits.
fn mask_cards(value: &str) -> Cow<'_, str> {
    if value.bytes().filter(u8::is_ascii_digit).take(13).count() < 13 {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    let mut changed = false;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = from.find(|c: char| !c.is_ascii_digit() && c != ' ' && c != '-').unwrap_or(from.len());
        let (run, after) = from.split_at_checked(end).unwrap_or((from, ""));
        out.push_str(before);
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        let touches_letters =
            before.ends_with(|c: char| c.is_alphanumeric()) || after.starts_with(char::is_alphanumeric);
        if (13..=19).contains(&digits.len()) && !touches_letters && luhn::passes(&digits) {
            changed = true;
            out.push_str(Masked::card(&digits).as_str());
            out.extend(run.chars().rev().take_while(|c| !c.is_ascii_digit()));
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    if !changed {
        return Cow::Borrowed(value);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_name_of_a_secret_is_not_kept() {
        for name in [
            "password",
            "new_password",
            "refresh_token",
            "client_secret",
            "after.password",
            "api_key",
            "card_pin",
        ] {
            assert_eq!(masked(name, "hunter2"), MASKED, "{name}");
        }
        for name in ["roles", "token_kind", "shipping", "spinner", "colour"] {
            assert_eq!(masked(name, "blue"), "blue", "{name}");
        }
    }

    #[test]
    fn of_a_card_the_first_six_and_the_last_four_digits_are_kept() {
        assert_eq!(masked("note", "card 4242 4242 4242 4242, ok"), "card 424242******4242, ok");
        assert_eq!(masked("note", "4242424242424242"), "424242******4242");
        assert_eq!(masked("note", "378282246310005"), "378282*****0005");
        let kept = ["4242424242424243", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", "12345", "2026-01-31"];
        for text in kept {
            assert_eq!(masked("note", text), text);
        }
    }
}
