//! A Stripe of our own: charges, refunds and events as the real one has them, told by the payment method what to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use florin_kernel::Timestamp;
use florin_rails::stripe::sign;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The secret key that it takes.
pub const STRIPE_KEY: &str = "sk_test_florin";
/// The secret that it signs events with.
pub const STRIPE_WEBHOOK_SECRET: &str = "whsec_florin";

/// A server that speaks as much of Stripe's as payments need. What a charge comes to is said by its payment method:
///
/// | method | charge |
/// |---|---|
/// | `pm_card_visa` | succeeds |
/// | `pm_card_chargeDeclined` | declined: `card_declined` |
/// | `pm_card_insufficientFunds` | declined: `insufficient_funds` |
/// | `pm_processing` | is under way until it is said to be [`settled`](FakeStripe::settle) |
/// | `pm_silent` | is made and succeeds, and nobody is answered |
/// | `pm_lost` | is not made, and nobody is answered |
/// | `pm_broken` | is not made, and the answer is an error of the server's |
pub struct FakeStripe {
    /// Where it answers: `http://127.0.0.1:…`.
    pub url: String,
    books: Arc<Mutex<Books>>,
    server: JoinHandle<()>,
}

/// What it remembers.
#[derive(Default)]
struct Books {
    intents: Vec<Value>,
    refunds: Vec<Value>,
    /// The answer to each idempotency key, with the request that it was given to.
    answers: HashMap<String, (String, u16, Value)>,
    events: u64,
    /// How many requests came that change something.
    posts: usize,
    /// Whether a search finds nothing.
    unindexed: bool,
}

type Shared = Arc<Mutex<Books>>;

fn lock(books: &Shared) -> std::sync::MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeStripe {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let books = Shared::default();
        let router = Router::new()
            .route("/v1/payment_methods/{id}", get(read_method))
            .route("/v1/payment_intents", post(charge))
            .route("/v1/payment_intents/search", get(search))
            .route("/v1/payment_intents/{id}", get(read_intent))
            .route("/v1/payment_intents/{id}/cancel", post(cancel))
            .route("/v1/refunds", post(refund))
            .route("/v1/refunds/{id}", get(read_refund))
            .with_state(Arc::clone(&books));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, books, server }
    }

    /// The charges that were made, in order: identifier, our own identifier, amount, status.
    pub fn charges(&self) -> Vec<(String, String, i64, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let read = |intent: &Value| {
            let amount = intent["amount"].as_i64().unwrap();
            (text(&intent["id"]), text(&intent["metadata"]["florin_id"]), amount, text(&intent["status"]))
        };
        lock(&self.books).intents.iter().map(read).collect()
    }

    /// How many requests came that change something, repeated ones included.
    pub fn posts(&self) -> usize {
        lock(&self.books).posts
    }

    /// What was given back in all, in minor units.
    pub fn refunded(&self) -> i64 {
        lock(&self.books).refunds.iter().map(|refund| refund["amount"].as_i64().unwrap()).sum()
    }

    /// Lets a charge that is under way succeed, or fail by this code.
    pub fn settle(&self, intent: &str, declined: Option<&str>) {
        let mut books = lock(&self.books);
        let found = books.intents.iter_mut().find(|known| known["id"] == intent).unwrap();
        match declined {
            None => found["status"] = json!("succeeded"),
            Some(code) => {
                found["status"] = json!("requires_payment_method");
                found["last_payment_error"] = error(code)["error"].clone();
            }
        }
    }

    /// The refunds that were made, in order: identifier, our own identifier, amount.
    pub fn refunds(&self) -> Vec<(String, String, i64)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let read = |refund: &Value| {
            let amount = refund["amount"].as_i64().unwrap();
            (text(&refund["id"]), text(&refund["metadata"]["florin_id"]), amount)
        };
        lock(&self.books).refunds.iter().map(read).collect()
    }

    /// Says whether searches by metadata miss charges, as Stripe's do within the first minute.
    pub fn forget_to_index(&self, forgets: bool) {
        lock(&self.books).unindexed = forgets;
    }

    /// An event about a charge as it is now: its signed header and its body.
    pub fn event(&self, intent: &str, kind: &str, now: Timestamp) -> (String, Vec<u8>) {
        let found = lock(&self.books).intents.iter().find(|known| known["id"] == intent).unwrap().clone();
        self.event_about(&found, kind, now)
    }

    /// An event about a refund as it is now.
    pub fn refund_event(&self, refund: &str, kind: &str, now: Timestamp) -> (String, Vec<u8>) {
        let found = lock(&self.books).refunds.iter().find(|known| known["id"] == refund).unwrap().clone();
        self.event_about(&found, kind, now)
    }

    /// An event about a dispute of a charge, in this state.
    pub fn dispute_event(&self, intent: &str, status: &str, minor: i64, now: Timestamp) -> (String, Vec<u8>) {
        let kind =
            if matches!(status, "won" | "lost") { "charge.dispute.closed" } else { "charge.dispute.created" };
        let dispute = json!({
            "id": "dp_1", "object": "dispute", "payment_intent": intent, "amount": minor, "currency": "eur",
            "status": status, "reason": "fraudulent",
        });
        self.event_about(&dispute, kind, now)
    }

    /// An event about whatever this is.
    pub fn event_about(&self, object: &Value, kind: &str, now: Timestamp) -> (String, Vec<u8>) {
        let mut books = lock(&self.books);
        books.events += 1;
        let event = json!({
            "id": format!("evt_{}", books.events), "object": "event", "created": now.as_second(), "type": kind,
            "data": { "object": object },
        });
        let body = serde_json::to_vec(&event).unwrap();
        (sign(&body, STRIPE_WEBHOOK_SECRET.as_bytes(), now), body)
    }
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Fields = HashMap<String, String>;

