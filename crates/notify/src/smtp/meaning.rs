//! What a server's answer means for the letter.

use std::error::Error as _;

use lettre::transport::smtp::Error;

use crate::MailError;

/// Answers that ask for a sign-in, or for another one, wherever they are given (RFC 4954, 6).
const ABOUT_SIGN_IN: [&str; 4] = ["530", "534", "535", "538"];

/// How far the dialogue had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Greeting,
    Encryption,
    SignIn,
    Sender,
    Recipient,
    Content,
}

impl Phase {
    const fn words(self) -> &'static str {
        match self {
            Self::Greeting => "the greeting",
            Self::Encryption => "the encryption",
            Self::SignIn => "the sign-in",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Content => "the content",
        }
    }
}

/// What a failure in this phase means. The text repeats nothing but codes of what the server said, which tends to name
/// the recipient.
pub(super) fn meaning(phase: Phase, error: &Error) -> MailError {
    if let Some(status) = error.status() {
        let status = status.to_string();
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        let words = match enhanced(&said) {
            Some(code) => format!("{} was answered with {status} {code}", phase.words()),
            None => format!("{} was answered with {status}", phase.words()),
        };
        return match phase {
            _ if error.is_transient() => MailError::Unavailable(words),
            Phase::Recipient | Phase::Content if !ABOUT_SIGN_IN.contains(&status.as_str()) => {
                MailError::Refused(words)
            }
            _ => MailError::Service(words),
        };
    }
    if error.is_response() {
        return MailError::Unavailable(format!("{} was answered with what is no SMTP", phase.words()));
    }
    if error.is_tls() || error.is_client() {
        return MailError::Service(format!("{} failed: {error}", phase.words()));
    }
    MailError::Unavailable(format!("{} failed: {error}", phase.words()))
}

/// The enhanced status code (RFC 3463) that an answer begins with.
fn enhanced(said: &str) -> Option<&str> {
    let first = said.split_ascii_whitespace().next()?;
    let parts: Vec<&str> = first.split('.').collect();
    let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(is_number)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_a_server_says_only_the_code_is_kept() {
        assert_eq!(enhanced("5.1.1 <ada@example.org>: unknown"), Some("5.1.1"));
        assert_eq!(enhanced("4.7.10 wait"), Some("4.7.10"));
        for other in ["", "unknown user ada@example.org", "5.1", "5.1.1.1", "a.b.c", "5..1", "5.1.1234"] {
            assert_eq!(enhanced(other), None, "{other}");
        }
    }
}
