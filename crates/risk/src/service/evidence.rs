//! What a decision was made of, in few bytes: there is one for each movement of money.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use florin_db::DbError;
use florin_kernel::{Currency, Uuid};
use serde::{Deserialize, Serialize};

use crate::attempt::{Attempt, Country, Kind, Place, Token};
use crate::ruling::Circumstances;

/// The form of the bytes; any change of what they mean is another.
const FORM: u8 = 1;

/// What a decision was made of, besides its features: enough to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What was decided about.
    pub attempt: Attempt,
    /// What lists said, which rules were left out, and what failed.
    pub circumstances: Circumstances,
    /// The version of the model in shadow.
    pub challenger: Option<String>,
}

/// What most decisions have nothing of, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {
    #[serde(default)]
    circumstances: Circumstances,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenger: Option<String>,
}

/// The optional fields of an attempt, each a bit.
mod bit {
    pub(super) const USER: u32 = 1;
    pub(super) const ACCOUNT: u32 = 1 << 1;
    pub(super) const COUNTERPARTY: u32 = 1 << 2;
    pub(super) const CARD: u32 = 1 << 3;
    pub(super) const MERCHANT: u32 = 1 << 4;
    pub(super) const TERMINAL: u32 = 1 << 5;
    pub(super) const EMAIL: u32 = 1 << 6;
    pub(super) const DEVICE: u32 = 1 << 7;
    pub(super) const IP_V4: u32 = 1 << 8;
    pub(super) const IP_V6: u32 = 1 << 9;
    pub(super) const COUNTRY: u32 = 1 << 10;
    pub(super) const PLACE: u32 = 1 << 11;
    pub(super) const AVAILABLE: u32 = 1 << 12;
    pub(super) const LIMIT: u32 = 1 << 13;
    pub(super) const OPENED: u32 = 1 << 14;
    pub(super) const KNOWN_SINCE: u32 = 1 << 15;
    pub(super) const REST: u32 = 1 << 16;
}

/// The tokens of an attempt with their bits, in the order in which they are written.
fn tokens(attempt: &Attempt) -> [(u32, Option<Token>); 8] {
    [
        (bit::USER, attempt.user),
        (bit::ACCOUNT, attempt.account),
        (bit::COUNTERPARTY, attempt.counterparty),
        (bit::CARD, attempt.card),
        (bit::MERCHANT, attempt.merchant),
        (bit::TERMINAL, attempt.terminal),
        (bit::EMAIL, attempt.email),
        (bit::DEVICE, attempt.device),
    ]
}

/// The numbers of an attempt with their bits.
fn numbers(attempt: &Attempt) -> [(u32, Option<i64>); 4] {
    [
        (bit::AVAILABLE, attempt.available_minor),
        (bit::LIMIT, attempt.limit_minor),
        (bit::OPENED, attempt.account_opened_at_us),
        (bit::KNOWN_SINCE, attempt.user_known_since_us),
    ]
}

