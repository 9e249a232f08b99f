//! Small sites, for faults that a whole site has.

use crate::server::{Fault, Reply, Route, Style, World, fault, serve};
use florin_scan::Report;

/// A site with a fault, and what must find it.
pub struct Site {
    pub rule: &'static str,
    pub style: Style,
}

pub const SITES: &[Site] = &[
    lacks("header-csp-missing", "content-security-policy"),
    lacks("header-csp-weak", "csp-strict"),
    lacks("header-framing", "framing"),
    lacks("header-nosniff-missing", "x-content-type-options"),
    lacks("header-referrer-missing", "referrer-policy"),
    lacks("header-private-cached", "cache-control"),
    lacks("header-version", "discretion"),
    Site { rule: "trace-enabled", style: Style { lacks: "", traces: true, age: 0, endless: false } },
    Site { rule: "jwt-expired", style: Style { lacks: "", traces: false, age: 57, endless: true } },
];

/// The same in which nothing is wrong, tokens that end early among them.
pub const SOUND: &[Style] = &[
    Style { lacks: "", traces: false, age: 0, endless: false },
    Style { lacks: "", traces: false, age: 57, endless: false },
];

const fn lacks(rule: &'static str, header: &'static str) -> Site {
    Site { rule, style: Style { lacks: header, traces: false, age: 0, endless: false } }
}

fn content() -> Vec<Fault> {
    vec![fault(
        "plain",
        "",
        vec![
            Route::get("/page", |_| Reply::html("<p>a page")).page(),
            Route::get("/own", |_| Reply::json(200, &serde_json::json!({ "a": 1 }))).protected(),
        ],
    )]
}

pub async fn scanned(style: Style) -> Report {
    let address = serve(World::new(content(), style)).await;
    florin_scan::scan(crate::recall::options(&format!("http://{address}"))).await.unwrap()
}
