//! What people type, as values; what it is not is told at its field.

use std::str::FromStr;

use axum::http::StatusCode;
use florin_db::idempotency::{Answer, Frozen};
use florin_http::{Problem, codes, unusable_amount};
use florin_kernel::{Amount, Currency, Money, PageRequest, Timestamp};
use florin_ledger::Posted;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A problem with one field.
pub(crate) fn fault(field: &'static str, message: impl Into<String>) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "invalid", message)
}

/// A value that must be there.
///
/// # Errors
/// A problem with the field, in the words of `what`.
pub(crate) fn required<'a>(text: &'a str, field: &'static str, what: &str) -> Result<&'a str, Problem> {
    if text.is_empty() { Err(fault(field, format!("Enter {what}"))) } else { Ok(text) }
}

/// A value of a type that reads itself.
///
/// # Errors
/// A problem with the field.
pub(crate) fn parsed<T>(text: &str, field: &'static str, what: &str) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    required(text, field, what)?.parse().map_err(|error: T::Err| fault(field, sentence(&error.to_string())))
}

/// An amount of money as people type it: `1,234.50`, `12.5`, `12`.
///
/// # Errors
/// A problem with the field.
pub(crate) fn amount(text: &str, currency: Currency, field: &'static str) -> Result<Money, Problem> {
    let figure: String =
        required(text, field, "an amount")?.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}')).collect();
    let money = Money::parse_lenient(&figure, currency).and_then(Amount::new);
    money.map(Amount::money).map_err(|error| {
        let told = unusable_amount(error);
        let why = told.errors().first().map_or("this is no amount", |fault| fault.message.as_str());
        fault(field, sentence(why))
    })
}

/// An amount whose currency is settled by what it is for, as a plain figure.
///
/// # Errors
/// A problem with the field.
pub(crate) fn figure(text: &str, field: &'static str) -> Result<String, Problem> {
    let figure: String = required(text.trim(), field, "an amount")?
        .chars()
        .filter(|c| !matches!(c, ',' | ' ' | '\u{a0}'))
        .collect();
    let is_figure =
        figure.chars().all(|c| c.is_ascii_digit() || c == '.') && figure.matches('.').count() <= 1;
    if is_figure && figure.chars().any(|c| c.is_ascii_digit()) {
        Ok(figure)
    } else {
        Err(fault(field, "Enter an amount in figures, such as 12.50"))
    }
}

/// A day as browsers write it, or none where nothing was chosen.
///
/// # Errors
/// A problem with the field.
pub(crate) fn day(text: &str, field: &'static str) -> Result<Option<Date>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| fault(field, "Enter a day, such as 2026-01-31"))
}

/// When a day begins in a zone.
pub(crate) fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    // Past the end of the calendar there is nothing to find either way.
    day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |begun| begun.timestamp())
}

/// What a service says, as a sentence for people.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What a code is called: `customer_service` is `Customer service`, `hr` is `HR`.
pub(crate) fn words(code: &str) -> String {
    const SHORT: [&str; 10] = ["hr", "aml", "api", "ip", "id", "mfa", "ach", "eft", "sms", "pdf"];
    let spoken = |word: &str| {
        if SHORT.contains(&word) { word.to_uppercase() } else { word.to_owned() }
    };
    let words: Vec<String> = code.split(['_', '.', '-']).map(spoken).collect();
    sentence(&words.join(" "))
}

/// Which page of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Paging {
    /// Where it begins.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
}

impl Paging {
    /// The page of so many rows.
    ///
    /// # Errors
    /// When there is no such page.
    pub(crate) fn of(&self, rows: u16) -> Result<PageRequest, Problem> {
        page_of(self.cursor.as_deref(), rows)
    }
}

/// The page of so many rows that begins at a cursor.
///
/// # Errors
/// When there is no such page.
pub(crate) fn page_of(cursor: Option<&str>, rows: u16) -> Result<PageRequest, Problem> {
    Ok(PageRequest::try_new(Some(rows), cursor.filter(|cursor| !cursor.is_empty()).map(str::to_owned))?)
}

/// What became of a posting: its answer, or the problem that it was refused with, be it for the first time or again.
///
/// # Errors
/// The refusal.
pub(crate) fn settled<T: DeserializeOwned>(posted: Posted) -> Result<T, Problem> {
    match posted {
        Posted::Now(frozen) | Posted::Replayed(frozen) => thawed(&frozen),
        Posted::KeyReused => Err(Problem::of(codes::IDEMPOTENCY_KEY_REUSED)
            .detail("this form was sent before with other values; open it anew to send another")),
    }
}

/// What became of a request that is taken once: its answer, or the problem that it was refused with.
///
/// # Errors
/// The refusal.
pub(crate) fn answered<T: DeserializeOwned>(answer: Answer) -> Result<T, Problem> {
    settled(match answer {
        Answer::Now(frozen) => Posted::Now(frozen),
        Answer::Replayed(frozen) => Posted::Replayed(frozen),
        Answer::KeyReused => Posted::KeyReused,
    })
}

/// A day of the calendar, as a browser sends it.
///
/// # Errors
/// A problem with the field.
pub(crate) fn required_day(text: &str, field: &'static str) -> Result<Date, Problem> {
    required(text, field, "a day")?.parse().map_err(|_| fault(field, "Enter a day, such as 2026-01-31"))
}

/// A text where one was typed.
pub(crate) fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn thawed<T: DeserializeOwned>(frozen: &Frozen) -> Result<T, Problem> {
    let refused = StatusCode::from_u16(frozen.status).map_or(true, |status| !status.is_success());
    if refused {
        return Err(Problem::thawed(frozen));
    }
    serde_json::from_slice(&frozen.body).map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        let read = |text| amount(text, Currency::USD, "amount").map(Money::minor);
        for (text, minor) in [("12", 1_200), ("12.5", 1_250), ("1,234.56", 123_456), ("1 234.56", 123_456)] {
            assert_eq!(read(text).unwrap(), minor, "{text}");
        }
        for wrong in ["", "0", "-5", "12.345", "twelve", "1e3"] {
            let problem = read(wrong).unwrap_err();
            assert_eq!(problem.errors().first().unwrap().field, "amount", "{wrong}");
        }
    }

    #[test]
    fn a_refusal_is_told_as_a_sentence() {
        assert_eq!(sentence("the amount is zero"), "The amount is zero");
        assert_eq!(sentence(""), "");
    }
}
