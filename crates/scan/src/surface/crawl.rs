//! Following links and forms, on the target alone.

use std::collections::{BTreeSet, VecDeque};

use url::Url;

use crate::client::{Client, Who};
use crate::error::Stop;
use crate::surface::html::{self, Form};
use crate::surface::{Endpoint, Kind, Param, Place, Surface, sample};

const PAGES_MAX: usize = 120;

/// Follows links from where it is put.
pub(crate) struct Crawler<'a> {
    client: &'a mut Client,
    who: &'a mut Who,
    seen: BTreeSet<String>,
    waiting: VecDeque<String>,
}

impl<'a> Crawler<'a> {
    pub(crate) fn new(client: &'a mut Client, who: &'a mut Who) -> Self {
        Self { client, who, seen: BTreeSet::new(), waiting: VecDeque::new() }
    }

    /// Follows links from these paths, and adds what it meets to the surface.
    pub(crate) async fn run(mut self, from: &[String], surface: &mut Surface) -> Result<(), Stop> {
        for path in from {
            self.wait_for(path);
        }
        let mut visited = 0;
        while let Some(target) = self.waiting.pop_front().filter(|_| visited < PAGES_MAX) {
            visited += 1;
            self.visit(&target, surface).await?;
        }
        Ok(())
    }

    async fn visit(&mut self, target: &str, surface: &mut Surface) -> Result<(), Stop> {
        let answer = self.client.send(&crate::message::Request::get(target), self.who).await?;
        self.who.keep(&answer);
        if answer.is_redirect() {
            if let Some(next) = answer.header("location").and_then(|to| self.on_target(target, to)) {
                self.wait_for(&next);
            }
            return Ok(());
        }
        if !answer.is_success() {
            return Ok(());
        }
        if target != "/" {
            surface.add([linked(target)]);
        }
        if !answer.is_html() {
            return Ok(());
        }
        surface.pages.push(target.to_owned());
        let pieces = html::pieces(&answer.body);
        for link in html::links(&pieces) {
            if let Some(next) = self.on_target(target, &link) {
                self.wait_for(&next);
            }
        }
        for form in html::forms(&pieces) {
            if let Some(action) = self.on_target(target, &form.action) {
                surface.add([submitted(&action, target, &form)]);
            }
        }
        Ok(())
    }

    /// Path and query of a link, if it stays on the target.
    fn on_target(&self, page: &str, link: &str) -> Option<String> {
        let base = self.client.base.join(page).ok()?;
        let url: Url = base.join(link).ok()?;
        if url.origin() != self.client.base.origin() || !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Some(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    fn wait_for(&mut self, target: &str) {
        // One of many with other values is enough.
        let shape = linked(target);
        let names: Vec<&str> = shape.params.iter().map(|param| param.name.as_str()).collect();
        let key = format!("{}?{}", shape.path, names.join("&"));
        if !shape.is_farewell() && self.seen.insert(key) {
            self.waiting.push_back(target.to_owned());
        }
    }
}

/// What a link asks for: its query has parameters, and so has a path with a number or an identifier in it.
fn linked(target: &str) -> Endpoint {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut params = Vec::new();
    let mut template = Vec::new();
    for part in path.split('/') {
        let is_id = !part.is_empty()
            && (part.bytes().all(|byte| byte.is_ascii_digit())
                || part.len() == 36 && part.matches('-').count() == 4);
        if is_id {
            let name = if params.is_empty() { "id".to_owned() } else { format!("id{}", params.len() + 1) };
            template.push(format!("{{{name}}}"));
            params.push(Param {
                name,
                place: Place::Path,
                kind: Kind::Text,
                sample: part.to_owned(),
                required: true,
            });
        } else {
            template.push(part.to_owned());
        }
    }
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        params.push(Param {
            name: name.into_owned(),
            place: Place::Query,
            kind: Kind::Text,
            sample: value.into_owned(),
            required: true,
        });
    }
    let mut endpoint = Endpoint::new("GET", &template.join("/"));
    endpoint.params = params;
    endpoint
}

/// What sending a form asks for.
fn submitted(action: &str, page: &str, form: &Form) -> Endpoint {
    let mut endpoint = linked(action);
    let writes = form.method == "POST";
    if writes {
        "POST".clone_into(&mut endpoint.method);
        endpoint.form = true;
    }
    page.clone_into(endpoint.on_page.get_or_insert_default());
    for (name, kind, value) in &form.fields {
        let value = if value.is_empty() && kind != "hidden" {
            sample::text(&serde_json::Value::Null, name)
        } else {
            value.clone()
        };
        endpoint.params.push(Param {
            name: name.clone(),
            place: if writes { Place::Form } else { Place::Query },
            kind: Kind::Text,
            sample: value,
            required: true,
        });
    }
    endpoint
}
