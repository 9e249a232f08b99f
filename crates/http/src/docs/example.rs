//! A value that fits a schema, for examples.

use serde_json::{Map, Value, json};

use super::resolve;

/// How deep an example goes: a schema may contain itself.
const DEPTH_MAX: usize = 6;

/// An example of a body or a parameter: its own, if it has one, else one made from its schema.
pub(super) fn of_content(openapi: &Value, content: &Value) -> Value {
    let named =
        content.get("examples").and_then(Value::as_object).and_then(|examples| examples.values().next());
    let given = content.get("example").or_else(|| named.and_then(|example| example.get("value")));
    match (given, content.get("schema")) {
        (Some(example), _) => example.clone(),
        (None, Some(schema)) => of_schema(openapi, schema, 0),
        (None, None) => Value::Null,
    }
}

fn of_schema(openapi: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(openapi, schema);
    let given = ["example", "const", "default"].into_iter().find_map(|word| schema.get(word));
    let listed = ["/examples/0", "/enum/0"].into_iter().find_map(|pointer| schema.pointer(pointer));
    if let Some(value) = given.or(listed) {
        return value.clone();
    }
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    for word in ["oneOf", "anyOf"] {
        let choices = schema.get(word).and_then(Value::as_array).into_iter().flatten();
        let mut usable = choices.filter(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
        if let Some(choice) = usable.next() {
            return of_schema(openapi, choice, depth + 1);
        }
    }
    match type_of(schema) {
        "object" => of_object(openapi, schema, depth),
        "array" => schema
            .get("items")
            .map_or_else(|| json!([]), |items| json!([of_schema(openapi, items, depth + 1)])),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(true),
        "string" => of_string(schema),
        _ => Value::Null,
    }
}

fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() || schema.get("allOf").is_some() => "object",
        _ => "any",
    }
}

/// The required fields; all of them where none is.
fn of_object(openapi: &Value, schema: &Value, depth: usize) -> Value {
    let mut fields = Map::new();
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if let Value::Object(more) = of_schema(openapi, part, depth + 1) {
            fields.extend(more);
        }
    }
    let required = schema.get("required").and_then(Value::as_array).filter(|names| !names.is_empty());
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if required.is_none_or(|names| names.iter().any(|required| required == name)) {
            fields.insert(name.clone(), of_schema(openapi, field, depth + 1));
        }
    }
    Value::Object(fields)
}

fn of_string(schema: &Value) -> Value {
    json!(match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
        Some("date-time") => "2026-01-31T12:00:00Z",
        Some("date") => "2026-01-31",
        Some("email") => "ada@example.com",
        Some("uri") => "https://example.com/",
        Some("password") => "correct horse battery staple",
        _ => "text",
    })
}
