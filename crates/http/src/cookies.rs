//! Cookies: what a browser brings along, and what it is given.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::COOKIE;

use crate::Problem;

/// What a browser brought along under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought<'a> {
    /// No cookie of this name.
    Nothing,
    /// One.
    One(&'a str),
    /// Several. Somebody else set one of them, and there is no telling which.
    Several,
}

/// What a browser brought along under this name.
pub fn brought<'a>(headers: &'a HeaderMap, name: &str) -> Brought<'a> {
    // A line that is no text may hide a second one.
    let mut found = Brought::Nothing;
    for line in headers.get_all(COOKIE) {
        let Ok(line) = line.to_str() else { return Brought::Several };
        for pair in line.split(';') {
            let Some((_, value)) = pair.trim().split_once('=').filter(|(given, _)| *given == name) else {
                continue;
            };
            found = match found {
                Brought::Nothing => Brought::One(value),
                Brought::One(_) | Brought::Several => Brought::Several,
            };
        }
    }
    found
}

/// The header that sets a cookie, which is never shown in a log.
///
/// # Errors
/// A problem when the value is none that a header can have.
pub fn set_cookie(name: &str, value: &str, terms: &str) -> Result<HeaderValue, Problem> {
    let mut header = HeaderValue::from_str(&format!("{name}={value}; {terms}"))
        .map_err(|error| Problem::internal(&error))?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_bytes(line).unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_never_chosen_among_two() {
        let found = |lines: &[&[u8]]| match brought(&headers(lines), "__Host-a") {
            Brought::One(value) => format!("one {value}"),
            other => format!("{other:?}"),
        };

        assert_eq!(found(&[b"b=c; __Host-a=xyz; d=e"]), "one xyz");
        assert_eq!(found(&[b"b=c", b"__Host-a=xyz"]), "one xyz");
        for none in [&b"a=xyz"[..], b"b=__Host-a", b"__host-a=xyz", b"__Host-a", b""] {
            assert_eq!(found(&[none]), "Nothing");
        }
        assert_eq!(found(&[b"__Host-a=xyz; __Host-a=abc"]), "Several");
        assert_eq!(found(&[b"__Host-a=xyz; __Host-a=xyz"]), "Several");
        assert_eq!(found(&[b"__Host-a=xyz", b"__Host-a=abc"]), "Several");
        assert_eq!(found(&[b"__Host-a=xyz", b"b=\xff; __Host-a=abc"]), "Several");
    }

    #[test]
    fn a_cookie_that_is_set_is_not_shown() {
        let header = set_cookie("a", "secret", "Path=/").unwrap();

        assert_eq!(header.as_bytes(), b"a=secret; Path=/");
        assert!(!format!("{header:?}").contains("secret"));
        assert!(set_cookie("a", "b\r\nc", "Path=/").is_err());
    }
}
