//! XML, element by element.

/// Text of elements, closed in the order they were opened.
#[derive(Default)]
pub struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// A text that begins with these lines.
    pub fn new(prolog: &str) -> Self {
        Self { text: prolog.to_owned(), open: Vec::new() }
    }

    /// An element with what `inside` writes into it.
    pub fn within(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        self.within_as(name, "", inside);
    }

    /// The same with attributes, which the caller has escaped.
    pub fn within_as(&mut self, name: &'static str, attributes: &str, inside: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        self.text.push('\n');
        self.open.push(name);
        inside(self);
        self.open.pop();
        self.indent();
        self.end(name);
    }

    /// An element of text alone.
    pub fn leaf(&mut self, name: &'static str, text: &str) {
        self.leaf_as(name, "", text);
    }

    /// The same with attributes, which the caller has escaped.
    pub fn leaf_as(&mut self, name: &'static str, attributes: &str, text: &str) {
        self.start(name, attributes);
        escape(text, &mut self.text);
        self.end(name);
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.text
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push_str("  ");
        }
    }

    fn start(&mut self, name: &str, attributes: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        if !attributes.is_empty() {
            self.text.push(' ');
            self.text.push_str(attributes);
        }
        self.text.push('>');
    }

    fn end(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }
}

/// Writes text so that it is text; what XML 1.0 cannot hold becomes a space or a replacement character.
fn escape(text: &str, into: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&apos;"),
            letter if letter.is_control() => into.push(' '),
            '\u{fffe}' | '\u{ffff}' => into.push('\u{fffd}'),
            letter => into.push(letter),
        }
    }
}

/// The first so many characters, without spaces at either end.
pub fn at_most(text: &str, characters: usize) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    plain.trim().chars().take(characters).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_elements_are_closed() {
        let mut xml = Xml::new("");
        xml.within("A", |xml| xml.leaf("B", "1 < 2 & \"3\"\u{0}\u{ffff}"));

        assert_eq!(xml.finish(), "<A>\n  <B>1 &lt; 2 &amp; &quot;3&quot; \u{fffd}</B>\n</A>\n");
    }

    #[test]
    fn text_is_cut_by_characters() {
        assert_eq!(at_most(" ab\ncd ", 4), "ab c");
        assert_eq!(at_most("äöü", 2), "äö");
        assert_eq!(at_most("ab cd", 3), "ab");
    }
}
