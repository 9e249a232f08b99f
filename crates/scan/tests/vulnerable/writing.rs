//! What is stored and shown, and forms that other sites send.

use serde_json::json;

use crate::pages::escaped;
use crate::server::{Call, Fault, Reply, Route, fault};

fn leave(call: &Call, text: &str) {
    let number = call.world.number();
    call.kept(|kept| {
        if kept.len() > 30 {
            kept.pop_first();
        }
        kept.insert(format!("{number:08}"), json!(text))
    });
}

fn wall(call: &Call) -> String {
    let texts = call
        .kept(|kept| kept.values().map(|text| text.as_str().unwrap_or("").to_owned()).collect::<Vec<_>>());
    let shown = texts.iter().map(|text| if call.faulty { text.clone() } else { escaped(text) });
    shown.fold(String::new(), |page, text| page + "<p>" + &text)
}

fn stored(call: &Call) -> Reply {
    let form = format!("<form method=post action=\"{}/wall\"><input name=comment></form>", call.prefix);
    Reply::html(format!("{form}{}", wall(call)))
}

/// A token that belongs to one session.
fn token(call: &Call, cookie: &str) -> String {
    format!("t-{cookie}-{}", call.prefix.len())
}

fn page(call: &Call) -> Reply {
    let token = token(call, &call.cookie("sid").unwrap_or_default());
    Reply::html(format!(
        "<form method=post action=\"{}/pay\"><input type=hidden name=csrf_token value=\"{token}\"><input name=amount value=1></form>",
        call.prefix
    ))
}

/// A page whose form has no token where it is faulty.
fn bare_page(call: &Call) -> Reply {
    if !call.faulty {
        return page(call);
    }
    Reply::html(format!(
        "<form method=post action=\"{}/pay\"><input name=amount value=1></form>",
        call.prefix
    ))
}

fn paid(call: &Call, faulty: fn(&Call, &str) -> bool) -> Reply {
    let Some(sid) = call.cookie("sid").filter(|_| call.browser().is_some()) else {
        return Reply::refused(401);
    };
    let right = call.form("csrf_token") == token(call, &sid);
    let fine = right || call.faulty && faulty(call, call.form("csrf_token"));
    if fine { Reply::html("paid") } else { Reply::refused(403) }
}

/// The token of anybody who is signed in.
fn anybodys(call: &Call, given: &str) -> bool {
    call.world.sessions.lock().unwrap().keys().any(|sid| token(call, sid) == given)
}

fn plain_json(call: &Call) -> Reply {
    let kind = call.header("content-type");
    if !call.faulty && !kind.starts_with("application/json") {
        return Reply::refused(415);
    }
    if call.json.is_null() { Reply::refused(400) } else { Reply::json(200, &json!({ "done": true })) }
}

pub fn faults() -> Vec<Fault> {
    let form = |id, rule, shown, handler| {
        fault(id, rule, vec![Route::get("/pay", shown).page(), Route::new("POST", "/pay", handler).hidden()])
    };
    vec![
        fault(
            "xss-stored-form",
            "xss-stored",
            vec![
                Route::get("/wall", stored).page(),
                Route::new("POST", "/wall", |call| {
                    leave(call, call.form("comment"));
                    Reply::to(format!("{}/wall", call.prefix))
                })
                .hidden(),
            ],
        ),
        fault(
            "xss-stored-json",
            "xss-stored",
            vec![
                Route::get("/notes", |call| Reply::html(wall(call))).page(),
                Route::new("POST", "/notes", |call| {
                    leave(call, call.text("note"));
                    Reply::json(201, &json!({ "message": "kept" }))
                })
                .json(json!({ "note": "sample" }))
                .protected(),
            ],
        ),
        form("csrf-none", "csrf-missing", bare_page, |call| paid(call, |_, _| true)),
        form("csrf-unchecked", "csrf-missing", page, |call| paid(call, |_, _| true)),
        form("csrf-when-given", "csrf-missing", page, |call| paid(call, |_, given| given.is_empty())),
        form("csrf-foreign", "csrf-foreign-token", page, |call| paid(call, anybodys)),
        fault(
            "csrf-json",
            "csrf-missing",
            vec![Route::new("POST", "/order", plain_json).json(json!({ "quantity": 1 })).protected()],
        ),
    ]
}
