//! An authenticator app: what shows six digits on a telephone.

use florin_kernel::Timestamp;
use totp_rs::{Algorithm, Builder, Secret};

/// What an app that was given this secret, in base 32, shows at this time.
pub fn totp_code(secret: &str, at: Timestamp) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_secret(secret);
    totp.build_noncompliant().generate(u64::try_from(at.as_second()).unwrap()).to_string()
}
