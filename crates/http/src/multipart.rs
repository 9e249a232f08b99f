//! Forms with files, as browsers send them (RFC 7578): a body of parts between lines of a boundary.
//!
//! The body is here as a whole when it is read, so that a part is a slice of it and nothing is copied. What browsers do not send is
//! refused: parts within parts, parts that are packed, and parts without a name.

use bytes::Bytes;

use crate::{Problem, codes};

/// How many parts a form may have.
const PARTS_MAX: usize = 512;
/// How much may stand above the content of a part.
const HEAD_MAX: usize = 4 << 10;
/// The longest boundary (RFC 2046).
const BOUNDARY_MAX: usize = 70;

/// A part of a form.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The field.
    pub(crate) name: String,
    /// What a file is called where it comes from; none for what was typed.
    pub(crate) file_name: Option<String>,
    /// What it holds.
    pub(crate) content: Bytes,
}

fn unreadable(why: &'static str) -> Problem {
    Problem::of(codes::INVALID_REQUEST).detail(format!("the form cannot be read: {why}"))
}

/// The boundary that a content type names, if it is that of a form with files.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut parameters = parameters.split(';').filter_map(|one| one.trim().split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.trim_matches('"');
    let fits = (1..=BOUNDARY_MAX).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(value)
}

/// The parts of a body, in their order.
///
/// # Errors
/// `invalid_request` for a body that no browser sends.
pub(crate) fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, Problem> {
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // Browsers begin with the first delimiter, without the end of a line before it.
    let opening = delimiter.trim_start();
    let mut rest = after(body, opening).ok_or_else(|| unreadable("it has no parts"))?;
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() >= PARTS_MAX {
            return Err(unreadable("it has too many parts"));
        }
        let part = rest.strip_prefix(b"\r\n").map(|part| rest.slice_ref(part));
        let part = part.ok_or_else(|| unreadable("a part does not begin where it should"))?;
        let (whole, next) =
            split(&part, delimiter.as_bytes()).ok_or_else(|| unreadable("its last part has no end"))?;
        parts.push(read(&whole)?);
        rest = next;
    }
}

/// What follows the beginning of a body.
fn after(body: &Bytes, opening: &str) -> Option<Bytes> {
    body.strip_prefix(opening.as_bytes()).map(|rest| body.slice_ref(rest))
}

/// What is before the first of these bytes, and what is behind them.
fn split(text: &Bytes, by: &[u8]) -> Option<(Bytes, Bytes)> {
    let at = text.windows(by.len()).position(|window| window == by)?;
    let (before, rest) = text.split_at_checked(at)?;
    let (_, behind) = rest.split_at_checked(by.len())?;
    Some((text.slice_ref(before), text.slice_ref(behind)))
}

fn read(part: &Bytes) -> Result<Part, Problem> {
    let (head, content) = split(part, b"\r\n\r\n").ok_or_else(|| unreadable("a part has no content"))?;
    if head.len() > HEAD_MAX {
        return Err(unreadable("a part says too much of itself"));
    }
    let head = std::str::from_utf8(&head).map_err(|_| unreadable("a part does not say what it is"))?;
    let mut named = None;
    for line in head.split("\r\n") {
        let (header, value) = line.split_once(':').ok_or_else(|| unreadable("a part has a broken header"))?;
        match header.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => named = Some(value.trim()),
            "content-transfer-encoding" => return Err(unreadable("a part is packed")),
            _ => {}
        }
    }
    let disposition = named.and_then(|value| value.strip_prefix("form-data"));
    let disposition = disposition.ok_or_else(|| unreadable("a part is no field of a form"))?;
    let name = parameter(disposition, "name").ok_or_else(|| unreadable("a part has no name"))?;
    Ok(Part { name, file_name: parameter(disposition, "filename"), content })
}

/// What a parameter says, between its quotes: browsers write a quote and the ends of lines within as `%22`, `%0D` and `%0A`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, value) = rest.trim_start_matches([';', ' ', '\t']).split_once("=\"")?;
        let (value, next) = value.split_once('"')?;
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(parts: &[(&str, &str)]) -> Bytes {
        let part = |(head, content): &(&str, &str)| {
            format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
        };
        Bytes::from(parts.iter().map(part).collect::<String>() + "--xyz--\r\n")
    }

    fn told(body: &Bytes) -> Vec<(String, Option<String>, String)> {
        let parts = parts(body, "xyz").unwrap();
        let text = |content: &Bytes| String::from_utf8(content.to_vec()).unwrap();
        parts.into_iter().map(|part| (part.name, part.file_name, text(&part.content))).collect()
    }

    #[test]
    fn what_was_typed_and_chosen_comes_in_its_order() {
        let body = sent(&[
            ("name=\"_csrf\"", "token"),
            ("name=\"file\"; filename=\"a %22b%22.txt\"\r\nContent-Type: text/plain", "1\r\n--x\r\n2\r\n"),
            ("name=\"none\"; filename=\"\"", ""),
        ]);

        let named = |name: &str, file: Option<&str>, text: &str| {
            (name.to_owned(), file.map(str::to_owned), text.to_owned())
        };
        let wanted = vec![
            named("_csrf", None, "token"),
            named("file", Some("a \"b\".txt"), "1\r\n--x\r\n2\r\n"),
            named("none", Some(""), ""),
        ];
        assert_eq!(told(&body), wanted);
    }

    #[test]
    fn the_boundary_is_that_of_a_form_with_files() {
        assert_eq!(
            boundary("multipart/form-data; boundary=----WebKitFormBoundaryA1"),
            Some("----WebKitFormBoundaryA1")
        );
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), None);
        assert_eq!(boundary("multipart/form-data; boundary=\"ab\""), Some("ab"));
        let long = format!("multipart/form-data; boundary={}", "a".repeat(71));
        for none in [
            "",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/mixed; boundary=a",
            &long,
        ] {
            assert_eq!(boundary(none), None, "{none}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        let field = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
        for wrong in [
            "",
            "--xyz",
            "no parts\r\n--xyz--",
            field,
            "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n--xyz--",
            "--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--",
            "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xyz--",
            "--xyz\r\nContent-Type: text/plain\r\n\r\n1\r\n--xyz--",
            "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ\r\n--xyz--",
            "--xyzzy\r\n\r\n\r\n--xyz--",
        ] {
            let problem = parts(&Bytes::copy_from_slice(wrong.as_bytes()), "xyz").err().unwrap();
            assert_eq!(problem.code(), "invalid_request", "{wrong}");
        }
        let many = vec![("name=\"a\"", "1"); PARTS_MAX + 1];
        assert!(parts(&sent(&many), "xyz").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parts(&Bytes::from(bytes.clone()), "xyz");
            let mut body = b"--xyz\r\n".to_vec();
            body.extend(bytes);
            let _ = parts(&Bytes::from(body), "xyz");
        }

        #[test]
        fn any_content_without_the_boundary_comes_through(content in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assume!(!content.windows(7).any(|window| window == b"\r\n--xyz"));
            let mut body = b"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n".to_vec();
            body.extend(&content);
            body.extend(b"\r\n--xyz--\r\n");
            let read = parts(&Bytes::from(body), "xyz").unwrap_or_default();
            prop_assert_eq!(read.first().map(|part| part.content.to_vec()), Some(content));
        }
    }
}
