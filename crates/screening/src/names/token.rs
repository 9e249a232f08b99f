//! A name as a row of tokens, each with its role.

use super::script::{self, Plain};
use super::sound::{skeleton, sound};
use super::{same_name, words};
use crate::entry::Kind;

/// Whose conventions a name follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A natural person.
    Person,
    /// An organisation; ships and aircraft are named alike.
    Organisation,
}

impl From<Kind> for Bearer {
    fn from(kind: Kind) -> Self {
        if kind == Kind::Person { Self::Person } else { Self::Organisation }
    }
}

/// What a token does in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It names.
    Name,
    /// It names, and stands where a family name does.
    Family,
    /// One letter, or letters with points.
    Initial,
    /// A number.
    Number,
    /// A word that many organisations have.
    Generic,
    /// `al`, `bin`, `de`, `von`, `the`, `of`.
    Particle,
    /// A form of address.
    Title,
    /// A legal form.
    Form,
}

/// One word of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Lower-case ASCII letters and digits; never empty.
    pub text: String,
    /// The text with spellings folded.
    pub sound: String,
    /// The consonants of the sound.
    pub skeleton: String,
    /// What it does.
    pub role: Role,
    /// Written without vowels.
    pub vowelless: bool,
    /// The number of the given name that it is a spelling of.
    pub same: Option<u16>,
}

impl Token {
    /// A token of a text; empty texts make none.
    pub fn new(text: &str, role: Role, vowelless: bool) -> Self {
        let sound = sound(text);
        let skeleton = skeleton(&sound);
        Self { same: same_name(text), text: text.to_owned(), sound, skeleton, role, vowelless }
    }
}

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Its tokens in order; empty for a text without letters and digits.
    pub tokens: Vec<Token>,
    /// Whose conventions it follows.
    pub bearer: Bearer,
}

/// More tokens than any name has; what follows is left out.
const TOKENS_MAX: usize = 24;

impl Parsed {
    /// Takes a name apart; any text will do.
    pub fn new(name: &str, bearer: Bearer) -> Self {
        let mut words = split(name, bearer);
        words.truncate(TOKENS_MAX);
        let mut tokens: Vec<Token> = match bearer {
            Bearer::Person => person(&words),
            Bearer::Organisation => organisation(&words),
        };
        keep_one_name(&mut tokens, bearer);
        if bearer == Bearer::Person {
            mark_family(&mut tokens);
        }
        Self { tokens, bearer }
    }
}

/// A word between spaces, hyphens and points, and whether a comma follows it.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    vowelless: bool,
    comma: bool,
}

fn split(name: &str, bearer: Bearer) -> Vec<Word> {
    let mut words = Vec::new();
    for Plain { text, vowelless } in script::plain(name) {
        let text = text.replace('&', " and ").replace('%', " percent ");
        // An apostrophe within a word belongs to it, and a possessive `'s` is left out.
        let text = text.strip_suffix("'s").map_or(text.clone(), str::to_owned).replace('\'', "");
        let whole = digits_as_letters(&text);
        let comma = whole.ends_with(',');
        let before = words.len();
        for piece in whole.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty()) {
            words.push(Word { text: piece.to_owned(), vowelless, comma: false });
        }
        if comma
            && words.len() > before
            && let Some(last) = words.last_mut()
        {
            last.comma = true;
        }
    }
    match bearer {
        Bearer::Person => servants(given_first(words)),
        Bearer::Organisation => forms(&words),
    }
}

/// What stands after the comma is moved before what stands before it: `RIVERA, Ana` is `Ana RIVERA`.
fn given_first(mut words: Vec<Word>) -> Vec<Word> {
    if let Some(at) = words.iter().position(|word| word.comma).filter(|at| at + 1 < words.len()) {
        words.rotate_left(at + 1);
    }
    words
}

/// A digit between letters is a letter in disguise: `Sech1n`, `Ig0r`.
fn digits_as_letters(word: &str) -> String {
    let letters = word.chars().filter(char::is_ascii_alphabetic).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits == 0 || digits > 2 || letters < 3 || !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return word.to_owned();
    }
    if word.ends_with(|c: char| c.is_ascii_digit()) {
        return word.to_owned();
    }
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '9' => 'g',
        other => other,
    };
    word.chars().map(letter).collect()
}

/// `Abd al`, `Abd el` and `Abdul` are one word before the name of whom they serve.
fn servants(words: Vec<Word>) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        let after_servant =
            out.last().is_some_and(|last| matches!(last.text.as_str(), "abd" | "abdul" | "abed"));
        if after_servant && matches!(word.text.as_str(), "al" | "el" | "ul" | "ur" | "ar" | "as" | "us") {
            if let Some(last) = out.last_mut() {
                "abdul".clone_into(&mut last.text);
            }
        } else {
            out.push(word);
        }
    }
    out
}

