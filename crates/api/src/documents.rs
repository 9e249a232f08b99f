//! Files: which format is wanted, and how one is answered.

use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use florin_documents::{Format, Rendered};
use florin_http::{Problem, codes};

/// The format by the query, else by the `Accept` header, else JSON.
pub fn wanted(query: Option<&str>, headers: &HeaderMap) -> Result<Format, Problem> {
    if let Some(query) = query {
        return query.parse().map_err(|error: florin_documents::UnknownFormat| {
            Problem::of(codes::VALIDATION_FAILED).field("format", "unknown", error.to_string())
        });
    }
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let first = accepted.flat_map(|value| value.split(',')).find_map(of_media_type);
    Ok(first.unwrap_or(Format::Json))
}

/// The format of one media range; parameters do not count.
fn of_media_type(range: &str) -> Option<Format> {
    match range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/pdf" => Some(Format::Pdf),
        "text/csv" => Some(Format::Csv),
        "application/json" | "*/*" => Some(Format::Json),
        "application/x-ofx" | "application/vnd.intu.qfx" => Some(Format::Ofx),
        "application/xml" | "text/xml" => Some(Format::Camt053),
        _ => None,
    }
}

/// The file, to be kept under its name; JSON is shown where it is asked for.
pub fn answer(made: Rendered) -> Response {
    let is_json = made.content_type == Format::Json.content_type();
    let mut response = made.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(made.content_type));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    let kind = if is_json { "inline" } else { "attachment" };
    if let Ok(value) = HeaderValue::from_str(&format!("{kind}; filename=\"{}\"", made.file_name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(query: Option<&str>, accept: &'static str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        wanted(query, &headers).ok()
    }

    #[test]
    fn the_query_counts_before_the_header_and_json_is_the_rest() {
        assert_eq!(by(Some("pdf"), "text/csv"), Some(Format::Pdf));
        assert_eq!(by(None, "text/html, Application/PDF;q=0.9, */*"), Some(Format::Pdf));
        assert_eq!(by(None, "text/csv"), Some(Format::Csv));
        assert_eq!(by(None, "application/xml"), Some(Format::Camt053));
        assert_eq!(by(None, "*/*"), Some(Format::Json));
        assert_eq!(by(None, "image/png"), Some(Format::Json));
        assert_eq!(by(Some("docx"), "*/*"), None);
    }
}
