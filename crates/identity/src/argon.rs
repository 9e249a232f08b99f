//! Argon2id, and the text form of its hashes.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::{Error, random};

const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// What a hash costs whoever computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost that is below what is safe, or above what can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("password hashing needs 19456 to 1048576 KiB of memory, 2 to 10 passes and 1 to 16 lanes")]
pub struct UnsafeCost;

impl Cost {
    /// 19 MiB, two passes, one lane.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };

    const MEMORY_KIB_MAX: u32 = 1_048_576;
    const PASSES_MAX: u32 = 10;
    const LANES_MAX: u32 = 16;

    /// A cost no cheaper than [`Cost::DEFAULT`] in memory and passes.
    ///
    /// # Errors
    /// [`UnsafeCost`] outside the limits it names.
    pub fn try_new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, UnsafeCost> {
        let cost = Self { memory_kib, passes, lanes };
        let strong = memory_kib >= Self::DEFAULT.memory_kib && passes >= Self::DEFAULT.passes;
        if strong && cost.is_bearable() { Ok(cost) } else { Err(UnsafeCost) }
    }

    /// A cost that protects nothing, for tests that sign in a hundred times.
    #[cfg(any(test, feature = "testing"))]
    pub const fn worthless() -> Self {
        Self { memory_kib: 64, passes: 1, lanes: 1 }
    }

    fn is_bearable(self) -> bool {
        self.memory_kib <= Self::MEMORY_KIB_MAX
            && (1..=Self::PASSES_MAX).contains(&self.passes)
            && (1..=Self::LANES_MAX).contains(&self.lanes)
    }

    fn params(self, tag_bytes: usize) -> Result<Params, HashRefused> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(tag_bytes)).map_err(|_| HashRefused)
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A stored hash that this program cannot or will not check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the stored password hash is of a kind or cost that is not checked")]
pub(crate) struct HashRefused;

/// What came of checking a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, and the hash should be made anew at today's cost.
    RightButOutdated,
}

/// Working memory that is kept from one hash to the next.
#[derive(Default)]
pub(crate) struct Arena(Vec<Block>);

/// A hash that is no password's.
pub(crate) fn of_nobody(cost: Cost) -> Result<String, Error> {
    Ok(text(random::bytes()?, random::bytes()?, cost))
}

fn text(salt: [u8; SALT_BYTES], tag: [u8; TAG_BYTES], cost: Cost) -> String {
    let Cost { memory_kib, passes, lanes } = cost;
    let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${tag}")
}

impl Arena {
    /// Hashes `password` with a fresh salt, as a PHC string.
    pub(crate) fn hash(&mut self, password: &[u8], cost: Cost) -> Result<String, Error> {
        let salt = random::bytes::<SALT_BYTES>()?;
        let params = cost.params(TAG_BYTES).map_err(|_| Error::Unhashable)?;
        let mut tag = [0_u8; TAG_BYTES];
        self.compute(password, &salt, params, &mut tag).map_err(|_| Error::Unhashable)?;
        Ok(text(salt, tag, cost))
    }

    /// Checks `password` against a PHC string, at the cost that stands in it.
    pub(crate) fn verify(
        &mut self,
        password: &[u8],
        stored: &str,
        cost: Cost,
    ) -> Result<Verdict, HashRefused> {
        let phc = Phc::new(stored).map_err(|_| HashRefused)?;
        let (Some(salt), Some(tag)) = (&phc.salt, &phc.hash) else { return Err(HashRefused) };
        let version_known = phc.version == Some(Version::V0x13.into());
        if phc.algorithm.as_str() != "argon2id" || !version_known {
            return Err(HashRefused);
        }
        let params = Params::try_from(&phc).map_err(|_| HashRefused)?;
        let given = Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        if !given.is_bearable() || tag.len() < 16 || tag.len() > 64 {
            return Err(HashRefused);
        }
        let mut computed = vec![0_u8; tag.len()];
        self.compute(password, salt.as_ref(), params, &mut computed)?;
        self.shrink_to(cost);
        let right = bool::from(computed.ct_eq(tag.as_bytes()));
        Ok(match (right, given == cost && tag.len() == TAG_BYTES) {
            (false, _) => Verdict::Wrong,
            (true, true) => Verdict::Right,
            (true, false) => Verdict::RightButOutdated,
        })
    }

