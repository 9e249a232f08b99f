//! Reading pages the way a browser splits them, as far as a scan needs it.

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// An opening tag: its name and attributes, names in small letters.
    Tag(String, Vec<(String, String)>),
    /// Text between tags.
    Text(String),
    /// What a script element holds.
    Script(String),
}

impl Piece {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        match self {
            Self::Tag(_, attributes) => {
                attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }

    pub(crate) fn is_tag(&self, name: &str) -> bool {
        matches!(self, Self::Tag(known, _) if known == name)
    }
}

/// Splits a page into pieces; comments and closing tags are left out.
pub(crate) fn pieces(page: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((text, after)) = rest.split_once('<') {
        if !text.is_empty() {
            found.push(Piece::Text(decode(text)));
        }
        rest = if let Some(comment) = after.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if after.starts_with(['/', '!', '?']) {
            after.split_once('>').map_or("", |(_, after)| after)
        } else if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            opened(after, &mut found)
        } else {
            found.push(Piece::Text("<".to_owned()));
            after
        };
    }
    if !rest.is_empty() {
        found.push(Piece::Text(decode(rest)));
    }
    found
}

/// Takes an opening tag, and what it holds where that is no markup.
fn opened<'a>(after: &'a str, found: &mut Vec<Piece>) -> &'a str {
    let end = after.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(after.len());
    let (name, rest) = after.split_at(end);
    let name = name.to_lowercase();
    let (attributes, rest) = attributes(rest);
    found.push(Piece::Tag(name.clone(), attributes));
    if !matches!(name.as_str(), "script" | "style" | "textarea" | "title" | "noscript" | "xmp" | "iframe") {
        return rest;
    }
    let close = format!("</{name}");
    let end = rest.to_ascii_lowercase().find(&close).unwrap_or(rest.len());
    let (held, rest) = rest.split_at(end);
    found.push(if name == "script" { Piece::Script(held.to_owned()) } else { Piece::Text(decode(held)) });
    rest
}

fn attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        if rest.is_empty() {
            return (found, rest);
        }
        let begin = usize::from(rest.starts_with('='));
        let stop = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/');
        let end = rest.get(begin..).and_then(|tail| tail.find(stop)).map_or(rest.len(), |at| at + begin);
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(after) => value(after.trim_start()),
            None => ("", after),
        };
        found.push((name.to_lowercase(), decode(value)));
        rest = after;
    }
}

fn value(rest: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = rest.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len()))
}

/// Replaces the references that servers write.
fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&amp;", "&"),
    ] {
        out = out.replace(reference, character);
    }
    out
}

/// A form of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) method: String,
    pub(crate) action: String,
    /// Names, types and values of its fields.
    pub(crate) fields: Vec<(String, String, String)>,
}

/// The addresses that a page links to.
pub(crate) fn links(pieces: &[Piece]) -> Vec<String> {
    let tags =
        pieces.iter().filter(|piece| piece.is_tag("a") || piece.is_tag("area") || piece.is_tag("iframe"));
    tags.filter_map(|tag| tag.attribute("href").or_else(|| tag.attribute("src"))).map(str::to_owned).collect()
}

/// The forms of a page.
pub(crate) fn forms(pieces: &[Piece]) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    for piece in pieces {
        if piece.is_tag("form") {
            found.push(Form {
                method: piece.attribute("method").unwrap_or("get").to_uppercase(),
                action: piece.attribute("action").unwrap_or_default().to_owned(),
                fields: Vec::new(),
            });
        } else if piece.is_tag("input") || piece.is_tag("textarea") || piece.is_tag("select") {
            let text = |name: &str| piece.attribute(name).unwrap_or_default().to_owned();
            let (name, kind, value) = (text("name"), text("type").to_lowercase(), text("value"));
            if let Some(form) = found.last_mut().filter(|_| !name.is_empty()) {
                form.fields.push((name, kind, value));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_split_as_a_browser_does() {
        let page = r"<p class='a' b=c d>x &lt;i&gt;</p><!-- <b> --><textarea><b></textarea><script>if(1<2){}</script>";

        let found = pieces(page);

        let tag = |name: &str, pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Piece::Tag(name.to_owned(), pairs.collect())
        };
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            found,
            [
                tag("p", &[("class", "a"), ("b", "c"), ("d", "")]),
                text("x <i>"),
                tag("textarea", &[]),
                text("<b>"),
                tag("script", &[]),
                Piece::Script("if(1<2){}".to_owned()),
            ]
        );
    }

    #[test]
    fn broken_pages_are_read_to_their_end() {
        for page in [
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href='x",
            "<script>",
            "<!--",
            "</",
            "<a =x>",
            "a<é>",
            "<p/",
        ] {
            let _ = pieces(page);
        }
    }

    #[test]
    fn forms_have_their_fields() {
        let page = r#"<form method=post action="/pay"><input name=t type=hidden value=1><textarea name=n></textarea></form>"#;

        let form = forms(&pieces(page)).remove(0);

        assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/pay"));
        assert_eq!(form.fields.len(), 2);
        assert_eq!(form.fields[0], ("t".to_owned(), "hidden".to_owned(), "1".to_owned()));
    }
}
