//! What a browser's cookie holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::sessions::TokenDigest;
use crate::{Error, random};

/// How every secret begins, so that it is recognised where it should not lie.
const PREFIX: &str = "fls_";
/// 32 bytes in base64url.
const CHARS: usize = 43;

/// A secret that nobody has.
pub(crate) fn secret() -> Result<SecretString, Error> {
    let random = Zeroizing::new(random::bytes::<32>()?);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*random));
    Ok(SecretString::from(format!("{PREFIX}{}", encoded.as_str())))
}

/// Whether this is meant to be a browser's secret: it is taken from a cookie and from nowhere else.
pub(crate) fn is_browser_secret(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// What a secret is kept by; `None` when it has not even the form of one.
pub(crate) fn digest(text: &str) -> Option<TokenDigest> {
    let rest = text.strip_prefix(PREFIX)?;
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (rest.len() == CHARS && rest.bytes().all(sign)).then(|| TokenDigest::of(text))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_has_the_form_of_one_and_is_like_no_other() {
        let (one, other) = (secret().unwrap(), secret().unwrap());

        assert!(digest(one.expose_secret()).is_some() && is_browser_secret(one.expose_secret()));
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(!format!("{one:?}").contains(one.expose_secret()));
        let short = "A".repeat(42);
        for bad in [
            "",
            "fls_",
            "A",
            &format!("fls_{short}"),
            &format!("fls_{short}="),
            &format!("fls_{short}AA"),
            &format!("flr_{short}A"),
        ] {
            assert!(digest(bad).is_none(), "{bad}");
        }
    }
}
