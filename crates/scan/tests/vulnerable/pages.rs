//! Pages that write what they are given, and redirects.

use crate::server::{Call, Fault, Reply, Route, fault};

pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

fn written(call: &Call, value: &str) -> String {
    if call.faulty { value.to_owned() } else { escaped(value) }
}

fn single(call: &Call) -> Reply {
    // Escapes all but the quote that matters.
    let value = call.query("q");
    let value = if call.faulty { escaped(value).replace("&#39;", "'") } else { escaped(value) };
    Reply::html(format!("<input value='{value}'>"))
}

fn unquoted(call: &Call) -> Reply {
    let value = escaped(call.query("q"));
    Reply::html(if call.faulty {
        format!("<input value={value}>")
    } else {
        format!("<input value=\"{value}\">")
    })
}

fn script(call: &Call) -> Reply {
    let value = call.query("q").replace('<', "\\u003c");
    let value = if call.faulty { value } else { value.replace('\\', "\\\\").replace('\'', "\\'") };
    Reply::html(format!("<script>var q = '{value}';</script>"))
}

fn address(call: &Call) -> Reply {
    let value = call.query("site");
    let safe = call.faulty || value.starts_with("https://");
    Reply::html(format!("<a href=\"{}\">site</a>", if safe { escaped(value) } else { "#".into() }))
}

fn form(call: &Call) -> Reply {
    Reply::html(format!("<form method=post action=\"{}/ask\"><input name=topic></form>", call.prefix))
}

fn asked(call: &Call) -> Reply {
    Reply::html(format!("<p>Nothing about {}", written(call, call.form("topic"))))
}

fn error_page(call: &Call) -> Reply {
    let mut reply = Reply::html(format!("no item {}", written(call, &call.params["id"])));
    reply.status = 404;
    reply
}

/// A redirect after a check.
fn redirect(call: &Call, is_fine: fn(&str, &str) -> bool) -> Reply {
    let next = call.query("next");
    let own = call.header("host");
    let strictly = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\t', '\n']);
    let fine = if call.faulty { is_fine(next, own) } else { strictly };
    Reply::to(if fine { next } else { "/" })
}

fn refresh(call: &Call) -> Reply {
    let to = call.query("url");
    let to = if call.faulty || to.starts_with("/f/") { escaped(to) } else { "/".into() };
    Reply::html(format!("<meta http-equiv=refresh content=\"0; url={to}\">"))
}

pub fn faults() -> Vec<Fault> {
    let page = |id, handler| {
        fault(id, "xss-reflected", vec![Route::get("/page", handler).query("q", "sample").page()])
    };
    let next = |id, handler| fault(id, "open-redirect", vec![Route::get("/go", handler).query("next", "/")]);
    vec![
        page("xss-text", |call| Reply::html(format!("<p>You asked for {}", written(call, call.query("q"))))),
        page("xss-attribute", |call| {
            let value = call.query("q");
            let value = if call.faulty { value.replace('<', "&lt;") } else { escaped(value) };
            Reply::html(format!("<input value=\"{value}\">"))
        }),
        page("xss-single", single),
        page("xss-unquoted", unquoted),
        page("xss-script", script),
        fault(
            "xss-address",
            "xss-reflected",
            vec![Route::get("/page", address).query("site", "https://example.org").page()],
        ),
        fault(
            "xss-form",
            "xss-reflected",
            vec![Route::get("/ask", form).page(), Route::new("POST", "/ask", asked).hidden()],
        ),
        fault("xss-error-page", "xss-reflected", vec![Route::get("/item/{id}", error_page)]),
        page("xss-type", |call| {
            // The same text: a page where it is faulty, plain where it is not.
            let kind = if call.faulty { "text/html" } else { "text/plain" };
            Reply::new(200, kind, format!("asked: {}", call.query("q")))
        }),
        next("redirect-any", |call| redirect(call, |_, _| true)),
        next("redirect-slashes", |call| redirect(call, |next, _| next.starts_with('/'))),
        next("redirect-prefix", |call| {
            redirect(call, |next, own| next.starts_with(&format!("https://{own}")) || next == "/")
        }),
        next("redirect-contains", |call| {
            redirect(call, |next, own| next.starts_with("https://") && next.contains(own))
        }),
        fault(
            "redirect-refresh",
            "open-redirect",
            vec![Route::get("/out", refresh).query("url", "/f/x").page()],
        ),
    ]
}
