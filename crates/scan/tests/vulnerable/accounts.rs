//! What strangers learn of accounts.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::server::{Call, Fault, PEOPLE, Reply, Route, fault};
use crate::tokens::limited;

fn exists(call: &Call) -> bool {
    PEOPLE.iter().any(|(email, _)| *email == call.text("email"))
}

fn says(status: u16, words: &str) -> Reply {
    Reply::json(status, &json!({ "message": words }))
}

/// A login of this fault alone, which nobody passes: with a limit, so that it has one fault at most.
fn login(call: &Call, answer: fn(&Call) -> Reply) -> Reply {
    limited(call, &call.prefix).unwrap_or_else(|| answer(call))
}

fn told(call: &Call) -> Reply {
    login(call, |call| {
        says(
            401,
            if call.faulty && exists(call) { "wrong password" } else { "unknown email or wrong password" },
        )
    })
}

fn status(call: &Call) -> Reply {
    login(call, |call| says(if call.faulty && !exists(call) { 404 } else { 401 }, "not signed in"))
}

/// Checks a hash, which takes its time; where it is faulty only for those who have one.
fn timed(call: &Call) -> Reply {
    login(call, |call| {
        if !call.faulty || exists(call) {
            sleep(Duration::from_millis(25));
        }
        says(401, "unknown email or wrong password")
    })
}

fn unlimited(call: &Call) -> Reply {
    if !call.faulty && count(call) > 8 {
        return Reply::refused(429).with("retry-after", "600");
    }
    says(401, "unknown email or wrong password")
}

/// A limit that is lifted by a refusal in other words.
fn locked(call: &Call) -> Reply {
    if !call.faulty && count(call) > 8 {
        return says(423, "closed for half an hour");
    }
    says(401, "unknown email or wrong password")
}

fn count(call: &Call) -> u64 {
    call.kept(|kept| {
        let tried = kept.entry(call.text("email").to_owned()).or_insert(json!(0));
        *tried = json!(tried.as_u64().unwrap() + 1);
        tried.as_u64().unwrap()
    })
}

fn forgot(call: &Call) -> Reply {
    if call.faulty && !exists(call) {
        says(404, "there is no such account")
    } else {
        says(202, "look into your mail")
    }
}

fn register(call: &Call) -> Reply {
    if call.faulty && exists(call) { says(409, "taken") } else { says(201, "look into your mail") }
}

fn reset_link(call: &Call, header: &str) -> Reply {
    let named = call.header(header);
    let host = if call.faulty && !named.is_empty() { named } else { "bank.example.org" };
    says(202, &format!("the link is https://{host}/reset?token=…"))
}

pub fn faults() -> Vec<Fault> {
    let credentials = || json!({ "email": "somebody@example.org", "password": "x" });
    let post = |id, rule, path, handler| {
        fault(id, rule, vec![Route::new("POST", path, handler).json(credentials())])
    };
    let email = |id, rule, handler| {
        fault(
            id,
            rule,
            vec![Route::new("POST", "/forgot", handler).json(json!({ "email": "somebody@example.org" }))],
        )
    };
    vec![
        post("enumeration-words", "user-enumeration", "/login", told),
        post("enumeration-status", "user-enumeration", "/login", status),
        post("enumeration-time", "user-enumeration-time", "/login", timed),
        post("enumeration-register", "user-enumeration", "/register", register),
        email("enumeration-forgot", "user-enumeration", forgot),
        post("login-unlimited", "login-rate-unlimited", "/login", unlimited),
        post("login-unlocked", "login-rate-unlimited", "/signin", locked),
        email("reset-host", "host-header", |call| reset_link(call, "host")),
        email("reset-forwarded", "host-header", |call| reset_link(call, "x-forwarded-host")),
    ]
}
