//! What of an answer is the same whenever the same is asked.

use crate::message::Answer;

/// Status and body of an answer, without these values that were sent and without identifiers and times.
pub(crate) fn shape(answer: &Answer, sent: &[&str]) -> String {
    let mut body = format!("{} {}", answer.header("location").unwrap_or_default(), answer.body);
    for value in sent.iter().filter(|value| !value.is_empty()) {
        for form in forms(value) {
            body = body.replace(&form, "");
        }
    }
    format!("{} {}", answer.status, passing(&body))
}

/// The ways in which a value comes back.
fn forms(value: &str) -> [String; 4] {
    let json = serde_json::Value::from(value).to_string();
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    [
        json.trim_matches('"').to_owned(),
        html.replace('\'', "&#39;"),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        value.to_owned(),
    ]
}

/// A text without UUIDs, times and long random words.
fn passing(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(std::iter::once(' ')) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        if !is_passing(&word) {
            out.push_str(&word);
        }
        word.clear();
        out.push(c);
    }
    out
}

fn is_passing(word: &str) -> bool {
    let uuid = word.len() == 36 && word.matches('-').count() == 4;
    let time = word.len() >= 19 && word.matches(':').count() >= 2 && word.contains('T');
    let digits = word.chars().filter(char::is_ascii_digit).count();
    uuid || time || word.len() >= 20 && digits >= 3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_sent_and_what_changes_anyway_is_left_out() {
        let answer = |body: &str| Answer {
            status: 200,
            headers: Vec::new(),
            body: body.to_owned(),
            elapsed: Duration::ZERO,
        };
        let one = answer(
            r#"{"q":"a\"b","id":"0190b5a0-0000-7000-8000-00000000abcd","at":"2026-01-02T03:04:05Z","n":3}"#,
        );
        let two = answer(
            r#"{"q":"cc","id":"0190b5a0-0000-7000-8000-00000000ffff","at":"2026-01-02T03:09:05Z","n":3}"#,
        );
        let three = answer(
            r#"{"q":"cc","id":"0190b5a0-0000-7000-8000-00000000ffff","at":"2026-01-02T03:09:05Z","n":4}"#,
        );

        assert_eq!(shape(&one, &["a\"b"]), shape(&two, &["cc"]));
        assert_ne!(shape(&two, &["cc"]), shape(&three, &["cc"]));
    }
}
