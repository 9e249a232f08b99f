//! Cookies, other sites, and the name of the host.

use serde_json::json;

use crate::server::{Call, Fault, Reply, Route, fault};

fn cookie(call: &Call, lacks: &str) -> Reply {
    let name = format!("session_{}{}", if call.faulty { "f" } else { "t" }, lacks.to_lowercase());
    let flags = ["HttpOnly", "Secure", "SameSite"].iter().filter(|flag| !call.faulty || **flag != lacks);
    let flags: Vec<&str> =
        flags.map(|flag| if *flag == "SameSite" { "SameSite=Lax" } else { flag }).collect();
    Reply::html("visited")
        .with("set-cookie", format!("{name}=v{}; {}", call.world.number(), flags.join("; ")))
}

fn cors(call: &Call, allows: fn(&str, &str) -> bool) -> Reply {
    let (origin, own) = (call.header("origin"), format!("http://{}", call.header("host")));
    let listed = origin == "https://app.example.org" || origin == own;
    let reply = Reply::json(200, &json!({ "balance": "1.00" }));
    if !origin.is_empty() && (listed || call.faulty && allows(origin, &own)) {
        return reply
            .with("access-control-allow-origin", origin)
            .with("access-control-allow-credentials", "true");
    }
    reply
}

fn canonical(call: &Call) -> Reply {
    let host = if call.faulty { call.header("host") } else { "bank.example.org" };
    Reply::html(format!("<link rel=canonical href=\"https://{host}/about\">"))
}

pub fn faults() -> Vec<Fault> {
    let open = |id, rule, handler| fault(id, rule, vec![Route::get("/balance", handler).protected()]);
    let visit = |id, rule, handler| fault(id, rule, vec![Route::get("/visit", handler).page()]);
    vec![
        visit("cookie-script", "cookie-httponly-missing", |call| cookie(call, "HttpOnly")),
        visit("cookie-plain", "cookie-secure-missing", |call| cookie(call, "Secure")),
        visit("cookie-site", "cookie-samesite-missing", |call| cookie(call, "SameSite")),
        open("cors-any", "cors-any-origin", |call| cors(call, |_, _| true)),
        open("cors-null", "cors-null-origin", |call| cors(call, |origin, _| origin == "null")),
        open("cors-prefix", "cors-similar-origin", |call| cors(call, |origin, own| origin.starts_with(own))),
        open("cors-suffix", "cors-similar-origin", |call| {
            cors(call, |origin, _| origin.ends_with("127.0.0.1"))
        }),
        visit("host-page", "host-header", canonical),
    ]
}
