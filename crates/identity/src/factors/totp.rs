//! Codes of an authenticator app: RFC 6238 with SHA-1, six digits, steps of 30 seconds and secrets of 160 bits, which
//! is what every app knows.

use florin_kernel::Timestamp;
use totp_rs::{Algorithm, Builder, Secret, Totp, TotpError};
use zeroize::Zeroizing;

use crate::identity::seconds;
use crate::{Email, Error, random};

/// How long one code is shown, in seconds.
pub(super) const STEP_SECONDS: u64 = 30;
/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// The secret that an app and we share.
pub(super) struct SharedSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl SharedSecret {
    /// A new one.
    pub(super) fn generate() -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(random::bytes::<SECRET_BYTES>()?)))
    }

    /// The secret that was kept; `None` for bytes that are none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// What to keep, sealed.
    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// As people type it into an app that cannot scan.
    pub(super) fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(Secret::new_stack(*self.0).to_base32())
    }

    /// The address by which an app learns the secret.
    pub(super) fn provisioning_uri(
        &self,
        institution: &str,
        email: &Email,
    ) -> Result<Zeroizing<String>, Error> {
        // A colon divides issuer and account in the label, so neither may have one.
        let totp = self
            .builder(0)
            .with_issuer(Some(institution.replace(':', " ")))
            .with_account_name(email.as_str().replace(':', " "))
            .build();
        let uri = totp.and_then(|totp| totp.to_url());
        uri.map(Zeroizing::new).map_err(|error: TotpError| {
            tracing::error!(%error, "an authenticator app cannot be set up");
            Error::Settings("the name of the institution cannot be shown in an authenticator app")
        })
    }

    /// The step to which a code belongs: of those that are at most `skew` before or after `now`.
    pub(super) fn step_of(&self, code: &str, skew: u8, now: Timestamp) -> Option<i64> {
        self.totp(skew).check(code, seconds(now)).and_then(|step| i64::try_from(step).ok())
    }

    fn totp(&self, skew: u8) -> Totp {
        self.builder(skew).build_noncompliant()
    }

    fn builder(&self, skew: u8) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(skew.into())
            .with_step_duration(STEP_SECONDS)
            .with_secret(Secret::new_stack(*self.0))
    }
}

/// Whether a code belongs to a secret now, one step more or less; for benchmarks.
#[cfg(feature = "testing")]
pub fn totp_matches(secret: &[u8; 20], code: &str, now: Timestamp) -> bool {
    SharedSecret(Zeroizing::new(*secret)).step_of(code, 1, now).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn rfc() -> SharedSecret {
        SharedSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    /// RFC 6238, appendix B, for SHA-1; the table's eight digits cut to the last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (second, eight) in VECTORS {
            assert_eq!(rfc().step_of(&eight[2..], 0, at(second)), Some(second / 30), "{second}");
            assert_eq!(rfc().step_of("000000", 0, at(second)), None);
        }
    }

    #[test]
    fn a_code_is_good_for_its_own_step_and_as_many_around_it_as_the_skew_says() {
        let (code, step) = ("287082", 1);

        for (skew, first, end) in [(0, 30, 60), (1, 0, 90)] {
            assert_eq!(rfc().step_of(code, skew, at(first)), Some(step), "skew {skew}, at its first second");
            assert_eq!(rfc().step_of(code, skew, at(end - 1)), Some(step), "skew {skew}, at its last second");
            assert_eq!(rfc().step_of(code, skew, at(end)), None, "skew {skew}, a second late");
            if first > 0 {
                assert_eq!(rfc().step_of(code, skew, at(first - 1)), None, "skew {skew}, a second early");
            }
        }
        assert_eq!(rfc().step_of("081804", 1, at(1_111_111_079 - 30)), None, "two steps early");
        assert_eq!(rfc().step_of("081804", 1, at(1_111_111_079)), Some(37_037_036), "one step early");
    }

    #[test]
    fn the_address_names_institution_and_person_and_cannot_be_broken_by_them() {
        let email: Email = "ada+bills@example.org".parse().unwrap();

        let uri = rfc().provisioning_uri("Ash & Oak: 100%", &email).unwrap();

        assert_eq!(
            uri.as_str(),
            "otpauth://totp/Ash%20%26%20Oak%20%20100%25:ada%2Bbills%40example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ash%20%26%20Oak%20%20100%25"
        );
        assert_eq!(rfc().base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn secrets_are_of_160_bits_and_no_two_are_the_same() {
        let (one, other) = (SharedSecret::generate().unwrap(), SharedSecret::generate().unwrap());

        assert_eq!(one.bytes().len(), 20);
        assert_ne!(one.bytes(), other.bytes());
        assert!(SharedSecret::from_bytes(&[0; 19]).is_none());
    }
}
