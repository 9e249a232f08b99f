//! Scripts that a page takes from its address or from what was sent.

use crate::ask::{Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::Answer;
use crate::probes::injection::Spot;
use crate::surface::html::{self, Piece};

pub(crate) static REFLECTED: Rule = Rule {
    id: "xss-reflected",
    title: "A page runs scripts from its parameters (reflected XSS)",
    cwe: 79,
    severity: Severity::High,
    remedy: "Escape what is written into a page for the place where it stands; use a template engine that does.",
};
pub(crate) const RULES: &[&Rule] = &[&REFLECTED];

/// Breaks out of text and of quoted attributes, and leaves an element and attributes of its own.
pub(crate) fn markup(word: &str) -> String {
    format!("{word}\"'><{word} {word}=1>")
}

/// Stays in a tag that it is put into without quotes, or in quotes that it ends.
fn attribute(word: &str, quote: &str) -> String {
    format!("{word}{quote} on{word}={quote}1")
}

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<(), Stop> {
    let word = scan.chance.word();
    let probe = spot.put(scan, &word).await?;
    if !runs_scripts(&probe.1) || !probe.1.body.contains(&word) {
        return Ok(());
    }
    for way in WAYS {
        let word = scan.chance.word();
        let first = spot.put(scan, &(way.payload)(&word)).await?;
        if !runs_scripts(&first.1) || !(way.works)(&html::pieces(&first.1.body), &word) {
            continue;
        }
        let other = scan.chance.word();
        let second = spot.put(scan, &(way.payload)(&other)).await?;
        if runs_scripts(&second.1) && (way.works)(&html::pieces(&second.1.body), &other) {
            let detail = format!("what is sent in `{}` comes back {}", spot.name, way.what);
            scan.report(
                Found::certain(&REFLECTED, detail, &[first, second]).in_parameter(&spot.name).about(&word),
            );
            return Ok(());
        }
    }
    Ok(())
}

/// Whether a browser takes the answer for a page.
pub(crate) fn runs_scripts(answer: &Answer) -> bool {
    let kind = answer.header("content-type").unwrap_or_default();
    !answer.is_redirect() && (kind.contains("html") || kind.contains("svg"))
}

/// One way to get a script in.
struct Way {
    what: &'static str,
    payload: fn(&str) -> String,
    works: fn(&[Piece], &str) -> bool,
}

const WAYS: &[Way] = &[
    Way { what: "as markup", payload: markup, works: has_element },
    Way { what: "as an attribute", payload: |word| attribute(word, "\""), works: has_attribute },
    Way { what: "as an attribute", payload: |word| attribute(word, "'"), works: has_attribute },
    Way { what: "as an attribute", payload: |word| attribute(word, ""), works: has_attribute },
    Way {
        what: "as code of a script",
        payload: |word| format!("';{word}();'"),
        works: |all, word| in_script(all, word, '\''),
    },
    Way {
        what: "as code of a script",
        payload: |word| format!("\";{word}();\""),
        works: |all, word| in_script(all, word, '"'),
    },
    Way {
        what: "as an address that is a script",
        payload: |word| format!("javascript:{word}()"),
        works: is_address,
    },
];

pub(crate) fn has_element(pieces: &[Piece], word: &str) -> bool {
    pieces.iter().any(|piece| piece.is_tag(word))
}

fn has_attribute(pieces: &[Piece], word: &str) -> bool {
    let name = format!("on{word}");
    pieces.iter().any(|piece| piece.attribute(&name).is_some())
}

/// Whether the call stands in a script outside of quotes.
fn in_script(pieces: &[Piece], word: &str, quote: char) -> bool {
    let call = format!("{quote};{word}();{quote}");
    pieces.iter().any(|piece| match piece {
        Piece::Script(code) => code.split_once(call.as_str()).is_some_and(|(before, _)| {
            // A quote that is escaped ends nothing.
            let quotes = before.matches(quote).count() - before.matches(&format!("\\{quote}")).count();
            quotes % 2 == 1 && !before.ends_with('\\')
        }),
        _ => false,
    })
}

fn is_address(pieces: &[Piece], word: &str) -> bool {
    let address = format!("javascript:{word}()");
    let names = ["href", "src", "action", "formaction"];
    pieces.iter().any(|piece| {
        let mut values = names.iter().filter_map(|name| piece.attribute(name));
        values.any(|value| value.trim().to_lowercase().starts_with(&address))
    })
}
