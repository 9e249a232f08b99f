//! Refresh tokens: one for each generation of a sign-in, derived and not guessable.
//!
//! A token is the sign-in, a generation and a MAC over both under the installation's key and the sign-in's own seed. So
//! the successor of a token can be told again to a client that lost the answer, although only hashes are stored; and a
//! token that was used up long ago is still known to be genuine, which tells a thief from a typing error.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_kernel::{SessionId, Uuid};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

const PREFIX: &str = "flr_";
const BYTES: usize = 16 + 4 + 32;

/// A refresh token that somebody showed, not yet believed.
pub(crate) struct Presented {
    pub session: SessionId,
    pub generation: u32,
    mac: Zeroizing<[u8; 32]>,
}

impl Presented {
    /// Reads a token; `None` when it is not even the form of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?);
        let bytes: &[u8; BYTES] = bytes.as_slice().try_into().ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        Some(Self {
            session: SessionId::from_uuid(Uuid::from_bytes(*session)),
            generation: u32::from_be_bytes(*generation),
            mac: Zeroizing::new(mac.try_into().ok()?),
        })
    }

    /// Whether we made it, at whatever time.
    pub(crate) fn is_genuine(&self, key: &[u8; 32], seed: &[u8]) -> bool {
        mac(key, seed, self.session, self.generation).ct_eq(&*self.mac).into()
    }

    /// Whether it is the token of this stored hash.
    pub(crate) fn has_hash(&self, stored: &[u8]) -> bool {
        hash(&text(self.session, self.generation, &self.mac)).ct_eq(stored).into()
    }
}

/// The token of a generation, and the hash under which it is stored.
pub(crate) fn derive(
    key: &[u8; 32],
    seed: &[u8],
    session: SessionId,
    generation: u32,
) -> (SecretString, [u8; 32]) {
    let token = text(session, generation, &mac(key, seed, session, generation));
    let hash = hash(&token);
    (token, hash)
}

fn text(session: SessionId, generation: u32, mac: &[u8; 32]) -> SecretString {
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
    bytes.extend_from_slice(session.uuid().as_bytes());
    bytes.extend_from_slice(&generation.to_be_bytes());
    bytes.extend_from_slice(mac);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*bytes));
    SecretString::from(format!("{PREFIX}{}", encoded.as_str()))
}

fn hash(token: &SecretString) -> [u8; 32] {
    Sha256::digest(token.expose_secret()).into()
}

fn mac(key: &[u8; 32], seed: &[u8], session: SessionId, generation: u32) -> [u8; 32] {
    // A key shorter than a block is filled with zeros (RFC 2104), which is done here because it cannot fail.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut mac = <Hmac<Sha256>>::new((&*block).into());
    mac.update(b"florin refresh token 1");
    mac.update(session.uuid().as_bytes());
    mac.update(&generation.to_be_bytes());
    mac.update(seed);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session() -> SessionId {
        SessionId::from_uuid(Uuid::from_u128(7))
    }

    #[test]
    fn a_token_reads_back_and_is_known_by_key_seed_and_hash() {
        let (token, hash) = derive(&[1; 32], &[2; 32], session(), 3);

        let presented = Presented::parse(token.expose_secret()).unwrap();

        assert_eq!((presented.session, presented.generation), (session(), 3));
        assert!(presented.is_genuine(&[1; 32], &[2; 32]) && presented.has_hash(&hash));
        assert!(!presented.is_genuine(&[9; 32], &[2; 32]), "another key");
        assert!(!presented.is_genuine(&[1; 32], &[9; 32]), "another seed");
        assert!(!presented.has_hash(&derive(&[1; 32], &[2; 32], session(), 4).1), "another generation");
    }

    #[test]
    fn a_generation_cannot_be_changed_without_the_key() {
        let (token, _) = derive(&[1; 32], &[2; 32], session(), 3);
        let mut bytes = URL_SAFE_NO_PAD.decode(token.expose_secret().strip_prefix(PREFIX).unwrap()).unwrap();
        bytes[19] = 2;

        let earlier = Presented::parse(&format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))).unwrap();

        assert_eq!(earlier.generation, 2);
        assert!(!earlier.is_genuine(&[1; 32], &[2; 32]));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(flr_)?[-A-Za-z0-9_=.]{0,100}") {
            if let Some(presented) = Presented::parse(&text) {
                prop_assert!(!presented.is_genuine(&[1; 32], &[2; 32]));
            }
        }
    }
}
