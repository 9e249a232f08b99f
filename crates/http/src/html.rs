//! Writing HTML by hand: what is not markup is escaped.

use std::fmt::{self, Display, Write};

/// Text as it may stand in an element or a quoted attribute.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// Escaped text in which what stands between backticks is code, as in Markdown.
pub(crate) struct Prose<'a>(pub(crate) &'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = self.0.matches('`').count() / 2 * 2;
        for (n, part) in self.0.split('`').enumerate() {
            let code = n % 2 == 1 && n < closed;
            if code {
                write!(f, "<code>{}</code>", Escaped(part))?;
            } else {
                // A backtick that has no partner is a backtick.
                write!(f, "{}{}", if n > closed { "`" } else { "" }, Escaped(part))?;
            }
        }
        Ok(())
    }
}

/// A whole page with `title`, around `body`.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n{body}</body>\n</html>\n",
        Escaped(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_shown_and_not_obeyed() {
        let shown = Escaped("<script>alert(\"1\" & '2')</script>").to_string();

        assert_eq!(shown, "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
    }

    #[test]
    fn backticks_make_code_when_they_come_in_pairs() {
        assert_eq!(Prose("send `a<b` now").to_string(), "send <code>a&lt;b</code> now");
        assert_eq!(Prose("a `lone one").to_string(), "a `lone one");
        assert_eq!(Prose("`x` and a ` lone").to_string(), "<code>x</code> and a ` lone");
    }
}
