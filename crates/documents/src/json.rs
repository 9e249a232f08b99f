//! Documents as JSON: the model as it is, with totals where the model reckons them.

use florin_kernel::{Amount, Money};
use serde::Serializer;
use serde::ser::SerializeStruct;
use serde_json::{Value, json};

use crate::model::Document;

/// The document as JSON text.
pub fn write(document: &Document) -> Vec<u8> {
    // The model has neither maps with keys that are no text nor numbers that JSON lacks.
    let mut value = serde_json::to_value(document).unwrap_or_default();
    if let (Document::AccountStatement(statement), Some(object)) = (document, value.as_object_mut()) {
        let total = |sum: Result<(Money, usize), _>| {
            sum.map(|(sum, count)| json!({ "sum": whole(sum), "count": count })).unwrap_or_default()
        };
        object.insert("currency".into(), statement.opening.currency().code().into());
        object.insert("credits".into(), total(statement.credits()));
        object.insert("debits".into(), total(statement.debits()));
    }
    let mut text = value.to_string().into_bytes();
    text.push(b'\n');
    text
}

fn whole(money: Money) -> Value {
    json!({ "amount": money.decimal(), "currency": money.currency().code() })
}

/// A decimal text with its currency, as everywhere on the wire.
pub fn money<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    let mut both = serializer.serialize_struct("Money", 2)?;
    both.serialize_field("amount", &money.decimal())?;
    both.serialize_field("currency", money.currency().code())?;
    both.end()
}

/// The same of an amount.
pub fn amount<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    money(&amount.money(), serializer)
}

/// The same, or `null`.
#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
pub fn money_if_any<S: Serializer>(given: &Option<Money>, serializer: S) -> Result<S::Ok, S::Error> {
    match given {
        Some(given) => money(given, serializer),
        None => serializer.serialize_none(),
    }
}

/// A sum with its name, or `null`.
#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
pub fn labelled_if_any<S: Serializer>(
    given: &Option<(String, Money)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some((label, sum)) = given else { return serializer.serialize_none() };
    let mut both = serializer.serialize_struct("Labelled", 2)?;
    both.serialize_field("label", label)?;
    both.serialize_field("sum", &whole(*sum))?;
    both.end()
}
