//! Examples of what a schema of the document describes: only what is asked for, and such that somebody can send it.

use serde_json::{Map, Value, json};

/// Schemas refer to each other at most this deep in an example.
const DEPTH_MAX: usize = 8;

/// The schemas of a document, and the variables that examples of them use.
pub(super) struct Examples<'a> {
    schemas: &'a Value,
}

impl<'a> Examples<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        Self { schemas: document.pointer("/components/schemas").unwrap_or(&Value::Null) }
    }

    /// An example of this schema.
    pub(super) fn example(&self, schema: &Value) -> Value {
        self.named("", schema, 0)
    }

    /// An example of the property of this name.
    fn named(&self, name: &str, schema: &Value, depth: usize) -> Value {
        let given =
            schema.get("example").or_else(|| schema.pointer("/examples/0")).or_else(|| schema.get("default"));
        if let Some(given) = given {
            return given.clone();
        }
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        if let Some(known) = self.referred(schema) {
            return self.named(name, known, depth.saturating_add(1));
        }
        for choice in ["oneOf", "anyOf"] {
            let first = schema
                .get(choice)
                .and_then(Value::as_array)
                .and_then(|all| all.iter().find(|one| !is_null(one)));
            if let Some(first) = first {
                return self.named(name, first, depth.saturating_add(1));
            }
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            return self.all(all, depth);
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => schema
                .get("items")
                .map_or_else(|| json!([]), |items| json!([self.named(name, items, depth.saturating_add(1))])),
            "integer" | "number" => {
                schema.get("minimum").filter(|least| **least != json!(0)).cloned().unwrap_or(json!(1))
            }
            "boolean" => json!(false),
            _ => text(name, schema),
        }
    }

    fn referred(&self, schema: &Value) -> Option<&'a Value> {
        let name = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
        self.schemas.get(name)
    }

    /// What several schemas ask for together.
    fn all(&self, schemas: &[Value], depth: usize) -> Value {
        let mut together = Map::new();
        for schema in schemas {
            if let Value::Object(part) = self.named("", schema, depth.saturating_add(1)) {
                together.extend(part);
            }
        }
        Value::Object(together)
    }

    /// What is required; everything, where nothing is.
    fn object(&self, schema: &Value, depth: usize) -> Value {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return json!({}) };
        let required: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
            Some(names) => names.iter().filter_map(Value::as_str).collect(),
            None => properties.keys().map(String::as_str).collect(),
        };
        let example = |name: &str| {
            let schema = properties.get(name)?;
            Some((name.to_owned(), self.named(name, schema, depth.saturating_add(1))))
        };
        Value::Object(required.into_iter().filter_map(example).collect())
    }
}

/// The type of a schema; of one that may be null too, the other one.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "string",
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// A text that fits the property's name.
fn text(name: &str, schema: &Value) -> Value {
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match name {
        "" => json!(""),
        "currency" => json!("EUR"),
        "amount" => json!("10.00"),
        "code" | "mfa_code" => json!("123456"),
        "email" | "password" | "refresh_token" => json!(format!("{{{{{name}}}}}")),
        _ if name.ends_with("_id") => json!(format!("{{{{{name}}}}}")),
        _ if name == "date" || name.ends_with("_on") => json!("2027-01-15"),
        _ if name.ends_with("_at") => json!("2027-01-15T12:00:00Z"),
        _ => json!(word_of(schema).map_or_else(|| name.replace('_', " "), str::to_owned)),
    }
}

/// The first word that the description sets apart: of a text that is one of a few, one of these.
fn word_of(schema: &Value) -> Option<&str> {
    let mut parts = schema.get("description")?.as_str()?.split('`');
    parts.nth(1).filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_is_asked_for_and_ends() {
        let document = json!({ "components": { "schemas": {
            "Transfer": {
                "type": "object", "required": ["from_account_id", "amount", "tags", "parent"],
                "properties": {
                    "from_account_id": { "type": "string" },
                    "amount": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Money" }] },
                    "tags": { "type": ["array", "null"], "items": { "type": "string", "example": "rent" } },
                    "parent": { "$ref": "#/components/schemas/Transfer" },
                    "note": { "type": "string" },
                },
            },
            "Money": { "type": "object", "properties": { "amount": { "type": "string", "example": "5.00" } } },
        } } });
        let examples = Examples::of(&document);

        let made = examples.example(&json!({ "$ref": "#/components/schemas/Transfer" }));

        assert_eq!(made["from_account_id"], "{{from_account_id}}");
        assert_eq!(made["amount"], json!({ "amount": "5.00" }));
        assert_eq!(made["tags"], json!(["rent"]));
        assert_eq!(made.get("note"), None);
        assert!(made.to_string().len() < 2_000);
    }
}
