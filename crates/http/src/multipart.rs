//! Forms with files, as browsers send them (RFC 7578).

use bytes::Bytes;
use futures_util::stream;
use multer::{Constraints, Multipart, SizeLimit};

use crate::{Problem, codes};

/// How many parts a form may have.
const PARTS_MAX: usize = 512;

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

fn unreadable(why: impl std::fmt::Display) -> Problem {
    Problem::of(codes::INVALID_REQUEST).detail(format!("the form cannot be read: {why}"))
}

/// The boundary that a content type names, if it is that of a form with files.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    multer::parse_boundary(content_type).ok()
}

/// The parts of a body that was read as a whole, in their order.
///
/// # Errors
/// `invalid_request` for a body that no browser sends.
pub(crate) async fn parts(body: Bytes, boundary: &str) -> Result<Vec<Part>, Problem> {
    // How much of a body is read was decided before; a part is no larger.
    let limit = SizeLimit::new().whole_stream(u64::try_from(body.len()).unwrap_or(u64::MAX));
    let body = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = Multipart::with_constraints(body, boundary, Constraints::new().size_limit(limit));
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if parts.len() >= PARTS_MAX {
            return Err(unreadable("it has too many parts"));
        }
        let name = field.name().ok_or_else(|| unreadable("a part has no name"))?.to_owned();
        let file_name = field.file_name().map(str::to_owned);
        parts.push(Part { name, file_name, content: field.bytes().await.map_err(unreadable)? });
    }
    Ok(parts)
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

    fn read(body: Bytes) -> Result<Vec<Part>, Problem> {
        futures_util::FutureExt::now_or_never(parts(body, "xyz")).unwrap()
    }

    #[test]
    fn what_was_typed_and_chosen_comes_in_its_order() {
        let body = sent(&[
            ("name=\"_csrf\"", "token"),
            ("name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain", "1\r\n--x\r\n2\r\n"),
            ("name=\"none\"; filename=\"\"", ""),
        ]);

        let parts = read(body).unwrap();

        let told: Vec<(&str, Option<&str>, &[u8])> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.file_name.as_deref(), part.content.as_ref()))
            .collect();
        let wanted: [(&str, Option<&str>, &[u8]); 3] = [
            ("_csrf", None, b"token"),
            ("file", Some("a.txt"), b"1\r\n--x\r\n2\r\n"),
            ("none", Some(""), b""),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn the_boundary_is_that_of_a_form_with_files() {
        let named = boundary("multipart/form-data; boundary=----WebKitFormBoundaryA1");
        assert_eq!(named.as_deref(), Some("----WebKitFormBoundaryA1"));
        assert_eq!(boundary("Multipart/Form-Data; boundary=\"ab\"").as_deref(), Some("ab"));
        for none in ["", "multipart/form-data", "multipart/mixed; boundary=a", "text/plain; boundary=a"] {
            assert_eq!(boundary(none), None, "{none}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for wrong in [
            "no parts",
            "--xyz",
            "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
            "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n--xyz--",
            "--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--",
            "--xyz\r\nContent-Type: text/plain\r\n\r\n1\r\n--xyz--",
        ] {
            let problem = read(Bytes::copy_from_slice(wrong.as_bytes())).err().unwrap();
            assert_eq!(problem.code(), "invalid_request", "{wrong}");
        }
        let many = vec![("name=\"a\"", "1"); PARTS_MAX + 1];
        assert!(read(sent(&many)).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(Bytes::from(bytes.clone()));
            let mut body = b"--xyz\r\n".to_vec();
            body.extend(bytes);
            let _ = read(Bytes::from(body));
        }

        #[test]
        fn any_content_without_the_boundary_comes_through(content in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assume!(!content.windows(7).any(|window| window == b"\r\n--xyz"));
            let mut body = b"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n".to_vec();
            body.extend(&content);
            body.extend(b"\r\n--xyz--\r\n");
            let read = read(Bytes::from(body)).unwrap_or_default();
            prop_assert_eq!(read.first().map(|part| part.content.to_vec()), Some(content));
        }
    }
}
