//! What letters say about passwords.

use florin_kernel::Timestamp;

use crate::letters::{Letter, greeting};
use crate::{Envelope, Letterhead, Mail};

/// Gives a person the link by which a new password is set: `token` is the proof, valid for `minutes`.
pub fn reset_password(
    head: &Letterhead,
    envelope: Envelope<'_>,
    name: &str,
    token: &str,
    minutes: u32,
) -> Mail {
    let link = head.public_url.link("/reset-password", "token", token);
    let institution = &head.institution;
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("Somebody asked for another password to your account at {institution}. To set one:"),
            link.clone(),
            format!(
                "The link works once, within {minutes} minutes, and only until another is sent. Setting a password ends \
                 every sign-in; a second factor stays as it is."
            ),
            "If that was not you, do nothing: your password is unchanged. We never ask for this link."
                .to_owned(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "reset-password", "Set a new password").kept_as(
        "Somebody asked for another password to your account. We sent a letter to your address with a link by which it is \
         set.\n\nIf that was not you, do nothing: your password is unchanged.",
    )
}

/// Invites a person whom others made known: by the link they set their first password; `token` is the proof, valid for
/// `hours`.
pub fn invitation(head: &Letterhead, envelope: Envelope<'_>, name: &str, token: &str, hours: u32) -> Mail {
    let link = head.public_url.link("/reset-password", "token", token);
    let again = head.public_url.page("/forgot-password");
    let institution = &head.institution;
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("{institution} has made an account for you. To choose your password:"),
            link.clone(),
            format!(
                "The link works once, within {hours} hours, and using it confirms that this address is yours. If you \
                 come later, ask for another:"
            ),
            again,
            format!("If you have nothing to do with {institution}, do nothing: nobody can use the account."),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "invitation", "Your account is ready").kept_as(
        "We made an account for you, and sent a letter to your address with a link by which you choose your password.",
    )
}

/// Tells a person that their password was changed.
pub fn password_changed(head: &Letterhead, envelope: Envelope<'_>, name: &str) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/forgot-password");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!(
                "The password of your account at {institution} was changed, and other sign-ins were ended."
            ),
            "If that was not you, somebody else knows it. Set another one at once, and tell us:".to_owned(),
            link.clone(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "password-changed", "Your password was changed")
}

/// Tells a person that too many sign-ins failed, and that none is looked at until `until`, but from devices of theirs.
pub fn locked_out(head: &Letterhead, envelope: Envelope<'_>, name: &str, until: Timestamp) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/forgot-password");
    let until = until.strftime("%H:%M on %-d %B %Y (UTC)");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!(
                "Too many sign-ins to your account at {institution} failed. Until {until} no more are looked at, other \
                 than from devices that you signed in from before. Where you are signed in, you stay so."
            ),
            "If that was you, wait until then, or set a new password, which opens the account at once:"
                .to_owned(),
            link.clone(),
            "If it was not, somebody guesses at your password. Nobody got in by it.".to_owned(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "locked-out", "Sign-ins to your account are locked for a while")
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    fn head() -> Letterhead {
        let url = "https://bank.example".parse().unwrap();
        Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap()
    }

    fn at() -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap()
    }

    fn envelope() -> Envelope<'static> {
        Envelope { id: Uuid::from_u128(1), at: at(), to: "ada@example.org" }
    }

    #[test]
    fn the_link_that_resets_a_password_is_sent_unbroken_and_under_our_own_address() {
        let token = "A".repeat(43);

        let mail = reset_password(&head(), envelope(), "Ada Lovelace", &token, 30);

        let link = format!("https://bank.example/reset-password?token={token}");
        assert!(
            mail.text.contains("within 30\nminutes") || mail.text.contains("within 30 minutes"),
            "{}",
            mail.text
        );
        assert!(mail.html.contains(&format!("<a href=\"{link}\">")) && mail.html.contains("Ash &amp; Oak"));
        let sent = String::from_utf8(mail.render(&head()).unwrap()).unwrap();
        assert!(sent.lines().any(|line| line == link), "{sent}");
    }

    #[test]
    fn an_invitation_has_its_link_unbroken_and_the_way_for_whoever_comes_late() {
        let token = "A".repeat(43);

        let mail = invitation(&head(), envelope(), "Ada Lovelace", &token, 72);

        let link = format!("https://bank.example/reset-password?token={token}");
        assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
        assert!(mail.text.replace('\n', " ").contains("within 72 hours"), "{}", mail.text);
        assert!(
            mail.text.lines().any(|line| line == "https://bank.example/forgot-password"),
            "{}",
            mail.text
        );
    }

    #[test]
    fn what_happened_is_told_without_a_secret_or_a_token() {
        for mail in
            [password_changed(&head(), envelope(), "Ada"), locked_out(&head(), envelope(), "Ada", at())]
        {
            assert!(mail.text.starts_with("Hello Ada,\n") && !mail.text.contains("token"), "{}", mail.text);
            assert!(mail.text.contains("https://bank.example/forgot-password\n"), "{}", mail.text);
        }
    }

    #[test]
    fn the_end_of_a_lock_is_a_time_that_people_read() {
        let mail = locked_out(&head(), envelope(), "Ada", at());

        assert!(
            mail.text.replace('\n', " ").contains("Until 14:13 on 21 September 2026 (UTC) no more"),
            "{}",
            mail.text
        );
    }
}
