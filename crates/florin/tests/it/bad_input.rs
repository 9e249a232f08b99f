//! What is wrong is refused with a documented problem, and nothing is changed.

use axum::body::Body;
use axum::http::{Method, Request};
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const TRANSFERS: &str = "/api/v1/transfers";
const UNKNOWN_ID: &str = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001";

/// A body for a transfer with one member set to something else.
fn with(good: &Value, member: &str, value: Value) -> Call {
    let mut body = good.clone();
    body[member] = value;
    Call::post(TRANSFERS).json(&body)
}

fn amount(good: &Value, amount: &str, currency: &str) -> Call {
    with(good, "amount", json!({ "amount": amount, "currency": currency }))
}

fn raw(body: impl Into<Vec<u8>>) -> Call {
    Call::post(TRANSFERS).raw("application/json", body.into())
}

/// What is sent, the status and code it is answered with, and the field that is named, if one is.
type Case = (&'static str, Call, u16, &'static str, Option<&'static str>);

fn bodies(good: &Value, others: &str, yen: &str) -> Vec<Case> {
    let text = good.to_string();
    let open = text.strip_suffix('}').unwrap();
    vec![
        ("an unknown field", with(good, "colour", json!("red")), 422, "validation_failed", Some("colour")),
        (
            "a repeated field",
            raw(format!("{open},\"to_account_id\":\"x\"}}")),
            422,
            "validation_failed",
            Some("to_account_id"),
        ),
        (
            "both names of one field",
            with(good, "from_account", good["from_account_id"].clone()),
            422,
            "validation_failed",
            Some("from_account_id"),
        ),
        ("a missing field", raw("{}"), 422, "validation_failed", Some("from_account_id")),
        (
            "a number for text",
            with(good, "to_account_id", json!(7)),
            422,
            "validation_failed",
            Some("to_account_id"),
        ),
        ("text for a flag", with(good, "pending", json!("yes")), 422, "validation_failed", Some("pending")),
        ("a list for all", raw("[]"), 422, "validation_failed", None),
        ("text for all", raw("\"transfer\""), 422, "validation_failed", None),
        (
            "a hundred levels",
            raw(format!("{}{}", "[".repeat(100), "]".repeat(100))),
            400,
            "malformed_json",
            None,
        ),
        (
            "a hundred levels in a field",
            with(
                good,
                "amount",
                serde_json::from_str(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).unwrap(),
            ),
            400,
            "malformed_json",
            None,
        ),
        ("ten megabytes", raw(vec![b' '; 10 << 20]), 413, "payload_too_large", None),
        (
            "no UTF-8",
            raw(text
                .replace("EUR", "\u{ff}")
                .into_bytes()
                .into_iter()
                .filter(|b| *b != 0xc3)
                .collect::<Vec<u8>>()),
            400,
            "malformed_json",
            None,
        ),
        ("nothing", raw(""), 400, "malformed_json", None),
        ("half of it", raw(&text[..text.len() / 2]), 400, "malformed_json", None),
        ("more after the end", raw(format!("{text} x")), 400, "malformed_json", None),
        ("two documents", raw(format!("{text}{text}")), 400, "malformed_json", None),
        (
            "a form",
            Call::post(TRANSFERS).raw("application/x-www-form-urlencoded", "a=b"),
            415,
            "unsupported_media_type",
            None,
        ),
        (
            "another character set",
            Call::post(TRANSFERS).raw("application/json; charset=latin1", text.clone()),
            415,
            "unsupported_media_type",
            None,
        ),
        ("a negative amount", amount(good, "-1.00", "EUR"), 422, "validation_failed", Some("amount")),
        ("nothing to move", amount(good, "0.00", "EUR"), 422, "validation_failed", Some("amount")),
        ("too small a part", amount(good, "1.001", "EUR"), 422, "validation_failed", Some("amount")),
        ("too few digits", amount(good, "1.0", "EUR"), 422, "validation_failed", Some("amount")),
        (
            "a huge amount",
            amount(good, "99999999999999999999.00", "EUR"),
            422,
            "validation_failed",
            Some("amount"),
        ),
        ("an exponent", amount(good, "1e3", "EUR"), 422, "validation_failed", Some("amount")),
        ("digits of another script", amount(good, "١.٠٠", "EUR"), 422, "validation_failed", Some("amount")),
        ("a bare exponent", with(good, "amount", json!("1e3")), 422, "validation_failed", Some("amount")),
        ("a bare negative number", with(good, "amount", json!(-1)), 422, "validation_failed", Some("amount")),
        ("a bare zero", with(good, "amount", json!(0)), 422, "validation_failed", Some("amount")),
        ("no amount", with(good, "amount", Value::Null), 422, "validation_failed", Some("amount")),
        (
            "an unknown currency",
            amount(good, "1.00", "XXQ"),
            422,
            "validation_failed",
            Some("amount.currency"),
        ),
        (
            "a currency in small letters",
            amount(good, "1.00", "eur"),
            422,
            "validation_failed",
            Some("amount.currency"),
        ),
        ("an empty currency", amount(good, "1.00", ""), 422, "validation_failed", Some("amount.currency")),
        ("another currency than the accounts'", amount(good, "1.00", "USD"), 422, "currency_mismatch", None),
        (
            "an account in another currency",
            with(good, "to_account_id", json!(yen)),
            422,
            "currency_mismatch",
            None,
        ),
        ("somebody else's account", with(good, "from_account_id", json!(others)), 404, "not_found", None),
        (
            "an account that is not there",
            with(good, "from_account_id", json!(UNKNOWN_ID)),
            404,
            "not_found",
            None,
        ),
        ("nobody to pay", with(good, "to_account_id", json!(UNKNOWN_ID)), 404, "not_found", None),
        (
            "no identifier",
            with(good, "to_account_id", json!("1")),
            422,
            "validation_failed",
            Some("to_account_id"),
        ),
        (
            "an attack for an identifier",
            with(good, "from_account_id", json!("' OR 1=1 --")),
            422,
            "validation_failed",
            Some("from_account_id"),
        ),
        (
            "an identifier of its own that is none",
            with(good, "id", json!("7")),
            422,
            "validation_failed",
            Some("id"),
        ),
        (
            "a NUL in a text",
            with(good, "description", json!("a\u{0}b")),
            422,
            "validation_failed",
            Some("description"),
        ),
        (
            "too long a text",
            with(good, "description", json!("x".repeat(201))),
            422,
            "validation_failed",
            Some("description"),
        ),
        (
            "a time-out of nothing",
            with(good, "timeout_seconds", json!(5)),
            422,
            "validation_failed",
            Some("timeout_seconds"),
        ),
        (
            "a negative time-out",
            with(good, "timeout_seconds", json!(-5)),
            422,
            "validation_failed",
            Some("timeout_seconds"),
        ),
    ]
}

async fn check(app: &TestApp, client: &Client, (name, call, status, code, field): Case) {
    let before = app.everything().await;

    let answer = client.send(&call).await;

    println!("{name}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
    let problem = answer.problem(status, code);
    if let Some(field) = field {
        assert_eq!(problem["errors"][0]["field"], field, "{name}: {problem}");
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

        for (n, (name, call, status, code, field)) in bodies(&good, &others, &yen).into_iter().enumerate() {
            check(app, &ada, (name, call.key(&format!("case-{n}")), status, code, field)).await;
        }

        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("100.00".to_owned(), "100.00".to_owned()));
        ada.send(&Call::post(TRANSFERS).key("good").json(&good)).await.expect(201);
    }

    async fn keys_that_are_wrong_are_refused(app: &TestApp) {
        let (ada, from) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let call = || Client::transfer_call(&from, &to, "1.00");
        let key = |key: &[u8]| call().header("x-idempotency-key", key);
        let cases: [Case; 7] = [
            ("no key", call(), 400, "idempotency_key_required", None),
            ("256 characters", key(&[b'k'; 256]), 400, "invalid_request", None),
            ("an empty key", key(b""), 400, "invalid_request", None),
            ("a space", key(b"a b"), 400, "invalid_request", None),
            ("an umlaut", key("schl\u{fc}ssel".as_bytes()), 400, "invalid_request", None),
            ("two keys", key(b"a").key("b"), 400, "invalid_request", None),
            ("two names", key(b"a").header("idempotency-key", b"b"), 400, "invalid_request", None),
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
            println!("{name}: {}", answer.status);
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
        let cases: [Case; 16] = [
            ("no rows", account("/entries?limit=0"), 422, "validation_failed", Some("limit")),
            ("too many rows", account("/entries?limit=101"), 422, "validation_failed", Some("limit")),
            ("negative rows", account("/entries?limit=-1"), 422, "validation_failed", Some("limit")),
            ("words for rows", account("/entries?limit=many"), 422, "validation_failed", Some("limit")),
            ("a limit twice", account("/entries?limit=1&limit=2"), 422, "validation_failed", Some("limit")),
            ("an unknown parameter", account("/entries?page=2"), 422, "validation_failed", Some("page")),
            ("a cursor that is none", account("/entries?cursor=%27"), 422, "validation_failed", Some("cursor")),
            ("an entry's cursor for accounts", get(&format!("/api/v1/accounts?cursor={entries}.1")), 422, "validation_failed", Some("cursor")),
            ("a cursor of nobody's for transfers", get("/api/v1/transfers?cursor=abc"), 422, "validation_failed", Some("cursor")),
            ("no instant", account("/balance?as_of=yesterday"), 422, "validation_failed", Some("as_of")),
            ("a customer that is none", get("/api/v1/accounts?customer_id=7"), 422, "validation_failed", Some("customer_id")),
            ("no identifier", get("/api/v1/accounts/7"), 404, "not_found", None),
            ("an attack", get("/api/v1/accounts/%27%20OR%201=1"), 404, "not_found", None),
            ("bytes that are no text", get("/api/v1/accounts/%ff"), 404, "not_found", None),
            ("an unknown account", get(&format!("/api/v1/accounts/{UNKNOWN_ID}")), 404, "not_found", None),
            ("an unknown transfer", get(&format!("/api/v1/transfers/{UNKNOWN_ID}")), 404, "not_found", None),
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
        let cases: [Case; 12] = [
            ("no email", register("email", json!("eve")), 422, "validation_failed", Some("email")),
            ("a header in an email", register("email", json!("eve@example.org\r\nBcc: x@example.org")), 422, "validation_failed", Some("email")),
            ("two emails", register("email", json!("a@example.org,b@example.org")), 422, "validation_failed", Some("email")),
            ("a NUL in an email", register("email", json!("eve\u{0}@example.org")), 422, "validation_failed", Some("email")),
            ("a short password", register("password", json!("short")), 422, "validation_failed", Some("password")),
            ("a common password", register("password", json!("password1234567")), 422, "validation_failed", Some("password")),
            ("an endless password", register("password", json!("x".repeat(100_000))), 422, "validation_failed", Some("password")),
            ("an empty name", register("full_name", json!("")), 422, "validation_failed", Some("full_name")),
            ("a NUL in a name", register("full_name", json!("E\u{0}e")), 422, "validation_failed", Some("full_name")),
            ("a line in a name", register("full_name", json!("Eve\nExample")), 422, "validation_failed", Some("full_name")),
            ("a telephone that is none", register("phone", json!("12")), 422, "validation_failed", Some("phone")),
            ("a role of one's choice", register("roles", json!(["admin"])), 422, "validation_failed", Some("roles")),
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
