//! One method of one path: what it takes, what it answers, and how it is called.

use std::fmt::Write;

use axum::http::StatusCode;
use serde_json::Value;

use super::{anchor, example, paragraphs, resolve, schema};
use crate::html::{Escaped, Prose};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// An operation and where it stands in its document.
pub(super) struct Operation<'a> {
    openapi: &'a Value,
    path: &'a str,
    method: &'static str,
    value: &'a Value,
    /// The path's parameters and the operation's own.
    parameters: Vec<&'a Value>,
}

impl<'a> Operation<'a> {
    /// Every operation of `path`.
    pub(super) fn of_path(openapi: &'a Value, path: &'a str, item: &'a Value) -> Vec<Self> {
        let known = METHODS.into_iter().filter_map(|method| Some((method, item.get(method)?)));
        known
            .map(|(method, value)| {
                let lists = [item.get("parameters"), value.get("parameters")];
                let parameters = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
                let parameters = parameters.map(|parameter| resolve(openapi, parameter)).collect();
                Self { openapi, path, method, value, parameters }
            })
            .collect()
    }

    pub(super) fn tag(&self) -> Option<&'a str> {
        self.value.pointer("/tags/0")?.as_str()
    }

    fn summary(&self) -> &'a str {
        self.value.get("summary").and_then(Value::as_str).unwrap_or_default()
    }

    fn anchor(&self) -> String {
        anchor("op", &format!("{} {}", self.method, self.path))
    }

    /// The operation in the table of contents.
    pub(super) fn link(&self) -> String {
        let summary = self.summary();
        let words = if summary.is_empty() { self.path } else { summary };
        format!("<a href=\"#{}\"><b>{}</b> {}</a>", self.anchor(), self.method.to_uppercase(), Escaped(words))
    }

    /// The operation in full.
    pub(super) fn write(&self, body: &mut String) {
        let method = self.method;
        let _ = writeln!(
            body,
            "<section>\n<h3 id=\"{}\"><b class=\"{method}\">{}</b> <code>{}</code></h3>",
            self.anchor(),
            method.to_uppercase(),
            Escaped(self.path)
        );
        if self.value.get("deprecated").and_then(Value::as_bool) == Some(true) {
            body.push_str("<p><strong>Deprecated.</strong></p>\n");
        }
        paragraphs(body, self.value.get("summary").and_then(Value::as_str));
        paragraphs(body, self.value.get("description").and_then(Value::as_str));
        self.write_parameters(body);
        self.write_request(body);
        self.write_responses(body);
        let _ =
            writeln!(body, "<h4>Example</h4>\n<pre><code>{}</code></pre>\n</section>", Escaped(&self.curl()));
    }

    fn write_parameters(&self, body: &mut String) {
        if self.parameters.is_empty() {
            return;
        }
        body.push_str(
            "<h4>Parameters</h4>\n<table>\n<tr><th scope=\"col\">Name</th><th scope=\"col\">In</th>\
             <th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr>\n",
        );
        for parameter in &self.parameters {
            let field = |name| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
            let required = parameter.get("required").and_then(Value::as_bool) == Some(true);
            let _ = writeln!(
                body,
                "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                Escaped(field("name")),
                if required { " <em>required</em>" } else { "" },
                Escaped(field("in")),
                parameter.get("schema").map(schema::kind).unwrap_or_default(),
                Prose(field("description"))
            );
        }
        body.push_str("</table>\n");
    }

    fn write_request(&self, body: &mut String) {
        let Some(request) = self.value.get("requestBody") else { return };
        for (media_type, schema) in contents(resolve(self.openapi, request)) {
            let _ = writeln!(body, "<h4>Body</h4>\n<p><code>{}</code></p>", Escaped(media_type));
            schema::write(body, self.openapi, schema);
        }
    }

    fn write_responses(&self, body: &mut String) {
        let Some(responses) = self.value.get("responses").and_then(Value::as_object) else { return };
        body.push_str("<h4>Answers</h4>\n<table>\n<tr><th scope=\"col\">Status</th><th scope=\"col\">Body</th><th scope=\"col\">Meaning</th></tr>\n");
        for (status, response) in responses {
            let response = resolve(self.openapi, response);
            let kinds: Vec<String> = contents(response).map(|(_, schema)| schema::kind(schema)).collect();
            let words =
                status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok()?.canonical_reason());
            let said = response.get("description").and_then(Value::as_str).filter(|said| !said.is_empty());
            let _ = writeln!(
                body,
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                Escaped(status),
                kinds.join(", "),
                Prose(said.or(words).unwrap_or_default())
            );
        }
        body.push_str("</table>\n");
    }

    /// The call as a line for the shell, where `FLORIN` is the server and `TOKEN` the sign-in.
    fn curl(&self) -> String {
        let mut line = String::from("curl");
        if self.method != "get" {
            let _ = write!(line, " -X {}", self.method.to_uppercase());
        }
        let _ = write!(line, " \"$FLORIN{}\"", self.example_target());
        if self.needs_sign_in() {
            line.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
        }
        for parameter in self.required("header") {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            if name.to_ascii_lowercase().ends_with("idempotency-key") {
                let _ = write!(line, " \\\n  -H \"{name}: $(uuidgen)\"");
            } else {
                let _ =
                    write!(line, " \\\n  -H {}", quoted(&format!("{name}: {}", self.value_of(parameter))));
            }
        }
        let request = self.value.get("requestBody").map(|request| resolve(self.openapi, request));
        if let Some((media_type, content)) = request.and_then(|request| contents_whole(request).next()) {
            let body = example::of_content(self.openapi, content).to_string();
            let _ = write!(
                line,
                " \\\n  -H {} \\\n  -d {}",
                quoted(&format!("Content-Type: {media_type}")),
                quoted(&body)
            );
        }
        line
    }

    fn example_target(&self) -> String {
        let mut target = self.path.to_owned();
        for parameter in self.required("path") {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            // A free-form segment is left for the reader to fill in; an identifier shows its shape.
            target = target.replace(&format!("{{{name}}}"), &self.value_of(parameter));
        }
        let query: Vec<String> = self
            .required("query")
            .filter_map(|parameter| {
                Some(format!("{}={}", parameter.get("name")?.as_str()?, self.value_of(parameter)))
            })
            .collect();
        if query.is_empty() { target } else { format!("{target}?{}", query.join("&")) }
    }

    fn required(&self, place: &str) -> impl Iterator<Item = &'a Value> {
        self.parameters.iter().copied().filter(move |parameter| {
            parameter.get("in").and_then(Value::as_str) == Some(place)
                && parameter.get("required").and_then(Value::as_bool) == Some(true)
        })
    }

    fn value_of(&self, parameter: &Value) -> String {
        match example::of_content(self.openapi, parameter) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    fn needs_sign_in(&self) -> bool {
        let security = self.value.get("security").or_else(|| self.openapi.get("security"));
        security.and_then(Value::as_array).is_some_and(|kinds| !kinds.is_empty())
    }
}

/// The media types of a body, each with its schema.
fn contents(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    contents_whole(value).filter_map(|(media_type, content)| Some((media_type, content.get("schema")?)))
}

fn contents_whole(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.get("content").and_then(Value::as_object).into_iter().flatten()
}

/// One word for the shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
