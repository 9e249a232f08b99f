//! What is wrong is refused with a documented problem, and nothing is changed.

use axum::body::Body;
use axum::http::{Method, Request};
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const TRANSFERS: &str = "/api/v1/transfers";
const UNKNOWN_ID: &str = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001";

/// Something wrong to send, and how it must be refused.
struct Case {
    name: &'static str,
    call: Call,
    status: u16,
    code: &'static str,
    /// The field that is named, if one is.
    field: Option<&'static str>,
}

fn refused(status: u16, code: &'static str, name: &'static str, call: Call) -> Case {
    Case { name, call, status, code, field: None }
}

fn malformed(name: &'static str, call: Call) -> Case {
    refused(400, "malformed_json", name, call)
}

fn invalid(field: &'static str, name: &'static str, call: Call) -> Case {
    Case { name, call, status: 422, code: "validation_failed", field: Some(field) }
}

/// A request for a transfer with one member set to something else.
fn with(good: &Value, member: &str, value: Value) -> Call {
    let mut body = good.clone();
    body[member] = value;
    Call::post(TRANSFERS).json(&body)
}

fn raw(body: impl Into<Vec<u8>>) -> Call {
    Call::post(TRANSFERS).raw("application/json", body.into())
}

/// What is no JSON, or not of the form that is wanted.
fn forms(good: &Value) -> Vec<Case> {
    let text = good.to_string();
    let open = text.strip_suffix('}').unwrap();
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let no_text = text.bytes().map(|byte| if byte == b'E' { 0xff } else { byte }).collect::<Vec<u8>>();
    let typed = |content_type| Call::post(TRANSFERS).raw(content_type, text.clone());
    let foreign = |name, call| refused(415, "unsupported_media_type", name, call);
    vec![
        malformed("nothing", raw("")),
        malformed("half of it", raw(&text[..text.len() / 2])),
        malformed("more after the end", raw(format!("{text} x"))),
        malformed("two documents", raw(format!("{text}{text}"))),
        malformed("no UTF-8", raw(no_text)),
        malformed("a hundred levels", raw(deep.clone())),
        malformed("a hundred levels in a field", raw(format!("{open},\"colour\":{deep}}}"))),
        refused(413, "payload_too_large", "ten megabytes", raw(vec![b' '; 10 << 20])),
        foreign("a form", typed("application/x-www-form-urlencoded")),
        foreign("text", typed("text/plain")),
        foreign("another character set", typed("application/json; charset=latin1")),
        refused(422, "validation_failed", "a list for all", raw("[]")),
        refused(422, "validation_failed", "text for all", raw("\"transfer\"")),
        invalid("from_account_id", "no fields", raw("{}")),
        invalid("colour", "an unknown field", with(good, "colour", json!("red"))),
        invalid("to_account_id", "a repeated field", raw(format!("{open},\"to_account_id\":\"x\"}}"))),
        invalid("from_account_id", "both names of one field", with(good, "from_account", json!("x"))),
    ]
}

/// Values that are of another type or out of range.
fn values(good: &Value) -> Vec<Case> {
    let set = |member: &str, value| with(good, member, value);
    vec![
        invalid("to_account_id", "a number for text", set("to_account_id", json!(7))),
        invalid("pending", "text for a flag", set("pending", json!("yes"))),
        invalid("to_account_id", "no identifier", set("to_account_id", json!("1"))),
        invalid("from_account_id", "an attack", set("from_account_id", json!("' OR 1=1 --"))),
        invalid("id", "an own identifier that is none", set("id", json!("7"))),
        invalid("description", "a NUL in a text", set("description", json!("a\u{0}b"))),
        invalid("description", "too long a text", set("description", json!("x".repeat(201)))),
        invalid("timeout_seconds", "a time-out of nothing", set("timeout_seconds", json!(5))),
        invalid("timeout_seconds", "a negative time-out", set("timeout_seconds", json!(-5))),
    ]
}

/// Amounts that cannot be moved.
fn amounts(good: &Value) -> Vec<Case> {
    let money = |amount: &str, currency: &str| {
        with(good, "amount", json!({ "amount": amount, "currency": currency }))
    };
    let bare = |amount| with(good, "amount", amount);
    vec![
        invalid("amount", "a negative amount", money("-1.00", "EUR")),
        invalid("amount", "nothing to move", money("0.00", "EUR")),
        invalid("amount", "too small a part", money("1.001", "EUR")),
        invalid("amount", "too few digits", money("1.0", "EUR")),
        invalid("amount", "a huge amount", money("99999999999999999999.00", "EUR")),
        invalid("amount", "an exponent", money("1e3", "EUR")),
        invalid("amount", "a comma", money("1,00", "EUR")),
        invalid("amount", "digits of another script", money("١.٠٠", "EUR")),
        invalid("amount", "a bare exponent", bare(json!("1e3"))),
        invalid("amount", "a bare negative number", bare(json!(-1))),
        invalid("amount", "a bare zero", bare(json!(0))),
        invalid("amount", "no amount", bare(Value::Null)),
        invalid("amount.currency", "an unknown currency", money("1.00", "XXQ")),
        invalid("amount.currency", "a currency in small letters", money("1.00", "eur")),
        invalid("amount.currency", "an empty currency", money("1.00", "")),
        refused(422, "currency_mismatch", "another currency than the accounts'", money("1.00", "USD")),
    ]
}

