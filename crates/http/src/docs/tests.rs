//! The reference of a small document.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use super::*;

fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Florin <API>", "version": "1.2.3", "description": "Money.\n\nAnd `more`." },
        "security": [{ "bearer": [] }],
        "tags": [{ "name": "Transfers", "description": "Money moves." }, { "name": "Accounts" }],
        "paths": {
            "/api/v1/accounts/{id}": {
                "parameters": [{ "$ref": "#/components/parameters/Id" }],
                "get": {
                    "tags": ["Accounts"], "summary": "Read an account",
                    "parameters": [{ "name": "as_of", "in": "query", "schema": { "type": "string", "format": "date-time" } }],
                    "responses": { "200": { "description": "", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Account" } } } } }
                }
            },
            "/api/v1/transfers": {
                "post": {
                    "tags": ["Transfers"], "summary": "Move money", "description": "From one account to another.",
                    "parameters": [{ "name": "X-Idempotency-Key", "in": "header", "required": true, "schema": { "type": "string" } }],
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Transfer" } } } },
                    "responses": { "201": { "description": "The transfer." }, "422": { "description": "" } }
                }
            },
            "/health": { "get": { "security": [], "responses": {} } }
        },
        "components": {
            "parameters": { "Id": { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } } },
            "schemas": {
                "Account": { "type": "object", "properties": { "parent": { "$ref": "#/components/schemas/Account" } } },
                "Transfer": {
                    "type": "object", "required": ["amount", "kind"],
                    "properties": {
                        "amount": {
                            "type": "object", "description": "What is moved.",
                            "properties": { "amount": { "type": "string", "example": "12.34" }, "currency": { "type": "string", "const": "EUR" } }
                        },
                        "kind": { "type": "string", "enum": ["own", "o'thers"] },
                        "note": { "type": ["string", "null"], "maxLength": 140 },
                        "parts": { "type": "array", "items": { "type": "integer", "format": "int64" } }
                    }
                }
            }
        }
    })
}

#[test]
fn every_operation_and_schema_is_on_the_page_and_every_link_leads_somewhere() {
    let page = page(&document());

    for heading in
        ["op-get--api-v1-accounts--id-", "op-post--api-v1-transfers", "op-get--health", "schema-transfer"]
    {
        assert!(page.contains(&format!("<h3 id=\"{heading}\">")), "{heading} is missing in\n{page}");
    }
    for link in page.split("href=\"#").skip(1) {
        let target = link.split('"').next().unwrap();
        assert_eq!(page.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
    }
    let place = |text: &str| page.find(text).unwrap();
    assert!(
        place("<h2 id=\"tag-transfers\"") < place("<h2 id=\"tag-accounts\""),
        "tags keep the document's order"
    );
}

#[test]
fn the_page_needs_no_script_no_style_of_its_own_and_no_one_else() {
    let page = page(&document());

    for forbidden in ["<script", "style=", "<style", "onclick", "http://", "https://", "src="] {
        assert!(!page.contains(forbidden), "{forbidden} is in\n{page}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(page.contains("<h1>Florin &lt;API&gt;</h1>"), "what is in the document is text");
}

#[test]
fn a_body_is_described_by_its_fields_types_and_bounds() {
    let page = page(&document());

    for row in [
        "<code>amount</code> <em>required</em></td><td>object</td><td>What is moved.</td>",
        "<code>amount.amount</code></td><td>string</td>",
        "one of <code>own</code>, <code>o&#39;thers</code>",
        "<td>string or null</td><td> <small>characters up to <code>140</code></small></td>",
        "<td>array of integer (int64)</td>",
        "<td>200</td><td><a href=\"#schema-account\">Account</a></td><td>OK</td>",
        "<td>422</td><td></td><td>Unprocessable Entity</td>",
    ] {
        assert!(page.contains(row), "{row} is missing in\n{page}");
    }
}

#[test]
fn a_call_can_be_copied_to_a_shell() {
    let page = page(&document()).replace("&quot;", "\"").replace("&#39;", "'");

    let transfer = "curl -X POST \"$FLORIN/api/v1/transfers\" \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
                    -H \"X-Idempotency-Key: $(uuidgen)\" \\\n  -H 'Content-Type: application/json' \\\n  \
                    -d '{\"amount\":{\"amount\":\"12.34\",\"currency\":\"EUR\"},\"kind\":\"own\"}'";
    assert!(page.contains(transfer), "{page}");
    assert!(page.contains("curl \"$FLORIN/api/v1/accounts/0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b\""), "{page}");
    assert!(page.contains("curl \"$FLORIN/health\"</code>"), "no sign-in where none is asked for\n{page}");
}

#[tokio::test]
async fn the_reference_its_style_and_the_document_are_served() {
    let router: Router = routes(&document());
    for (path, media_type, holds) in [
        ("/docs", "text/html; charset=utf-8", "Move money"),
        ("/api/v1/docs", "text/html; charset=utf-8", "Move money"),
        ("/docs/style.css", "text/css; charset=utf-8", "--ink"),
        ("/api/v1/openapi.json", "application/json", "\"openapi\":\"3.1.0\""),
    ] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()[CONTENT_TYPE], media_type);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains(holds), "{path}");
    }
}

#[test]
fn a_document_that_is_empty_or_odd_still_makes_a_page() {
    for odd in [
        json!({}),
        json!([]),
        json!({ "paths": { "/x": { "get": { "parameters": [1], "responses": [] } } } }),
    ] {
        assert!(page(&odd).contains("</html>"));
    }
}
