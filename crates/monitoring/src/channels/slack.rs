//! Messages in the form of Slack's incoming webhooks, which other chats take too.

use secrecy::SecretString;
use serde_json::json;

use super::{News, Outgoing};

/// The longest message; Slack cuts longer ones off.
const TEXT_MAX: usize = 3_000;

pub(super) fn outgoing(url: &SecretString, news: &News) -> Outgoing {
    let body = json!({ "text": text(news) }).to_string().into_bytes();
    Outgoing { url: url.clone(), headers: vec![("content-type", "application/json".into())], body }
}

fn text(news: &News) -> String {
    let mut text = format!("*{}*", escaped(&news.headline()));
    for line in &news.lines {
        let line = format!("\n• {}", escaped(&line.summary));
        if text.len().saturating_add(line.len()) > TEXT_MAX {
            text.push_str("\n…");
            break;
        }
        text.push_str(&line);
    }
    text.push_str("\nWhat to do: ");
    text.push_str(&escaped(&news.runbook));
    text
}

/// The three characters that mean something to Slack.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Timestamp, Uuid};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_message_names_the_rule_and_every_alert_and_mentions_nobody() {
        let mut news = News::test(Uuid::from_u128(1), Timestamp::UNIX_EPOCH);
        news.lines[0].summary = "<!channel> & so on".to_owned();

        let sent: Value = serde_json::from_slice(&outgoing(&"https://x".into(), &news).body).unwrap();

        let text = sent["text"].as_str().unwrap();
        assert!(text.starts_with("*[info] test test*\n• &lt;!channel&gt; &amp; so on\n"), "{text}");
    }

    #[test]
    fn a_message_is_never_too_long() {
        let mut news = News::test(Uuid::from_u128(1), Timestamp::UNIX_EPOCH);
        news.lines = vec![news.lines[0].clone(); 500];

        assert!(text(&news).len() < TEXT_MAX + 100);
    }
}
