//! Finding people by how their names and emails begin, with an index, on both engines.
//!
//! Each word of a name and the whole email is a *term* of the person: folded, and kept as bytes, so that a prefix is a
//! range of the index whatever collation the database has. What is searched is folded alike.

use florin_db::{DbError, Migration, Reader, Tx, params};
use florin_kernel::{Role, UserId};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::{Email, FullName, Identity};

/// How many words of a name can be searched for.
const WORDS_MAX: usize = 8;
/// How many bytes of a word are kept; longer ones are found by their beginning.
const WORD_BYTES_MAX: usize = 64;
/// How many words of a search are looked at.
const SOUGHT_MAX: usize = 3;
/// Above every byte of UTF-8: the end of a range of terms.
const AFTER_ALL: u8 = 0xff;

pub(crate) const MIGRATION: Migration = Migration::new(
    "identity_0007_directory",
    "CREATE TABLE identity_directory (
        term {bytes} NOT NULL,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        PRIMARY KEY (term, user_id)
     ) {clustered};
     CREATE INDEX identity_directory_by_user ON identity_directory (user_id, term);",
);

impl Identity {
    /// The customers whose name or email begins as `sought` says, by the term that is found, `limit` at most.
    ///
    /// Several words must each begin a word of the name, three of them at most; text with an `@` is the beginning of an
    /// email. Accents and capitals are no difference. Fewer than two letters find nobody.
    ///
    /// # Errors
    /// What the database says.
    pub fn find_customers(
        reader: &mut Reader<'_>,
        sought: &str,
        limit: usize,
    ) -> Result<Vec<UserId>, DbError> {
        let mut prefixes = if sought.contains('@') { vec![email_term(sought.trim())] } else { words(sought) };
        prefixes.sort_unstable_by_key(|prefix| std::cmp::Reverse(prefix.len()));
        if prefixes.first().is_none_or(|longest| longest.chars().count() < 2) {
            return Ok(Vec::new());
        }
        prefixes.resize(SOUGHT_MAX, String::new());
        let mut ranges = prefixes.iter().map(|prefix| range(prefix));
        let mut next = || ranges.next().unwrap_or_else(|| range(""));
        let (first, second, third) = (next(), next(), next());
        // A person may be found by several terms, of which each is a row.
        let rows_max = limit.saturating_mul(WORDS_MAX.saturating_add(1));
        let rows = reader.rows(
            "SELECT d.user_id FROM identity_directory d
             JOIN identity_user_role r ON r.user_id = d.user_id AND r.role = $8
             WHERE d.term >= $1 AND d.term < $2
               AND EXISTS (SELECT 1 FROM identity_directory e WHERE e.user_id = d.user_id AND e.term >= $3 AND e.term < $4)
               AND EXISTS (SELECT 1 FROM identity_directory f WHERE f.user_id = d.user_id AND f.term >= $5 AND f.term < $6)
             ORDER BY d.term, d.user_id LIMIT $7",
            &params![
                first.0,
                first.1,
                second.0,
                second.1,
                third.0,
                third.1,
                i64::try_from(rows_max).unwrap_or(i64::MAX),
                Role::Customer.code(),
            ],
        )?;
        let mut found: Vec<UserId> = Vec::with_capacity(limit);
        for row in &rows {
            let user = UserId::from_uuid(row.get(0)?);
            if found.len() < limit && !found.contains(&user) {
                found.push(user);
            }
        }
        Ok(found)
    }
}

/// Writes the terms of a person, in the place of those before.
pub(crate) fn write(tx: &mut Tx<'_>, user: UserId, email: &Email, name: &FullName) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_directory WHERE user_id = $1", &params![user.uuid()])?;
    let mut terms = words(name.as_str());
    terms.truncate(WORDS_MAX);
    terms.push(email_term(email.key()));
    for term in terms {
        tx.execute(
            "INSERT INTO identity_directory (term, user_id) VALUES ($1, $2) ON CONFLICT (term, user_id) DO NOTHING",
            &params![term.into_bytes(), user.uuid()],
        )?;
    }
    Ok(())
}

/// The terms that begin with a prefix: from the first on, and before the second.
fn range(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let from = prefix.as_bytes().to_vec();
    let mut until = from.clone();
    until.push(AFTER_ALL);
    (from, until)
}

fn email_term(text: &str) -> String {
    text.to_lowercase()
}

/// The words of a name in small letters, without accents, each cut to what is kept.
fn words(text: &str) -> Vec<String> {
    let folded: String =
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(cut).collect()
}

fn cut(word: &str) -> String {
    let mut end = word.len().min(WORD_BYTES_MAX);
    while !word.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    word.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_words_however_they_are_written() {
        assert_eq!(words("Siân O'Neill-Lewis"), ["sian", "o", "neill", "lewis"]);
        assert_eq!(words("  JOSÉ  José "), ["jose", "jose"]);
        assert_eq!(words("李小龙"), ["李小龙"]);
        assert_eq!(words(" -' "), [""; 0]);
    }

    #[test]
    fn a_long_word_is_cut_between_characters() {
        let cut = words(&"é".repeat(100)).remove(0);
        assert_eq!(cut.len(), 64);
        assert_eq!(words(&"李".repeat(100)).remove(0).len(), 63);
    }

    #[test]
    fn every_term_that_begins_so_is_in_the_range() {
        let (from, until) = range("ada");
        for (term, within) in
            [("ada", true), ("adam", true), ("ada\u{10ffff}", true), ("adb", false), ("ad", false)]
        {
            let term = term.as_bytes().to_vec();
            assert_eq!(term >= from && term < until, within, "{term:?}");
        }
    }
}
