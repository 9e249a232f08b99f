//! Requests, as forms.

use florin_kernel::Uuid;

use super::Amount;

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It asks; sent as often as one likes.
    Get,
    /// It changes something, once for each idempotency key.
    Post,
}

/// A request to Stripe. It is sent with the account's secret key as the user of basic authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How it is sent.
    pub method: Method,
    /// The path with its query, from `/v1`.
    pub path: String,
    /// The form, if it has one; nothing in it is secret.
    pub form: String,
    /// The idempotency key, of a request that changes something.
    pub key: Option<String>,
}

impl Request {
    /// Charges a saved payment method at once, the payer being absent: what would need them is declined instead.
    pub fn charge(id: Uuid, amount: &Amount, customer: Option<&str>, method: &str, purpose: &str) -> Self {
        let minor = amount.minor.to_string();
        let id = id.to_string();
        let mut pairs = vec![
            ("amount", minor.as_str()),
            ("currency", &amount.currency),
            ("payment_method", method),
            ("confirm", "true"),
            ("off_session", "true"),
            ("error_on_requires_action", "true"),
            ("description", purpose),
            ("metadata[florin_id]", &id),
        ];
        pairs.extend(customer.map(|customer| ("customer", customer)));
        Self::post("/v1/payment_intents", &pairs, &id)
    }

    /// Asks about a charge by Stripe's identifier.
    pub fn read(intent: &str) -> Self {
        Self::get(format!("/v1/payment_intents/{}", segment(intent)))
    }

    /// Looks for the charge that was made for `id`. Stripe finds what it made within a minute or so, not at once.
    pub fn find(id: Uuid) -> Self {
        let query = format!("metadata['florin_id']:'{id}'");
        Self::get(format!("/v1/payment_intents/search?query={}", encoded(&query)))
    }

    /// Takes a charge back that did not go through yet.
    pub fn cancel(id: Uuid, intent: &str) -> Self {
        let path = format!("/v1/payment_intents/{}/cancel", segment(intent));
        Self::post(&path, &[("cancellation_reason", "requested_by_customer")], &format!("{id}-cancel"))
    }

    /// Gives a charge back, whole or in part, as the refund `id`.
    pub fn refund(id: Uuid, intent: &str, amount: &Amount) -> Self {
        let (minor, id) = (amount.minor.to_string(), id.to_string());
        let pairs = [("payment_intent", intent), ("amount", &minor), ("metadata[florin_id]", &id)];
        Self::post("/v1/refunds", &pairs, &id)
    }

    /// Asks about a refund by Stripe's identifier.
    pub fn read_refund(refund: &str) -> Self {
        Self::get(format!("/v1/refunds/{}", segment(refund)))
    }

    /// Asks about a saved card.
    pub fn read_method(method: &str) -> Self {
        Self::get(format!("/v1/payment_methods/{}", segment(method)))
    }

    fn get(path: String) -> Self {
        Self { method: Method::Get, path, form: String::new(), key: None }
    }

    fn post(path: &str, pairs: &[(&str, &str)], key: &str) -> Self {
        let form: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        Self { method: Method::Post, path: path.to_owned(), form: form.join("&"), key: Some(key.to_owned()) }
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// An identifier within a path: whatever could leave its segment is encoded.
fn segment(id: &str) -> String {
    encoded(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_a_form_under_our_own_key() {
        let id = Uuid::from_u128(7);
        let amount = Amount { minor: 1_050, currency: "usd".to_owned() };
        let request = Request::charge(id, &amount, Some("cus_1"), "pm_1", "Rent & more");

        assert_eq!((request.method, request.path.as_str()), (Method::Post, "/v1/payment_intents"));
        assert_eq!(request.key.as_deref(), Some("00000000-0000-0000-0000-000000000007"));
        assert_eq!(
            request.form,
            "amount=1050&currency=usd&payment_method=pm_1&confirm=true&off_session=true&error_on_requires_action=true\
             &description=Rent+%26+more&metadata%5Bflorin_id%5D=00000000-0000-0000-0000-000000000007&customer=cus_1"
        );
    }

    #[test]
    fn identifiers_stay_within_their_segment() {
        assert_eq!(
            Request::read("pi_1/../charges?x=1").path,
            "/v1/payment_intents/pi_1%2F..%2Fcharges%3Fx%3D1"
        );
    }

    #[test]
    fn a_cancellation_has_a_key_of_its_own() {
        let id = Uuid::from_u128(7);
        assert_ne!(
            Request::cancel(id, "pi_1").key,
            Request::refund(id, "pi_1", &Amount { minor: 1, currency: "usd".into() }).key
        );
    }
}
