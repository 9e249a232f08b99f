//! The OpenAPI document, held against the paths that are promised.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

/// Below both `/api/auth` and `/api/v1/auth`: the operation, and whether somebody who has not signed in may ask.
const AUTH: &[(&str, &str, bool)] = &[
    ("post", "/register", true),
    ("post", "/login", true),
    ("post", "/refresh", true),
    ("post", "/email/verify", true),
    ("post", "/email/resend", true),
    ("post", "/logout", false),
    ("post", "/logout/all", false),
    ("get", "/profile", false),
    ("patch", "/profile", false),
    ("post", "/password/change", false),
    ("post", "/password/forgot", true),
    ("post", "/password/reset", true),
    ("get", "/password/generate", true),
    ("get", "/mfa", false),
    ("post", "/mfa/setup", false),
    ("post", "/mfa/enable", false),
    ("post", "/mfa/verify", false),
    ("post", "/mfa/disable", false),
    ("post", "/mfa/backup-codes", false),
    ("post", "/2fa/enable", false),
    ("post", "/2fa/verify", false),
    ("post", "/2fa/disable", false),
    ("post", "/2fa/backup-code", true),
    ("post", "/login/2fa", true),
    ("post", "/step-up", false),
    ("post", "/passkeys/register/start", false),
    ("post", "/passkeys/register/finish", false),
    ("post", "/passkeys/login/start", true),
    ("post", "/passkeys/login/finish", true),
    ("post", "/passkeys/step-up/start", false),
    ("delete", "/passkeys/{id}", false),
    ("get", "/sessions", false),
    ("delete", "/sessions/{id}", false),
    ("get", "/devices", false),
    ("delete", "/devices/{id}", false),
    ("get", "/api-keys", false),
    ("post", "/api-keys", false),
    ("delete", "/api-keys/{id}", false),
    ("get", "/oauth/{provider}/start", true),
    ("get", "/oauth/{provider}/callback", true),
    ("get", "/sessions", false),
    ("delete", "/sessions/{id}", false),
    ("get", "/devices", false),
    ("delete", "/devices/{id}", false),
    ("get", "/linked-identities", false),
    ("delete", "/linked-identities/{id}", false),
];

