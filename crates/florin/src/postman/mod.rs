//! A collection for Postman and its environment, made of the document of the API.

mod examples;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use examples::Examples;

/// The form of collections that this makes.
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
/// What the collection is known by, so that importing it again replaces it.
const COLLECTION_ID: &str = "0f10f10f-0000-4000-8000-000000000001";
const ENVIRONMENT_ID: &str = "0f10f10f-0000-4000-8000-000000000002";
/// Variables that are never shown.
const SECRET: &[&str] = &["password", "totp_secret", "access_token", "refresh_token"];
/// Variables that the scripts and the guide use, with their values.
const GIVEN: &[(&str, &str)] = &[
    ("base_url", "http://127.0.0.1:8080"),
    ("email", "ada@example.org"),
    ("password", ""),
    ("totp_secret", ""),
    ("access_token", ""),
    ("refresh_token", ""),
    ("access_until", ""),
];

/// The collection: a folder for each tag, a request for each operation.
pub(crate) fn collection(document: &Value) -> Value {
    let examples = Examples::of(document);
    let tags = document.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let folder = |tag: &Value| {
        let name = tag.get("name")?.as_str()?;
        let requests: Vec<Value> =
            operations(document).filter(|one| one.tag() == name).map(|one| one.request(&examples)).collect();
        let description = tag.get("description").and_then(Value::as_str).unwrap_or_default();
        (!requests.is_empty()).then(|| json!({ "name": name, "description": description, "item": requests }))
    };
    json!({
        "info": {
            "_postman_id": COLLECTION_ID,
            "name": "Florin",
            "description": "Made by `florin postman` of the document of the API. Choose the environment Florin, and set \
                            `base_url`, `email` and `password` in it.",
            "schema": SCHEMA,
        },
        "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{access_token}}", "type": "string" }] },
        "event": [script("prerequest", include_str!("before.js")), script("test", include_str!("after.js"))],
        "item": tags.iter().filter_map(folder).collect::<Vec<_>>(),
    })
}

/// The environment: every variable that the collection uses.
pub(crate) fn environment(collection: &Value) -> Value {
    let mut used = BTreeSet::new();
    variables(&collection.to_string(), &mut used);
    let given = GIVEN.iter().map(|(name, value)| variable(name, value));
    let others = used.iter().filter(|name| !GIVEN.iter().any(|(known, _)| known == name));
    let values: Vec<Value> = given.chain(others.map(|name| variable(name, ""))).collect();
    json!({ "id": ENVIRONMENT_ID, "name": "Florin", "values": values, "_postman_variable_scope": "environment" })
}

fn variable(name: &str, value: &str) -> Value {
    let kind = if SECRET.contains(&name) { "secret" } else { "default" };
    json!({ "key": name, "value": value, "type": kind, "enabled": true })
}

/// The names between double braces; what begins with `$` Postman makes itself.
fn variables(text: &str, found: &mut BTreeSet<String>) {
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}") {
            let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if is_name && !name.is_empty() {
                found.insert(name.to_owned());
            }
        }
    }
}

fn script(listen: &str, text: &str) -> Value {
    json!({ "listen": listen, "script": { "type": "text/javascript", "exec": text.lines().collect::<Vec<_>>() } })
}

/// One operation of the document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    fields: &'a Map<String, Value>,
}

/// Every operation, but for those under the paths of the replaced systems, which are the same again.
fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let current = paths.filter(|(path, _)| !path.starts_with("/api/") || path.starts_with("/api/v"));
    current.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods
            .filter_map(move |(method, fields)| Some(Operation { path, method, fields: fields.as_object()? }))
    })
}

