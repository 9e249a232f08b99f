//! Injection into a real database.

use serde_json::json;

use crate::server::{Call, Fault, Reply, Route, fault};

/// A question to the database: made of text where it is faulty, with the value bound where it is not.
fn rows(call: &Call, before: &str, quote: &str, value: &str, after: &str) -> Result<Vec<String>, String> {
    if call.faulty {
        call.world.rows(&format!("{before}{quote}{value}{quote}{after}"), &[])
    } else {
        call.world.rows(&format!("{before}?1{after}"), &[value])
    }
}

/// The rows, or what the database said where it said something.
fn told(found: Result<Vec<String>, String>) -> Reply {
    match found {
        Ok(rows) => Reply::json(200, &json!({ "rows": rows })),
        Err(error) => Reply::json(500, &json!({ "error": error })),
    }
}

/// The rows, and nothing where something went wrong.
fn silent(found: Result<Vec<String>, String>) -> Reply {
    Reply::json(200, &json!({ "rows": found.unwrap_or_default() }))
}

/// Not even the rows.
fn mute(found: Result<Vec<String>, String>) -> Reply {
    drop(found);
    Reply::json(200, &json!({ "message": "noted" }))
}

const BY_NAME: &str = "SELECT id, name FROM item WHERE name = ";
const BY_ID: &str = "SELECT id, name FROM item WHERE id = ";

fn sorted(call: &Call) -> Reply {
    let column = call.query("sort");
    if !call.faulty && !["name", "price", "id"].contains(&column) {
        return Reply::refused(422);
    }
    told(call.world.rows(&format!("SELECT id, name FROM item ORDER BY {column}"), &[]))
}

fn like(call: &Call) -> Reply {
    let value = call.query("term");
    let sql = "SELECT name FROM item WHERE name LIKE ";
    silent(if call.faulty {
        call.world.rows(&format!("{sql}'%{value}%'"), &[])
    } else {
        call.world.rows(&format!("{sql}'%' || ?1 || '%'"), &[value])
    })
}

pub fn faults() -> Vec<Fault> {
    let get =
        |id, rule, handler| fault(id, rule, vec![Route::get("/items", handler).query("name", "sample")]);
    let number =
        |id, rule, handler| fault(id, rule, vec![Route::get("/items", handler).query("number", "1")]);
    let body = |id, rule, handler| {
        fault(id, rule, vec![Route::new("POST", "/search", handler).json(json!({ "term": "sample" }))])
    };
    vec![
        get("sql-error", "sql-injection-error", |call| {
            told(rows(call, BY_NAME, "'", call.query("name"), ""))
        }),
        body("sql-error-json", "sql-injection-error", |call| {
            told(rows(call, BY_NAME, "'", call.text("term"), ""))
        }),
        fault(
            "sql-error-path",
            "sql-injection-error",
            vec![Route::get("/items/{id}", |call| told(rows(call, BY_ID, "", &call.params["id"], "")))],
        ),
        fault(
            "sql-error-sort",
            "sql-injection-error",
            vec![Route::get("/items", sorted).query("sort", "name")],
        ),
        fault(
            "sql-error-form",
            "sql-injection-error",
            vec![
                Route::get("/find", |call| {
                    Reply::html(format!(
                        "<form method=post action=\"{}/find\"><input name=name></form>",
                        call.prefix
                    ))
                })
                .page(),
                Route::new("POST", "/find", |call| match rows(call, BY_NAME, "'", call.form("name"), "") {
                    Ok(found) => Reply::html(format!("{} found", found.len())),
                    Err(error) => Reply::html(format!("<p>database: {}", error.replace('<', "&lt;"))),
                })
                .hidden(),
            ],
        ),
        get("sql-boolean", "sql-injection-boolean", |call| {
            silent(rows(call, BY_NAME, "'", call.query("name"), ""))
        }),
        number("sql-boolean-number", "sql-injection-boolean", |call| {
            silent(rows(call, BY_ID, "", call.query("number"), ""))
        }),
        body("sql-boolean-json", "sql-injection-boolean", |call| {
            silent(rows(call, BY_NAME, "'", call.text("term"), ""))
        }),
        fault(
            "sql-boolean-like",
            "sql-injection-boolean",
            vec![Route::get("/items", like).query("term", "ampl")],
        ),
        number("sql-boolean-bracket", "sql-injection-boolean", |call| {
            let found = if call.faulty {
                rows(call, "SELECT name FROM item WHERE (id = ", "", call.query("number"), ")")
            } else {
                rows(call, BY_ID, "", call.query("number"), "")
            };
            Reply::html(format!("<p>{}", found.unwrap_or_default().len()))
        }),
        get("sql-time", "sql-injection-time", |call| mute(rows(call, BY_NAME, "'", call.query("name"), ""))),
        number("sql-time-number", "sql-injection-time", |call| {
            mute(rows(call, BY_ID, "", call.query("number"), ""))
        }),
    ]
}
