//! What is guessed first: a list of passwords, and the words that such passwords are made of.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::repetition::{distinct, is_repetitive};

/// The list, unpacked when the first password is checked; README.md beside it says where it is from.
static LISTED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    static TEXT: LazyLock<String> = LazyLock::new(|| unpacked(include_bytes!("blocklist.zlib")));
    TEXT.lines().collect()
});

/// The list is less than this when it is unpacked.
const UNPACKED_BYTES_MAX: usize = 4 << 20;

fn unpacked(packed: &[u8]) -> String {
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, UNPACKED_BYTES_MAX);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // It is part of the program, and a test reads it.
    text.unwrap_or_else(|| {
        tracing::error!("the list of common passwords cannot be unpacked: no password is looked up in it");
        String::new()
    })
}

/// Whether it is on the list, or is a word of the list with a few digits and signs around.
pub(super) fn is_listed(folded: &str) -> bool {
    let core = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let unleeted = |text: &str| Zeroizing::new(text.chars().map(unleet).collect::<String>());
    let (whole, within) = (unleeted(folded), unleeted(core));
    [folded, whole.as_str(), within.as_str()].into_iter().any(|text| {
        let word = text.trim_matches(|c: char| !c.is_alphabetic());
        let around = folded.len().saturating_sub(word.len());
        LISTED.contains(text) || (around < OWN_CHARS_MIN && LISTED.contains(word))
    })
}

/// The words that passwords are made of when they are guessed first, the longest first.
static COMMON: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut words: Vec<&str> = include_str!("../common_passwords.txt").split_whitespace().collect();
    words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    words.dedup();
    words
});

/// How many characters a password must have that are not of common words.
const OWN_CHARS_MIN: usize = 6;

/// Whether nothing much is left of it without common words, years, numbers in a row and the signs between.
pub(super) fn is_common(folded: &str) -> bool {
    let bare = Zeroizing::new(folded.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    // Words may be written apart; of signs alone nothing would be left to read.
    let apart = bare.len().saturating_mul(2) >= folded.len();
    let mut texts = vec![Zeroizing::new(folded.to_owned())];
    texts.extend(apart.then_some(bare));
    let clever = folded.chars().any(char::is_alphabetic);
    texts.iter().any(|text| {
        let rest = Zeroizing::new(without_words(text));
        let unleeted = Zeroizing::new(rest.chars().map(unleet).collect::<String>());
        says_little(text, &rest) || (clever && says_little(&unleeted, &without_words(&unleeted)))
    }) || (clever && {
        let unleeted = Zeroizing::new(folded.chars().map(unleet).collect::<String>());
        says_little(&unleeted, &without_words(&unleeted))
    })
}

/// Whether `rest`, which is `text` without common words, has few characters or few different ones.
///
/// Where there was a word, short numbers and single signs around it count for nothing: people add them.
fn says_little(text: &str, rest: &str) -> bool {
    let own = Zeroizing::new(if rest == text { all_chars(text) } else { own_chars(rest) });
    own.len() < OWN_CHARS_MIN || distinct(&own) < 4
}

/// All characters but those of numbers in a row.
fn all_chars(text: &str) -> Vec<u32> {
    let mut chars: Vec<u32> =
        text.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).map(u32::from).collect();
    for number in text.split(|c: char| !c.is_ascii_digit()) {
        if number.len() <= 4 || !is_repetitive(number) {
            chars.extend(number.chars().map(u32::from));
        }
    }
    chars
}

/// The text with a space in place of each common word, so that what is around it does not become a word.
fn without_words(text: &str) -> String {
    let mut text = text.to_owned();
    for word in COMMON.iter() {
        if text.contains(word) {
            text = text.replace(word, " ");
        }
    }
    text
}

/// The letters, the digits of numbers that are neither short nor in a row, and the signs where they are many.
fn own_chars(rest: &str) -> Vec<u32> {
    let mut own: Vec<u32> = rest.chars().filter(|c| c.is_alphabetic()).map(u32::from).collect();
    for number in rest.split(|c: char| !c.is_ascii_digit()) {
        if number.len() > 4 && !is_repetitive(number) {
            own.extend(number.chars().map(u32::from));
        }
    }
    let signs: Vec<u32> =
        rest.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()).map(u32::from).collect();
    if distinct(&signs) >= 5 {
        own.extend(signs);
    }
    own
}

/// The letter that a digit or sign stands for in words written to look clever.
fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_unpacks_whole_and_is_of_small_letters() {
        assert!(LISTED.len() > 35_000, "{}", LISTED.len());
        assert!(LISTED.iter().filter(|word| word.len() >= 8).count() > 3_000);
        assert!(LISTED.iter().all(|word| word.len() >= 4 && word.to_lowercase() == **word));
    }

    #[test]
    fn listed_passwords_are_known_with_digits_and_signs_around_and_in_the_place_of_letters() {
        for text in ["password1", "dragon", "dragon12!", "!dr4g0n", "p@ssw0rd", "trustno1", "sunshine99"] {
            assert!(is_listed(text), "{text}");
        }
        for text in ["velvet tundra orbit lantern", "dragon-velvet-77", "xk4!mq9&"] {
            assert!(!is_listed(text), "{text}");
        }
    }
}