/// Everything else that is for those who signed in.
const SIGNED_IN: &[(&str, &str)] = &[
    ("get", "/api/v1/users"),
    ("post", "/api/v1/users/{id}/unlock"),
    ("post", "/api/v1/users/{id}/roles"),
    ("post", "/api/v1/users/{id}/suspend"),
    ("post", "/api/v1/users/{id}/sign-out"),
    ("post", "/api/v1/users/{id}/reinstate"),
    ("get", "/api/v1/approvals"),
    ("post", "/api/v1/approvals/{id}/approve"),
    ("post", "/api/v1/approvals/{id}/reject"),
    ("get", "/api/v1/access/review"),
    ("post", "/api/v1/customers"),
    ("get", "/api/v1/customers/{id}"),
    ("patch", "/api/v1/customers/{id}"),
    ("post", "/api/v1/customers/search"),
    ("post", "/api/customers/create"),
    ("post", "/api/customers/search"),
    ("get", "/api/v1/employees"),
    ("post", "/api/v1/employees"),
    ("get", "/api/v1/employees/{id}"),
    ("patch", "/api/v1/employees/{id}"),
    ("post", "/api/v1/employees/{id}/suspend"),
    ("post", "/api/v1/employees/{id}/reinstate"),
    ("get", "/api/v1/gateway/usage"),
    ("post", "/api/v1/security/fraud-check"),
    ("get", "/api/v1/security/risk-score"),
    ("post", "/api/v1/security/report-fraud"),
    ("get", "/api/v1/security/events"),
    ("get", "/api/v1/security/events/{id}"),
    ("get", "/api/v1/security/suspicious-ips"),
    ("get", "/api/v1/bank-files"),
    ("post", "/api/v1/bank-files"),
    ("get", "/api/v1/bank-files/{id}"),
    ("get", "/api/v1/bank-files/{id}/content"),
    ("post", "/api/v1/bank-files/{id}/sent"),
    ("post", "/api/v1/bank-files/answers"),
    ("get", "/api/v1/bank-files/answers"),
    ("get", "/api/v1/bank-files/answers/{id}"),
    ("get", "/api/v1/accounts"),
    ("post", "/api/v1/accounts"),
    ("get", "/api/v1/accounts/{id}"),
    ("get", "/api/v1/accounts/{id}/balance"),
    ("get", "/api/v1/accounts/{id}/entries"),
    ("get", "/api/v1/accounts/{id}/statement"),
    ("post", "/api/v1/accounts/{id}/freeze"),
    ("post", "/api/v1/accounts/{id}/unfreeze"),
    ("post", "/api/v1/accounts/{id}/close"),
    ("post", "/api/v1/accounts/{id}/deposit"),
    ("post", "/api/v1/accounts/{id}/withdraw"),
    ("post", "/api/v1/loans/quote"),
    ("post", "/api/v1/{kind}/loans"),
    ("get", "/api/v1/{kind}/loans"),
    ("get", "/api/v1/loans/{id}"),
    ("get", "/api/v1/loans/{id}/schedule"),
    ("get", "/api/v1/loans/{id}/payoff"),
    ("get", "/api/v1/loans/{id}/payments"),
    ("post", "/api/v1/loans/{id}/payments"),
    ("post", "/api/v1/loans/{id}/payments/{payment}/reverse"),
    ("get", "/api/v1/loans/{id}/disclosure"),
    ("get", "/api/v1/loans/{id}/statement"),
    ("get", "/api/v1/loans/{id}/statements"),
    ("post", "/api/v1/loans/{id}/draw"),
    ("get", "/api/v1/loans/applications/{id}/notice"),
    ("get", "/api/v1/payments/{id}/receipt"),
    ("post", "/api/v1/loans/search"),
    ("post", "/api/loans/search"),
    ("post", "/api/v1/loans/apply"),
    ("post", "/api/loans/apply"),
    ("post", "/api/v1/loans/approve"),
    ("post", "/api/loans/approve"),
    ("post", "/api/v1/loans/reject"),
    ("post", "/api/loans/reject"),
    ("get", "/api/v1/loans/applications"),
    ("get", "/api/v1/loans/applications/{id}"),
    ("get", "/api/v1/loans/applications/{id}/questions"),
    ("post", "/api/v1/loans/applications/{id}/questions"),
    ("post", "/api/v1/loans/applications/{id}/questions/{question}/answer"),
    ("post", "/api/v1/loans/applications/{id}/withdraw"),
    ("post", "/api/v1/loans/{id}/accept"),
    ("post", "/api/v1/loans/{id}/disburse"),
    ("post", "/api/v1/loans/{id}/reschedule"),
    ("post", "/api/v1/loans/{id}/write-off"),
    ("post", "/api/v1/loans/{id}/fees"),
    ("post", "/api/v1/loans/{id}/waive"),
    ("post", "/api/v1/loans/{id}/re-age"),
    ("post", "/api/v1/loans/{id}/refund"),
    ("get", "/api/v1/transfers"),
    ("post", "/api/v1/transfers"),
    ("get", "/api/v1/transfers/{id}"),
    ("post", "/api/v1/transfers/{id}/post"),
    ("post", "/api/v1/transfers/{id}/void"),
    ("post", "/api/v1/transfers/{id}/reverse"),
    ("post", "/api/v1/transfers/batch"),
    ("post", "/api/accounts/transfer"),
    ("post", "/api/v1/accounts/search"),
    ("post", "/api/accounts/search"),
    ("get", "/api/v1/payments"),
    ("post", "/api/v1/payments"),
    ("get", "/api/v1/payments/{id}"),
    ("post", "/api/v1/payments/{id}/cancel"),
    ("post", "/api/v1/payments/{id}/refund"),
    ("post", "/api/v1/payments/{id}/settle"),
    ("post", "/api/v1/{kind}/pay"),
    ("get", "/api/v1/payment-methods"),
    ("post", "/api/v1/payment-methods"),
    ("delete", "/api/v1/payment-methods/{id}"),
    ("get", "/api/v1/scheduled-payments"),
    ("post", "/api/v1/scheduled-payments"),
    ("get", "/api/v1/scheduled-payments/{id}"),
    ("patch", "/api/v1/scheduled-payments/{id}"),
    ("delete", "/api/v1/scheduled-payments/{id}"),
    ("get", "/api/v1/payees"),
    ("post", "/api/v1/payees"),
    ("patch", "/api/v1/payees/{id}"),
    ("delete", "/api/v1/payees/{id}"),
    ("get", "/api/v1/billers"),
    ("post", "/api/v1/billers"),
    ("patch", "/api/v1/billers/{id}"),
    ("get", "/api/v1/ledger/accounts"),
    ("get", "/api/v1/ledger/trial-balance"),
    ("get", "/api/v1/ledger/entries"),
    ("post", "/api/v1/ledger/periods/close"),
    ("get", "/api/v1/compliance/audit-logs"),
    ("get", "/api/v1/compliance/audit-logs/{id}/proof"),
    ("post", "/api/v1/compliance/audit-logs/verify"),
    ("get", "/api/v1/security/lists"),
    ("post", "/api/v1/security/lists"),
    ("delete", "/api/v1/security/lists/{id}"),
    ("get", "/api/v1/security/rules"),
    ("put", "/api/v1/security/rules"),
    ("post", "/api/v1/security/rules/{hash}/activate"),
    ("post", "/api/v1/security/rules/{rule}/snoozes"),
    ("delete", "/api/v1/security/rules/{rule}/snoozes/{user_id}"),
    ("post", "/api/v1/security/rules/backtest"),
    ("get", "/api/v1/security/models"),
    ("post", "/api/v1/security/models"),
    ("post", "/api/v1/security/models/{version}/activate"),
    ("get", "/api/v1/notifications"),
    ("post", "/api/v1/notifications/read"),
    ("get", "/api/v1/notifications/preferences"),
    ("put", "/api/v1/notifications/preferences"),
    ("get", "/api/v1/consents"),
    ("post", "/api/v1/consents"),
    ("get", "/api/v1/cases"),
    ("post", "/api/v1/cases"),
    ("get", "/api/v1/cases/{id}"),
    ("post", "/api/v1/cases/{id}/assign"),
    ("post", "/api/v1/cases/{id}/evidence"),
    ("post", "/api/v1/cases/{id}/notes"),
    ("post", "/api/v1/cases/{id}/decide"),
    ("get", "/api/v1/monitoring/metrics"),
    ("get", "/api/v1/monitoring/dashboard"),
    ("get", "/api/v1/monitoring/alerts"),
    ("get", "/api/v1/monitoring/alerts/{id}"),
    ("post", "/api/v1/monitoring/alert/acknowledge"),
    ("post", "/api/v1/monitoring/alert/resolve"),
    ("get", "/api/v1/monitoring/silences"),
    ("post", "/api/v1/monitoring/silences"),
    ("delete", "/api/v1/monitoring/silences/{id}"),
    ("get", "/api/v1/aml/alerts"),
    ("get", "/api/v1/aml/alerts/{id}"),
    ("get", "/api/v1/aml/runs"),
    ("post", "/api/v1/aml/runs"),
    ("get", "/api/v1/aml/screenings"),
    ("post", "/api/v1/aml/screenings"),
    ("get", "/api/v1/aml/screenings/{id}"),
    ("post", "/api/v1/aml/screenings/{id}/decide"),
    ("get", "/api/v1/aml/lists"),
    ("post", "/api/v1/aml/lists/{source}"),
];

