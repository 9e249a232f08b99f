//! Redirects to wherever a parameter says.

use url::Url;

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::Answer;
use crate::probes::injection::Spot;
use crate::surface::html;

pub(crate) static OPEN: Rule = Rule {
    id: "open-redirect",
    title: "Redirects to any site (open redirect)",
    cwe: 601,
    severity: Severity::Medium,
    remedy: "Redirect to paths of one's own alone, parsed as a browser parses them, or to a fixed list of sites.",
};
pub(crate) const RULES: &[&Rule] = &[&OPEN];

const NAMES: &[&str] = &[
    "next", "url", "uri", "redirect", "return", "goto", "dest", "continue", "target", "back", "forward",
    "link", "to",
];
/// Ways to write another host: `E` is the other host, `H` the target's own.
const WAYS: &[&str] = &[
    "https://E/x",
    "//E/x",
    "/\\E/x",
    "https://H.E/x",
    "https://H@E/x",
    "https:E/x",
    "/%09/E/x",
    "https://E/?H",
];

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<(), Stop> {
    let leads = leads_to(&spot.base).is_some();
    if !leads && (!spot.is_called(NAMES) || spot.is_json()) {
        return Ok(());
    }
    for way in WAYS {
        let Some(first) = leaves(scan, spot, way).await? else { continue };
        if let Some(second) = leaves(scan, spot, way).await? {
            let detail = format!("`{}` sends visitors to any site", spot.name);
            scan.report(Found::certain(&OPEN, detail, &[first, second]).in_parameter(&spot.name));
            return Ok(());
        }
    }
    Ok(())
}

/// Asks to be sent to another host; the exchange if that is done.
async fn leaves(scan: &mut Scan, spot: &Spot, way: &str) -> Result<Option<Exchange>, Stop> {
    let elsewhere = format!("{}.example", scan.chance.word());
    let host = scan.client.base.host_str().unwrap_or_default().to_owned();
    let own = scan.client.base.port().map_or(host.clone(), |port| format!("{host}:{port}"));
    let value = way.replace('E', "\u{1}").replace('H', &own).replace('\u{1}', &elsewhere);
    let seen = spot.put(scan, &value).await?;
    let base = scan.client.base.clone();
    let to = leads_to(&seen).and_then(|to| base.join(&to).ok());
    let away = |url: Url| {
        url.host_str().is_some_and(|host| host == elsewhere || host.ends_with(&format!(".{elsewhere}")))
    };
    Ok(to.is_some_and(away).then_some(seen))
}

/// Where an answer sends a browser.
fn leads_to((_, answer): &Exchange) -> Option<String> {
    if answer.is_redirect() {
        return answer.header("location").map(str::to_owned);
    }
    refresh(answer)
}

fn refresh(answer: &Answer) -> Option<String> {
    if !answer.is_html() {
        return None;
    }
    let pieces = html::pieces(&answer.body);
    let meta = pieces.iter().find(|piece| {
        piece.is_tag("meta")
            && piece.attribute("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh"))
    })?;
    let content = meta.attribute("content")?;
    let at = content.to_lowercase().find("url=")?;
    Some(content.get(at + 4..)?.trim_matches(['\'', '"', ' ']).to_owned())
}
