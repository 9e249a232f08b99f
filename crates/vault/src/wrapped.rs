//! Data keys as they lie in the database.

use florin_kernel::Timestamp;
use zeroize::Zeroizing;

use crate::{MasterId, MasterKey, VaultError, random};

/// After how many days a sealing key is replaced.
const ROTATE_AFTER_DAYS: i64 = 90;
/// After how many fields a sealing key is replaced: random nonces of 96 bits stay apart for 2³² (NIST SP 800-38D, 8.3).
const ROTATE_AFTER_USES: u64 = 1 << 31;

/// What a data key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// Seals fields; there are more versions with time, and one of them is active.
    Seal,
    /// The root from which keys for all other purposes are derived. There is one, and it stays: what is compared by
    /// blind index must stay comparable.
    Root,
}

impl KeyKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Root => "root",
        }
    }

    /// The kind of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Seal, Self::Root].into_iter().find(|kind| kind.code() == code)
    }
}

/// What a data key may still be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// It seals and opens.
    Active,
    /// It opens what it sealed.
    DecryptOnly,
    /// It is gone, and so is what it sealed.
    Destroyed,
}

impl KeyState {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::DecryptOnly => "decrypt_only",
            Self::Destroyed => "destroyed",
        }
    }

    /// The state of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Active, Self::DecryptOnly, Self::Destroyed].into_iter().find(|state| state.code() == code)
    }
}

/// A data key, encrypted by a master key: a row of the table `vault_key`.
#[derive(Clone, Debug)]
pub struct WrappedKey {
    /// What it is for.
    pub kind: KeyKind,
    /// Its number, from one on.
    pub version: u32,
    /// What it may still be used for.
    pub state: KeyState,
    /// Which master key wrapped it.
    pub master: MasterId,
    /// Nonce, ciphertext and tag; empty once it is destroyed.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it only opens, once it sealed.
    pub retired_at: Option<Timestamp>,
    /// How many fields it sealed, as far as was noted.
    pub uses: u64,
}

impl WrappedKey {
    /// A new, active key.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate(
        kind: KeyKind,
        version: u32,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let secret = random::key()?;
        let wrapped = master.wrapping().seal(&context(kind, version), secret.as_slice())?;
        let master = master.id().clone();
        Ok(Self {
            kind,
            version,
            state: KeyState::Active,
            master,
            wrapped,
            created_at: now,
            retired_at: None,
            uses: 0,
        })
    }

    /// The same key, wrapped by another master key; what it sealed stays as it is.
    ///
    /// # Errors
    /// [`VaultError::MasterMissing`], [`VaultError::Damaged`], [`VaultError::Destroyed`].
    pub fn rewrap(&self, known: &[MasterKey], by: &MasterKey) -> Result<Self, VaultError> {
        let secret = self.unwrap_with(known)?;
        let wrapped = by.wrapping().seal(&context(self.kind, self.version), secret.as_slice())?;
        Ok(Self { master: by.id().clone(), wrapped, ..self.clone() })
    }

    pub(crate) fn unwrap_with(&self, masters: &[MasterKey]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let (kind, version) = (self.kind.code(), self.version);
        if self.state == KeyState::Destroyed {
            return Err(VaultError::Destroyed(version));
        }
        let missing = || VaultError::MasterMissing { kind, version, master: self.master.clone() };
        let master = masters.iter().find(|master| *master.id() == self.master).ok_or_else(missing)?;
        let damaged = || VaultError::Damaged { kind, version };
        let opened = master.wrapping().open(&context(self.kind, version), &self.wrapped);
        let opened = opened.ok_or_else(damaged)?;
        let mut secret = Zeroizing::new([0_u8; 32]);
        if opened.len() != secret.len() {
            return Err(damaged());
        }
        secret.copy_from_slice(&opened);
        Ok(secret)
    }
}

/// A wrapped key opens as what it was made for, and as nothing else.
fn context(kind: KeyKind, version: u32) -> Vec<u8> {
    let mut context = b"florin key 1|".to_vec();
    context.extend_from_slice(kind.code().as_bytes());
    context.push(b'|');
    context.extend_from_slice(&version.to_be_bytes());
    context
}

/// Whether a sealing key that was made and used so is due to be replaced: after ninety days or 2³¹ fields.
pub fn rotation_is_due(created_at: Timestamp, uses: u64, now: Timestamp) -> bool {
    let age_s = now.as_second().saturating_sub(created_at.as_second());
    age_s >= ROTATE_AFTER_DAYS * 86_400 || uses >= ROTATE_AFTER_USES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(master: &MasterKey) -> WrappedKey {
        WrappedKey::generate(KeyKind::Seal, 3, master, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_wrapped_key_opens_with_its_master_alone() {
        let (master, other) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let key = made(&master);
        let secret = key.unwrap_with(&[other.clone(), master.clone()]).unwrap();

        assert!(!format!("{key:?}").contains(&format!("{:?}", secret.as_slice())));
        let refusal = key.unwrap_with(std::slice::from_ref(&other)).unwrap_err();
        assert!(refusal.to_string().contains(master.id().as_str()), "{refusal}");
        let renamed = WrappedKey { master: other.id().clone(), ..key };
        assert!(matches!(renamed.unwrap_with(&[other]), Err(VaultError::Damaged { version: 3, .. })));
    }

    #[test]
    fn a_wrapped_key_that_was_changed_or_renamed_does_not_open() {
        let master = [MasterKey::generate().unwrap()];
        let key = made(&master[0]);
        for at in 0..key.wrapped.len() {
            for bit in 0..8 {
                let mut changed = key.clone();
                changed.wrapped[at] ^= 1 << bit;
                assert!(matches!(changed.unwrap_with(&master), Err(VaultError::Damaged { .. })));
            }
        }
        let renamed = [WrappedKey { version: 4, ..key.clone() }, WrappedKey { kind: KeyKind::Root, ..key }];
        assert!(renamed.iter().all(|key| key.unwrap_with(&master).is_err()));
    }

    #[test]
    fn a_new_master_key_wraps_the_same_key() {
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let key = made(&old);

        let rewrapped = key.rewrap(std::slice::from_ref(&old), &new).unwrap();

        assert_eq!(
            rewrapped.unwrap_with(std::slice::from_ref(&new)).unwrap(),
            key.unwrap_with(&[old]).unwrap()
        );
        let destroyed = WrappedKey { state: KeyState::Destroyed, wrapped: Vec::new(), ..rewrapped };
        assert!(matches!(destroyed.rewrap(std::slice::from_ref(&new), &new), Err(VaultError::Destroyed(3))));
    }

    #[test]
    fn a_key_is_replaced_after_ninety_days_or_two_thousand_million_fields() {
        let day = |n: i64| Timestamp::from_second(n * 86_400).unwrap();
        assert!(!rotation_is_due(day(0), 0, day(89)));
        assert!(rotation_is_due(day(0), 0, day(90)));
        assert!(rotation_is_due(day(0), 1 << 31, day(1)));
        assert!(!rotation_is_due(day(9), 0, day(0)), "a clock that went back replaces nothing");
    }
}
