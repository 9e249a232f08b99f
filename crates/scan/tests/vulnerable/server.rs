//! The server: faults, their routes, and what they share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, Response};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use crate::tokens;

/// The people who can sign in.
pub const PEOPLE: &[(&str, &str)] =
    &[("alice@example.org", "Correct-horse-1"), ("robert@example.org", "Battery-staple-2")];

/// One seeded fault.
pub struct Fault {
    pub id: &'static str,
    /// The rule that must find it; empty for what is right in both places.
    pub rule: &'static str,
    pub routes: Vec<Route>,
}

pub type Handler = fn(&Call) -> Reply;

/// One route of a fault.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one question about a route")]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub query: Vec<(&'static str, &'static str)>,
    pub json: Option<Value>,
    pub protected: bool,
    /// Whether the handler decides itself who may.
    pub own_rights: bool,
    /// Whether it is on the first page and not in the document.
    pub page: bool,
    pub hidden: bool,
    pub handler: Handler,
}

impl Route {
    pub fn new(method: &'static str, path: &'static str, handler: Handler) -> Self {
        let (query, json) = (Vec::new(), None);
        Self {
            method,
            path,
            query,
            json,
            protected: false,
            own_rights: false,
            page: false,
            hidden: false,
            handler,
        }
    }

    pub fn get(path: &'static str, handler: Handler) -> Self {
        Self::new("GET", path, handler)
    }

    pub fn query(mut self, name: &'static str, sample: &'static str) -> Self {
        self.query.push((name, sample));
        self
    }

    pub fn json(mut self, sample: Value) -> Self {
        self.json = Some(sample);
        self
    }

    pub fn protected(mut self) -> Self {
        self.protected = true;
        self
    }

    pub fn own_rights(mut self) -> Self {
        self.protected = true;
        self.own_rights = true;
        self
    }

    pub fn page(mut self) -> Self {
        self.page = true;
        self
    }

    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }
}

pub fn fault(id: &'static str, rule: &'static str, routes: Vec<Route>) -> Fault {
    Fault { id, rule, routes }
}

/// What is asked.
pub struct Call {
    pub world: Arc<World>,
    pub faulty: bool,
    /// The fault's prefix: `/f/{id}` or `/t/{id}`.
    pub prefix: String,
    pub method: String,
    pub params: BTreeMap<String, String>,
    pub query: BTreeMap<String, String>,
    pub form: BTreeMap<String, String>,
    pub json: Value,
    pub headers: BTreeMap<String, String>,
}

impl Call {
    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub fn form(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    pub fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or("")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        let all = self.header("cookie").split(';').filter_map(|pair| pair.trim().split_once('='));
        all.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next()
    }

    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization").strip_prefix("Bearer ")
    }

    /// Who asks, by a token or by a cookie.
    pub fn user(&self) -> Option<String> {
        if let Some(token) = self.bearer() {
            return tokens::verify(&self.world, token);
        }
        self.browser()
    }

    /// Who asks, by the cookie.
    pub fn browser(&self) -> Option<String> {
        self.world.sessions.lock().unwrap().get(&self.cookie("sid")?).cloned()
    }

    /// The fault's own place to keep things.
    pub fn kept<T>(&self, with: impl FnOnce(&mut BTreeMap<String, Value>) -> T) -> T {
        with(self.world.kept.lock().unwrap().entry(self.prefix.clone()).or_default())
    }
}

