//! Requests that the target can be made to send.
//!
//! The scanner listens on loopback, so this finds what it finds on targets that run on the same machine.

use std::time::Duration;

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::injection::Spot;

pub(crate) static SSRF: Rule = Rule {
    id: "ssrf",
    title: "Sends requests to wherever it is told (SSRF)",
    cwe: 918,
    severity: Severity::High,
    remedy: "Resolve the address once, refuse loopback, private and link-local ones, and connect to what was checked.",
};
pub(crate) const RULES: &[&Rule] = &[&SSRF];

const NAMES: &[&str] = &[
    "url", "uri", "callback", "webhook", "hook", "src", "source", "image", "avatar", "feed", "host", "proxy",
    "fetch", "endpoint", "import", "link", "target", "dest", "site", "logo", "document",
];
/// How long a call may take to arrive.
const PATIENCE: Duration = Duration::from_millis(300);

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<(), Stop> {
    let address = spot.sample.starts_with("http://") || spot.sample.starts_with("https://");
    if !spot.is_called(NAMES) && !address {
        return Ok(());
    }
    for way in [plain, spelt] {
        let Some(first) = called(scan, spot, way).await? else { continue };
        if let Some(second) = called(scan, spot, way).await? {
            let detail = format!("an address in `{}` is fetched by the server", spot.name);
            scan.report(Found::certain(&SSRF, detail, &[first, second]).in_parameter(&spot.name));
            return Ok(());
        }
    }
    Ok(())
}

fn plain(url: &str) -> String {
    url.to_owned()
}

/// The same address, past filters that look for its usual spelling.
fn spelt(url: &str) -> String {
    url.replacen("127.0.0.1", "2130706433", 1)
}

async fn called(scan: &mut Scan, spot: &Spot, way: fn(&str) -> String) -> Result<Option<Exchange>, Stop> {
    let word = scan.chance.word();
    let Some(url) = scan.listener.as_ref().map(|listener| way(&listener.url(&word))) else { return Ok(None) };
    let seen = spot.put(scan, &url).await?;
    let heard = |scan: &Scan| scan.listener.as_ref().is_some_and(|listener| listener.heard(&word));
    // A request that was refused makes no calls later.
    if !heard(scan) && seen.1.is_success() {
        tokio::time::sleep(PATIENCE).await;
    }
    Ok(heard(scan).then_some(seen))
}
