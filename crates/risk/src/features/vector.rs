//! A vector of features, and its bytes.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// The features of one attempt. What is not known of it is `NaN`.
///
/// Equal where all bits are. Serialized it is the hexadecimal of its bytes.
#[derive(Clone, Debug, Default)]
pub struct Features(Box<[f64]>);

/// Bytes that hold no vector of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("these bytes hold no vector of features")]
pub struct InvalidFeatures;

/// The value that stands for "not known": one pattern of bits, so that vectors compare.
pub(crate) const MISSING: f64 = f64::NAN;

/// The first byte of a value. Below it: 0 to [`SMALL_MAX`] is the integer itself.
const SMALL_MAX: u8 = 239;
/// Two bytes: the integers from 240 on, up to 11 × 256 more.
const PAIR: u8 = 240;
const PAIRS: u16 = 11 * 256;
/// One byte more: so many values that are not known.
const NOT_KNOWN_RUN: u8 = 251;
/// One byte more: so many zeros.
const ZERO_RUN: u8 = 252;
const NOT_KNOWN: u8 = 253;
/// Three bytes more: an integer below 2²⁴.
const THREE: u8 = 254;
/// Eight bytes more: all bits.
const WHOLE: u8 = 255;

impl Features {
    /// These values, in the order of the table.
    pub fn new(values: Vec<f64>) -> Self {
        Self(values.into_boxed_slice())
    }

    /// The values, in the order of the table.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The value of this number, `NaN` if there is none.
    pub fn get(&self, index: usize) -> f64 {
        self.0.get(index).copied().unwrap_or(MISSING)
    }

    /// Few bytes: one for what is small, two for a run of zeros or of what is not known, two and four for greater integers,
    /// nine for anything else.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len().saturating_add(32));
        let mut rest = self.0.iter().copied().peekable();
        while let Some(value) = rest.next() {
            let run_of = match value.to_bits() {
                0 => ZERO_RUN,
                bits if bits == MISSING.to_bits() => NOT_KNOWN_RUN,
                _ => {
                    write(value, &mut bytes);
                    continue;
                }
            };
            let mut run = 1_u8;
            while run < u8::MAX && rest.next_if(|next| next.to_bits() == value.to_bits()).is_some() {
                run = run.saturating_add(1);
            }
            if run == 1 {
                write(value, &mut bytes);
            } else {
                bytes.extend([run_of, run]);
            }
        }
        bytes
    }

    /// The vector of these bytes, bit for bit.
    ///
    /// # Errors
    /// [`InvalidFeatures`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidFeatures> {
        let mut values = Vec::with_capacity(bytes.len());
        let mut rest = bytes.iter().copied();
        while let Some(first) = rest.next() {
            let run_of = match first {
                ZERO_RUN => 0.0,
                NOT_KNOWN_RUN => MISSING,
                _ => {
                    values.push(read(first, &mut rest).ok_or(InvalidFeatures)?);
                    continue;
                }
            };
            let run = rest.next().filter(|run| *run > 1).ok_or(InvalidFeatures)?;
            values.extend(std::iter::repeat_n(run_of, usize::from(run)));
        }
        Ok(Self::new(values))
    }
}

/// The integer that a value is exactly, with its sign of zero, if it is below 2²⁴.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "compared with the value afterwards"
)]
fn integer(value: f64) -> Option<u32> {
    let whole = value as u32;
    (whole < 1 << 24 && f64::from(whole).to_bits() == value.to_bits()).then_some(whole)
}

fn write(value: f64, bytes: &mut Vec<u8>) {
    if value.to_bits() == MISSING.to_bits() {
        bytes.push(NOT_KNOWN);
        return;
    }
    let Some(whole) = integer(value) else {
        bytes.push(WHOLE);
        bytes.extend(value.to_bits().to_le_bytes());
        return;
    };
    let [low, mid, high, _] = whole.to_le_bytes();
    match u8::try_from(whole) {
        Ok(small) if small <= SMALL_MAX => bytes.push(small),
        _ => {
            let above = whole.saturating_sub(u32::from(PAIR));
            if above < u32::from(PAIRS) {
                let [low, high, ..] = above.to_le_bytes();
                bytes.extend([PAIR.saturating_add(high), low]);
            } else {
                bytes.extend([THREE, low, mid, high]);
            }
        }
    }
}

fn read(first: u8, rest: &mut impl Iterator<Item = u8>) -> Option<f64> {
    Some(match first {
        0..=SMALL_MAX => f64::from(first),
        NOT_KNOWN => MISSING,
        THREE => f64::from(u32::from_le_bytes([rest.next()?, rest.next()?, rest.next()?, 0])),
        WHOLE => {
            let mut bits = [0_u8; 8];
            for byte in &mut bits {
                *byte = rest.next()?;
            }
            f64::from_bits(u64::from_le_bytes(bits))
        }
        _ if first < NOT_KNOWN_RUN => {
            let high = u32::from(first.saturating_sub(PAIR));
            let pair = (high << 8) | u32::from(rest.next()?);
            f64::from(pair.saturating_add(u32::from(PAIR)))
        }
        _ => return None,
    })
}

impl PartialEq for Features {
    fn eq(&self, other: &Self) -> bool {
        let bits = |features: &Self| -> Vec<u64> { features.0.iter().map(|value| value.to_bits()).collect() };
        bits(self) == bits(other)
    }
}

impl Eq for Features {}

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes = self.to_bytes();
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        let text: String = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        to.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = unhex(&String::deserialize(from)?).ok_or_else(|| D::Error::custom(InvalidFeatures))?;
        Self::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | *digit))
        .map(|byte| u8::try_from(byte).ok())
        .collect()
}
