//! Bytes as hexadecimal text, and back.

use std::fmt::Write as _;

/// The text of these bytes, in small letters.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes of this text, in letters of either size; `None` when it is not of such bytes.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Exactly `N` bytes.
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

/// Bytes of a fixed number as hexadecimal text in documents: `#[serde(with = "hex::array")]`.
pub mod array {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes them.
    pub fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&super::encode(bytes))
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(from)?;
        super::decode_array(&text)
            .ok_or_else(|| D::Error::custom(format!("{N} bytes in hexadecimal are wanted")))
    }
}

/// A list of hashes as hexadecimal text.
pub mod list {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::merkle::Hash;

    /// Writes them.
    pub fn serialize<S: Serializer>(hashes: &[Hash], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(hashes.iter().map(|hash| super::encode(hash)))
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let hashes = texts.iter().map(|text| super::decode_array(text));
        hashes.collect::<Option<_>>().ok_or_else(|| D::Error::custom("hashes in hexadecimal are wanted"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(encode(&[0, 0x7f, 0xff]), "007fff");
        assert_eq!(decode("007FfF"), Some(vec![0, 0x7f, 0xff]));
        assert_eq!([decode("0"), decode("0g"), decode("+1")], [None, None, None]);
        assert_eq!(decode_array::<2>("00"), None);
    }
}
