//! Files that somebody takes along.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use florin_documents::Rendered;
use florin_http::Problem;

/// A document, to be kept by the browser under its name.
///
/// # Errors
/// Where its name is none that a header can have.
pub(crate) fn attachment(made: Rendered) -> Result<Response, Problem> {
    file(made.bytes, made.content_type, &made.file_name)
}

/// Bytes, to be kept under a name.
///
/// # Errors
/// Where the name is none that a header can have.
pub(crate) fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Result<Response, Problem> {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .map_err(|error| Problem::internal(&error))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, disposition);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
