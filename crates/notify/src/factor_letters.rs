//! What letters about second factors say: each tells what happened and when, and what to do when it was somebody else.

use crate::letters::{Letter, greeting};
use crate::{Envelope, Letterhead, Mail};

/// What happened to somebody's second factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorNotice<'a> {
    /// An authenticator app was turned on.
    On,
    /// It was turned off.
    Off,
    /// A backup code was used, and so many are left.
    BackupCodeUsed(u32),
    /// All backup codes were voided and others made.
    BackupCodesRenewed,
    /// A passkey of this name was added.
    PasskeyAdded(&'a str),
    /// A passkey of this name was removed.
    PasskeyRemoved(&'a str),
    /// The counter of a passkey went back.
    PasskeyCopied,
    /// Too many codes were wrong.
    CodesClosed,
}

/// Tells a person what happened to their second factors.
pub fn factor_notice(
    head: &Letterhead,
    envelope: Envelope<'_>,
    name: &str,
    notice: FactorNotice<'_>,
) -> Mail {
    let (kind, subject, what) = said(notice);
    let institution = &head.institution;
    let link = head.public_url.page("/login");
    let when = envelope.at.strftime("%-d %B %Y at %H:%M UTC");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("{what} It happened on {when}."),
            "If that was you, you need do nothing.".to_owned(),
            "If it was not, somebody else may know your password: sign in, change it, and look at your second \
             factors, or call us."
                .to_owned(),
            link.clone(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, kind, subject)
}

/// The kind of the letter, its subject and what it tells.
fn said(notice: FactorNotice<'_>) -> (&'static str, &'static str, String) {
    let words = |text: &str| text.to_owned();
    match notice {
        FactorNotice::On => (
            "mfa-on",
            "Two-step sign-in is on",
            words(
                "Signing in now asks for a code of your authenticator app. You were signed out on all other devices.",
            ),
        ),
        FactorNotice::Off => (
            "mfa-off",
            "Your authenticator app was turned off",
            words(
                "Signing in does not ask for a code of your authenticator app any more. You were signed out on all other devices.",
            ),
        ),
        FactorNotice::BackupCodeUsed(left) => (
            "backup-code-used",
            "A backup code was used",
            format!(
                "One of your backup codes was used in place of your second factor; {left} of them {}.",
                if left == 1 { "is left" } else { "are left" }
            ),
        ),
        FactorNotice::BackupCodesRenewed => (
            "backup-codes-renewed",
            "Your backup codes were replaced",
            words("You were given ten backup codes; those from before work no more."),
        ),
        FactorNotice::PasskeyAdded(passkey) => (
            "passkey-added",
            "A passkey was added",
            format!("The passkey {} can be used to sign in as you.", quoted(passkey)),
        ),
        FactorNotice::PasskeyRemoved(passkey) => (
            "passkey-removed",
            "A passkey was removed",
            format!("The passkey {} works no more.", quoted(passkey)),
        ),
        FactorNotice::PasskeyCopied => (
            "passkey-copied",
            "A sign-in with your passkey was refused",
            words(
                "One of your passkeys was used in a way that tells of a copy of it, and the sign-in was refused. Remove the passkey and make another.",
            ),
        ),
        FactorNotice::CodesClosed => (
            "codes-closed",
            "Too many wrong codes",
            words(
                "Too many wrong codes or passwords were given where your second factor is asked for. For half an hour no code of your authenticator app is taken; backup codes and passkeys still are.",
            ),
        ),
    }
}

/// A name that its owner chose, without what mail programs would make a link of.
fn quoted(name: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '’' | '-' | '_' | '(' | ')');
    let plain: String = name.chars().map(|c| if harmless(c) { c } else { ' ' }).collect();
    format!("“{}”", plain.trim())
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Timestamp, Uuid};

    use super::*;

    fn written(notice: FactorNotice<'_>) -> Mail {
        let url = "https://bank.example".parse().unwrap();
        let head = Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap();
        let envelope = Envelope {
            id: Uuid::from_u128(1),
            at: Timestamp::from_second(1_790_000_000).unwrap(),
            to: "ada@example.org",
        };
        factor_notice(&head, envelope, "Ada Lovelace", notice)
    }

    #[test]
    fn every_letter_tells_what_happened_and_when_in_both_forms() {
        for (notice, told) in [
            (FactorNotice::On, "Signing in now asks for a code"),
            (FactorNotice::Off, "does not ask for a code"),
            (FactorNotice::BackupCodeUsed(9), "9 of them are left"),
            (FactorNotice::BackupCodeUsed(1), "1 of them is left"),
            (FactorNotice::BackupCodesRenewed, "those from before work no more"),
            (FactorNotice::PasskeyAdded("Ada's phone"), "Ada's phone”"),
            (FactorNotice::PasskeyRemoved("Ada's phone"), "works no more"),
            (FactorNotice::PasskeyCopied, "tells of a copy"),
            (FactorNotice::CodesClosed, "For half an hour"),
        ] {
            let mail = written(notice);
            let (text, html) = (mail.text.replace('\n', " "), mail.html.replace('\n', " "));
            assert!(text.contains(told), "{notice:?}: {text}");
            assert!(html.contains(&told.replace('\'', "&#39;")), "{notice:?}: {html}");
            assert!(text.contains("21 September 2026 at 14:13 UTC"), "{text}");
            assert!(mail.text.lines().any(|line| line == "https://bank.example/login"));
        }
    }

    #[test]
    fn the_name_of_a_passkey_is_no_link_and_no_markup() {
        let mail = written(FactorNotice::PasskeyAdded("<b>http://evil.example</b>"));

        assert!(!mail.text.contains("evil.example") && !mail.html.contains("<b>"), "{}", mail.text);
    }
}
