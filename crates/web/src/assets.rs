//! What pages need besides their text: one style sheet, one script, one picture. Each has the hash of its content in its
//! name, so that browsers keep it for ever and never show an old one.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use florin_http::{App, Problem, codes};
use sha2::{Digest, Sha256};

/// One file.
pub(crate) struct Asset {
    /// Where it is served, such as `/assets/app-1f2e3d4c5b6a.css`.
    pub(crate) path: String,
    kind: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, content: &'static str) -> Self {
        let mut path = format!("/assets/{stem}-");
        for byte in Sha256::digest(content).iter().take(6) {
            let _ = write!(path, "{byte:02x}");
        }
        let _ = write!(path, ".{extension}");
        Self { path, kind, content }
    }
}

/// The style sheet: the tokens and components of `assets/*.css`, in their order.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = concat!(
        include_str!("assets/tokens.css"),
        include_str!("assets/base.css"),
        include_str!("assets/shell.css"),
        include_str!("assets/components.css"),
        include_str!("assets/charts.css"),
        include_str!("assets/print.css"),
    );
    Asset::new("app", "css", "text/css; charset=utf-8", content)
});

/// The script, which pages work without.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = concat!(
        include_str!("assets/app.js"),
        include_str!("assets/live.js"),
        include_str!("assets/passkeys.js"),
    );
    Asset::new("app", "js", "text/javascript; charset=utf-8", content)
});

/// The picture in the browser's tab.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("florin", "svg", "image/svg+xml", include_str!("assets/florin.svg")));

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(Path(name): Path<String>) -> Result<Response, Problem> {
    let named = |asset: &&Asset| asset.path.strip_prefix("/assets/") == Some(&name);
    let all: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];
    let asset = all.into_iter().find(named).ok_or_else(|| Problem::of(codes::NOT_FOUND))?;
    let headers = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_page_loads_is_small() {
        // The budget of docs/web.md, before packing.
        assert!(STYLE.content.len() < 30 << 10, "{} bytes of style", STYLE.content.len());
        assert!(SCRIPT.content.len() < 15 << 10, "{} bytes of script", SCRIPT.content.len());
        assert!(ICON.content.len() < 2 << 10);
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for asset in [&*STYLE, &*SCRIPT, &*ICON] {
            let foreign = asset.content.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("http://") && !foreign.contains("https://"), "{}", asset.path);
        }
    }
}
