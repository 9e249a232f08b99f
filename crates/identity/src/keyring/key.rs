//! One key that signs access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use florin_kernel::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::identity::later;

/// After how many seconds a key signs that takes the place of one: by then every process has read it, and whoever
/// keeps a copy of the key set had the time to fetch it again.
pub(super) const SIGNS_AFTER_SECONDS: i64 = 60;

/// How access tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// Ed25519: whoever wants to can check tokens, by the public key set.
    EdDsa,
    /// HMAC with SHA-256 under a secret of 256 bits: this installation alone can check tokens.
    Hs256,
}

impl SignatureAlgorithm {
    /// Its name in the header of a token (RFC 7518, RFC 8037).
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }
}

/// What a key is made of.
#[derive(Clone)]
pub(super) enum Material {
    EdDsa(Box<SigningKey>),
    Hs256(Zeroizing<[u8; 32]>),
}

/// A key with its name and its time.
#[derive(Clone)]
pub(crate) struct TokenKey {
    /// Its place among all keys, from 1 on.
    pub(super) number: u32,
    pub(crate) kid: String,
    pub(super) made_at: Timestamp,
    /// From when on it signs.
    pub(super) signs_at: Timestamp,
    pub(super) material: Material,
}

impl Material {
    pub(super) fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::EdDsa(_) => SignatureAlgorithm::EdDsa,
            Self::Hs256(_) => SignatureAlgorithm::Hs256,
        }
    }

    /// What the key is called: the same everywhere, and nothing that a secret could be found by.
    pub(super) fn kid(&self) -> String {
        match self {
            Self::EdDsa(key) => thumbprint(&key.verifying_key()),
            Self::Hs256(secret) => {
                let mut mac = hmac(secret);
                mac.update(b"florin token key id 1");
                URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
            }
        }
    }
}

impl TokenKey {
    /// A key that signs from when it was made, or a while later where it takes the place of one of its kind.
    pub(super) fn new(number: u32, made_at: Timestamp, material: Material, before: Option<&Self>) -> Self {
        let takes_over = before.is_some_and(|before| before.algorithm() == material.algorithm());
        let signs_at = if takes_over { later(made_at, SIGNS_AFTER_SECONDS) } else { made_at };
        Self { number, kid: material.kid(), made_at, signs_at, material }
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        self.material.algorithm()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.material {
            Material::EdDsa(key) => key.sign(message).to_bytes().to_vec(),
            Material::Hs256(secret) => {
                let mut mac = hmac(secret);
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }
        }
    }

    /// Whether it made this signature: by the strict rules of Ed25519 (one encoding, no weak keys), or in constant time.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::EdDsa(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verifying_key().verify_strict(message, &signature).is_ok()),
            Material::Hs256(secret) => {
                let mut mac = hmac(secret);
                mac.update(message);
                mac.verify_slice(signature).is_ok()
            }
        }
    }

    /// The key as others may have it: nothing of a secret.
    pub(super) fn jwk(&self) -> Option<String> {
        let Material::EdDsa(key) = &self.material else { return None };
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let kid = &self.kid;
        Some(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}","alg":"EdDSA","use":"sig"}}"#))
    }
}

fn hmac(secret: &[u8; 32]) -> Hmac<Sha256> {
    // A key shorter than a block is filled with zeros (RFC 2104), which is done here because it cannot fail.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (slot, byte) in block.iter_mut().zip(secret) {
        *slot = *byte;
    }
    <Hmac<Sha256>>::new((&*block).into())
}

/// The thumbprint of RFC 7638: the same key has the same id everywhere.
pub(super) fn thumbprint(key: &VerifyingKey) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_ed25519_key_is_that_of_rfc_8037() {
        // RFC 8037, appendix A: the key, its public half and its thumbprint.
        let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = SigningKey::from_bytes(&secret.try_into().unwrap());

        assert_eq!(
            URL_SAFE_NO_PAD.encode(key.verifying_key()),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        assert_eq!(thumbprint(&key.verifying_key()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn hs256_signs_as_rfc_4231_has_it() {
        // RFC 4231, test case 1, whose key of 20 bytes is one of 32 with zeros after it: HMAC fills it so.
        let mut secret = [0; 32];
        secret[..20].fill(0x0b);
        let key = TokenKey::new(1, Timestamp::UNIX_EPOCH, Material::Hs256(Zeroizing::new(secret)), None);

        let signature = key.sign(b"Hi There");

        assert_eq!(signature[..4], [0xb0, 0x34, 0x4c, 0x61]);
        assert_eq!(signature[28..], [0x2e, 0x32, 0xcf, 0xf7]);
        assert!(key.verifies(b"Hi There", &signature) && !key.verifies(b"Hi there", &signature));
        assert!(!key.verifies(b"Hi There", &signature[..31]) && !key.verifies(b"Hi There", &[]));
        assert_eq!(key.jwk(), None);
    }
}
