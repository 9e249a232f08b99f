//! Money on the wire.

use florin_http::{Problem, codes, unusable_amount};
use florin_kernel::{Amount, Currency, Money};
use florin_payments::Asked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A sum of money: a decimal string with exactly the currency's digits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyView {
    /// The figure, such as `1234.56`.
    #[schema(example = "1234.56")]
    pub amount: String,
    /// The currency's code in ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency().code().to_owned() }
    }
}

/// A currency that there is, or the field that names none.
pub fn currency(code: &str, field: &'static str) -> Result<Currency, Problem> {
    Currency::parse(code).map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).field(field, "unknown_currency", error.to_string())
    })
}

/// An amount as clients give it: money, or a bare figure in the account's currency.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = MoneyView)]
pub struct AmountBody(Box<RawValue>);

impl AmountBody {
    /// Whether it is a bare figure, without its currency.
    pub fn is_bare(&self) -> bool {
        !self.0.get().starts_with('{')
    }

    /// The amount; a bare figure may have its currency in a field beside it.
    pub fn asked(&self, beside: Option<&str>) -> Result<Asked, Problem> {
        let invalid = |why: &str| Problem::of(codes::VALIDATION_FAILED).field("amount", "malformed", why);
        let text = self.0.get();
        let figure = match text.as_bytes().first() {
            Some(b'{') => {
                let money: MoneyView =
                    serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
                if beside.is_some() {
                    return Err(Problem::of(codes::VALIDATION_FAILED).field(
                        "currency",
                        "repeated",
                        "amount has its currency",
                    ));
                }
                let currency = currency(&money.currency, "amount.currency")?;
                let money = Money::parse(&money.amount, currency).map_err(unusable_amount)?;
                return Ok(Asked::Money(Amount::new(money).map_err(unusable_amount)?.money()));
            }
            Some(b'"') => {
                serde_json::from_str::<String>(text).map_err(|error| invalid(&error.to_string()))?
            }
            Some(byte) if byte.is_ascii_digit() || *byte == b'-' => text.to_owned(),
            _ => return Err(invalid("money is wanted: {\"amount\":\"12.34\",\"currency\":\"USD\"}")),
        };
        match beside {
            Some(code) => {
                let money =
                    Money::parse_lenient(&figure, currency(code, "currency")?).map_err(unusable_amount)?;
                Ok(Asked::Money(Amount::new(money).map_err(unusable_amount)?.money()))
            }
            None => Ok(Asked::Figure(figure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(json: &str, beside: Option<&str>) -> Result<Asked, String> {
        let body: AmountBody = serde_json::from_str(json).unwrap();
        body.asked(beside).map_err(|problem| {
            problem.errors().first().map_or_else(|| problem.code().to_owned(), |e| e.code.to_owned())
        })
    }

    #[test]
    fn money_and_bare_figures_are_read_exactly() {
        let eur = |minor| Asked::Money(Money::new(minor, Currency::EUR));

        assert_eq!(asked(r#"{"amount":"12.30","currency":"EUR"}"#, None), Ok(eur(1230)));
        assert_eq!(asked("12.3", Some("EUR")), Ok(eur(1230)));
        assert_eq!(asked("\"12\"", Some("EUR")), Ok(eur(1200)));
        assert_eq!(asked("92233720368547758.07", Some("EUR")), Ok(eur(i64::MAX)), "no float comes between");
        assert_eq!(asked("12.3", None), Ok(Asked::Figure("12.3".to_owned())));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let cases = [
            (r#"{"amount":"12.3","currency":"EUR"}"#, None, "precision"),
            (r#"{"amount":"0.00","currency":"EUR"}"#, None, "not_positive"),
            (r#"{"amount":"-1.00","currency":"EUR"}"#, None, "malformed"),
            (r#"{"amount":"1.00","currency":"EURO"}"#, None, "unknown_currency"),
            (r#"{"amount":"1.00","currency":"EUR","more":1}"#, None, "malformed"),
            (r#"{"amount":"99999999999999999999.00","currency":"EUR"}"#, None, "too_large"),
            ("1e3", Some("EUR"), "malformed"),
            ("-5", Some("EUR"), "malformed"),
            ("true", Some("EUR"), "malformed"),
            ("1.005", Some("EUR"), "precision"),
        ];
        for (json, beside, code) in cases {
            assert_eq!(asked(json, beside), Err(code.to_owned()), "{json}");
        }
    }
}
