//! Pictures of pages, for whoever looks at them by eye: `FLORIN_PICTURES` names the folder that they are left in.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::chromium::Chromium;

fn folder() -> Option<PathBuf> {
    std::env::var_os("FLORIN_PICTURES").map(PathBuf::from)
}

/// Whether somebody wants them.
pub fn are_wanted() -> bool {
    folder().is_some()
}

/// Leaves a picture of the whole page; one of the same name stays, and this one has a number.
pub async fn take(chromium: &Chromium, path: &str, width: u32, scheme: &str) {
    let Some(folder) = folder() else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let asked = json!({ "format": "png", "captureBeyondViewport": true });
    let picture = chromium.command("Page.captureScreenshot", asked).await;
    let picture = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
    let named = name(path);
    let file = (1..1_000)
        .map(|n| folder.join(format!("{named}-{width}-{scheme}-{n}.png")))
        .find(|file| !file.exists())
        .unwrap();
    std::fs::write(file, picture).unwrap();
}

/// A path as the name of a file; identifiers in it say nothing.
fn name(path: &str) -> String {
    let is_word = |part: &&str| part.len() < 30 && !part.is_empty();
    let words: Vec<&str> = path.split('/').filter(is_word).collect();
    let depth = path.split('/').filter(|part| part.len() >= 30).count();
    format!("{}{}", words.join("_"), "_one".repeat(depth))
}
