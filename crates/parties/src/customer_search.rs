//! Looking for customers, by whatever staff have of them.

use florin_db::Reader;
use florin_kernel::UserId;

use crate::customer_store as store;
use crate::ports::People;
use crate::sealing::Sealing;
use crate::{Error, Fault, Phone, TaxId, TaxIdKind};

/// How many characters a search has at most.
const CHARS_MAX: usize = 200;

/// What is looked for, by its form: each form is one look into one index.
pub(crate) enum Sought {
    /// A whole telephone number, with its plus sign.
    Phone(Phone),
    /// A whole tax number: both kinds that the digits can be.
    TaxIds(Vec<TaxId>),
    /// The last four digits of a tax number.
    LastFour(String),
    /// How the words of a name begin, or an email.
    Beginning(String),
}

impl Sought {
    /// # Errors
    /// [`Error::Invalid`] when there is nothing to look for, or too much.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        const FIELD: &str = "search_term";
        let text = text.trim();
        if text.len() > CHARS_MAX.saturating_mul(4) || text.chars().count() > CHARS_MAX {
            let fault = Fault::new(FIELD, "too_long", format!("{CHARS_MAX} characters at most are wanted"));
            return Err(Error::Invalid(vec![fault]));
        }
        if let Some(phone) = Phone::parse(text) {
            return Ok(Self::Phone(phone));
        }
        let numbers: Vec<TaxId> =
            TaxIdKind::ALL.into_iter().filter_map(|kind| TaxId::parse(kind, text)).collect();
        if !numbers.is_empty() {
            return Ok(Self::TaxIds(numbers));
        }
        if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self::LastFour(text.to_owned()));
        }
        let long_enough = text.split(|c: char| !c.is_alphanumeric()).any(|word| word.chars().count() >= 2);
        if !long_enough {
            let wanted = "two letters of a name or an email at least, a phone number with its plus sign, an SSN or SIN, \
                          or its last four digits are wanted";
            return Err(Error::Invalid(vec![Fault::invalid(FIELD, wanted)]));
        }
        Ok(Self::Beginning(text.to_owned()))
    }

    /// What was looked by, for the audit trail.
    pub(crate) fn form(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::TaxIds(_) => "tax_id",
            Self::LastFour(_) => "last_four",
            Self::Beginning(_) => "name_or_email",
        }
    }

    /// The customers found, `limit` at most.
    ///
    /// # Errors
    /// [`Error::Db`].
    pub(crate) fn find(
        &self,
        reader: &mut Reader<'_>,
        people: &dyn People,
        sealing: &Sealing,
        limit: usize,
    ) -> Result<Vec<UserId>, Error> {
        let rows = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(match self {
            Self::Phone(phone) => store::by_phone(reader, sealing.phone_index(phone), rows)?,
            Self::TaxIds(numbers) => {
                let mut found = Vec::new();
                for number in numbers {
                    found.extend(store::by_tax_id(reader, sealing.tax_id_index(number))?);
                }
                found.truncate(limit);
                found
            }
            Self::LastFour(digits) => store::by_last_four(reader, sealing.last_four_index(digits), rows)?,
            Self::Beginning(text) => people.search(reader, text, limit)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_told_by_its_form() {
        for (text, form) in [
            ("+14155550123", "phone"),
            ("123-45-6789", "tax_id"),
            ("123456789", "tax_id"),
            ("046 454 286", "tax_id"),
            ("6789", "last_four"),
            ("Ada Love", "name_or_email"),
            ("ada@example.org", "name_or_email"),
            ("14155550123", "name_or_email"),
            ("李小", "name_or_email"),
        ] {
            assert_eq!(Sought::parse(text).unwrap().form(), form, "{text}");
        }
        for text in ["", " ", "a", "a b c", "%", "''"] {
            assert!(matches!(Sought::parse(text), Err(Error::Invalid(_))), "{text}");
        }
        assert!(Sought::parse(&"a".repeat(201)).is_err());
    }

    #[test]
    fn digits_that_are_both_kinds_of_number_are_looked_for_as_both() {
        let both = Sought::parse("130692544").unwrap();
        assert!(matches!(both, Sought::TaxIds(numbers) if numbers.len() == 2));
    }
}
