//! Any script to lower-case ASCII, the way names are commonly spelled in passports and the press.

mod arabic;
mod cyrillic;
mod hangul;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A piece of a name in plain letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// Lower-case ASCII; spaces and marks other than letters and digits are kept for the tokeniser.
    pub text: String,
    /// Written in a script without vowels (Arabic, Hebrew), of which only consonants can be compared.
    pub vowelless: bool,
}

/// The longest name that is looked at, in characters; what follows is left out.
///
/// No list has a name half as long, and no caller can make a comparison slow with a longer one.
pub const CHARS_MAX: usize = 400;

/// Writes a text in plain letters, word by word: each run between spaces is in one script.
pub fn plain(text: &str) -> Vec<Plain> {
    let composed: String = text.nfkc().filter(|c| !ignorable(*c)).take(CHARS_MAX).collect();
    composed.split_whitespace().map(word).collect()
}

/// Marks that change nothing of what is read: directions, joiners, the Arabic stretch and short vowels.
fn ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{591}'..='\u{5c7}')
}

fn word(word: &str) -> Plain {
    if word.chars().any(arabic::is_vowelless) {
        return Plain { text: arabic::plain(word), vowelless: true };
    }
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        push(&mut text, c);
    }
    Plain { text, vowelless: false }
}

fn push(text: &mut String, c: char) {
    if c.is_ascii() {
        text.push(c.to_ascii_lowercase());
    } else if let Some(letters) = cyrillic::letters(c).or_else(|| latin(c)) {
        text.push_str(letters);
    } else if matches!(c, 'υ' | 'ύ' | 'Υ' | 'Ύ') {
        text.push(if text.ends_with(['a', 'e', 'o']) { 'u' } else { 'y' });
    } else if hangul::push(text, c) {
    } else if let Some(base) = unaccented(c) {
        text.push(base);
    } else if !is_combining_mark(c) || !('\u{300}'..='\u{36f}').contains(&c) {
        let ideograph =
            matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
        let letters = deunicode::deunicode_char(c).unwrap_or(" ");
        text.extend(letters.chars().filter(|l| !ideograph || *l != ' ').map(|l| l.to_ascii_lowercase()));
    }
}

fn unaccented(c: char) -> Option<char> {
    std::iter::once(c).nfd().next().filter(char::is_ascii).map(|base| base.to_ascii_lowercase())
}

/// Latin letters that do not come apart into a letter and a mark; quotation marks that are part of a word.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'Æ' | 'æ' => "ae",
        'Œ' | 'œ' => "oe",
        'Ø' | 'ø' => "o",
        'Đ' | 'đ' | 'Ð' | 'ð' => "d",
        'Þ' | 'þ' => "th",
        'Ł' | 'ł' => "l",
        'ı' | 'İ' => "i",
        'Ə' | 'ə' => "a",
        'ʻ' | 'ʼ' | '‘' | '’' | '`' | '´' | 'ʿ' | 'ʾ' | 'ʹ' | '′' => "'",
        '«' | '»' | '“' | '”' | '„' => "\"",
        '‐' | '‑' | '–' | '—' | '―' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    fn words(text: &str) -> String {
        plain(text).into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn scripts_become_plain_letters() {
        assert_eq!(words("Société Générale"), "societe generale");
        assert_eq!(words("Łukasz Strauß Ørsted"), "lukasz strauss orsted");
        assert_eq!(words("Сергей Викторович Щукин"), "sergei viktorovich shchukin");
        assert_eq!(words("Володимир Зеленський"), "volodimir zelenskii");
        assert_eq!(words("김정은"), "kimjongun");
        assert_eq!(words("Κυριάκος"), "kyriakos");
        assert_eq!(words("ＡＢＣ　Ｌｔｄ"), "abc ltd");
        assert_eq!(words("\u{202e}abc\u{200b}d"), "abcd");
    }
}
