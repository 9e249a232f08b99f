//! What is said once, on the page after something was done: a sentence in a cookie that the page uses up.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_http::{Brought, brought};

const COOKIE: &str = "florin_said";
/// A longer sentence is none of ours, in bytes and with its mark.
const TEXT_MAX: usize = 300;

/// A sentence, and whether it tells of success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    /// The sentence.
    pub(crate) text: String,
    /// Whether what was asked for was done.
    pub(crate) done: bool,
}

impl Flash {
    /// That something was done.
    pub(crate) fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), done: true }
    }

    /// That something waits, or was not done.
    pub(crate) fn notice(text: impl Into<String>) -> Self {
        Self { text: text.into(), done: false }
    }

    /// What the browser brought along; it is shown as text, whoever put it there.
    pub(crate) fn brought(headers: &HeaderMap) -> Option<Self> {
        let Brought::One(value) = brought(headers, COOKIE) else { return None };
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let text = String::from_utf8(bytes).ok().filter(|text| (2..=TEXT_MAX).contains(&text.len()))?;
        let (mark, text) = text.split_at_checked(1)?;
        Some(Self { text: text.to_owned(), done: mark == "+" })
    }

    /// The cookie that carries it to the next page; its terms are those of the other cookies.
    pub(crate) fn cookie(&self, terms: &str) -> Option<HeaderValue> {
        let mark = if self.done { '+' } else { '-' };
        let ends = self.text.char_indices().map(|(at, letter)| at.saturating_add(letter.len_utf8()));
        let end = ends.take_while(|end| *end < TEXT_MAX).last().unwrap_or_default();
        let text = self.text.get(..end).unwrap_or_default();
        let value = URL_SAFE_NO_PAD.encode(format!("{mark}{text}"));
        HeaderValue::from_str(&format!("{COOKIE}={value}; Max-Age=60; {terms}")).ok()
    }

    /// The cookie that takes it away.
    pub(crate) fn used(terms: &str) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("{COOKIE}=; Max-Age=0; {terms}")).ok()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE as HEADER;

    use super::*;

    fn through(flash: &Flash) -> Option<Flash> {
        let set = flash.cookie("Path=/").unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap();
        let headers = [(HEADER, HeaderValue::from_str(pair).unwrap())].into_iter().collect();
        Flash::brought(&headers)
    }

    #[test]
    fn a_sentence_comes_through_a_cookie() {
        for flash in [Flash::done("12,50 € — sent"), Flash::notice("It waits; for \"two\"")] {
            assert_eq!(through(&flash), Some(flash));
        }
        let long = Flash::done("é".repeat(400));
        assert_eq!(through(&long).unwrap().text.len(), TEXT_MAX - 2, "as much as fits is told");
    }

    #[test]
    fn what_is_no_sentence_is_not_shown() {
        for value in ["", "%%%", "_w", &"A".repeat(900)] {
            let pair = format!("{COOKIE}={value}");
            let headers = [(HEADER, HeaderValue::from_str(&pair).unwrap())].into_iter().collect();
            assert_eq!(Flash::brought(&headers), None, "{value}");
        }
    }
}
