//! The secrets of a way to a provider and back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{Error, random};

/// How long somebody may take at the provider, in seconds.
pub(super) const SECONDS: u32 = 600;
/// 32 bytes in base64url; other text is no secret of ours and is not even hashed.
const CHARS: usize = 43;

/// What an attempt is known by: one half goes to the provider and back, the other stays in the browser.
pub(super) struct Attempt {
    pub state: SecretString,
    pub browser: SecretString,
}

/// The hashes that an attempt is kept by.
#[derive(Clone, Copy)]
pub(super) struct Hashes {
    pub state: [u8; 32],
    pub browser: [u8; 32],
}

/// What follows from an attempt; who has the database, the address or the cookie alone cannot make it.
pub(super) struct Derived {
    /// Stands in the ID token (OpenID Connect Core, 3.1.2.1).
    pub nonce: SecretString,
    /// Redeems the code (RFC 7636).
    pub verifier: SecretString,
}

/// The key of the installation that nonces and verifiers are made with, filled to a block of the hash.
pub(crate) struct AttemptKey(Zeroizing<[u8; 64]>);

impl AttemptKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        // A key shorter than a block is filled with zeros (RFC 2104), which is done here because it cannot fail.
        let mut block = Zeroizing::new([0; 64]);
        for (slot, byte) in block.iter_mut().zip(key) {
            *slot = *byte;
        }
        Self(block)
    }

    pub(super) fn derive(&self, attempt: &Attempt) -> Derived {
        let make = |label: &[u8]| {
            let (state, browser) = (attempt.state.expose_secret(), attempt.browser.expose_secret());
            let mut mac = <Hmac<Sha256>>::new((&*self.0).into());
            for part in [label, b"\0", state.as_bytes(), b"\0", browser.as_bytes()] {
                mac.update(part);
            }
            SecretString::from(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
        };
        Derived { nonce: make(b"nonce"), verifier: make(b"verifier") }
    }
}

impl Derived {
    /// What of the verifier goes ahead of it (RFC 7636, S256).
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose_secret()))
    }
}

impl Attempt {
    /// A new one: 256 random bits for the provider, and as many for the browser.
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self { state: secret()?, browser: secret()? })
    }

    /// The one that somebody shows; `None` when it has not even the form of one.
    pub(super) fn shown(state: Option<&str>, browser: Option<&SecretString>) -> Option<Self> {
        let formed = |text: &str| {
            let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            text.len() == CHARS && text.bytes().all(sign)
        };
        let state = state.filter(|state| formed(state))?;
        let browser = browser.filter(|browser| formed(browser.expose_secret()))?;
        Some(Self { state: SecretString::from(state), browser: browser.clone() })
    }

    pub(super) fn hashes(&self) -> Hashes {
        Hashes {
            state: Sha256::digest(self.state.expose_secret()).into(),
            browser: Sha256::digest(self.browser.expose_secret()).into(),
        }
    }
}

fn secret() -> Result<SecretString, Error> {
    let random = Zeroizing::new(random::bytes::<32>()?);
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(*random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_and_verifier_follow_from_both_halves_and_the_key() {
        let (one, other) = (Attempt::new().unwrap(), Attempt::new().unwrap());
        let key = AttemptKey::new(&[1; 32]);
        let made = |attempt: &Attempt, key: &AttemptKey| {
            let derived = key.derive(attempt);
            (derived.nonce.expose_secret().to_owned(), derived.verifier.expose_secret().to_owned())
        };
        let (nonce, verifier) = made(&one, &key);

        assert_eq!(made(&one, &key), (nonce.clone(), verifier.clone()));
        assert_ne!(nonce, verifier);
        assert_eq!((nonce.len(), verifier.len()), (CHARS, CHARS));
        let mixed = Attempt { state: one.state.clone(), browser: other.browser.clone() };
        assert_ne!(made(&mixed, &key).0, nonce, "another browser");
        let mixed = Attempt { state: other.state.clone(), browser: one.browser.clone() };
        assert_ne!(made(&mixed, &key).1, verifier, "another attempt");
        assert_ne!(made(&one, &AttemptKey::new(&[2; 32])).0, nonce, "another installation");
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let derived = Derived { nonce: SecretString::from(""), verifier };

        assert_eq!(derived.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn what_has_not_the_form_of_an_attempt_is_none() {
        let (good, cookie) = ("A".repeat(43), SecretString::from("B".repeat(43)));

        assert!(Attempt::shown(Some(&good), Some(&cookie)).is_some());
        assert!(Attempt::shown(None, Some(&cookie)).is_none());
        assert!(Attempt::shown(Some(&good), None).is_none());
        for bad in ["", "A", &"A".repeat(44), &"=".repeat(43), &"é".repeat(43)] {
            assert!(Attempt::shown(Some(bad), Some(&cookie)).is_none(), "{bad}");
            assert!(Attempt::shown(Some(&good), Some(&SecretString::from(bad))).is_none(), "{bad}");
        }
    }
}
