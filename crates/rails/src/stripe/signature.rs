//! Signatures of webhooks: HMAC-SHA-256 over the time and the body, with the endpoint's secret.

use std::fmt::Write as _;

use florin_kernel::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;

/// How far the clock of a signature may be from ours, in seconds: what is older was sent again by somebody.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Forged {
    /// There is no signature, or none that can be read.
    #[error("the signature's header is `t=…,v1=…`")]
    Header,
    /// The signature is of another time.
    #[error("the signature is more than five minutes old, or of the future")]
    Time,
    /// No signature is of this body and secret.
    #[error("no signature fits the body")]
    Signature,
}

/// Believes a body whose `header` holds a signature by one of these secrets, made within [`TOLERANCE_SECONDS`] of `now`.
/// While a secret is replaced there are two.
///
/// # Errors
/// [`Forged`].
pub fn verify(header: &str, body: &[u8], secrets: &[&[u8]], now: Timestamp) -> Result<(), Forged> {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) if time.is_none() => {
                time = Some(text.parse::<i64>().map_err(|_| Forged::Header)?);
            }
            Some(("v1", text)) => signatures.extend(bytes(text)),
            _ => {}
        }
    }
    let time = time.filter(|_| !signatures.is_empty()).ok_or(Forged::Header)?;
    if now.as_second().saturating_sub(time).unsigned_abs() > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Forged::Time);
    }
    let fits = |secret: &&&[u8]| {
        signatures.iter().any(|signature| mac(secret, time, body).verify_slice(signature).is_ok())
    };
    if secrets.iter().any(|secret| fits(&secret)) { Ok(()) } else { Err(Forged::Signature) }
}

/// The header that whoever knows the secret would send with a body.
pub fn sign(body: &[u8], secret: &[u8], now: Timestamp) -> String {
    let time = now.as_second();
    let mut header = format!("t={time},v1=");
    for byte in mac(secret, time, body).finalize().into_bytes() {
        let _ = write!(header, "{byte:02x}");
    }
    header
}

fn mac(secret: &[u8], time: i64, body: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "a key of any length makes an HMAC")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    mac.update(time.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let pair = |at: usize| u8::from_str_radix(hex.get(at..at.saturating_add(2))?, 16).ok();
    (0..hex.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_test","object":"event","type":"payment_intent.succeeded"}"#;
    /// Made by the official client with the secret `whsec_test_secret`.
    const HEADER: &str = "t=1700000000,v1=f457ee3d89f52f9f02936e1cd1173dd5dfa132cdc78ec55ea964a53098c5a1c0";
    const SECRET: &[u8] = b"whsec_test_secret";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_official_clients_signature_is_believed_and_made() {
        assert_eq!(verify(HEADER, BODY, &[SECRET], at(1_700_000_000)), Ok(()));
        assert_eq!(sign(BODY, SECRET, at(1_700_000_000)), HEADER);
    }

    #[test]
    fn either_secret_and_any_signature_will_do() {
        let both: [&[u8]; 2] = [b"whsec_old", SECRET];
        assert_eq!(verify(HEADER, BODY, &both, at(1_700_000_100)), Ok(()));
        let more = HEADER.replace(",v1=", &format!(",v0={0},v1={0},v1=", "00".repeat(32)));
        assert_eq!(verify(&more, BODY, &[SECRET], at(1_700_000_000)), Ok(()));
    }

    #[test]
    fn what_is_forged_stale_or_changed_is_not_believed() {
        let now = at(1_700_000_000);
        let verify = |header: &str, body: &[u8], now| verify(header, body, &[SECRET], now);
        assert_eq!(verify(HEADER, b"{}", now), Err(Forged::Signature));
        assert_eq!(verify(&HEADER.replace("t=17", "t=16"), BODY, at(1_600_000_000)), Err(Forged::Signature));
        assert_eq!(verify(HEADER, BODY, at(1_700_000_301)), Err(Forged::Time));
        assert_eq!(verify(HEADER, BODY, at(1_699_999_699)), Err(Forged::Time));
        assert_eq!(verify(HEADER, BODY, at(1_700_000_300)), Ok(()));
        for header in
            ["", "t=1700000000", "v1=00", "t=x,v1=00", "t=1700000000,v1=zz", &HEADER.replace("v1", "v0")]
        {
            assert_eq!(verify(header, BODY, now), Err(Forged::Header), "{header}");
        }
        assert_eq!(super::verify(HEADER, BODY, &[], now), Err(Forged::Signature));
    }
}