impl Operation<'_> {
    fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn tag(&self) -> &str {
        self.fields.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str).unwrap_or_default()
    }

    fn parameters(&self, place: &str) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.fields.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let of_place = all.filter(move |one| one.get("in").and_then(Value::as_str) == Some(place));
        of_place.filter_map(|one| Some((one.get("name")?.as_str()?, one)))
    }

    fn request(&self, examples: &Examples<'_>) -> Value {
        let name = format!("{} {}", self.method.to_uppercase(), self.path);
        let description = [self.text("summary"), self.text("description")].join("\n\n");
        let mut request = json!({
            "method": self.method.to_uppercase(),
            "description": description.trim(),
            "header": self.headers(),
            "url": self.url(examples),
        });
        if let (Some(body), Some(fields)) = (self.body(examples), request.as_object_mut()) {
            fields.insert("body".to_owned(), body);
        }
        if let (None, Some(fields)) = (self.fields.get("security"), request.as_object_mut()) {
            fields.insert("auth".to_owned(), json!({ "type": "noauth" }));
        }
        // The first words name it; all of them describe it.
        let summary = self.text("summary").split(['.', ';', ':', '\n']).next().unwrap_or_default();
        json!({ "name": if summary.is_empty() { &name } else { summary }, "request": request, "response": [] })
    }

    fn headers(&self) -> Vec<Value> {
        let mut headers = vec![json!({ "key": "Accept", "value": "application/json" })];
        if let Some(kind) = self.content().map(|(kind, _)| kind) {
            headers.push(json!({ "key": "Content-Type", "value": kind }));
        }
        for (name, parameter) in self.parameters("header") {
            let required = is_required(parameter);
            // The same request sent again wants the same key: put one in its place.
            let value = if name == "X-Idempotency-Key" { "{{$guid}}" } else { "" };
            headers.push(json!({
                "key": name, "value": value, "disabled": !required,
                "description": parameter.get("description").cloned().unwrap_or_default(),
            }));
        }
        headers
    }

    fn url(&self, examples: &Examples<'_>) -> Value {
        let segments: Vec<String> = self.path.split('/').skip(1).map(segment).collect();
        let query: Vec<Value> =
            self.parameters("query").map(|(name, one)| query(name, one, examples)).collect();
        let wanted: Vec<String> = query
            .iter()
            .filter(|one| one.get("disabled") == Some(&json!(false)))
            .filter_map(|one| Some(format!("{}={}", one.get("key")?.as_str()?, one.get("value")?.as_str()?)))
            .collect();
        let query_text = if wanted.is_empty() { String::new() } else { format!("?{}", wanted.join("&")) };
        let named: Vec<Value> = self
            .parameters("path")
            .map(|(name, one)| {
                let description = one.get("description").cloned().unwrap_or_default();
                json!({ "key": name, "value": format!("{{{{{}}}}}", self.held_by(name)), "description": description })
            })
            .collect();
        json!({
            "raw": format!("{{{{base_url}}}}/{}{query_text}", segments.join("/")),
            "host": ["{{base_url}}"],
            "path": segments,
            "query": query,
            "variable": named,
        })
    }

    /// The variable that has the value of this part of the path: of an `id`, that of what stands before it.
    fn held_by(&self, name: &str) -> String {
        if name != "id" {
            return name.to_owned();
        }
        let before =
            self.path.split("/{id}").next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        format!("{}_id", before.strip_suffix('s').unwrap_or(before).replace('-', "_"))
    }

    fn content(&self) -> Option<(&String, &Value)> {
        self.fields.get("requestBody")?.get("content")?.as_object()?.iter().next()
    }

    fn body(&self, examples: &Examples<'_>) -> Option<Value> {
        let (kind, content) = self.content()?;
        let given = content.get("example").cloned();
        let example =
            given.unwrap_or_else(|| examples.example(content.get("schema").unwrap_or(&Value::Null)));
        let (language, raw) = match (kind.as_str(), example) {
            ("application/json", example) => ("json", format!("{example:#}")),
            (_, Value::String(text)) => ("text", text),
            (_, other) => ("text", other.to_string()),
        };
        Some(json!({ "mode": "raw", "raw": raw, "options": { "raw": { "language": language } } }))
    }
}

/// A part of a query; one that is not asked for is there to be switched on.
fn query(name: &str, parameter: &Value, examples: &Examples<'_>) -> Value {
    let example = parameter.get("example").cloned();
    let value = example.unwrap_or_else(|| {
        if is_required(parameter) {
            examples.example(parameter.get("schema").unwrap_or(&Value::Null))
        } else {
            json!("")
        }
    });
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    json!({
        "key": name, "value": value, "disabled": !is_required(parameter),
        "description": parameter.get("description").cloned().unwrap_or_default(),
    })
}

fn is_required(parameter: &Value) -> bool {
    parameter.get("required") == Some(&json!(true))
}

/// A part of a path as Postman writes it: `{id}` is `:id`.
fn segment(part: &str) -> String {
    let Some((name, rest)) = part.strip_prefix('{').and_then(|part| part.split_once('}')) else {
        return part.to_owned();
    };
    format!(":{name}{rest}")
}

#[cfg(test)]
mod tests;