/// Accounts that cannot be used.
fn accounts(good: &Value, others: &str, yen: &str) -> Vec<Case> {
    let set = |member: &str, value: &str| with(good, member, json!(value));
    vec![
        refused(422, "currency_mismatch", "an account in another currency", set("to_account_id", yen)),
        refused(404, "not_found", "somebody else's account", set("from_account_id", others)),
        refused(404, "not_found", "an account that is not there", set("from_account_id", UNKNOWN_ID)),
        refused(404, "not_found", "nobody to pay", set("to_account_id", UNKNOWN_ID)),
    ]
}

async fn check(app: &TestApp, client: &Client, case: Case) {
    let Case { name, call, status, code, field } = case;
    let before = app.everything().await;

    let answer = client.send(&call).await;

    let told = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status.as_u16(), status, "{name}: {told}");
    let problem = answer.problem(status, code);
    if let Some(field) = field {
        assert_eq!(problem["errors"][0]["field"], field, "{name}: {told}");
    }
    assert_eq!(app.everything().await, before, "{name} changed something");
    assert_documented(app, &answer).await;
}

/// The problem's type is the address of a page about it.
async fn assert_documented(app: &TestApp, answer: &Answer) {
    app.stranger().get(&answer.text("/type")).await.expect(200);
}

on_both_engines! {
    async fn bodies_that_are_wrong_are_refused_and_change_nothing(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (ben, to) = app.funded_customer("100.00").await;
        let others = ben.open_account("EUR").await;
        let yen = ada.open_account("JPY").await;
        let good = Client::transfer_body(&from, &to, "1.00");

        let cases = [forms(&good), values(&good), amounts(&good), accounts(&good, &others, &yen)].into_iter().flatten();
        for (n, case) in cases.enumerate() {
            let call = case.call.key(&format!("case-{n}"));
            check(app, &ada, Case { call, ..case }).await;
        }

        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("100.00".to_owned(), "100.00".to_owned()));
        ada.send(&Call::post(TRANSFERS).key("good").json(&good)).await.expect(201);
    }

    async fn keys_that_are_wrong_are_refused(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let call = || Client::transfer_call(&from, &to, "1.00");
        let key = |key: &[u8]| call().header("x-idempotency-key", key);
        let cases = [
            refused(400, "idempotency_key_required", "no key", call()),
            refused(400, "invalid_request", "256 characters", key(&[b'k'; 256])),
            refused(400, "invalid_request", "an empty key", key(b"")),
            refused(400, "invalid_request", "a space", key(b"a b")),
            refused(400, "invalid_request", "an umlaut", key("schl\u{fc}ssel".as_bytes())),
            refused(400, "invalid_request", "two keys", key(b"a").key("b")),
            refused(400, "invalid_request", "two names", key(b"a").header("idempotency-key", b"b")),
        ];

        for case in cases {
            check(app, &ada, case).await;
        }

        ada.send(&key(&[b'k'; 255])).await.expect(201);
        ada.send(&call().header("idempotency-key", b"the-other-name")).await.expect(201);
    }

    async fn tokens_that_are_wrong_are_refused(app: &TestApp) {
        let ada = app.customer().await;
        let good = ada.token.clone().unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let (header, claims, signature) = (parts[0], parts[1], parts[2]);
        let twisted: String = signature.chars().rev().collect();
        let tokens = [
            ("no token at all", "token".to_owned()),
            ("of another signature", format!("{header}.{claims}.{twisted}")),
            ("without a signature", format!("{header}.{claims}.")),
            // {"alg":"none","typ":"JWT"}
            ("that says it needs none", format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")),
            ("with more at its end", format!("{good}=")),
            ("of four parts", format!("{good}.{signature}")),
            ("of a hundred kilobytes", "a".repeat(100 << 10)),
            ("a refresh token", ada.refresh_token.clone()),
        ];

        for (name, token) in tokens {
            let answer = ada.with_token(&token).get("/api/v1/auth/profile").await;
            assert_eq!(answer.status, 401, "{name}");
            answer.problem(401, "unauthenticated");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
        let twice = Call::get("/api/v1/auth/profile").header("authorization", b"Basic YTpi");
        app.stranger().send(&twice).await.problem(401, "unauthenticated");
        ada.get("/api/v1/auth/profile").await.expect(200);
    }

    async fn queries_and_paths_that_are_wrong_are_refused(app: &TestApp) {
        let (ada, account) = app.funded_customer("100.00").await;
        let ben = app.customer().await;
        let theirs = ben.open_account("EUR").await;
        app.fund(&theirs, "1.00").await;
        let teller = app.teller().await;
        let entries = teller.get("/api/v1/ledger/entries?limit=1").await.expect(200).text("/next_cursor");
        let get = |path: &str| Call::get(path);
        let account = |rest: &str| get(&format!("/api/v1/accounts/{account}{rest}"));
        let cases = [
            invalid("limit", "no rows", account("/entries?limit=0")),
            invalid("limit", "too many rows", account("/entries?limit=101")),
            invalid("limit", "negative rows", account("/entries?limit=-1")),
            invalid("limit", "words for rows", account("/entries?limit=many")),
            invalid("limit", "a limit twice", account("/entries?limit=1&limit=2")),
            invalid("page", "an unknown parameter", account("/entries?page=2")),
            invalid("cursor", "a cursor that is none", account("/entries?cursor=%27")),
            invalid("cursor", "an entry's cursor for accounts", get(&format!("/api/v1/accounts?cursor={entries}.1"))),
            invalid("cursor", "a cursor of nobody's for transfers", get("/api/v1/transfers?cursor=abc")),
            invalid("as_of", "no instant", account("/balance?as_of=yesterday")),
            invalid("customer_id", "a customer that is none", get("/api/v1/accounts?customer_id=7")),
            refused(404, "not_found", "no identifier", get("/api/v1/accounts/7")),
            refused(404, "not_found", "an attack", get("/api/v1/accounts/%27%20OR%201=1")),
            refused(404, "not_found", "bytes that are no text", get("/api/v1/accounts/%ff")),
            refused(404, "not_found", "an unknown account", get(&format!("/api/v1/accounts/{UNKNOWN_ID}"))),
            refused(404, "not_found", "an unknown transfer", get(&format!("/api/v1/transfers/{UNKNOWN_ID}"))),
        ];

        for case in cases {
            check(app, &ada, case).await;
        }

        let cursors = app.count("SELECT MAX(seq) FROM ledger_transfer").await;
        for seq in 0..=cursors {
            let page = ada.send(&account(&format!("/entries?cursor={seq}"))).await;
            let foreign = page.json()["data"].as_array().is_some_and(|rows| {
                rows.iter().any(|row| row["other_account_id"] == json!(theirs) || row["version"] == json!(0))
            });
            assert!(!foreign, "a cursor shows others' entries: {:?}", page.json());
        }
    }

    async fn people_who_are_wrong_are_refused(app: &TestApp) {
        let good = json!({ "email": "eve@example.org", "password": florin_testkit::PASSWORD, "full_name": "Eve Example" });
        let register = |member: &str, value: Value| {
            let mut body = good.clone();
            body[member] = value;
            Call::post("/api/v1/auth/register").json(&body)
        };
        let cases = [
            invalid("email", "no email", register("email", json!("eve"))),
            invalid("email", "a header in an email", register("email", json!("eve@example.org\r\nBcc: x@example.org"))),
            invalid("email", "two emails", register("email", json!("a@example.org,b@example.org"))),
            invalid("email", "a NUL in an email", register("email", json!("eve\u{0}@example.org"))),
            invalid("password", "a short password", register("password", json!("short"))),
            invalid("password", "a common password", register("password", json!("password1234567"))),
            invalid("password", "an endless password", register("password", json!("x".repeat(100_000)))),
            invalid("full_name", "an empty name", register("full_name", json!(""))),
            invalid("full_name", "a NUL in a name", register("full_name", json!("E\u{0}e"))),
            invalid("full_name", "a line in a name", register("full_name", json!("Eve\nExample"))),
            invalid("phone", "a telephone that is none", register("phone", json!("12"))),
            invalid("roles", "a role of one's choice", register("roles", json!(["admin"]))),
        ];

        for case in cases {
            check(app, &app.stranger(), case).await;
        }

        app.stranger().send(&Call::post("/api/v1/auth/register").json(&good)).await.expect(201);
    }
}

#[tokio::test]
async fn every_answer_carries_its_id_and_the_security_headers() {
    let app = TestApp::start(florin_testkit::Database::Sqlite).await;
    let stranger = app.stranger();
    let odd = Request::builder().method("BREW").uri("/api/v1/accounts").body(Body::empty()).unwrap();

    let answers = [
        stranger.get("/health").await,
        stranger.get("/nothing").await,
        stranger.get("/api/v1/accounts").await,
        stranger.get("/docs").await,
        stranger.send(&Call::new(Method::DELETE, "/health")).await,
        stranger.send_request(odd).await,
    ];

    for answer in answers {
        for header in
            ["x-request-id", "content-security-policy", "x-frame-options", "cache-control", "referrer-policy"]
        {
            assert!(answer.headers.contains_key(header), "{header} is missing in {answer:?}");
        }
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    let named = stranger.send(&Call::get("/nothing").header("x-request-id", b"visit-17")).await;
    assert_eq!(named.problem(404, "not_found")["request_id"], "visit-17");
    app.finish().await;
}