fn fields_of(body: &str) -> Fields {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

fn answer(status: u16, body: &Value) -> Response {
    let headers = [("content-type", "application/json")];
    (StatusCode::from_u16(status).unwrap(), headers, body.to_string()).into_response()
}

fn error(code: &str) -> Value {
    let (code, decline) = match code {
        "insufficient_funds" => ("card_declined", "insufficient_funds"),
        "card_declined" => ("card_declined", "generic_decline"),
        other => (other, other),
    };
    json!({ "error": {
        "type": "card_error", "code": code, "decline_code": decline, "message": "Your card was declined.",
    } })
}

fn is_known(headers: &HeaderMap) -> bool {
    use base64::Engine as _;
    let wanted = base64::engine::general_purpose::STANDARD.encode(format!("{STRIPE_KEY}:"));
    headers.get("authorization").is_some_and(|value| value == &format!("Basic {wanted}"))
}

fn refused(status: u16, code: &str, message: &str) -> Response {
    answer(status, &json!({ "error": { "type": "invalid_request_error", "code": code, "message": message } }))
}

/// Answers a request that changes something: once for each idempotency key, the same again for the same request.
fn once(
    books: &Shared,
    headers: &HeaderMap,
    fields: &Fields,
    work: impl FnOnce(&mut Books) -> (u16, Value),
) -> Response {
    if !is_known(headers) {
        return refused(401, "api_key", "Invalid API Key provided.");
    }
    let Some(key) = headers.get("idempotency-key").and_then(|key| key.to_str().ok()) else {
        return refused(400, "idempotency_key", "The tests ask for a key.");
    };
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    let request = format!("{sorted:?}");
    let mut books = lock(books);
    books.posts += 1;
    if let Some((before, status, body)) = books.answers.get(key) {
        return if *before == request {
            answer(*status, body)
        } else {
            refused(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters.",
            )
        };
    }
    let (status, body) = work(&mut books);
    books.answers.insert(key.to_owned(), (request, status, body.clone()));
    answer(status, &body)
}

async fn charge(State(books): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let fields = fields_of(&body);
    let method = fields.get("payment_method").cloned().unwrap_or_default();
    match method.as_str() {
        "pm_lost" => return std::future::pending().await,
        "pm_broken" => return answer(500, &json!({ "error": { "type": "api_error", "message": "Sorry." } })),
        _ => {}
    }
    let answered = once(&books, &headers, &fields, |books| {
        let (Some(amount), Some(currency)) =
            (fields.get("amount").and_then(|amount| amount.parse::<i64>().ok()), fields.get("currency"))
        else {
            return (
                400,
                json!({ "error": { "type": "invalid_request_error", "code": "parameter_missing" } }),
            );
        };
        let declined = match method.as_str() {
            "pm_card_chargeDeclined" => Some("card_declined"),
            "pm_card_insufficientFunds" => Some("insufficient_funds"),
            _ => None,
        };
        let status = match (declined, method.as_str()) {
            (Some(_), _) => "requires_payment_method",
            (None, "pm_processing") => "processing",
            (None, _) => "succeeded",
        };
        let id = format!("pi_{}", books.intents.len() + 1);
        let mut intent = json!({
            "id": id, "object": "payment_intent", "amount": amount, "currency": currency, "status": status,
            "payment_method": method, "metadata": { "florin_id": fields.get("metadata[florin_id]") },
        });
        let Some(code) = declined else {
            books.intents.push(intent.clone());
            return (200, intent);
        };
        let mut body = error(code);
        intent["last_payment_error"] = body["error"].clone();
        books.intents.push(intent.clone());
        body["error"]["payment_intent"] = intent;
        (402, body)
    });
    if method == "pm_silent" { std::future::pending().await } else { answered }
}

async fn read_intent(State(books): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    read(&headers, lock(&books).intents.iter().find(|intent| intent["id"] == id.as_str()))
}

async fn read_refund(State(books): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    read(&headers, lock(&books).refunds.iter().find(|refund| refund["id"] == id.as_str()))
}

/// Cards of these names there always are; those called `pm_of_ben…` are kept for a customer, and `pm_over` expired.
async fn read_method(headers: HeaderMap, Path(id): Path<String>) -> Response {
    let customer = id.starts_with("pm_of_ben").then_some("cus_ben");
    let year = if id == "pm_over" { 2025 } else { 2034 };
    let card = json!({ "id": id, "object": "payment_method", "type": "card",
        "card": { "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": year }, "customer": customer });
    read(&headers, id.starts_with("pm_").then_some(&card))
}

fn read(headers: &HeaderMap, found: Option<&Value>) -> Response {
    match found {
        _ if !is_known(headers) => refused(401, "api_key", "Invalid API Key provided."),
        Some(object) => answer(200, object),
        None => refused(404, "resource_missing", "No such object."),
    }
}

async fn search(State(books): State<Shared>, headers: HeaderMap, Query(query): Query<Fields>) -> Response {
    let wanted = query.get("query").map(String::as_str).unwrap_or_default();
    let id = wanted.strip_prefix("metadata['florin_id']:'").and_then(|rest| rest.strip_suffix('\''));
    let books = lock(&books);
    let is_it = |intent: &&Value| !books.unindexed && intent["metadata"]["florin_id"].as_str() == id;
    let found: Vec<&Value> = books.intents.iter().filter(is_it).collect();
    read(&headers, Some(&json!({ "object": "search_result", "data": found, "has_more": false })))
}

async fn cancel(
    State(books): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let fields = fields_of(&body);
    once(&books, &headers, &fields, |books| {
        let Some(intent) = books.intents.iter_mut().find(|intent| intent["id"] == id.as_str()) else {
            return (
                404,
                json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } }),
            );
        };
        if intent["status"] == "succeeded" {
            let code = "payment_intent_unexpected_state";
            return (400, json!({ "error": { "type": "invalid_request_error", "code": code } }));
        }
        intent["status"] = json!("canceled");
        (200, intent.clone())
    })
}

async fn refund(State(books): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let fields = fields_of(&body);
    once(&books, &headers, &fields, |books| {
        let wanted = fields.get("payment_intent").cloned().unwrap_or_default();
        let found = books.intents.iter().find(|intent| intent["id"] == wanted.as_str()).cloned();
        let Some(intent) = found else {
            return (
                404,
                json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } }),
            );
        };
        let amount: i64 = fields.get("amount").and_then(|amount| amount.parse().ok()).unwrap_or_default();
        let of_it = books.refunds.iter().filter(|refund| refund["payment_intent"] == wanted.as_str());
        let before: i64 = of_it.map(|refund| refund["amount"].as_i64().unwrap()).sum();
        if amount <= 0 || before + amount > intent["amount"].as_i64().unwrap() {
            let code = "charge_already_refunded";
            return (400, json!({ "error": { "type": "invalid_request_error", "code": code } }));
        }
        let refund = json!({
            "id": format!("re_{}", books.refunds.len() + 1), "object": "refund", "amount": amount,
            "currency": intent["currency"], "status": "succeeded", "payment_intent": wanted,
            "metadata": { "florin_id": fields.get("metadata[florin_id]") },
        });
        books.refunds.push(refund.clone());
        (200, refund)
    })
}
