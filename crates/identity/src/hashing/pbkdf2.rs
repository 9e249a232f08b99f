//! PBKDF2 with HMAC-SHA-256, in the three forms that it is stored in.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::Scheme;
use crate::{Error, random};

/// The most iterations that are computed for anybody.
pub(super) const ITERATIONS_MAX: u32 = 10_000_000;
const SALT_BYTES: usize = 16;
const SALT_BYTES_MAX: usize = 128;
const TAG_BYTES: usize = 32;

/// Base64 whose padding may be there or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A stored hash, read.
pub(super) struct Stored {
    iterations: u32,
    salt: Vec<u8>,
    tag: Vec<u8>,
    phc: bool,
}

impl Stored {
    /// Reads `$pbkdf2-sha256$i=…[,l=…]$salt$tag` (PHC), `$pbkdf2-sha256$rounds$salt$tag` (passlib, whose Base64 has `.`
    /// for `+`) or `pbkdf2_sha256$rounds$salt$tag` (Django, whose salt is text). `None` when it is none of them, or
    /// would take too long.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let django = text.strip_prefix("pbkdf2_sha256$").map(Self::of_django);
        let stored = django.or_else(|| text.strip_prefix("$pbkdf2-sha256$").map(Self::of_phc)).flatten()?;
        let bearable = (1..=ITERATIONS_MAX).contains(&stored.iterations)
            && stored.salt.len() <= SALT_BYTES_MAX
            && (16..=64).contains(&stored.tag.len());
        bearable.then_some(stored)
    }

    fn of_django(text: &str) -> Option<Self> {
        let [iterations, salt, tag] = parts(text)?;
        let (salt, tag) = (salt.as_bytes().to_vec(), LENIENT.decode(tag).ok()?);
        Some(Self { iterations: number(iterations)?, salt, tag, phc: false })
    }

    /// Of PHC and of passlib, which differ in their first part.
    fn of_phc(text: &str) -> Option<Self> {
        let [parameters, salt, tag] = parts(text)?;
        let decode = |part: &str| LENIENT.decode(part.replace('.', "+")).ok();
        let (salt, tag) = (decode(salt)?, decode(tag)?);
        let phc = parameters.strip_prefix("i=");
        let (iterations, length) = match phc.and_then(|rest| rest.split_once(",l=")) {
            Some((iterations, length)) => (iterations, Some(number(length)?)),
            None => (phc.unwrap_or(parameters), None),
        };
        let as_said = length.is_none_or(|length| usize::try_from(length) == Ok(tag.len()));
        as_said.then_some(Self { iterations: number(iterations)?, salt, tag, phc: phc.is_some() })
    }

    /// Whether it is the hash of this password.
    pub(super) fn is_right(&self, password: &[u8]) -> bool {
        let mut computed = vec![0_u8; self.tag.len()];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, self.iterations, &mut computed);
        computed.ct_eq(&self.tag).into()
    }

    /// Whether new hashes are made like this one.
    pub(super) fn is_of(&self, scheme: Scheme) -> bool {
        scheme == Scheme::Pbkdf2Sha256 { iterations: self.iterations }
            && self.phc
            && self.tag.len() == TAG_BYTES
            && self.salt.len() >= SALT_BYTES
    }
}

/// Hashes a password with a fresh salt, as a PHC string.
pub(super) fn hash(password: &[u8], iterations: u32) -> Result<String, Error> {
    let salt = random::bytes::<SALT_BYTES>()?;
    let mut tag = [0_u8; TAG_BYTES];
    pbkdf2::pbkdf2_hmac::<Sha256>(password, &salt, iterations, &mut tag);
    Ok(text(salt, tag, iterations))
}

/// A hash that is no password's.
pub(super) fn of_nobody(iterations: u32) -> Result<String, Error> {
    Ok(text(random::bytes()?, random::bytes()?, iterations))
}

fn text(salt: [u8; SALT_BYTES], tag: [u8; TAG_BYTES], iterations: u32) -> String {
    let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag));
    format!("$pbkdf2-sha256$i={iterations},l={TAG_BYTES}${salt}${tag}")
}

/// Exactly three parts between dollar signs.
fn parts(text: &str) -> Option<[&str; 3]> {
    let mut parts = text.split('$');
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

/// A number of digits and nothing else, which `parse` alone does not ask for.
fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