    /// Gives back the memory that a hash costlier than ours needed once.
    fn shrink_to(&mut self, cost: Cost) {
        let usual = cost.params(TAG_BYTES).map_or(0, |params| params.block_count());
        if self.0.len() > usual {
            self.0.truncate(usual);
            self.0.shrink_to_fit();
        }
    }

    fn compute(
        &mut self,
        password: &[u8],
        salt: &[u8],
        params: Params,
        tag: &mut [u8],
    ) -> Result<(), HashRefused> {
        let wanted = params.block_count();
        if self.0.len() < wanted {
            self.0.resize(wanted, Block::new());
        }
        let blocks = self.0.get_mut(..wanted).ok_or(HashRefused)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, tag, blocks)
            .map_err(|_| HashRefused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    #[test]
    fn a_hash_is_a_phc_string_that_knows_its_password() {
        let mut arena = Arena::default();

        let hash = arena.hash(&password("velvet tundra orbit"), Cost::DEFAULT).unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(arena.verify(&password("velvet tundra orbit"), &hash, Cost::DEFAULT), Ok(Verdict::Right));
        assert_eq!(arena.verify(&password("velvet tundra orbis"), &hash, Cost::DEFAULT), Ok(Verdict::Wrong));
        assert_ne!(
            hash,
            arena.hash(&password("velvet tundra orbit"), Cost::DEFAULT).unwrap(),
            "salts differ"
        );
    }

    #[test]
    fn a_hash_of_the_reference_implementation_is_known() {
        // `echo -n password | argon2 somesalt -id -v 13 -t 2 -m 16 -p 1 -l 32`, from the reference test suite.
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        let verdict = Arena::default().verify(&password("password"), hash, Cost::DEFAULT);

        assert_eq!(verdict, Ok(Verdict::RightButOutdated));
    }

    #[test]
    fn a_hash_of_another_cost_is_checked_and_called_outdated() {
        let mut arena = Arena::default();
        let hash = arena.hash(&password("velvet tundra orbit"), Cost::worthless()).unwrap();

        let verdict = arena.verify(&password("velvet tundra orbit"), &hash, Cost::DEFAULT);

        assert_eq!(verdict, Ok(Verdict::RightButOutdated));
    }

    #[test]
    fn hashes_that_are_strange_or_ruinous_are_not_computed() {
        let good = Arena::default().hash(&password("x"), Cost::worthless()).unwrap();
        let tail = good.split_once("p=1$").unwrap().1;
        for stored in [
            String::new(),
            "plain".to_owned(),
            format!("$argon2i$v=19$m=64,t=1,p=1${tail}"),
            format!("$argon2d$v=19$m=64,t=1,p=1${tail}"),
            format!("$argon2id$v=16$m=64,t=1,p=1${tail}"),
            format!("$argon2id$m=64,t=1,p=1${tail}"),
            format!("$argon2id$v=19$m=4194304,t=1,p=1${tail}"),
            format!("$argon2id$v=19$m=64,t=1000,p=1${tail}"),
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234".to_owned(),
        ] {
            assert_eq!(
                Arena::default().verify(&password("x"), &stored, Cost::DEFAULT),
                Err(HashRefused),
                "{stored}"
            );
        }
    }

    #[test]
    fn costs_have_a_floor_and_a_ceiling() {
        assert!(Cost::try_new(19_456, 2, 1).is_ok());
        for (memory_kib, passes, lanes) in
            [(19_455, 2, 1), (65_536, 1, 1), (2_000_000, 2, 1), (65_536, 11, 1), (65_536, 3, 0)]
        {
            assert_eq!(Cost::try_new(memory_kib, passes, lanes), Err(UnsafeCost));
        }
    }
}
