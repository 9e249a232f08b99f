//! A JSON schema as a table: fields, types, bounds.

use std::fmt::Write;

use serde_json::Value;

use super::{anchor, paragraphs, resolve};
use crate::html::{Escaped, Prose};

/// How deep objects without a name of their own are unfolded into their parent's table.
const DEPTH_MAX: usize = 4;

/// Describes `schema`: an object by its fields, anything else by its type.
pub(super) fn write(body: &mut String, openapi: &Value, schema: &Value) {
    let named = resolve(openapi, schema);
    paragraphs(body, named.get("description").and_then(Value::as_str));
    let mut rows = String::new();
    write_fields(&mut rows, openapi, named, "", 0);
    if rows.is_empty() {
        let _ = writeln!(body, "<p>{}{}</p>", kind(named), bounds(named));
        return;
    }
    if !std::ptr::eq(named, schema) {
        let _ = writeln!(body, "<p>{}</p>", kind(schema));
    }
    let _ = writeln!(
        body,
        "<table>\n<tr><th scope=\"col\">Field</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr>\n{rows}</table>"
    );
}

fn write_fields(rows: &mut String, openapi: &Value, schema: &Value, prefix: &str, depth: usize) {
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if depth < DEPTH_MAX {
            write_fields(rows, openapi, resolve(openapi, part), prefix, depth + 1);
        }
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{prefix}{name}");
        let description = field.get("description").or_else(|| resolve(openapi, field).get("description"));
        let _ = writeln!(
            rows,
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}{}</td></tr>",
            Escaped(&path),
            if required.contains(&name.as_str()) { " <em>required</em>" } else { "" },
            kind(field),
            Prose(description.and_then(Value::as_str).unwrap_or_default()),
            bounds(field)
        );
        if depth < DEPTH_MAX {
            write_fields(rows, openapi, field, &format!("{path}."), depth + 1);
            if let Some(items) = field.get("items") {
                write_fields(rows, openapi, items, &format!("{path}[]."), depth + 1);
            }
        }
    }
}

/// The type in words; what has a name links to its description.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return format!("<a href=\"#{}\">{}</a>", anchor("schema", name), Escaped(name));
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema.get(word).and_then(Value::as_array) {
            let kinds: Vec<String> = parts.iter().map(kind).collect();
            return kinds.join(if word == "allOf" { " and " } else { " or " });
        }
    }
    let names: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() => vec!["object"],
        _ => vec!["any"],
    };
    let words = names.into_iter().map(|name| match (name, schema.get("items"), schema.get("format")) {
        ("array", Some(items), _) => format!("array of {}", kind(items)),
        ("string" | "integer" | "number", _, Some(Value::String(format))) => {
            format!("{name} ({})", Escaped(format))
        }
        _ => Escaped(name).to_string(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// What values are allowed, beyond the type.
fn bounds(schema: &Value) -> String {
    let mut said = Vec::new();
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(code).collect();
        said.push(format!("one of {}", values.join(", ")));
    }
    for (word, before) in [
        ("const", "always"),
        ("minimum", "from"),
        ("exclusiveMinimum", "above"),
        ("maximum", "up to"),
        ("minLength", "characters from"),
        ("maxLength", "characters up to"),
        ("minItems", "items from"),
        ("maxItems", "items up to"),
        ("pattern", "as"),
        ("default", "if absent"),
        ("example", "such as"),
    ] {
        if let Some(value) = schema.get(word) {
            said.push(format!("{before} {}", code(value)));
        }
    }
    if said.is_empty() { String::new() } else { format!(" <small>{}</small>", said.join("; ")) }
}

fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("<code>{}</code>", Escaped(&text))
}
