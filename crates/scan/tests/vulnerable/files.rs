//! Files, addresses that are fetched, and errors.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::json;
use url::Url;

use crate::server::{Call, Fault, Reply, Route, fault};

const ROOT: &str = "/usr/share/seeded/public";

/// Fetches an address, whatever it is.
pub fn fetch(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "http")?;
    let address = resolved(&url)?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok()?;
    stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
    write!(stream, "GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", url.path()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn resolved(url: &Url) -> Option<SocketAddr> {
    // Names are not looked up: the tests ask nobody.
    let host = url.host_str()?.parse::<std::net::IpAddr>().ok()?;
    (host, url.port_or_known_default()?).to_socket_addrs().ok()?.next()
}

fn fetched(call: &Call, text: &str, filter: fn(&str) -> bool) -> Reply {
    let inside =
        Url::parse(text).ok().and_then(|url| resolved(&url)).is_none_or(|address| address.ip().is_loopback());
    let refused = if call.faulty { filter(text) } else { inside };
    if refused {
        return Reply::refused(422);
    }
    let size = fetch(text).map_or(0, |body| body.len());
    Reply::json(200, &json!({ "bytes": size }))
}

fn file(call: &Call, name: &str, cleaned: fn(&str) -> String) -> Reply {
    let name =
        if call.faulty { cleaned(name) } else { name.rsplit(['/', '\\']).next().unwrap_or("").to_owned() };
    // The directory need not be there for what climbs out of it.
    let mut path = std::path::PathBuf::new();
    for part in format!("{ROOT}/{name}").split('/') {
        if part == ".." {
            path.pop();
        } else {
            path.push(if part.is_empty() { "/" } else { part });
        }
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => Reply::text(text),
        Err(_) if name == "terms.txt" || name == "1" => Reply::text("terms"),
        Err(_) => Reply::refused(404),
    }
}

fn trace(call: &Call, broken: bool) -> Reply {
    match (broken, call.faulty) {
        (false, _) => Reply::json(200, &json!({ "ok": true })),
        (true, true) => {
            Reply::new(500, "text/plain", "Traceback (most recent call last):\n  File \"app.py\", line 7")
        }
        (true, false) => Reply::refused(400),
    }
}

fn panicked(call: &Call) -> Reply {
    if call.query("limit").parse::<u32>().is_ok() {
        return Reply::json(200, &json!({ "ok": true }));
    }
    if call.faulty {
        Reply::new(500, "text/plain", "thread 'main' panicked at src/api.rs:41:9: not a number")
    } else {
        Reply::refused(422)
    }
}

fn listing(call: &Call) -> Reply {
    if !call.faulty {
        return Reply::refused(404);
    }
    Reply::html(
        "<h1>Index of /uploads</h1><a href=\"?C=N;O=D\">Name</a><a href=\"../\">..</a><a href=\"a.txt\">a.txt</a>",
    )
}

/// A file that is there where it is faulty; a page that merely speaks of it where it is not.
fn exposed(call: &Call, body: &str) -> Reply {
    if call.faulty {
        Reply::text(body)
    } else {
        Reply::html(format!("There is nothing here, least of all:<pre>{body}</pre>"))
    }
}

fn home() -> Route {
    Route::get("/home", |_| Reply::html("home")).page()
}

pub fn faults() -> Vec<Fault> {
    let text = |id, handler| {
        fault(id, "path-traversal", vec![Route::get("/read", handler).query("file", "terms.txt")])
    };
    let lying =
        |id, path, handler| fault(id, "exposed-file", vec![home(), Route::get(path, handler).hidden()]);
    vec![
        text("traversal", |call| file(call, call.query("file"), str::to_owned)),
        text("traversal-once", |call| file(call, call.query("file"), |name| name.replace("../", ""))),
        text("traversal-absolute", |call| {
            let name = call.query("file");
            if call.faulty && name.starts_with('/') {
                std::fs::read_to_string(name).map_or_else(|_| Reply::refused(404), Reply::text)
            } else {
                file(call, "terms.txt", str::to_owned)
            }
        }),
        text("traversal-decoded", |call| {
            file(call, call.query("file"), |name| {
                if name.contains("../") { "terms.txt".into() } else { name.replace("%2f", "/") }
            })
        }),
        fault(
            "traversal-path",
            "path-traversal",
            vec![Route::get("/documents/{name}", |call| file(call, &call.params["name"], str::to_owned))],
        ),
        fault(
            "ssrf",
            "ssrf",
            vec![
                Route::get("/preview", |call| fetched(call, call.query("url"), |_| false))
                    .query("url", "https://example.org/"),
            ],
        ),
        fault(
            "ssrf-hook",
            "ssrf",
            vec![
                Route::new("POST", "/hooks", |call| fetched(call, call.text("callback"), |_| false))
                    .json(json!({ "callback": "https://example.org/" }))
                    .protected(),
            ],
        ),
        fault(
            "ssrf-filter",
            "ssrf",
            vec![
                Route::get("/preview", |call| {
                    fetched(call, call.query("image"), |text| {
                        text.contains("127.0.0.1") || text.contains("localhost")
                    })
                })
                .query("image", "https://example.org/"),
            ],
        ),
        fault(
            "error-json",
            "verbose-error",
            vec![
                Route::new("POST", "/orders", |call| trace(call, call.json.get("quantity").is_none()))
                    .json(json!({ "quantity": 1 })),
            ],
        ),
        fault("error-query", "verbose-error", vec![Route::get("/orders", panicked).query("limit", "3")]),
        fault(
            "listing",
            "directory-listing",
            vec![
                home(),
                Route::get("/uploads/a.txt", |_| Reply::text("a")).page(),
                Route::get("/uploads/", listing).hidden(),
            ],
        ),
        lying("exposed-env", "/.env", |call| exposed(call, "SECRET_KEY=abc\nDATABASE_URL=postgres://x")),
        lying("exposed-git", "/.git/HEAD", |call| exposed(call, "ref: refs/heads/main\n")),
        lying("exposed-dump", "/backup.sql", |call| exposed(call, "CREATE TABLE person (email TEXT);")),
        fault(
            "exposed-copy",
            "exposed-file",
            vec![
                Route::get("/app.py", |_| Reply::text("ok")).page(),
                Route::get("/app.py.bak", |call| exposed(call, "import os\npassword = 'x'")).hidden(),
            ],
        ),
    ]
}
