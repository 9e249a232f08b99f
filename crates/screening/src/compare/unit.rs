//! What is paired: a word that names, or neighbouring words read as one.

use crate::names::{Role, Token, edit};

/// A word in the forms in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Plain letters.
    pub text: String,
    /// Spellings folded.
    pub sound: String,
    /// Consonants.
    pub skeleton: String,
    /// Letters of the text as bits.
    pub text_bits: u64,
    /// Letters of the sound as bits.
    pub sound_bits: u64,
    /// Letters of the consonants as bits.
    pub skeleton_bits: u64,
    /// Written without vowels.
    pub vowelless: bool,
    /// Neighbours read as one.
    pub joined: bool,
    /// The given name that it is a spelling of.
    pub same: Option<u16>,
}

impl Word {
    fn of(token: &Token) -> Self {
        Self {
            text_bits: edit::letter_bits(&token.text),
            sound_bits: edit::letter_bits(&token.sound),
            skeleton_bits: edit::letter_bits(&token.skeleton),
            joined: false,
            text: token.text.clone(),
            sound: token.sound.clone(),
            skeleton: token.skeleton.clone(),
            vowelless: token.vowelless,
            same: token.same,
        }
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// One word of a name, or several neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The position of the first token.
    pub start: usize,
    /// How many tokens.
    pub len: usize,
    /// What they read as.
    pub word: Word,
}

/// The units of a row of tokens: each that names, and up to `together` neighbours read as one.
///
/// Titles and legal forms are no part of any, and particles by themselves are none.
pub fn units(tokens: &[Token], together: usize) -> Vec<Unit> {
    let mut units = Vec::with_capacity(tokens.len() * 2);
    for (start, token) in tokens.iter().enumerate() {
        if matches!(token.role, Role::Name | Role::Family | Role::Generic | Role::Number) {
            units.push(Unit { start, len: 1, word: Word::of(token) });
        }
        for len in 2..=together {
            units.extend(tokens.get(start..start + len).and_then(|row| joined(start, row)));
        }
    }
    units
}

/// The longest word that is made by joining.
const JOINED_MAX: usize = 22;

fn joined(start: usize, row: &[Token]) -> Option<Unit> {
    let apart = |token: &Token| matches!(token.role, Role::Title | Role::Form);
    let numbers = row.iter().all(|token| token.role == Role::Number);
    let text: String = row.iter().map(|token| token.text.as_str()).collect();
    if row.iter().any(apart) || numbers || text.len() < 2 || text.len() > JOINED_MAX {
        return None;
    }
    let vowelless = row.iter().any(|token| token.vowelless);
    let word = Word { joined: true, ..Word::of(&Token::new(&text, Role::Name, vowelless)) };
    Some(Unit { start, len: row.len(), word })
}
