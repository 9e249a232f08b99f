//! Who may do what, and what they may set.

use serde_json::{Value, json};

use crate::server::{Call, Fault, Reply, Route, fault};

/// Everybody's things: two for each, made when they are first asked for.
fn things(call: &Call) {
    call.kept(|kept| {
        for (owner, first) in [("alice@example.org", 101), ("robert@example.org", 201)] {
            for number in first..first + 2 {
                kept.entry(number.to_string()).or_insert(
                    json!({ "id": number.to_string(), "owner": owner, "note": format!("note {number}") }),
                );
            }
        }
    });
}

fn list(call: &Call) -> Reply {
    things(call);
    let user = call.user().unwrap();
    let own: Vec<Value> =
        call.kept(|kept| kept.values().filter(|one| one["owner"] == user.as_str()).cloned().collect());
    Reply::json(200, &json!({ "data": own }))
}

/// The thing, if it may be had.
fn thing(call: &Call, id: &str) -> Option<Value> {
    things(call);
    let user = call.user().unwrap();
    call.kept(|kept| kept.get(id).cloned()).filter(|one| call.faulty || one["owner"] == user.as_str())
}

fn shown(call: &Call, id: &str) -> Reply {
    thing(call, id).map_or_else(|| Reply::refused(404), |one| Reply::json(200, &one))
}

fn own(call: &Call, id: &str) -> Option<Value> {
    let user = call.user().unwrap();
    call.kept(|kept| kept.get(id).cloned()).filter(|one| one["owner"] == user.as_str())
}

fn make(call: &Call) -> Reply {
    let id = (1000 + call.world.number()).to_string();
    let one = json!({ "id": id, "owner": call.user().unwrap(), "note": call.text("note") });
    call.kept(|kept| kept.insert(id, one.clone()));
    Reply::json(201, &one)
}

fn change(call: &Call) -> Reply {
    let id = &call.params["id"];
    let Some(mut one) = thing(call, id) else { return Reply::refused(404) };
    one["note"] = json!(call.text("note"));
    call.kept(|kept| kept.insert(id.clone(), one.clone()));
    Reply::json(200, &one)
}

fn delete(call: &Call) -> Reply {
    let id = &call.params["id"];
    if thing(call, id).is_none() {
        return Reply::refused(404);
    }
    call.kept(|kept| kept.remove(id));
    Reply::json(200, &json!({ "message": "gone" }))
}

fn read_own(call: &Call) -> Reply {
    own(call, &call.params["id"]).map_or_else(|| Reply::refused(404), |one| Reply::json(200, &one))
}

/// A profile into which all fields go, or only the name.
fn profile(call: &Call) -> Reply {
    let user = call.user().unwrap();
    let mut now = call
        .kept(|kept| kept.get(&user).cloned())
        .unwrap_or(json!({ "name": "x", "is_admin": false, "tier": "basic" }));
    if call.method == "PATCH" {
        for (name, value) in call.json.as_object().into_iter().flatten() {
            if call.faulty || name == "name" {
                now[name] = value.clone();
            }
        }
        call.kept(|kept| kept.insert(user, now.clone()));
    }
    Reply::json(200, &now)
}

/// A wallet, whose answer repeats what was sent; what counts is what is read later.
fn wallet(call: &Call) -> Reply {
    let id = (1000 + call.world.number()).to_string();
    let mut kept = json!({ "id": id, "label": call.text("label"), "balance": 0 });
    let mut said = kept.clone();
    if call.json.get("balance").is_some() {
        said["balance"] = call.json["balance"].clone();
        if call.faulty {
            kept = said.clone();
        }
    }
    call.kept(|all| all.insert(id, kept));
    Reply::json(201, &said)
}

fn wallet_now(call: &Call) -> Reply {
    let found = call.kept(|kept| kept.get(&call.params["id"]).cloned());
    found.map_or_else(|| Reply::refused(404), |one| Reply::json(200, &one))
}

fn secret(call: &Call, open: bool) -> Reply {
    let fine = call.user().is_some() || call.faulty && open;
    if fine { Reply::json(200, &json!({ "secret": "of the house" })) } else { Reply::refused(401) }
}

pub fn faults() -> Vec<Fault> {
    let note = || json!({ "note": "sample" });
    vec![
        fault(
            "idor-read",
            "idor-read",
            vec![
                Route::get("/letters", list).protected(),
                Route::get("/letters/{id}", |call| shown(call, &call.params["id"])).protected(),
            ],
        ),
        fault(
            "idor-query",
            "idor-read",
            vec![
                Route::get("/papers", list).protected(),
                Route::get("/export", |call| shown(call, call.query("paper_id")))
                    .query("paper_id", "101")
                    .protected(),
            ],
        ),
        fault(
            "idor-change",
            "idor-write",
            vec![
                Route::new("POST", "/drafts", make).json(note()).protected(),
                Route::get("/drafts/{id}", read_own).protected(),
                Route::new("PATCH", "/drafts/{id}", change).json(note()).protected(),
            ],
        ),
        fault(
            "idor-delete",
            "idor-write",
            vec![
                Route::new("POST", "/plans", make).json(note()).protected(),
                Route::get("/plans/{id}", read_own).protected(),
                Route::new("DELETE", "/plans/{id}", delete).protected(),
            ],
        ),
        fault(
            "mass-patch",
            "mass-assignment",
            vec![
                Route::get("/profile", profile).protected(),
                Route::new("PATCH", "/profile", profile).json(json!({ "name": "sample" })).protected(),
            ],
        ),
        fault(
            "mass-create",
            "mass-assignment",
            vec![
                Route::new("POST", "/wallets", wallet).json(json!({ "label": "sample" })).protected(),
                Route::get("/wallets/{id}", wallet_now).protected(),
            ],
        ),
    ]
    .into_iter()
    .chain(doors())
    .collect()
}

/// Routes that should be closed.
fn doors() -> Vec<Fault> {
    vec![
        fault(
            "auth-missing",
            "auth-missing",
            vec![Route::get("/report", |call| secret(call, true)).own_rights()],
        ),
        fault(
            "auth-missing-write",
            "auth-missing",
            vec![
                Route::new("POST", "/reset", |call| secret(call, true))
                    .json(json!({ "all": true }))
                    .own_rights(),
            ],
        ),
        fault(
            "auth-address",
            "auth-by-address",
            vec![
                Route::get("/console", |call| {
                    secret(call, call.header("x-forwarded-for").starts_with("127."))
                })
                .own_rights(),
            ],
        ),
        fault(
            "verb",
            "verb-tampering",
            vec![
                Route::get("/ledger", |call| secret(call, false)).own_rights(),
                // A guard for two methods, and a handler for all.
                Route::new("*", "/ledger", |call| {
                    if call.faulty {
                        secret(call, !matches!(call.method.as_str(), "GET" | "POST"))
                    } else {
                        Reply::refused(405)
                    }
                })
                .hidden(),
            ],
        ),
        fault(
            "override",
            "method-override",
            vec![
                Route::get("/rates", |call| {
                    secret(call, matches!(call.header("x-http-method-override"), "HEAD" | "OPTIONS"))
                })
                .own_rights(),
            ],
        ),
    ]
}
