//! CSRF tokens: a signed double submit, bound to the sign-in's present cookie.
//!
//! A token is random and a MAC over it and the SHA-256 of the cookie's secret. It stands in a cookie of its own and comes
//! back in a header; whoever can neither read the one nor set the other cannot make a browser send both. Since the
//! secret is part of it, a token of another sign-in is worth nothing, and neither is one from before the secret changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::SecretString;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{Error, random};

/// Both halves of a token: 32 bytes in base64url each, and the dot between them.
const CHARS: usize = 43 + 1 + 43;
/// What a token is bound to that somebody got before signing in; no digest is this.
const NOBODY: [u8; 32] = [0; 32];

/// The key that tokens are signed with, filled to a block of the hash.
pub(crate) struct CsrfKey(Zeroizing<[u8; 64]>);

impl CsrfKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        // A key shorter than a block is filled with zeros (RFC 2104), which is done here because it cannot fail.
        let mut block = Zeroizing::new([0; 64]);
        for (slot, byte) in block.iter_mut().zip(key) {
            *slot = *byte;
        }
        Self(block)
    }

    /// A token for whoever holds the cookie of this digest, or for nobody in particular, which then opens nothing.
    pub(crate) fn issue(&self, holder: Option<&[u8; 32]>) -> Result<SecretString, Error> {
        let random = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
        let mac = self.mac(holder.unwrap_or(&NOBODY), &random);
        Ok(SecretString::from(format!("{}.{random}", URL_SAFE_NO_PAD.encode(mac))))
    }

    /// Whether the token was made for whoever holds the cookie of this digest.
    pub(crate) fn is_good(&self, holder: &[u8; 32], token: &str) -> bool {
        let Some((mac, random)) = token.split_once('.').filter(|_| token.len() == CHARS) else {
            return false;
        };
        let Ok(shown) = URL_SAFE_NO_PAD.decode(mac) else { return false };
        bool::from(self.mac(holder, random).ct_eq(&shown)) && *holder != NOBODY
    }

    fn mac(&self, holder: &[u8; 32], random: &str) -> [u8; 32] {
        let mut mac = <Hmac<Sha256>>::new((&*self.0).into());
        // Each part is of a fixed length, so that no two lists of parts read alike.
        for part in [b"florin csrf token 1".as_slice(), holder, random.as_bytes()] {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_token_is_good_for_its_holder_and_its_installation_alone() {
        let key = CsrfKey::new(&[1; 32]);
        let token = key.issue(Some(&[7; 32])).unwrap();
        let token = token.expose_secret();

        assert!(key.is_good(&[7; 32], token));
        assert!(!key.is_good(&[8; 32], token), "another sign-in");
        assert!(!CsrfKey::new(&[2; 32]).is_good(&[7; 32], token), "another installation");
        assert_ne!(key.issue(Some(&[7; 32])).unwrap().expose_secret(), token);
        let (mac, random) = token.split_once('.').unwrap();
        assert!(!key.is_good(&[7; 32], &format!("{mac}.{}", "A".repeat(43))), "another random half");
        assert!(!key.is_good(&[7; 32], &format!("{random}.{mac}")));
    }

    #[test]
    fn a_token_of_nobody_opens_nothing() {
        let key = CsrfKey::new(&[1; 32]);
        let token = key.issue(None).unwrap();

        assert!(
            !key.is_good(&[7; 32], token.expose_secret()) && !key.is_good(&NOBODY, token.expose_secret())
        );
    }

    proptest! {
        #[test]
        fn no_other_text_is_good(text in "[-A-Za-z0-9_.=]{0,100}") {
            prop_assert!(!CsrfKey::new(&[1; 32]).is_good(&[7; 32], &text));
        }
    }
}
