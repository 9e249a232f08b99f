//! Names taken apart: script, case, accents, order, titles and legal forms are told from what names somebody.
//!
//! A [`Parsed`] name is a row of [`Token`]s. Each has its plain text (lower-case ASCII) and its *sound*: the text with
//! the spellings folded that transliteration into different languages makes of one sound.

pub mod edit;
mod nicknames;
mod script;
mod sound;
mod token;
mod words;

pub use nicknames::same_name;
pub use token::{Bearer, Parsed, Role, Token};
