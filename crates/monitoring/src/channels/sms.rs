//! Text messages in the form of Twilio's Messages resource.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::{News, Outgoing, SmsSettings};

/// The longest message in characters: two parts of a text message.
const TEXT_MAX: usize = 300;

pub(super) fn outgoing(settings: &SmsSettings, to: &str, news: &News) -> Outgoing {
    let base = settings.url.trim_end_matches('/');
    let url = format!("{base}/2010-04-01/Accounts/{}/Messages.json", settings.account);
    let credentials = format!("{}:{}", settings.account, settings.token.expose_secret());
    let basic = SecretString::from(format!("Basic {}", STANDARD.encode(credentials)));
    let form = [("To", to), ("From", &settings.from), ("Body", &text(news))];
    let body = form.map(|(name, value)| format!("{name}={}", encoded(value))).join("&").into_bytes();
    let form_type = "application/x-www-form-urlencoded".into();
    Outgoing { url: url.into(), headers: vec![("content-type", form_type), ("authorization", basic)], body }
}

fn text(news: &News) -> String {
    let first = news.lines.first().map(|line| line.summary.as_str()).unwrap_or_default();
    let more = news.lines.len().saturating_sub(1);
    let mut text = format!("{}: {first}", news.headline());
    if more > 0 {
        let _ = write!(text, " (and {more} more)");
    }
    text.chars().take(TEXT_MAX).collect()
}

/// As forms have it (WHATWG URL, application/x-www-form-urlencoded).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Timestamp, Uuid};

    use super::*;

    #[test]
    fn a_text_message_is_a_form_with_the_accounts_credentials() {
        let settings = SmsSettings {
            url: "https://api.twilio.com/".to_owned(),
            account: "AC1".to_owned(),
            token: "hush".into(),
            from: "+15550100".to_owned(),
            to: vec!["+15550101".to_owned()],
        };
        let news = News::test(Uuid::from_u128(1), Timestamp::UNIX_EPOCH);

        let sent = outgoing(&settings, "+15550101", &news);

        assert_eq!(sent.url.expose_secret(), "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
        assert_eq!(
            String::from_utf8(sent.body).unwrap(),
            "To=%2B15550101&From=%2B15550100&Body=%5Binfo%5D+test+test%3A+This+tries+the+channel%3B+nothing+is+wrong."
        );
        let basic = sent.headers.iter().find(|(name, _)| *name == "authorization").unwrap();
        assert_eq!(basic.1.expose_secret(), "Basic QUMxOmh1c2g=");
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn a_text_message_is_short() {
        let mut news = News::test(Uuid::from_u128(1), Timestamp::UNIX_EPOCH);
        news.lines[0].summary = "ü".repeat(900);

        assert_eq!(text(&news).chars().count(), TEXT_MAX);
    }
}
