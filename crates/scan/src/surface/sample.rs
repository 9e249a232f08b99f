//! Examples of what a schema describes, that a server is likely to take.

use serde_json::{Map, Value, json};

const DEPTH_MAX: usize = 8;

/// What a reference in a document points to.
pub(crate) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut at = schema;
    for _ in 0..DEPTH_MAX {
        let Some(target) = at.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'))
        else {
            return at;
        };
        match document.pointer(target) {
            Some(found) => at = found,
            None => return at,
        }
    }
    at
}

/// A value that fits a schema, for a field of this name.
pub(crate) fn value(document: &Value, schema: &Value, name: &str) -> Value {
    of_depth(document, schema, name, 0)
}

/// A value that fits a schema, without the fields that may be left out at its top.
pub(crate) fn required(document: &Value, schema: &Value) -> Value {
    let mut whole = value(document, schema, "");
    let resolved = resolve(document, schema);
    let wanted = resolved.get("required").and_then(Value::as_array);
    if let Value::Object(fields) = &mut whole {
        fields.retain(|name, _| wanted.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name))));
    }
    whole
}

fn of_depth(document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    let schema = resolve(document, schema);
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    let first = |key: &str| schema.get(key).and_then(Value::as_array).and_then(|all| all.first()).cloned();
    if let Some(value) = schema.get("example").cloned().or_else(|| first("examples")) {
        return value;
    }
    if let Some(value) =
        schema.get("const").or_else(|| schema.get("default")).filter(|value| !value.is_null())
    {
        return value.clone();
    }
    if let Some(value) = first("enum") {
        return value;
    }
    for key in ["oneOf", "anyOf"] {
        let choices = schema.get(key).and_then(Value::as_array);
        let usable = |choice: &&Value| choice.get("type").and_then(Value::as_str) != Some("null");
        if let Some(choice) = choices.and_then(|choices| choices.iter().find(usable)) {
            return of_depth(document, choice, name, depth + 1);
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut all = Map::new();
        for part in parts {
            if let Value::Object(fields) = of_depth(document, part, name, depth + 1) {
                all.extend(fields);
            }
        }
        return Value::Object(all);
    }
    match kind(schema) {
        "object" => object(document, schema, depth),
        "array" => {
            let item = schema.get("items").map(|items| of_depth(document, items, name, depth + 1));
            Value::Array(item.into_iter().collect())
        }
        "integer" | "number" => {
            schema.get("minimum").filter(|least| least.is_i64()).cloned().unwrap_or(json!(1))
        }
        "boolean" => json!(false),
        _ => Value::String(text(schema, name)),
    }
}

/// The type of a schema, the first that is not null where there are several.
pub(crate) fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::String(kind)) => Some(kind.as_str()),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    };
    named.unwrap_or(if schema.get("properties").is_some() { "object" } else { "string" })
}

fn object(document: &Value, schema: &Value, depth: usize) -> Value {
    let mut out = Map::new();
    let fields = schema.get("properties").and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        out.insert(name.clone(), of_depth(document, field, name, depth + 1));
    }
    Value::Object(out)
}

/// A text for a field, by its format and by its name.
pub(crate) fn text(schema: &Value, name: &str) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let text = match format {
        "uuid" => "00000000-0000-4000-8000-000000000001",
        "date" => "1990-01-02",
        "date-time" => "2026-01-02T03:04:05Z",
        "uri" | "url" => "https://example.org/",
        "email" => "somebody@example.org",
        _ if has(&["email", "mail"]) => "somebody@example.org",
        _ if has(&["currency"]) => "EUR",
        _ if has(&["amount", "balance", "price"]) => "1.00",
        _ if has(&["country"]) => "DE",
        _ if has(&["phone"]) => "+49301234567",
        _ if has(&["date", "birth"]) => "1990-01-02",
        _ if has(&["url", "uri", "callback", "webhook"]) => "https://example.org/",
        _ if has(&["name"]) => "Alex Sample",
        _ if name == "id" || name.ends_with("_id") => "1",
        _ => "sample",
    };
    let least = schema.get("minLength").and_then(Value::as_u64).and_then(|least| usize::try_from(least).ok());
    let mut text = text.to_owned();
    while text.len() < least.unwrap_or(0).min(200) {
        text.push('x');
    }
    text
}
