//! What a first factor earned when there is a second: a token that names it, and opens nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_db::Tx;
use florin_kernel::{Timestamp, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::store::{self, ChallengeRow};
use super::{passkey_store, relying_party::RelyingParty};
use crate::identity::later;
use crate::{Error, random};

/// How long a sign-in waits for its second factor, in seconds.
pub(super) const SECONDS: u32 = 300;
/// So many wrong codes end a challenge.
pub(super) const WRONG_MAX: u32 = 5;
/// A token is its prefix and 32 random bytes in base64url; longer text is none and is not even hashed.
const TOKEN_CHARS_MAX: usize = 64;
const PREFIX: &str = "flm_";

/// A second factor that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A code of an authenticator app.
    Totp,
    /// A backup code.
    BackupCode,
    /// A passkey.
    Passkey,
}

impl Method {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
            Self::Passkey => "passkey",
        }
    }
}

/// What somebody gets whose first factor was right and who has a second.
#[derive(Clone, Debug)]
pub struct MfaChallenge {
    /// Names the sign-in that waits; shown once, with the second factor.
    pub token: SecretString,
    /// How long it waits, in seconds.
    pub expires_in_seconds: u32,
    /// What can be shown as the second factor.
    pub methods: Vec<Method>,
}

/// What was proved first, and by whom.
pub(crate) struct FirstFactor {
    pub user: UserId,
    /// How, as RFC 8176 names it.
    pub amr: &'static str,
    /// The hash of what it was checked against: a sign-in that waits is void when that changes.
    pub credential_hash: Option<[u8; 32]>,
}

impl FirstFactor {
    /// A password that was checked against this hash.
    pub(crate) fn password(user: UserId, stored_hash: &str) -> Self {
        Self { user, amr: "pwd", credential_hash: Some(Sha256::digest(stored_hash).into()) }
    }

    /// The word of another provider. RFC 8176 has no name for that, and `fed` is ours.
    pub(crate) const fn provider(user: UserId) -> Self {
        Self { user, amr: "fed", credential_hash: None }
    }

    /// How the sign-in was proved with a second factor (RFC 8176).
    pub(crate) fn amr_with(&self, proof: Proof) -> String {
        proof.added_to(self.amr)
    }
}

/// A second factor that was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A code of an authenticator app.
    Totp,
    /// A backup code.
    BackupCode,
    /// A passkey, which may be kept by one device alone.
    Passkey { device_bound: bool },
}

impl Proof {
    /// The names of RFC 8176; a backup code has none there and bears ours.
    pub(super) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Totp => &["otp"],
            Self::BackupCode => &["backup_code"],
            Self::Passkey { device_bound: true } => &["hwk", "user"],
            Self::Passkey { device_bound: false } => &["swk", "user"],
        }
    }

    /// What was proved before and this, each once, with `mfa`.
    pub(super) fn added_to(self, amr: &str) -> String {
        let mut words: Vec<&str> = amr.split(' ').filter(|word| !word.is_empty() && *word != "mfa").collect();
        for word in self.words() {
            if !words.contains(word) {
                words.push(word);
            }
        }
        words.push("mfa");
        words.join(" ")
    }
}

/// A token of 256 random bits, and the hash it is stored by.
pub(super) fn new_token() -> Result<(SecretString, [u8; 32]), Error> {
    let random = Zeroizing::new(random::bytes::<32>()?);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*random));
    let token = SecretString::from(format!("{PREFIX}{}", encoded.as_str()));
    let hash = Sha256::digest(token.expose_secret()).into();
    Ok((token, hash))
}

/// The hash of a token that somebody shows; `None` when it is not even the form of one.
pub(super) fn hash_of(token: &str) -> Option<[u8; 32]> {
    let formed = token.len() <= TOKEN_CHARS_MAX && token.starts_with(PREFIX);
    formed.then(|| Sha256::digest(token).into())
}

/// Writes what a first factor earned.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    first: &FirstFactor,
    relying_party: Option<&RelyingParty>,
    now: Timestamp,
) -> Result<MfaChallenge, Error> {
    let (token, hash) = new_token()?;
    store::insert_challenge(tx, hash, first, now, later(now, SECONDS.into()))?;
    let mut methods = Vec::with_capacity(3);
    if store::totp(tx, first.user)?.is_some_and(|totp| totp.enabled) {
        methods.push(Method::Totp);
    }
    if relying_party.is_some() && passkey_store::count(tx, first.user)? > 0 {
        methods.push(Method::Passkey);
    }
    if store::backup_codes_left(tx, first.user)? > 0 {
        methods.push(Method::BackupCode);
    }
    tx.outcome_failed("mfa_required");
    Ok(MfaChallenge { token, expires_in_seconds: SECONDS, methods })
}

impl ChallengeRow {
    /// Whether the sign-in still waits, given the hash of the password as it is now.
    pub(super) fn is_good(&self, stored_hash: &str, now: Timestamp) -> bool {
        let unchanged = self.credential_hash.as_ref().is_none_or(|proved| {
            let present: [u8; 32] = Sha256::digest(stored_hash).into();
            proved.as_slice() == present
        });
        !self.ended && self.wrong < WRONG_MAX && self.expires_at > now && unchanged
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    #[test]
    fn what_was_proved_is_told_once_each_and_mfa_last() {
        let device = Proof::Passkey { device_bound: true };

        assert_eq!(Proof::Totp.added_to("pwd"), "pwd otp mfa");
        assert_eq!(Proof::Totp.added_to("pwd otp mfa"), "pwd otp mfa");
        assert_eq!(device.added_to("pwd otp mfa"), "pwd otp hwk user mfa");
        assert_eq!(device.added_to(""), "hwk user mfa");
        assert_eq!(Proof::BackupCode.added_to("pwd"), "pwd backup_code mfa");
    }

    #[test]
    fn a_token_is_known_by_its_hash_and_other_tokens_are_none() {
        let (token, hash) = new_token().unwrap();

        assert_eq!(hash_of(token.expose_secret()), Some(hash));
        assert_eq!(hash_of("flr_AAAA"), None);
        assert_eq!(hash_of(&format!("flm_{}", "A".repeat(100))), None);
        assert!(!format!("{token:?}").contains(token.expose_secret()));
    }

    #[test]
    fn a_sign_in_that_waits_is_void_when_its_time_or_its_password_is_over() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let row = |wrong, ended| ChallengeRow {
            user,
            amr: "pwd".to_owned(),
            credential_hash: FirstFactor::password(user, "$argon2id$a").credential_hash.map(Vec::from),
            wrong,
            expires_at: at(300),
            ended,
        };

        assert!(row(4, false).is_good("$argon2id$a", at(299)));
        assert!(!row(0, false).is_good("$argon2id$a", at(300)), "too late");
        assert!(!row(0, false).is_good("$argon2id$b", at(0)), "another password");
        assert!(!row(5, false).is_good("$argon2id$a", at(0)), "five wrong codes");
        assert!(!row(0, true).is_good("$argon2id$a", at(0)), "used");
    }
}
