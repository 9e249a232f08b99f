//! AES-256-GCM, with the nonce in front of what it sealed.

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use zeroize::Zeroizing;

use crate::{VaultError, random};

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 12;
/// Bytes of an authentication tag.
pub(crate) const TAG: usize = 16;

/// A key, expanded; wiped when it is dropped.
pub(crate) struct Cipher(Aes256Gcm);

impl Cipher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Nonce, ciphertext and tag of `plain`, bound to `context`; the nonce is random.
    pub(crate) fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = random::bytes::<NONCE>()?;
        let mut sealed = Vec::with_capacity(plain.len().saturating_add(NONCE + TAG));
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, text) = sealed.split_at_mut(NONCE);
        let tag = self.seal_in_place(&nonce, context, text).ok_or(VaultError::DoesNotOpen)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// What [`Cipher::seal`] sealed for `context`.
    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
        let (text, tag) = rest.split_last_chunk::<TAG>()?;
        let mut plain = Zeroizing::new(text.to_vec());
        self.open_in_place(nonce, context, &mut plain, tag).then_some(plain)
    }

    /// Encrypts where it lies and answers the tag; the nonce must never have been used with this key.
    ///
    /// `None` for more than the 64 GiB that GCM can encrypt at once.
    pub(crate) fn seal_in_place(
        &self,
        nonce: &[u8; NONCE],
        context: &[u8],
        text: &mut [u8],
    ) -> Option<[u8; TAG]> {
        self.0.encrypt_inout_detached(nonce.into(), context, text.into()).ok().map(Into::into)
    }

    /// Checks, then decrypts where it lies; on false the text is as it was.
    pub(crate) fn open_in_place(
        &self,
        nonce: &[u8; NONCE],
        context: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG],
    ) -> bool {
        self.0.decrypt_inout_detached(nonce.into(), context, text.into(), tag.into()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn it_is_aes_256_gcm_as_the_designers_of_gcm_wrote_it_down() {
        // McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test case 16.
        let key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let nonce = hex("cafebabefacedbaddecaf888");
        let context = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let mut text = hex(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        ));
        let cipher = Cipher::new(key.as_slice().try_into().unwrap());

        let tag = cipher.seal_in_place(nonce.as_slice().try_into().unwrap(), &context, &mut text).unwrap();

        let expected = concat!(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        );
        assert_eq!((text, tag.to_vec()), (hex(expected), hex("76fc6ece0f4e1768cddf8853bb2d551b")));
    }

    #[test]
    fn what_is_too_short_to_be_sealed_does_not_open() {
        let cipher = Cipher::new(&[7; 32]);
        for length in 0..NONCE + TAG {
            assert!(cipher.open(b"", &vec![0; length]).is_none());
        }
    }
}
