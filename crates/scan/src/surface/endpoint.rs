//! One thing that can be asked, and how.

use std::fmt::Write as _;

use serde_json::Value;

use crate::message::Request;
use crate::surface::plural;

/// Where a parameter goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Form,
    /// Into the body, at this JSON pointer.
    Json(String),
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    pub(crate) sample: String,
    pub(crate) required: bool,
}

impl Param {
    /// Whether the name has one of these words in it.
    pub(crate) fn is_called(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        words.iter().any(|word| name.contains(word))
    }

    /// Whether the parameter is a token that a form is protected with.
    pub(crate) fn is_form_token(&self) -> bool {
        self.is_called(&["csrf", "xsrf", "authenticity", "requestverification", "form_token", "nonce"])
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) method: String,
    /// With the names of parameters in braces.
    pub(crate) path: String,
    pub(crate) params: Vec<Param>,
    /// An example of the body, where it is JSON.
    pub(crate) json: Option<Value>,
    /// The same with nothing in it but what has to be.
    pub(crate) slim: Option<Value>,
    /// Whether the body is a form's.
    pub(crate) form: bool,
    /// Whether the documentation asks for a sign-in; nothing where there is none.
    pub(crate) protected: Option<bool>,
    /// The page that the form was on.
    pub(crate) on_page: Option<String>,
}

impl Endpoint {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            params: Vec::new(),
            json: None,
            slim: None,
            form: false,
            protected: None,
            on_page: None,
        }
    }

    /// Whether asking changes something, as far as the method tells.
    pub(crate) fn writes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether it ends the sign-in or the account that the scan needs.
    pub(crate) fn is_farewell(&self) -> bool {
        let path = self.path.to_lowercase();
        let words =
            ["logout", "log-out", "signout", "sign-out", "password/change", "change_password", "deactivate"];
        let sessions = self.method == "DELETE" && (path.contains("session") || path.contains("device"));
        let factors = self.writes() && (path.contains("/mfa/") || path.contains("/2fa/"));
        sessions || factors || words.iter().any(|word| path.contains(word))
    }

    pub(crate) fn last_segment(&self) -> String {
        self.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_lowercase()
    }

    pub(crate) fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// The first parameter whose name has one of these words in it.
    pub(crate) fn called(&self, words: &[&str]) -> Option<usize> {
        words.iter().find_map(|word| self.params.iter().position(|param| param.is_called(&[word])))
    }

    pub(crate) fn has_path_params(&self) -> bool {
        self.params.iter().any(|param| param.place == Place::Path)
    }

    /// Whether another one, found elsewhere, adds nothing to this.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.method == other.method
            && self.form == other.form
            && fits(&self.path, &other.path)
            && other
                .params
                .iter()
                .all(|param| param.place == Place::Path || self.param(&param.name).is_some())
    }

    /// What kind of thing a parameter identifies: `accounts` for `/accounts/{id}` and for `account_id`.
    pub(crate) fn noun(&self, at: usize) -> Option<String> {
        let param = self.params.get(at)?;
        let name = param.name.to_lowercase();
        let stem = name.strip_suffix("_id").or_else(|| name.strip_suffix("id"));
        if let Some(stem) = stem.filter(|stem| !stem.is_empty()) {
            // `from_account_id` is of an account.
            return stem.trim_end_matches('_').rsplit('_').next().map(plural);
        }
        if name == "id" || param.place == Place::Path {
            let before = if param.place == Place::Path {
                self.path.split(&format!("/{{{}}}", param.name)).next()?
            } else {
                &self.path
            };
            return before.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('{')).map(plural);
        }
        None
    }

    /// Leaves out of the body what need not be in it.
    pub(crate) fn slim_down(&mut self) {
        if let Some(slim) = self.slim.take() {
            self.params.retain(|param| match &param.place {
                Place::Json(pointer) => slim.pointer(pointer).is_some(),
                _ => true,
            });
            self.json = Some(slim);
        }
    }

    /// The request with the samples.
    pub(crate) fn request(&self) -> Request {
        self.request_with(&[])
    }

    /// The request with these values in the place of the samples.
    pub(crate) fn request_with(&self, changes: &[(usize, &str)]) -> Request {
        let value = |at: usize, param: &Param| {
            let other = changes.iter().find(|(changed, _)| *changed == at);
            other.map_or_else(|| param.sample.clone(), |(_, value)| (*value).to_owned())
        };
        let wanted =
            |at: usize, param: &Param| param.required || changes.iter().any(|(changed, _)| *changed == at);
        let mut path = self.path.clone();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut form: Vec<(String, String)> = Vec::new();
        let mut headers = Vec::new();
        let mut json = self.json.clone();
        for (at, param) in self.params.iter().enumerate() {
            let value = value(at, param);
            match &param.place {
                Place::Path => path = path.replace(&format!("{{{}}}", param.name), &segment(&value)),
                Place::Query if wanted(at, param) => {
                    query.append_pair(&param.name, &value);
                }
                Place::Header if wanted(at, param) => headers.push((param.name.clone(), value)),
                Place::Form => form.push((param.name.clone(), value)),
                Place::Json(pointer) if changes.iter().any(|(changed, _)| *changed == at) => {
                    if let Some(slot) = json.as_mut().and_then(|body| body.pointer_mut(pointer)) {
                        *slot = Value::String(value);
                    }
                }
                Place::Query | Place::Header | Place::Json(_) => {}
            }
        }
        let query = query.finish();
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let mut request = Request::new(&self.method, target);
        request.headers = headers;
        request.route.clone_from(&self.path);
        match json {
            Some(body) => request.json(&body),
            None if self.form => {
                request.form(form.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            }
            None => request,
        }
    }
}

/// Whether a path is this template, or one with a value in the place of its parameter.
fn fits(template: &str, path: &str) -> bool {
    let mut ours = template.split('/');
    let mut theirs = path.split('/');
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || one.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// A value as one segment of a path.
fn segment(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'.') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn param(name: &str, place: Place) -> Param {
        Param { name: name.to_owned(), place, kind: Kind::Text, sample: "1".to_owned(), required: false }
    }

    #[test]
    fn a_value_goes_to_its_place_and_the_samples_to_the_others() {
        let mut endpoint = Endpoint::new("POST", "/accounts/{id}/notes");
        endpoint.params = vec![
            param("id", Place::Path),
            param("q", Place::Query),
            param("text", Place::Json("/a/text".into())),
        ];
        endpoint.json = Some(json!({ "a": { "text": "x" } }));

        let plain = endpoint.request();
        let changed = endpoint.request_with(&[(0, "a/b'"), (1, "ü&"), (2, "\"")]);

        assert_eq!(
            (plain.target.as_str(), plain.body.unwrap().1.as_str()),
            ("/accounts/1/notes", r#"{"a":{"text":"x"}}"#)
        );
        assert_eq!(changed.target, "/accounts/a%2Fb%27/notes?q=%C3%BC%26");
        assert_eq!(changed.body.unwrap().1, r#"{"a":{"text":"\""}}"#);
    }

    #[test]
    fn a_parameter_tells_what_it_identifies() {
        let mut endpoint = Endpoint::new("GET", "/api/accounts/{id}/entries");
        endpoint.params =
            vec![param("id", Place::Path), param("loan_id", Place::Query), param("q", Place::Query)];

        assert_eq!(endpoint.noun(0).as_deref(), Some("accounts"));
        assert_eq!(endpoint.noun(1).as_deref(), Some("loans"));
        assert_eq!(endpoint.noun(2), None);
    }
}
