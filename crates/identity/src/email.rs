//! Email addresses, as people type them and as they are compared.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

/// An email address that mail can be sent to, with the form by which two of them are compared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email {
    address: String,
    key: String,
}

/// Text that is no email address we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an email address such as ada@example.org is wanted")]
pub struct InvalidEmail;

impl Email {
    /// The most bytes an address may have (RFC 5321, 4.5.3.1.3).
    pub const BYTES_MAX: usize = 254;
    /// The most bytes before the `@` (RFC 5321, 4.5.3.1.1).
    pub const LOCAL_BYTES_MAX: usize = 64;

    /// The address to send mail to: as typed, without spaces around, its domain in small letters.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The address as it is compared: all in small letters. Two people cannot have the same.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stands before the `@`, in small letters.
    pub fn local_part(&self) -> &str {
        self.key.split('@').next().unwrap_or_default()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // Composing may grow text threefold; nothing that long becomes an address.
        if text.len() > Self::BYTES_MAX.saturating_mul(3) {
            return Err(InvalidEmail);
        }
        let composed: String = text.nfc().collect();
        let (local, domain) = composed.split_once('@').ok_or(InvalidEmail)?;
        let domain = domain.to_ascii_lowercase();
        if !is_local_part(local) || !is_domain(&domain) {
            return Err(InvalidEmail);
        }
        let key: String = format!("{}@{domain}", local.to_lowercase()).nfc().collect();
        let address = format!("{local}@{domain}");
        if address.len() > Self::BYTES_MAX || key.len() > Self::BYTES_MAX {
            return Err(InvalidEmail);
        }
        Ok(Self { address, key })
    }
}

/// Words of letters, digits and the signs of RFC 5322's `atext`, with single dots between; letters may be of any script.
fn is_local_part(local: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign_letter(c);
    local.len() <= Email::LOCAL_BYTES_MAX
        && local.split('.').all(|word| !word.is_empty() && word.chars().all(allowed))
}

fn is_foreign_letter(c: char) -> bool {
    !c.is_ascii() && (c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c))
}

/// At least two labels of letters, digits and inner hyphens; names in other scripts come as `xn--…`.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && domain.split('.').all(is_label) && !top.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Debug for Email {
    /// Says nothing of whose it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_that_mail_reaches_are_taken() {
        for text in [
            "ada@example.org",
            "a@b.co",
            "first.last+tag@sub.example.co.uk",
            "o'neill@example.org",
            "siân@example.org",
            "ada@xn--bcher-kva.example",
            "1@2.example",
        ] {
            assert_eq!(text.parse::<Email>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_obviously_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_domain = format!("a@{}.org", vec!["b".repeat(62); 4].join("."));
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "ada@@example.org",
            "ada@a@example.org",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@example..org",
            "ada@.example.org",
            "ada@example.org.",
            "ada@-example.org",
            ".ada@example.org",
            "ada.@example.org",
            "a..da@example.org",
            "a da@example.org",
            "ada@exa mple.org",
            "ada\r\n@example.org",
            "ada\0@example.org",
            "\"ada\"@example.org",
            "ada@bücher.example",
            "<ada@example.org>",
            "ada@example.org,eve@example.org",
            "ada\u{202e}@example.org",
            "a\u{200b}da@example.org",
            &long_local,
            &long_domain,
        ] {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn addresses_are_compared_without_case_or_way_of_composing() {
        let typed: Email = "  Ada.Lovelace@Example.ORG ".parse().unwrap();
        let (composed, decomposed): (Email, Email) =
            ("si\u{e2}n@example.org".parse().unwrap(), "SIA\u{302}N@example.org".parse().unwrap());

        assert_eq!(typed.as_str(), "Ada.Lovelace@example.org");
        assert_eq!(typed.key(), "ada.lovelace@example.org");
        assert_eq!(composed.key(), decomposed.key());
    }

    #[test]
    fn an_address_is_not_printed_for_the_log() {
        assert!(!format!("{:?}", "ada@example.org".parse::<Email>().unwrap()).contains("ada"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,300}") {
            let _ = text.parse::<Email>();
        }

        #[test]
        fn what_is_taken_reads_back_as_itself(text in "[a-zA-ZâÉßİǅ0-9.+_-]{1,20}@[a-zA-Z0-9-]{1,10}\\.[a-zA-Z]{2,6}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>().unwrap(), email.clone());
                let folded: Email = email.key().parse().unwrap();
                prop_assert_eq!(folded.key(), email.key());
                prop_assert!(email.as_str().len() <= Email::BYTES_MAX);
                prop_assert!(!email.as_str().chars().any(|c| c.is_control() || c.is_whitespace()));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
