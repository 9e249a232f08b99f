//! The small parts: badges, cards, figures, what is empty, what happened.

use maud::{Markup, Render, html};

/// What a word means for whoever reads it; the colour is beside the word, never in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Under way, or worth a look.
    Warn,
    /// Not as it should be.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "badge good",
            Self::Warn => "badge warn",
            Self::Bad => "badge bad",
            Self::Plain => "badge",
        }
    }
}

/// A word about the state of something.
pub(crate) fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class=(tone.class()) { (text) } }
}

/// The state that a code names, in words and with its tone: `under_review` is shown as `under review`.
pub(crate) fn status(code: &str) -> Markup {
    let tone = match code {
        "active" | "completed" | "posted" | "approved" | "accepted" | "paid" | "paid_off" | "verified"
        | "resolved" | "ok" | "healthy" | "released" | "disbursed" | "current" => Tone::Good,
        "pending" | "processing" | "scheduled" | "submitted" | "under_review" | "review" | "open"
        | "unknown" | "acknowledged" | "degraded" | "warning" | "paused" | "offered" | "draft"
        | "partial" => Tone::Warn,
        "failed" | "declined" | "rejected" | "frozen" | "critical" | "overdue" | "delinquent"
        | "defaulted" | "returned" | "disputed" | "blocked" | "confirmed" | "down" | "firing"
        | "charged_off" => Tone::Bad,
        _ => Tone::Plain,
    };
    badge(tone, &code.replace('_', " "))
}

/// A part of a page with its own heading.
pub(crate) fn card(title: &str, body: impl Render) -> Markup {
    html! { section.card { h2 { (title) } (body) } }
}

/// The heading of a page, and what can be done on it.
pub(crate) fn heading(title: &str, actions: impl Render) -> Markup {
    html! { header.page-head { h1 { (title) } div.actions { (actions) } } }
}

/// A link that looks as what it is: the way to do something.
pub(crate) fn link_button(href: &str, label: &str, primary: bool) -> Markup {
    html! { a.button.primary[primary] href=(href) { (label) } }
}

/// A sentence in which what stands between backticks is a command or a name.
pub(crate) fn with_code(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A figure that stands out, and what it counts.
pub(crate) fn stat(label: &str, value: impl Render, note: Option<&str>) -> Markup {
    html! {
        div.stat {
            div.stat-label { (label) }
            div.stat-value { (value) }
            @if let Some(note) = note { div.stat-note { (note) } }
        }
    }
}

/// In the place of a list with nothing in it: what would be here, and how it gets here.
pub(crate) fn empty(title: &str, hint: &str, action: impl Render) -> Markup {
    html! { div.empty { p.empty-title { (title) } p { (hint) } (action) } }
}

/// In the place of what is not here yet.
pub(crate) fn skeleton(lines: usize) -> Markup {
    html! { div.skeleton aria-hidden="true" { @for _ in 0..lines { span {} } } }
}

/// An identifier in a list, of which the end tells one from another; the whole of it is behind it.
pub(crate) fn identifier(id: &str) -> Markup {
    let short = id.len().checked_sub(8).and_then(|from| id.get(from..)).filter(|_| id.len() > 20);
    html! {
        @match short {
            Some(short) => span.mono.whole title=(id) { "…" (short) },
            None => span.mono { (id) },
        }
    }
}

/// How much of a whole is done, with the words for it.
pub(crate) fn progress(label: &str, done: u64, whole: u64) -> Markup {
    html! {
        div.progress {
            span { (label) }
            progress value=(done) max=(whole.max(1)) aria-label=(label) {}
        }
    }
}

/// Something that happened.
pub(crate) struct Event {
    /// When.
    pub(crate) at: Markup,
    /// What, in a few words.
    pub(crate) title: String,
    /// By whom, and what else is known.
    pub(crate) note: Option<String>,
}

/// What happened, in its order.
pub(crate) fn timeline(events: &[Event]) -> Markup {
    html! {
        ol.timeline {
            @for event in events {
                li {
                    div.timeline-at { (event.at) }
                    div { strong { (event.title) } @if let Some(note) = &event.note { p { (note) } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let html = with_code("run `florin <keys>` now").0;
        assert_eq!(html, "run <code>florin &lt;keys&gt;</code> now");
    }

    #[test]
    fn a_state_is_told_in_words() {
        assert_eq!(status("under_review").0, r#"<span class="badge warn">under review</span>"#);
        assert_eq!(status("new<").0, r#"<span class="badge">new&lt;</span>"#);
    }
}