/// Letters with points become one word, legal forms of several words one, spellings of numbers a number.
fn forms(words: &[Word]) -> Vec<Word> {
    let vowelless = words.iter().any(|word| word.vowelless);
    let mut text = String::new();
    let mut letters = false;
    for word in words {
        let letter = word.text.len() == 1 && word.text.bytes().all(|b| b.is_ascii_alphabetic());
        if !(letters && letter || text.is_empty()) {
            text.push(' ');
        }
        text.push_str(&word.text);
        letters = letter;
    }
    let text = words::shorten_forms(&text);
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let spelled = if out.len() > 1 { words::last_number(word) } else { words::spelling(word) };
        if let Some(last) = out.last_mut()
            && let Some(number) = words::compound_number(&last.text, spelled)
        {
            last.text = number;
        } else {
            out.push(Word { text: spelled.to_owned(), vowelless, comma: false });
        }
    }
    out
}

fn person(words: &[Word]) -> Vec<Token> {
    let role = |text: &str| match text {
        _ if text.bytes().all(|b| b.is_ascii_digit()) => Role::Number,
        _ if words::is_particle(text) => Role::Particle,
        _ if words::is_title(text) => Role::Title,
        _ if text.len() == 1 => Role::Initial,
        _ => Role::Name,
    };
    let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
    for word in words {
        let token = Token::new(&word.text, role(&word.text), word.vowelless);
        let repeated = token.role == Role::Name && tokens.last() == Some(&token);
        if !repeated {
            tokens.push(token);
        }
    }
    tokens
}

fn organisation(words: &[Word]) -> Vec<Token> {
    let role = |text: &str| match text {
        _ if text.bytes().all(|b| b.is_ascii_digit()) => Role::Number,
        _ if words::is_link(text) => Role::Particle,
        _ if words::legal_form(text).is_some() => Role::Form,
        _ if words::is_ship_mark(text) => Role::Title,
        _ if words::is_generic(text) => Role::Generic,
        _ if text.len() == 1 => Role::Initial,
        _ => Role::Name,
    };
    let token = |word: &Word| {
        let mut token = Token::new(&word.text, role(&word.text), word.vowelless);
        if let Some(form) = words::legal_form(&word.text) {
            form.clone_into(&mut token.sound);
        }
        token.same = None;
        token
    };
    words.iter().map(token).collect()
}

/// Where nothing names, what is left must: first generic words, then titles, then anything.
fn keep_one_name(tokens: &mut [Token], bearer: Bearer) {
    let names = |token: &Token| matches!(token.role, Role::Name | Role::Family);
    if tokens.iter().any(names) || bearer == Bearer::Organisation {
        return;
    }
    let long = |token: &&mut Token| token.text.len() > 1;
    for role in [Role::Title, Role::Particle] {
        let mut found = false;
        for token in tokens.iter_mut().filter(|token| token.role == role).filter(long) {
            token.role = Role::Name;
            found = true;
        }
        if found {
            return;
        }
    }
}

/// The family name stands last.
fn mark_family(tokens: &mut [Token]) {
    if let Some(token) = tokens.iter_mut().rev().find(|token| token.role == Role::Name) {
        token.role = Role::Family;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(name: &str, bearer: Bearer) -> String {
        let tokens = Parsed::new(name, bearer).tokens;
        tokens.iter().map(|t| format!("{}:{:?}", t.text, t.role)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn persons_come_apart() {
        assert_eq!(
            roles("Dr. Ahmed bin Said", Bearer::Person),
            "dr:Title ahmed:Name bin:Particle said:Family"
        );
        assert_eq!(roles("RIVERA, Ana M.", Bearer::Person), "ana:Name m:Initial rivera:Family");
        assert_eq!(roles("'Abd al-Karim", Bearer::Person), "abdul:Name karim:Family");
        assert_eq!(roles("Mullah", Bearer::Person), "mullah:Family");
        assert_eq!(roles("", Bearer::Person), "");
    }

    #[test]
    fn organisations_come_apart() {
        assert_eq!(
            roles("The Amber Trading Co., Ltd.", Bearer::Organisation),
            "the:Particle amber:Name trading:Generic co:Form ltd:Form"
        );
        assert_eq!(roles("Brigade Forty-Four", Bearer::Organisation), "brigade:Name 44:Number");
        assert_eq!(roles("Amber S.A. de C.V.", Bearer::Organisation), "amber:Name sa:Form");
    }
}
