//! The text of a key: made, recognised, hashed.

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::KeyRefusal;
use crate::{Error, random};

/// How every key begins.
const PREFIX: &str = "flk_";
/// Letters and digits of the secret: 43 of 62 kinds are 256 bits.
const SECRET: usize = 43;
/// Letters and digits of the checksum.
const SUM: usize = 6;
const LENGTH: usize = PREFIX.len() + SECRET + SUM;
/// How much of a key is kept to recognise it by, beside its hash; 232 bits stay unknown.
const SHOWN: usize = PREFIX.len() + 4;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether this is meant as an API key and not as an access token.
pub(crate) fn is_api_key(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// A key that was just made.
pub(super) struct NewToken {
    pub secret: SecretString,
    pub hash: [u8; 32],
    pub shown: String,
}

impl NewToken {
    pub(super) fn generate() -> Result<Self, Error> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        text.push_str(PREFIX);
        let mut left = SECRET;
        while left > 0 {
            let bytes = Zeroizing::new(random::bytes::<64>()?);
            // Bytes from 248 on are passed over, so that each of the 62 is as likely as any other.
            let fair = bytes.iter().filter(|byte| **byte < 248).take(left);
            for byte in fair {
                text.push(digit(u32::from(*byte)));
                left = left.saturating_sub(1);
            }
        }
        let sum = checksum(&text);
        text.push_str(&sum);
        let shown = text.get(..SHOWN).unwrap_or_default().to_owned();
        Ok(Self { hash: hash(&text), shown, secret: SecretString::from(text.as_str()) })
    }
}

/// The hash by which a key is found, if the text can be one of ours.
pub(super) fn recognise(text: &str) -> Result<[u8; 32], KeyRefusal> {
    let well_formed = text.len() == LENGTH
        && text
            .strip_prefix(PREFIX)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let (body, sum) = text.split_at_checked(LENGTH - SUM).ok_or(KeyRefusal::Form)?;
    if well_formed && checksum(body) == sum { Ok(hash(text)) } else { Err(KeyRefusal::Form) }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn digit(n: u32) -> char {
    let index = usize::try_from(n.checked_rem(62).unwrap_or(0)).unwrap_or(0);
    ALPHABET.get(index).map_or('0', |byte| char::from(*byte))
}

/// CRC-32 (ISO-HDLC) of what stands before it, in six digits to the base 62: it tells a typing error or a word that
/// only looks like a key, and protects nothing.
fn checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut digits = [0_u32; SUM];
    for slot in digits.iter_mut().rev() {
        *slot = rest.checked_rem(62).unwrap_or(0);
        rest = rest.checked_div(62).unwrap_or(0);
    }
    digits.into_iter().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_key_is_recognised_and_no_two_are_alike() {
        let mut seen = HashSet::new();
        for _ in 0..1_000 {
            let made = NewToken::generate().unwrap();
            let text = made.secret.expose_secret();
            assert!(is_api_key(text) && text.len() == 53);
            assert_eq!(recognise(text), Ok(made.hash));
            assert!(text.starts_with(&made.shown) && made.shown.len() == 8);
            assert!(seen.insert(text.to_owned()));
        }
    }

    #[test]
    fn every_letter_is_used() {
        let made = (0..200).map(|_| NewToken::generate().unwrap().secret.expose_secret().to_owned());
        let letters: HashSet<char> = made.flat_map(|text| text[4..47].chars().collect::<Vec<_>>()).collect();
        assert_eq!(letters.len(), 62);
    }

    #[test]
    fn the_checksum_is_the_usual_crc_32() {
        // "123456789" has the check value cbf43926 of CRC-32/ISO-HDLC.
        let digits = checksum("123456789");
        let value = digits.bytes().fold(0_u64, |sum, byte| {
            sum * 62 + u64::try_from(ALPHABET.iter().position(|known| *known == byte).unwrap()).unwrap()
        });
        assert_eq!(value, 0xcbf4_3926);
    }

    #[test]
    fn a_key_with_one_wrong_letter_is_none() {
        let made = NewToken::generate().unwrap();
        let text = made.secret.expose_secret();
        for at in 0..text.len() {
            let mut wrong = text.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(recognise(std::str::from_utf8(&wrong).unwrap()), Err(KeyRefusal::Form), "{at}");
            assert_eq!(recognise(&text[..at]), Err(KeyRefusal::Form));
        }
        assert_eq!(recognise(&format!("{text}0")), Err(KeyRefusal::Form));
    }

    proptest! {
        #[test]
        fn no_text_makes_recognising_panic(text in "(flk_)?\\PC{0,60}") {
            let _ = recognise(&text);
        }
    }
}
