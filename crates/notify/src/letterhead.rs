//! Who writes, and where links lead.

use std::fmt;
use std::str::FromStr;

use lettre::message::Mailbox;

use crate::MailError;

/// The address at which people reach this installation, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The link to `path`, which begins with a slash, with one query parameter of unreserved characters.
    pub(crate) fn link(&self, path: &str, name: &str, value: &str) -> String {
        format!("{}{path}?{name}={value}", self.0)
    }

    /// The link to `path`, which begins with a slash.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The host, without a port.
    pub fn host(&self) -> &str {
        let authority = self.0.split('/').nth(2).unwrap_or_default();
        match authority.split_once(']') {
            Some((literal, _)) => literal.trim_start_matches('['),
            None => authority.split(':').next().unwrap_or_default(),
        }
    }
}

impl FromStr for PublicUrl {
    type Err = MailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Self(text.trim_end_matches('/').to_owned());
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c);
        if !rest.is_some_and(|rest| rest.chars().all(plain)) || url.host().is_empty() {
            return Err(MailError::PublicUrl);
        }
        Ok(url)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who writes letters, in whose name, and where their links lead.
#[derive(Clone, Debug)]
pub struct Letterhead {
    pub(crate) from: Mailbox,
    pub(crate) institution: String,
    pub(crate) public_url: PublicUrl,
}

impl Letterhead {
    /// Letters of `institution` from `from` (`Florin <no-reply@bank.example>`), with links to `public_url`.
    ///
    /// # Errors
    /// [`MailError::Address`] when `from` is no mail address, [`MailError::Text`] when the name has control characters.
    pub fn try_new(institution: &str, from: &str, public_url: PublicUrl) -> Result<Self, MailError> {
        if institution.is_empty() || institution.chars().any(char::is_control) {
            return Err(MailError::Text("institution"));
        }
        let from = from.parse().map_err(|_| MailError::Address("sender's"))?;
        Ok(Self { from, institution: institution.to_owned(), public_url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_has_a_scheme_and_a_host_and_nothing_more() {
        for good in [
            "https://bank.example",
            "http://127.0.0.1:8080/",
            "https://bank.example/florin",
            "http://[::1]:8080",
        ] {
            assert!(good.parse::<PublicUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "bank.example",
            "https://",
            "https:///path",
            "ftp://bank.example",
            "javascript:alert(1)",
            "https://user@bank.example",
            "https://bank.example?x=1",
            "https://bank.example/#f",
            "https://bank.example/\r\nBcc: a@b",
            "https://bank.example/\"><script>",
        ] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_link_has_one_slash_between_address_and_path() {
        let url: PublicUrl = "http://127.0.0.1:8080/".parse().unwrap();

        assert_eq!(url.link("/verify-email", "token", "abc"), "http://127.0.0.1:8080/verify-email?token=abc");
        assert_eq!(url.host(), "127.0.0.1");
    }
}
