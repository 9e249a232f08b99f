//! Finding what is sealed, without opening it.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::DerivedKey;

/// How a value is written before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Normal {
    /// As it is.
    Exact,
    /// Its letters and digits, in upper case: account numbers, card numbers, tax numbers, however they are spaced.
    Code,
    /// In lower case, with single spaces between words: names and addresses.
    Words,
}

/// A column whose sealed values can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column of the value, not of its index.
    pub column: &'static str,
    /// How values are written before they are compared.
    pub normal: Normal,
}

/// Makes of a value what equal values of the same column have in common, under a key: HMAC-SHA-256.
///
/// Do not keep it beside another hash or the last digits of the same card number: together they tell more than either.
#[derive(Clone)]
pub struct BlindIndex {
    key: DerivedKey,
    column: Column,
}

impl BlindIndex {
    pub(crate) fn new(key: DerivedKey, column: Column) -> Self {
        Self { key, column }
    }

    /// The index of a value: equal for values that are written alike when normalised, and useless without the key.
    pub fn of(&self, value: &str) -> [u8; 32] {
        let value = Zeroizing::new(normalised(self.column.normal, value));
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.expose()) else { return [0; 32] };
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlindIndex").field("column", &self.column).finish_non_exhaustive()
    }
}

fn normalised(normal: Normal, value: &str) -> String {
    match normal {
        Normal::Exact => value.to_owned(),
        Normal::Code => value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect(),
        Normal::Words => value.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keyring;

    const CARD: Column = Column { table: "card", column: "number", normal: Normal::Code };

    #[test]
    fn equal_values_are_found_however_they_are_written() {
        let keyring = Keyring::for_tests();
        let cards = keyring.blind_index(CARD);
        let names = keyring.blind_index(Column { table: "customer", column: "name", normal: Normal::Words });

        assert_eq!(cards.of("4111 1111 1111 1111"), cards.of("4111-1111-1111-1111"));
        assert_ne!(cards.of("4111111111111111"), cards.of("4111111111111112"));
        assert_eq!(cards.of("de89 3704"), cards.of("DE893704"));
        assert_eq!(names.of("  Ada   LOVELACE "), names.of("ada lovelace"));
        assert_ne!(names.of("adalovelace"), names.of("ada lovelace"));
    }

    #[test]
    fn an_index_tells_nothing_across_columns_or_installations() {
        let keyring = Keyring::for_tests();
        let other_column = keyring.blind_index(Column { column: "token", ..CARD });
        let other_keyring = Keyring::for_tests().blind_index(CARD);

        let index = keyring.blind_index(CARD).of("4111111111111111");

        assert_ne!(index, other_column.of("4111111111111111"));
        assert_ne!(index, other_keyring.of("4111111111111111"));
        assert_eq!(index, keyring.clone().blind_index(CARD).of("4111111111111111"));
    }
}