/// What is answered.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn new(status: u16, kind: &str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
    }

    pub fn html(body: impl AsRef<str>) -> Self {
        let page = format!(
            "<!doctype html><html><head><title>x</title></head><body>{}</body></html>",
            body.as_ref()
        );
        Self::new(200, "text/html; charset=utf-8", page)
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn text(body: impl Into<String>) -> Self {
        Self::new(200, "text/plain; charset=utf-8", body)
    }

    pub fn refused(status: u16) -> Self {
        Self::json(status, &json!({ "code": "refused", "status": status }))
    }

    pub fn to(place: impl Into<String>) -> Self {
        Self::new(302, "text/plain", "").with("location", place)
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// What a site knows.
pub struct World {
    pub database: Mutex<Connection>,
    pub sessions: Mutex<BTreeMap<String, String>>,
    pub kept: Mutex<BTreeMap<String, BTreeMap<String, Value>>>,
    pub count: Mutex<u64>,
    pub faults: Vec<Fault>,
    pub style: Style,
}

/// How a small site differs from what is right.
#[derive(Clone, Copy, Default)]
pub struct Style {
    /// The header that is missing or wrong.
    pub lacks: &'static str,
    /// Whether TRACE is answered.
    pub traces: bool,
    /// Seconds that a token is over when it is made, out of the minute that clocks may differ.
    pub age: u64,
    /// Whether a token's end is not looked at.
    pub endless: bool,
}

impl World {
    pub fn new(faults: Vec<Fault>, style: Style) -> Arc<Self> {
        let database = Connection::open_in_memory().unwrap();
        database
            .execute_batch(
                "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER NOT NULL);
                 INSERT INTO item VALUES (1, 'sample', 10), (2, 'apple', 20), (3, 'pear', 30);
                 CREATE TABLE person (email TEXT, password TEXT);
                 INSERT INTO person VALUES ('alice@example.org', 'x'), ('robert@example.org', 'y');",
            )
            .unwrap();
        Arc::new(Self {
            database: Mutex::new(database),
            sessions: Mutex::default(),
            kept: Mutex::default(),
            count: Mutex::new(0),
            faults,
            style,
        })
    }

    /// A number that was not given before.
    pub fn number(&self) -> u64 {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        *count
    }

    /// The rows of a statement, each as text; or what the database says of it.
    pub fn rows(&self, sql: &str, values: &[&str]) -> Result<Vec<String>, String> {
        let database = self.database.lock().unwrap();
        let mut statement = database.prepare(sql).map_err(|error| error.to_string())?;
        let columns = statement.column_count();
        let mut rows =
            statement.query(rusqlite::params_from_iter(values)).map_err(|error| error.to_string())?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(|error| error.to_string())? {
            let cells = (0..columns).map(|at| match row.get_ref(at).unwrap() {
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            });
            all.push(cells.collect::<Vec<_>>().join(" "));
        }
        Ok(all)
    }

    /// The document of the interface.
    fn document(&self) -> Value {
        let mut paths = Map::new();
        let mut add = |prefix: &str, route: &Route| {
            let path = paths.entry(format!("{prefix}{}", route.path)).or_insert(json!({}));
            path[route.method.to_lowercase()] = described(route);
        };
        for one in &self.faults {
            for route in one.routes.iter().filter(|route| !route.page && !route.hidden) {
                add(&format!("/f/{}", one.id), route);
                add(&format!("/t/{}", one.id), route);
            }
        }
        let login =
            Route::new("POST", "/api/login", tokens::login).json(json!({ "email": "", "password": "" }));
        add("", &login);
        add("", &Route::get("/api/me", tokens::me).protected());
        json!({ "openapi": "3.1.0", "info": { "title": "seeded", "version": "1" }, "paths": paths })
    }

    fn index(&self) -> Reply {
        let mut links = String::new();
        for one in &self.faults {
            for route in one.routes.iter().filter(|route| route.page && !route.hidden) {
                for side in ["f", "t"] {
                    let query: Vec<String> =
                        route.query.iter().map(|(name, sample)| format!("{name}={sample}")).collect();
                    let href = format!("/{side}/{}{}?{}", one.id, route.path, query.join("&amp;"));
                    links = links + "<p><a href=\"" + &href + "\">x</a>";
                }
            }
        }
        Reply::html(format!("{links}<a href=\"https://elsewhere.example/\">elsewhere</a>"))
    }
}

fn described(route: &Route) -> Value {
    let mut parameters: Vec<Value> = route
        .query
        .iter()
        .map(|(name, sample)| json!({ "name": name, "in": "query", "required": true, "example": sample, "schema": { "type": "string" } }))
        .collect();
    for part in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        parameters.push(json!({ "name": part, "in": "path", "required": true, "example": "1", "schema": { "type": "string" } }));
    }
    let mut operation = json!({ "parameters": parameters, "responses": {} });
    if route.protected {
        operation["security"] = json!([{ "bearer": [] }]);
    }
    if let Some(sample) = &route.json {
        operation["requestBody"] =
            json!({ "content": { "application/json": { "example": sample, "schema": {} } } });
    }
    operation
}

/// Serves a site until the test ends; where it is.
pub async fn serve(world: Arc<World>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().fallback(move |request: Request<Body>| dispatch(world.clone(), request));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

async fn dispatch(world: Arc<World>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let pairs =
        |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<BTreeMap<_, _>>();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect::<BTreeMap<_, _>>();
    let is_form = headers.get("content-type").is_some_and(|kind| kind.contains("urlencoded"));
    let call = Call {
        world: world.clone(),
        faulty: false,
        prefix: String::new(),
        method: head.method.as_str().to_owned(),
        params: BTreeMap::new(),
        query: pairs(head.uri.query().unwrap_or("")),
        form: if is_form { pairs(&body) } else { BTreeMap::new() },
        json: serde_json::from_str(&body).unwrap_or(Value::Null),
        headers,
    };
    let path = head.uri.path().to_owned();
    let reply = tokio::task::spawn_blocking(move || answer(&path, call)).await.unwrap();
    let mut response = Response::builder().status(reply.status);
    for (name, value) in edges(&world, reply.headers) {
        // What fits no header is not sent.
        if let Ok(value) = axum::http::HeaderValue::try_from(value) {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(reply.body)).unwrap()
}

/// The headers that are right everywhere, but for what the site is to lack.
fn edges(world: &World, mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let policy = if world.style.lacks == "csp-strict" { "default-src *" } else { "default-src 'self'" };
    let policy = if world.style.lacks == "framing" {
        policy.to_owned()
    } else {
        format!("{policy}; frame-ancestors 'none'")
    };
    for (name, value) in [
        ("content-security-policy", policy.as_str()),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", if world.style.lacks == "framing" { "ALLOWALL" } else { "DENY" }),
        ("cache-control", "no-store"),
    ] {
        if world.style.lacks != name && !headers.iter().any(|(known, _)| known == name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers.push((
        "server".into(),
        if world.style.lacks == "discretion" { "seeded/1.2.3" } else { "seeded" }.into(),
    ));
    headers
}

fn answer(path: &str, mut call: Call) -> Reply {
    let world = call.world.clone();
    match (call.method.as_str(), path) {
        ("TRACE", _) => {
            let heard = format!("{:?}", call.headers);
            return if world.style.traces { Reply::text(heard) } else { Reply::refused(405) };
        }
        ("GET" | "HEAD", "/") => return world.index(),
        ("GET", "/openapi.json") => return Reply::json(200, &world.document()),
        ("GET", "/.well-known/jwks.json") => return Reply::json(200, &json!({ "keys": [tokens::jwk()] })),
        ("POST", "/api/login") => return tokens::login(&call),
        ("GET", "/api/me") => return tokens::me(&call),
        _ => {}
    }
    for one in &world.faults {
        for (side, faulty) in [("f", true), ("t", false)] {
            let prefix = format!("/{side}/{}", one.id);
            let Some(rest) = path.strip_prefix(&prefix).filter(|rest| rest.starts_with('/')) else {
                continue;
            };
            for route in &one.routes {
                let Some(params) = fits(route.path, rest) else { continue };
                if route.method != call.method && route.method != "*" {
                    continue;
                }
                call.params = params;
                call.faulty = faulty;
                call.prefix = prefix;
                let is_json = call.header("content-type").starts_with("application/json");
                if route.json.is_some() && !is_json && one.id != "csrf-json" {
                    return Reply::refused(415);
                }
                if route.protected && !route.own_rights && call.user().is_none() {
                    return Reply::refused(401);
                }
                return (route.handler)(&call);
            }
        }
    }
    Reply::refused(404)
}

fn fits(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let mut params = BTreeMap::new();
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if ours.len() != theirs.len() {
        return None;
    }
    for (one, other) in ours.iter().zip(&theirs) {
        match one.strip_prefix('{').and_then(|one| one.strip_suffix('}')) {
            Some(name) => {
                // Decoded as a form's value is, but for the plus.
                let other = format!("v={}", other.replace('+', "%2B"));
                let value = url::form_urlencoded::parse(other.as_bytes()).next()?.1.into_owned();
                params.insert(name.to_owned(), value);
            }
            None if one == other => {}
            None => return None,
        }
    }
    Some(params)
}
