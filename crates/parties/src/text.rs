//! Text that people fill in.

use crate::Fault;

/// Text on one line of `1..=most` characters, without spaces around.
///
/// # Errors
/// The fault.
pub(crate) fn line(field: &'static str, text: &str, most: usize) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::missing(field));
    }
    let too_long = text.len() > most.saturating_mul(4) || text.chars().count() > most;
    if too_long {
        return Err(Fault::new(field, "too_long", format!("{most} characters at most are wanted")));
    }
    if text.chars().any(is_unprintable) {
        return Err(Fault::invalid(field, "text without control characters is wanted"));
    }
    Ok(text.to_owned())
}

/// Controls, line breaks of Unicode, and what turns the direction of the text around it.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_kept_as_written_and_tricks_are_not() {
        assert_eq!(line("title", "  Head of Läns ", 20).unwrap(), "Head of Läns");
        assert_eq!(line("title", "  ", 20).unwrap_err().code, "missing");
        assert_eq!(line("title", "twenty-one characters", 20).unwrap_err().code, "too_long");
        for trick in ["a\nb", "a\0", "\u{202e}evil", "a\u{2028}b"] {
            assert_eq!(line("title", trick, 20).unwrap_err().code, "invalid", "{trick:?}");
        }
        assert!(line("title", &"ü".repeat(20), 20).is_ok());
    }
}