impl Evidence {
    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let attempt = &self.attempt;
        let mut bytes = Vec::with_capacity(160);
        bytes.push(FORM);
        bytes.extend([0; 4]);
        bytes.extend(attempt.id.as_bytes());
        bytes.push(attempt.kind as u8);
        bytes.extend(attempt.at_us.to_le_bytes());
        bytes.extend(attempt.amount_minor.to_le_bytes());
        bytes.extend(attempt.currency.code().as_bytes());
        let mut present = 0;
        for (bit, token) in tokens(attempt) {
            if let Some(token) = token {
                present |= bit;
                bytes.extend(token.bits().to_be_bytes());
            }
        }
        match attempt.ip {
            Some(IpAddr::V4(ip)) => {
                present |= bit::IP_V4;
                bytes.extend(ip.octets());
            }
            Some(IpAddr::V6(ip)) => {
                present |= bit::IP_V6;
                bytes.extend(ip.octets());
            }
            None => {}
        }
        if let Some(country) = attempt.country {
            present |= bit::COUNTRY;
            bytes.extend(country.letters());
        }
        if let Some(place) = attempt.place {
            present |= bit::PLACE;
            bytes.extend(place.latitude_udeg.to_le_bytes());
            bytes.extend(place.longitude_udeg.to_le_bytes());
        }
        for (bit, number) in numbers(attempt) {
            if let Some(number) = number {
                present |= bit;
                bytes.extend(number.to_le_bytes());
            }
        }
        if self.circumstances != Circumstances::default() || self.challenger.is_some() {
            present |= bit::REST;
            let rest =
                Rest { circumstances: self.circumstances.clone(), challenger: self.challenger.clone() };
            // Circumstances are texts and identifiers, all of which JSON has.
            bytes.extend(serde_json::to_vec(&rest).unwrap_or_default());
        }
        for (slot, byte) in bytes.iter_mut().skip(1).zip(u32::to_le_bytes(present)) {
            *slot = byte;
        }
        bytes
    }

    /// What these bytes say.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] where they are not what was written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DbError> {
        read(bytes).map_err(|Unreadable| {
            DbError::Corrupt("risk_decision.evidence is not what was written".to_owned())
        })
    }
}

/// Bytes that are over too soon, or are not what was written.
struct Unreadable;

/// Takes bytes off the front.
struct Take<'a>(&'a [u8]);

impl Take<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(Unreadable)?;
        self.0 = rest;
        Ok(*first)
    }

    /// A field, if it is there.
    fn given<const N: usize>(&mut self, present: u32, bit: u32) -> Result<Option<[u8; N]>, Unreadable> {
        if present & bit == 0 { Ok(None) } else { self.bytes().map(Some) }
    }

    fn token(&mut self, present: u32, bit: u32) -> Result<Option<Token>, Unreadable> {
        Ok(self.given(present, bit)?.map(|bits| Token::from_bits(u128::from_be_bytes(bits))))
    }

    fn number(&mut self, present: u32, bit: u32) -> Result<Option<i64>, Unreadable> {
        Ok(self.given(present, bit)?.map(i64::from_le_bytes))
    }
}

