//! Backup codes: ten of 80 random bits, each for one use when the app or the passkey is not at hand.
//!
//! A code is stored as an HMAC under a key that is not in the database, so that whoever has the database alone can try
//! no code at all. That takes the place of a slow hash (ASVS 6.5.2), which codes of this length do not need.

use florin_kernel::UserId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Error, random};

/// How many there are.
pub(super) const COUNT: usize = 10;
/// The letters of base 32 (RFC 4648): none of them is easily taken for another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// 16 characters of five bits.
const CHARS: usize = 16;
const BYTES: usize = CHARS * 5 / 8;

/// Whether this is what a code looks like, in capitals and without hyphens.
pub(super) fn is_form(text: &str) -> bool {
    text.len() == CHARS && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// Ten codes as they are shown, `ABCD-EFGH-JKLM-NPQR`.
pub(super) fn generate() -> Result<Vec<Zeroizing<String>>, Error> {
    (0..COUNT).map(|_| Ok(shown(&Zeroizing::new(random::bytes::<BYTES>()?)))).collect()
}

fn shown(bytes: &[u8; BYTES]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(CHARS + 3));
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut count = 0_usize;
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            let index = usize::try_from((bits >> held) & 31).unwrap_or(0);
            if count > 0 && count.is_multiple_of(4) {
                text.push('-');
            }
            text.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'A')));
            count += 1;
        }
        bits &= 0xff;
    }
    bits.zeroize();
    text
}

/// What makes hashes of codes: a key of the installation.
#[derive(Clone)]
pub(super) struct Pepper(Zeroizing<[u8; 32]>);

impl Pepper {
    /// The key for backup codes, from the installation's secret.
    pub(super) fn derive(secret: &[u8; 32]) -> Self {
        Self(Zeroizing::new(mac(secret, &[b"florin backup code key 1"])))
    }

    /// The hash under which a person's code is stored; hyphens and case have been taken away.
    pub(super) fn hash(&self, user: UserId, plain: &str) -> [u8; 32] {
        mac(&self.0, &[b"florin backup code 1", user.uuid().as_bytes(), plain.as_bytes()])
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key shorter than a block is filled with zeros (RFC 2104), which is done here because it cannot fail.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut mac = <Hmac<Sha256>>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use florin_kernel::Uuid;

    use super::*;

    #[test]
    fn codes_are_ten_different_ones_of_eighty_bits_in_base_32() {
        let codes = generate().unwrap();

        let different: HashSet<&str> = codes.iter().map(|code| code.as_str()).collect();
        assert_eq!(different.len(), COUNT);
        for code in &codes {
            assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4, 4]);
            assert!(is_form(&code.replace('-', "")), "{}", code.as_str());
        }
    }

    #[test]
    fn base_32_is_that_of_rfc_4648() {
        assert_eq!(shown(b"foobarfooo").as_str(), "MZXW-6YTB-OJTG-633P");
        assert_eq!(shown(&[0xff; BYTES]).as_str(), "7777-7777-7777-7777");
    }

    #[test]
    fn a_hash_belongs_to_one_person_and_one_installation() {
        let user = |n| UserId::from_uuid(Uuid::from_u128(n));
        let (here, there) = (Pepper::derive(&[1; 32]), Pepper::derive(&[2; 32]));

        let hash = here.hash(user(1), "ABCDEFGHJKLMNPQR");

        assert_eq!(hash, here.hash(user(1), "ABCDEFGHJKLMNPQR"));
        assert_ne!(hash, here.hash(user(2), "ABCDEFGHJKLMNPQR"));
        assert_ne!(hash, here.hash(user(1), "ABCDEFGHJKLMNPQS"));
        assert_ne!(hash, there.hash(user(1), "ABCDEFGHJKLMNPQR"));
    }
}
