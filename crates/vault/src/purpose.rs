//! One key for each purpose, derived by a label that nothing else uses.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The label under which a master key gives the key that wraps data keys.
pub(crate) const WRAP: &str = "florin/1/wrap";
/// The label under which a master key gives its id.
pub(crate) const MASTER_ID: &str = "florin/1/master-id";
/// The label under which the content of a key file gives the key of files.
pub(crate) const FILE_KEY: &str = "florin/1/key-file";
/// The label under which a Fernet key gives its id.
pub(crate) const FERNET_ID: &str = "florin/1/name-of-fernet-key";
/// The label under which a data key gives the key that seals fields.
pub(crate) const FIELD: &str = "florin/1/field";
/// How the label of a blind index begins; `table.column` follows.
pub(crate) const BLIND: &str = "florin/1/blind-index/";

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $algorithm:literal),+ $(,)?) => {
        /// What a key that is derived from the root is for; a key is never used for two.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Purpose {
            $($(#[$doc])* $name,)+
        }

        impl Purpose {
            /// Every purpose there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The label that the key is derived by; changing one changes the key.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => concat!("florin/1/", $label)),+ }
            }

            /// What the key is used with.
            pub const fn algorithm(self) -> &'static str {
                match self { $(Self::$name => $algorithm),+ }
            }
        }
    };
}

purposes! {
    /// Binds a form to the browser session that it was given to.
    Csrf = "csrf", "HMAC-SHA-256",
    /// Recognises a browser that signed in before.
    DeviceBinding = "device-binding", "HMAC-SHA-256",
    /// Binds a sign-in at another provider to the browser that began it.
    FederatedLogin = "federated-login", "HMAC-SHA-256",
    /// Encrypts fields in the format of other systems, where no key of theirs is given.
    Fernet = "fernet", "AES-128-CBC and HMAC-SHA-256",
    /// Encrypts backups and other files.
    File = "file", "AES-256-GCM (segments)",
    /// Seals the record of the audit trail's checkpoints.
    AuditCheckpoint = "audit-checkpoint", "HMAC-SHA-256",
    /// Signs what the simulated payment processor sends.
    SimulatedProcessor = "simulated-processor", "HMAC-SHA-256",
    /// Names people in analyses without saying who they are.
    Pseudonym = "pseudonym", "HMAC-SHA-256",
}

/// A key for one purpose; wiped when it is dropped.
#[derive(Clone)]
pub struct DerivedKey(Zeroizing<[u8; 32]>);

impl DerivedKey {
    pub(crate) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The bytes; whoever asks answers for where they go.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey")
    }
}

/// The key that `label` gives, by HKDF-SHA-256 without a salt: `secret` is random already.
pub(crate) fn expand(secret: &[u8; 32], label: &str) -> Zeroizing<[u8; 32]> {
    expand_salted(secret, &[], label.as_bytes())
}

/// The key that `info` gives under `salt`, by HKDF-SHA-256.
pub(crate) fn expand_salted(secret: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0_u8; 32]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret).expand(info, key.as_mut_slice());
    // HKDF refuses more than 8,160 bytes; 32 are never too many.
    debug_assert!(expanded.is_ok());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_hkdf_as_rfc_5869_writes_it_down() {
        // RFC 5869, appendix A.1, its first 32 bytes.
        let salt: Vec<u8> = (0..=12).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();

        let key = expand_salted(&[0x0b; 22], &salt, &info);

        let (first, rest) = key.split_at(16);
        assert_eq!(u128::from_be_bytes(first.try_into().unwrap()), 0x3cb2_5f25_faac_d57a_9043_4f64_d036_2f2a);
        assert_eq!(u128::from_be_bytes(rest.try_into().unwrap()), 0x2d2d_0a90_cf1a_5a4c_5db0_2d56_ecc4_c5bf);
    }

    #[test]
    fn no_label_is_another_or_begins_as_another() {
        let mut labels = vec![WRAP, MASTER_ID, FILE_KEY, FERNET_ID, FIELD, BLIND];
        labels.extend(Purpose::ALL.iter().map(|purpose| purpose.label()));
        for (at, label) in labels.iter().enumerate() {
            assert!(label.starts_with("florin/1/"));
            let mut others = labels.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(others.all(|(_, other)| !other.starts_with(label)), "{label}");
        }
    }
}