fn read(bytes: &[u8]) -> Result<Evidence, Unreadable> {
    let mut take = Take(bytes);
    let [form] = take.bytes()?;
    if form != FORM {
        return Err(Unreadable);
    }
    let present = u32::from_le_bytes(take.bytes()?);
    let id = Uuid::from_bytes(take.bytes()?);
    let [kind] = take.bytes()?;
    let kind = Kind::ALL.into_iter().find(|known| *known as u8 == kind).ok_or(Unreadable)?;
    let at_us = i64::from_le_bytes(take.bytes()?);
    let amount = i64::from_le_bytes(take.bytes()?);
    let code: [u8; 3] = take.bytes()?;
    let code = std::str::from_utf8(&code).map_err(|_| Unreadable)?;
    let currency = Currency::parse(code).map_err(|_| Unreadable)?;
    let mut attempt = Attempt::new(id, kind, at_us, amount, currency);
    attempt.user = take.token(present, bit::USER)?;
    attempt.account = take.token(present, bit::ACCOUNT)?;
    attempt.counterparty = take.token(present, bit::COUNTERPARTY)?;
    attempt.card = take.token(present, bit::CARD)?;
    attempt.merchant = take.token(present, bit::MERCHANT)?;
    attempt.terminal = take.token(present, bit::TERMINAL)?;
    attempt.email = take.token(present, bit::EMAIL)?;
    attempt.device = take.token(present, bit::DEVICE)?;
    let v4: Option<[u8; 4]> = take.given(present, bit::IP_V4)?;
    let v6: Option<[u8; 16]> = take.given(present, bit::IP_V6)?;
    attempt.ip = v4.map(|ip| Ipv4Addr::from(ip).into()).or(v6.map(|ip| Ipv6Addr::from(ip).into()));
    if let Some(letters) = take.given(present, bit::COUNTRY)? {
        attempt.country = Some(Country::from_letters(letters).ok_or(Unreadable)?);
    }
    if let Some(latitude) = take.given(present, bit::PLACE)? {
        let (latitude_udeg, longitude_udeg) =
            (i32::from_le_bytes(latitude), i32::from_le_bytes(take.bytes()?));
        attempt.place = Some(Place { latitude_udeg, longitude_udeg });
    }
    attempt.available_minor = take.number(present, bit::AVAILABLE)?;
    attempt.limit_minor = take.number(present, bit::LIMIT)?;
    attempt.account_opened_at_us = take.number(present, bit::OPENED)?;
    attempt.user_known_since_us = take.number(present, bit::KNOWN_SINCE)?;
    if present & bit::REST == 0 {
        let whole = take.0.is_empty();
        let evidence = Evidence { attempt, circumstances: Circumstances::default(), challenger: None };
        return if whole { Ok(evidence) } else { Err(Unreadable) };
    }
    let Rest { circumstances, challenger } = serde_json::from_slice(take.0).map_err(|_| Unreadable)?;
    Ok(Evidence { attempt, circumstances, challenger })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ruling::Degraded;

    fn attempt(present: u32, seed: u64) -> Attempt {
        let mut next = seed;
        let mut number = || {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::from_le_bytes(next.to_le_bytes())
        };
        let kind = Kind::ALL[usize::from(number().unsigned_abs().to_le_bytes()[7]) % Kind::ALL.len()];
        let id = Uuid::from_u128(u128::from(number().unsigned_abs()));
        let mut attempt = Attempt::new(id, kind, number(), number().saturating_abs(), Currency::JPY);
        let has = |bit| present & bit != 0;
        let mut token = |bit| has(bit).then(|| Token::from_bits(u128::from(number().unsigned_abs())));
        attempt.user = token(bit::USER);
        attempt.account = token(bit::ACCOUNT);
        attempt.counterparty = token(bit::COUNTERPARTY);
        attempt.card = token(bit::CARD);
        attempt.merchant = token(bit::MERCHANT);
        attempt.terminal = token(bit::TERMINAL);
        attempt.email = token(bit::EMAIL);
        attempt.device = token(bit::DEVICE);
        attempt.ip = has(bit::IP_V4).then(|| Ipv4Addr::from([1, 2, 3, 4]).into());
        attempt.ip = attempt.ip.or(has(bit::IP_V6).then(|| Ipv6Addr::LOCALHOST.into()));
        attempt.country = has(bit::COUNTRY).then(|| Country::parse("CA").unwrap());
        attempt.place = has(bit::PLACE).then_some(Place { latitude_udeg: -5, longitude_udeg: 179_000_000 });
        attempt.available_minor = has(bit::AVAILABLE).then(&mut number);
        attempt.limit_minor = has(bit::LIMIT).then(&mut number);
        attempt.account_opened_at_us = has(bit::OPENED).then(&mut number);
        attempt.user_known_since_us = has(bit::KNOWN_SINCE).then(&mut number);
        attempt
    }

    proptest! {
        #[test]
        fn evidence_reads_back_as_written(present in 0_u32..1 << 17, seed: u64) {
            let mut circumstances = Circumstances::default();
            if present & bit::REST != 0 {
                circumstances.degraded.push(Degraded::ModelMissing);
            }
            let evidence = Evidence { attempt: attempt(present, seed), circumstances, challenger: None };
            let bytes = evidence.to_bytes();

            prop_assert_eq!(&Evidence::from_bytes(&bytes).unwrap(), &evidence);
            if present & bit::REST == 0 {
                prop_assert!(Evidence::from_bytes(&bytes[..bytes.len() - 1]).is_err());
            }
        }

        #[test]
        fn bytes_of_others_are_refused_and_nothing_else_happens(bytes: Vec<u8>) {
            let _ = Evidence::from_bytes(&bytes);
        }
    }
}
