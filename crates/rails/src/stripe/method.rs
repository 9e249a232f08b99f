//! Saved cards.

use serde::Deserialize;

use super::Answered;
use super::answer::read;

/// A card that Stripe keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its network: `visa`, `mastercard` and so on.
    pub brand: String,
    /// Its last four digits.
    pub last_four: String,
    /// The month that it expires in, from 1 to 12.
    pub expires_month: i64,
    /// The year.
    pub expires_year: i64,
    /// The customer that it is attached to, if it is to one. Without one it can be charged once.
    pub customer: Option<String>,
}

#[derive(Deserialize)]
struct MethodBody {
    card: Option<CardBody>,
    customer: Option<String>,
}

#[derive(Deserialize)]
struct CardBody {
    brand: String,
    last4: String,
    exp_month: i64,
    exp_year: i64,
}

/// Reads the answer to a request about a saved card; none where the method is something else than a card.
pub fn read_card(status: u16, body: &[u8]) -> Answered<Option<Card>> {
    read(status, body, |MethodBody { card, customer }| {
        card.map(|card| Card {
            brand: card.brand,
            last_four: card.last4,
            expires_month: card.exp_month,
            expires_year: card.exp_year,
            customer,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_and_nothing_else_is_one() {
        let body = br#"{"id":"pm_1","object":"payment_method","type":"card","customer":"cus_1",
            "card":{"brand":"visa","last4":"4242","exp_month":8,"exp_year":2031,"funding":"credit"}}"#;
        let Answered::Done(Some(card)) = read_card(200, body) else { panic!("a card") };
        assert_eq!((card.last_four.as_str(), card.expires_year), ("4242", 2031));
        assert_eq!(card.customer.as_deref(), Some("cus_1"));

        let account = br#"{"id":"pm_2","object":"payment_method","type":"us_bank_account","customer":null}"#;
        assert_eq!(read_card(200, account), Answered::Done(None));
        assert!(matches!(read_card(200, b"{}"), Answered::Done(None)));
        assert!(matches!(read_card(200, b"[]x"), Answered::Unknown(_)));
        let unknown = br#"{"error":{"type":"invalid_request_error","code":"resource_missing"}}"#;
        assert!(matches!(read_card(404, unknown), Answered::Refused(refused) if refused.status == 404));
    }
}
