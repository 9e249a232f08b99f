//! What is right and looks wrong: nothing may be said of any of it.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::pages::escaped;
use crate::server::{Call, Fault, Reply, Route, fault};

fn slow(call: &Call) -> Reply {
    // Now and then, whatever was asked.
    if call.world.number().is_multiple_of(6) {
        sleep(Duration::from_millis(150));
    }
    Reply::json(200, &json!({ "ok": true }))
}

fn quotes_refused(call: &Call) -> Reply {
    // A wall before the door: it refuses what looks like SQL, true and false alike.
    let value = call.query("name").to_lowercase();
    if value.contains('\'') || value.contains(" and ") || value.contains(" or ") {
        Reply::refused(403)
    } else {
        Reply::json(200, &json!({ "rows": [value] }))
    }
}

pub fn decoys() -> Vec<Fault> {
    let name = |id, handler| fault(id, "", vec![Route::get("/items", handler).query("name", "sample")]);
    vec![
        name("decoy-slow", slow),
        name("decoy-wall", quotes_refused),
        name("decoy-random", |call| Reply::json(200, &json!({ "rows": call.world.number() }))),
        name("decoy-manual", |_| {
            Reply::html(
                "If SQLite says “unrecognized token”, or Python Traceback (most recent call last), look here.",
            )
        }),
        name("decoy-length", |call| {
            Reply::json(200, &json!({ "characters": call.query("name").chars().count() }))
        }),
        fault(
            "decoy-textarea",
            "",
            vec![
                Route::get("/edit", |call| {
                    Reply::html(format!("<textarea>{}</textarea>", escaped(call.query("q"))))
                })
                .query("q", "x")
                .page(),
            ],
        ),
        fault(
            "decoy-markup",
            "",
            vec![
                Route::get("/echo", |call| Reply::json(200, &json!({ "q": call.query("q") })))
                    .query("q", "x"),
            ],
        ),
        fault(
            "decoy-files",
            "",
            vec![
                // Everything is there, and all of it is the same page.
                Route::get("/app/{name}", |_| Reply::html("<h1>The application</h1>")).page().hidden(),
                Route::get("/home", |_| Reply::html("home")).page(),
            ],
        ),
        fault(
            "decoy-public",
            "",
            vec![
                Route::get("/branches", |_| {
                    Reply::json(
                        200,
                        &json!({ "data": [{ "id": "1", "city": "Bern" }, { "id": "2", "city": "Basel" }] }),
                    )
                }),
                Route::get("/branches/{id}", |call| match call.params["id"].as_str() {
                    id @ ("1" | "2") => Reply::json(200, &json!({ "id": id })),
                    _ => Reply::refused(404),
                }),
            ],
        ),
        fault(
            "decoy-shared",
            "",
            vec![
                Route::get("/products", |_| {
                    Reply::json(200, &json!({ "data": [{ "id": "p1" }, { "id": "p2" }] }))
                })
                .protected(),
                Route::get("/products/{id}", |call| Reply::json(200, &json!({ "id": call.params["id"] })))
                    .protected(),
            ],
        ),
        fault(
            "decoy-redirect",
            "",
            vec![
                Route::get("/go", |call| {
                    Reply::to(format!(
                        "/search?next={}",
                        escaped(call.query("next")).replace(':', "%3A").replace(['\r', '\n'], "")
                    ))
                })
                .query("next", "/x"),
            ],
        ),
        fault(
            "decoy-cors",
            "",
            vec![Route::get("/rates", |_| {
                Reply::json(200, &json!({ "EUR": "1.00" })).with("access-control-allow-origin", "*")
            })],
        ),
    ]
}
