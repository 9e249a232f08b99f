//! Payloads' names: random enough to be nobody else's, the same for the same seed.

/// A generator of names (`SplitMix64`); not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Ten small letters that no other part of the scan has.
    pub(crate) fn word(&mut self) -> String {
        let mut bits = self.next();
        (0..10)
            .map(|_| {
                let letter = u8::try_from(bits % 26).unwrap_or(0);
                bits /= 26;
                char::from(b'a'.saturating_add(letter))
            })
            .collect()
    }

    /// A number of six digits.
    pub(crate) fn number(&mut self) -> u64 {
        100_000 + self.next() % 900_000
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }
}

/// A seed that nobody has chosen.
pub(crate) fn seed() -> Result<u64, getrandom::Error> {
    getrandom::u64()
}

/// A password that nobody can guess.
pub(crate) fn password() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    let hex = crate::message::hex(&bytes);
    // All classes of characters that rules ask for.
    Ok(format!("Zq7!-{hex}"))
}
