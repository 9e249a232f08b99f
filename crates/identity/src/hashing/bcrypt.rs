//! bcrypt, which looks at the first 72 bytes of a password and no further.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Scheme;
use crate::{Error, random};

/// The highest cost that is computed for anybody: 2¹⁵ expansions, several seconds.
pub(super) const COST_MAX: u32 = 15;
/// The most bytes of a password that count.
pub(super) const BYTES_MAX: usize = 72;
/// Without the prefix, the cost and their signs.
const SALT_CHARS: usize = 22;
const TAG_BYTES: usize = 23;

/// bcrypt's own Base64. The last letter of a salt has bits that mean nothing, and libraries leave different ones there.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A stored hash, read.
pub(super) struct Stored {
    cost: u32,
    salt: [u8; 16],
    tag: [u8; TAG_BYTES],
    latest: bool,
}

impl Stored {
    /// Reads `$2b$cost$salt-and-tag`; `None` when it is none, or would take too long.
    ///
    /// `$2a$` and `$2y$` are names of the same. `$2x$` marks hashes of a broken implementation and is not taken.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (version, rest) = text.strip_prefix('$')?.split_once('$')?;
        let (cost, rest) = rest.split_once('$')?;
        if !matches!(version, "2a" | "2b" | "2y")
            || cost.len() != 2
            || !cost.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let cost: u32 = cost.parse().ok()?;
        let (salt, tag) = rest.split_at_checked(SALT_CHARS)?;
        let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
        let tag = BASE64.decode(tag).ok()?.try_into().ok()?;
        let bearable = (4..=COST_MAX).contains(&cost);
        bearable.then_some(Self { cost, salt, tag, latest: version == "2b" })
    }

    /// Whether it is the hash of this password; with `truncates`, of its first 72 bytes.
    ///
    /// The work is the same for a password that it cannot be the hash of.
    pub(super) fn is_right(&self, password: &[u8], truncates: bool) -> bool {
        let counts = password.get(..BYTES_MAX).filter(|_| truncates).unwrap_or(password);
        let same: bool = compute(password, self.salt, self.cost).ct_eq(&self.tag).into();
        same && takes(counts)
    }

    /// Whether new hashes are made like this one.
    pub(super) fn is_of(&self, scheme: Scheme) -> bool {
        scheme == Scheme::Bcrypt { cost: self.cost } && self.latest
    }
}

/// Whether bcrypt tells this password from every other: it cuts at 72 bytes, and repeats what is shorter with a NUL
/// between, so that a NUL within would make two passwords one.
pub(super) fn takes(password: &[u8]) -> bool {
    password.len() <= BYTES_MAX && !password.contains(&0)
}

/// Hashes a password that bcrypt [takes], with a fresh salt.
pub(super) fn hash(password: &[u8], cost: u32) -> Result<String, Error> {
    let salt = random::bytes::<16>()?;
    let tag = compute(password, salt, cost);
    Ok(text(salt, tag, cost))
}

/// A hash that is no password's.
pub(super) fn of_nobody(cost: u32) -> Result<String, Error> {
    Ok(text(random::bytes()?, random::bytes()?, cost))
}

fn text(salt: [u8; 16], tag: [u8; TAG_BYTES], cost: u32) -> String {
    format!("$2b${cost:02}${}{}", BASE64.encode(salt), BASE64.encode(tag))
}

fn compute(password: &[u8], salt: [u8; 16], cost: u32) -> [u8; TAG_BYTES] {
    let mut key = Zeroizing::new(Vec::with_capacity(password.len().saturating_add(1)));
    key.extend_from_slice(password);
    key.push(0);
    key.truncate(BYTES_MAX);
    let [tag @ .., _] = bcrypt::bcrypt(cost, salt, &key);
    tag
}
