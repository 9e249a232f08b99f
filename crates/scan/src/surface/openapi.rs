//! The surface as an OpenAPI document (2 or 3) describes it.

use serde_json::Value;

use crate::surface::sample;
use crate::surface::{Endpoint, Kind, Param, Place};

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch", "head"];
const DEPTH_MAX: usize = 4;

/// What a document describes; nothing when it is none.
pub(crate) fn endpoints(document: &Value) -> Option<Vec<Endpoint>> {
    if document.get("openapi").is_none() && document.get("swagger").is_none() {
        return None;
    }
    let base = document.get("basePath").and_then(Value::as_str).unwrap_or_default().trim_end_matches('/');
    let mut found = Vec::new();
    for (path, item) in document.get("paths")?.as_object()? {
        let shared = item.get("parameters");
        for method in METHODS {
            if let Some(operation) = item.get(*method) {
                let path = format!("{base}{path}");
                found.push(endpoint(document, &method.to_uppercase(), &path, operation, shared));
            }
        }
    }
    Some(found)
}

fn endpoint(
    document: &Value,
    method: &str,
    path: &str,
    operation: &Value,
    shared: Option<&Value>,
) -> Endpoint {
    let mut endpoint = Endpoint::new(method, path);
    let security = operation.get("security").or_else(|| document.get("security"));
    // An empty requirement among others means that no sign-in is fine too.
    let asks = |all: &Vec<Value>| {
        !all.is_empty() && all.iter().all(|one| one.as_object().is_some_and(|o| !o.is_empty()))
    };
    endpoint.protected = Some(security.and_then(Value::as_array).is_some_and(asks));
    let own = operation.get("parameters");
    for list in [shared, own].into_iter().flatten().filter_map(Value::as_array) {
        for described in list {
            endpoint.params.extend(parameter(document, sample::resolve(document, described)));
        }
    }
    if let Some(content) = operation.get("requestBody").map(|body| sample::resolve(document, body)) {
        body(document, &mut endpoint, content);
    }
    endpoint
}

fn parameter(document: &Value, described: &Value) -> Option<Param> {
    let name = described.get("name")?.as_str()?.to_owned();
    let place = match described.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        _ => return None,
    };
    let schema = described.get("schema").unwrap_or(described);
    let example = described.get("example").cloned();
    let sample = plain(&example.unwrap_or_else(|| sample::value(document, schema, &name)));
    let required = described.get("required").and_then(Value::as_bool).unwrap_or(false);
    // A key that makes a request safe to repeat is sent wherever it is taken.
    let required = required || place == Place::Path || name.to_lowercase().contains("idempotency");
    let kind = kind(sample::kind(sample::resolve(document, schema)));
    Some(Param { name, place, kind, sample, required })
}

fn body(document: &Value, endpoint: &mut Endpoint, described: &Value) {
    let content = |kind: &str| described.pointer(&format!("/content/{}", kind.replace('/', "~1")));
    if let Some(schema) = content("application/json").and_then(|media| media.get("schema")) {
        let example = content("application/json").and_then(|media| media.get("example")).cloned();
        let value = example.unwrap_or_else(|| sample::value(document, schema, ""));
        let slim = sample::required(document, schema);
        endpoint.slim = (slim != value && slim.is_object()).then_some(slim);
        fields(&value, "", 0, &mut endpoint.params);
        endpoint.json = Some(value);
    } else if let Some(schema) =
        content("application/x-www-form-urlencoded").and_then(|media| media.get("schema"))
    {
        endpoint.form = true;
        if let Value::Object(all) = sample::value(document, schema, "") {
            endpoint.params.extend(all.iter().map(|(name, value)| Param {
                name: name.clone(),
                place: Place::Form,
                kind: Kind::Text,
                sample: plain(value),
                required: true,
            }));
        }
    }
}

/// Every single value of a body is a parameter.
fn fields(value: &Value, pointer: &str, depth: usize, into: &mut Vec<Param>) {
    let mut each = |name: &str, inner: &Value| {
        let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match inner {
            Value::Object(_) | Value::Array(_) if depth < DEPTH_MAX => {
                fields(inner, &pointer, depth + 1, into);
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) => into.push(Param {
                name: name.to_owned(),
                place: Place::Json(pointer),
                kind: match inner {
                    Value::Number(_) => Kind::Number,
                    Value::Bool(_) => Kind::Flag,
                    _ => Kind::Text,
                },
                sample: plain(inner),
                required: true,
            }),
            _ => {}
        }
    };
    match value {
        Value::Object(all) => all.iter().for_each(|(name, inner)| each(name, inner)),
        // Items are alike; the first stands for all.
        Value::Array(all) => all.iter().take(1).for_each(|inner| each("0", inner)),
        _ => {}
    }
}

fn kind(named: &str) -> Kind {
    match named {
        "integer" | "number" => Kind::Number,
        "boolean" => Kind::Flag,
        _ => Kind::Text,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_becomes_endpoints_with_examples() {
        let document = json!({
            "openapi": "3.1.0",
            "components": { "schemas": { "Money": { "type": "object", "properties": {
                "amount": { "type": "string" }, "currency": { "type": "string" } } } } },
            "paths": { "/loans/{id}/pay": { "post": {
                "security": [{ "bearer": [] }],
                "parameters": [
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } },
                    { "name": "X-Idempotency-Key", "in": "header", "schema": { "type": "string" } },
                ],
                "requestBody": { "content": { "application/json": { "schema": { "type": "object", "properties": {
                    "amount": { "$ref": "#/components/schemas/Money" }, "times": { "type": "integer" } } } } } },
            } } },
        });

        let found = endpoints(&document).unwrap();

        let pay = &found[0];
        assert_eq!(pay.protected, Some(true));
        assert_eq!(pay.json, Some(json!({ "amount": { "amount": "1.00", "currency": "EUR" }, "times": 1 })));
        let names: Vec<&str> = pay.params.iter().map(|param| param.name.as_str()).collect();
        assert_eq!(names, ["id", "X-Idempotency-Key", "amount", "currency", "times"]);
        assert!(endpoints(&json!({ "title": "no document" })).is_none());
    }
}
