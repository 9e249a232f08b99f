//! The reference of the API, rendered once from its OpenAPI document: no script, nothing from elsewhere.

mod example;
mod operation;
mod schema;

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;

use crate::html::{self, Escaped, Prose};
use operation::Operation;

const STYLE: &str = include_str!("style.css");
/// Where operations go that name no tag.
const UNTAGGED: &str = "Other";

/// `GET /docs`, `/api/v1/docs` and `/api/v1/openapi.json` about this document, and `/docs/style.css`.
pub fn routes<S: Clone + Send + Sync + 'static>(openapi: &Value) -> Router<S> {
    let reference = Bytes::from(page(openapi));
    let document = Bytes::from(openapi.to_string());
    let html = get(async move || Html(reference.clone()));
    Router::new()
        .route("/docs", html.clone())
        .route("/api/v1/docs", html)
        .route("/docs/style.css", get(async || ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .route(
            "/api/v1/openapi.json",
            get(async move || ([(CONTENT_TYPE, "application/json")], document.clone())),
        )
}

/// The whole reference as one page.
fn page(openapi: &Value) -> String {
    let title = text(openapi, "/info/title").unwrap_or("API");
    let by_tag = operations_by_tag(openapi);
    let schemas = openapi.pointer("/components/schemas").and_then(Value::as_object);

    let mut body =
        String::from("<a class=\"skip\" href=\"#reference\">Skip to the reference</a>\n<nav>\n<ul>\n");
    for (tag, operations) in &by_tag {
        let _ = write!(body, "<li><a href=\"#{}\">{}</a>\n<ul>\n", anchor("tag", tag), Escaped(tag));
        for operation in operations {
            let _ = writeln!(body, "<li>{}</li>", operation.link());
        }
        body.push_str("</ul></li>\n");
    }
    if schemas.is_some() {
        body.push_str("<li><a href=\"#schemas\">Schemas</a></li>\n");
    }
    body.push_str("</ul>\n</nav>\n<main id=\"reference\">\n");

    let _ = writeln!(body, "<h1>{}</h1>", Escaped(title));
    if let Some(version) = text(openapi, "/info/version") {
        let document = "<a href=\"/api/v1/openapi.json\">OpenAPI document</a>";
        let _ = writeln!(
            body,
            "<p>Version {} · {document} · <a href=\"/problems\">Problems</a></p>",
            Escaped(version)
        );
    }
    paragraphs(&mut body, text(openapi, "/info/description"));
    for (tag, operations) in &by_tag {
        let _ = writeln!(body, "<h2 id=\"{}\">{}</h2>", anchor("tag", tag), Escaped(tag));
        paragraphs(&mut body, tag_description(openapi, tag));
        for operation in operations {
            operation.write(&mut body);
        }
    }
    if let Some(schemas) = schemas {
        body.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
        for (name, schema) in schemas {
            let _ = writeln!(body, "<section>\n<h3 id=\"{}\">{}</h3>", anchor("schema", name), Escaped(name));
            schema::write(&mut body, openapi, schema);
            body.push_str("</section>\n");
        }
    }
    body.push_str("</main>\n");
    html::page(title, &body)
}

fn operations_by_tag(openapi: &Value) -> Vec<(&str, Vec<Operation<'_>>)> {
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in openapi.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for operation in Operation::of_path(openapi, path, item) {
            by_tag.entry(operation.tag().unwrap_or(UNTAGGED)).or_default().push(operation);
        }
    }
    // The document's own order of tags, then the rest by name.
    let declared = openapi.get("tags").and_then(Value::as_array).into_iter().flatten();
    let mut ordered = Vec::new();
    for name in declared.filter_map(|tag| tag.get("name")?.as_str()) {
        ordered.extend(by_tag.remove_entry(name));
    }
    ordered.extend(by_tag);
    ordered
}

fn tag_description<'a>(openapi: &'a Value, name: &str) -> Option<&'a str> {
    let tags = openapi.get("tags")?.as_array()?;
    tags.iter()
        .find(|tag| tag.get("name").and_then(Value::as_str) == Some(name))?
        .get("description")?
        .as_str()
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// What `value` refers to, if it refers.
fn resolve<'a>(openapi: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| openapi.pointer(pointer)).unwrap_or(value)
}

fn paragraphs(body: &mut String, text: Option<&str>) {
    for paragraph in text.unwrap_or_default().split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let _ = writeln!(body, "<p>{}</p>", Prose(paragraph.trim()));
    }
}

/// A name for a place of the page, made of letters and digits whatever `name` is.
fn anchor(kind: &str, name: &str) -> String {
    let plain = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    format!("{kind}-{}", plain.collect::<String>())
}

#[cfg(test)]
mod tests;