/// Everything else that anybody may ask.
const ANYBODY: &[(&str, &str)] = &[
    ("get", "/health"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/.well-known/jwks.json"),
    ("get", "/api/versions"),
    ("get", "/api/v1/csrf-token"),
    // Processors sign what they send.
    ("post", "/api/v1/webhooks/{processor}"),
];

/// An operation as the document has it: method, path, and whether it declares the bearer scheme.
type Operation = (String, String, bool);

fn documented() -> BTreeSet<Operation> {
    let document = openapi();
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.insert((method.clone(), path.clone(), declares_bearer(operation)));
        }
    }
    operations
}

/// Both schemes are alternatives of each other, and there is no third: an empty one beside them would let anybody in.
fn declares_bearer(operation: &Value) -> bool {
    let alternatives = operation.get("security").and_then(Value::as_array);
    alternatives.is_some_and(|all| *all == [json!({ "bearer": [] }), json!({ "cookie": [] })])
}

fn promised() -> BTreeSet<Operation> {
    let row = |method: &str, path: String, bearer| (method.to_owned(), path, bearer);
    let auth = ["/api/auth", "/api/v1/auth"].into_iter().flat_map(|base| {
        AUTH.iter().map(move |(method, path, anybody)| row(method, format!("{base}{path}"), !anybody))
    });
    let signed_in = SIGNED_IN.iter().map(|(method, path)| row(method, (*path).to_owned(), true));
    let anybody = ANYBODY.iter().map(|(method, path)| row(method, (*path).to_owned(), false));
    auth.chain(signed_in).chain(anybody).collect()
}

#[test]
fn the_document_has_every_promised_operation_with_its_security_and_no_other() {
    let (documented, promised) = (documented(), promised());

    let missing: Vec<_> = promised.difference(&documented).collect();
    let unexpected: Vec<_> = documented.difference(&promised).collect();
    assert_eq!((missing, unexpected), (Vec::new(), Vec::new()));
}

#[test]
fn the_scheme_that_operations_declare_is_described() {
    let document = openapi();

    let scheme = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!((scheme["type"].as_str(), scheme["scheme"].as_str()), (Some("http"), Some("bearer")));
    let cookie = &document["components"]["securitySchemes"]["cookie"];
    assert_eq!(
        (cookie["in"].as_str(), cookie["name"].as_str()),
        (Some("cookie"), Some("__Host-florin_session"))
    );
}

#[test]
fn the_document_has_the_programs_version() {
    assert_eq!(openapi()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn everything_that_the_document_refers_to_is_in_it() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = openapi();
    let mut found = Vec::new();
    references(&document, &mut found);

    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}
