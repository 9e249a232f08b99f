//! The JSON face: bodies in, views out, routes, and the OpenAPI document made from them.
//!
//! A handler translates twice and decides nothing: a body becomes a request of a service, and what the
//! service answers becomes a view. Where money moves, the answer is rendered inside the commit and
//! frozen under the request's idempotency key.

mod accounts;
mod aml;
mod api_keys;
mod audit_logs;
mod auth;
mod bank_files;
mod billers;
mod cases;
mod consents;
mod customers;
mod devices;
mod documents;
mod employees;
mod factors;
mod ledger;
mod loan_applications;
mod loan_cards;
mod loan_desk;
mod loan_papers;
mod loan_questions;
mod loan_reads;
mod loan_views;
mod loans;
mod money;
mod notifications;
mod oauth;
mod operations;
mod operations_views;
mod paging;
mod passkeys;
mod passwords;
mod payees;
mod payment_methods;
mod payment_view;
mod payments;
mod people;
mod review;
mod risk_backtest;
mod risk_lists;
mod risk_models;
mod risk_rules;
mod scheduled_payment_view;
mod scheduled_payments;
mod screenings;
mod security;
mod sign_in;
mod statements;
mod system;
mod transfers;
mod webhooks;

use axum::Router;
use florin_app::Services;
use florin_http::{App, Metrics, compressed, docs, problem_pages, with_fallbacks};
use utoipa::OpenApi;
use utoipa::openapi::PathItem;
use utoipa_axum::router::OpenApiRouter;

/// What the document says of the whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Florin",
        description = "A self-hostable financial backend. Money, the decision behind it and the evidence of it are one durable commit.",
        license(name = "Apache-2.0")
    ),
    components(schemas(ProblemView)),
    modifiers(&BearerScheme),
    tags(
        (name = "Identity", description = "Registration, sign-in, profile."),
        (name = "Customers", description = "Whom the institution deals with."),
        (name = "Staff", description = "Employees, roles, approvals, the access review."),
        (name = "Accounts", description = "Accounts, balances, entries, cash."),
        (name = "Transfers", description = "Money between accounts."),
        (name = "Payments", description = "Paying payees, billers and loans, by account, bank account or card."),
        (name = "Bank files", description = "Files of payments for banks, and what banks answer."),
        (name = "Loans", description = "What a loan costs, applying for one, deciding, paying out, servicing."),
        (name = "Ledger", description = "The books, for staff."),
        (name = "Notifications", description = "What one was told, and what of it is sent by mail."),
        (name = "Risk", description = "What decides about money before it moves: lists, rules, models."),
        (name = "Compliance", description = "The audit trail and its proofs; cases; monitoring for laundering; consents."),
        (name = "Operations", description = "How the program does: metrics, the dashboard, alerts, silences."),
        (name = "System", description = "Health, metrics, keys.")
    )
)]
struct Document;

/// A refusal, as RFC 9457 has it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes what florin_http::Problem writes")]
struct ProblemView {
    /// The page that explains the code.
    r#type: String,
    /// The same few words on every occasion.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: Option<String>,
    /// The stable code.
    code: String,
    /// The request's id, by which its traces are found.
    request_id: Option<String>,
    /// The fields that are wrong.
    errors: Vec<FieldErrorView>,
}

/// What is wrong with one field.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes what florin_http::Problem writes")]
struct FieldErrorView {
    /// The path of the field.
    field: String,
    /// A stable name of what is wrong.
    code: String,
    /// The same for people.
    message: String,
}

struct BearerScheme;

impl utoipa::Modify for BearerScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKeyValue::with_description(
            "__Host-florin_session",
            "The cookie of a browser that signed in with `X-Session: cookie`. Requests that change something repeat the \
             CSRF token in `X-CSRF-Token`, or are answered with `csrf_failed`. Where an `Authorization` header comes \
             along, it counts alone.",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Whatever takes a token takes the cookie of a browser in its place.
fn take_cookies(openapi: &mut utoipa::openapi::OpenApi) {
    use utoipa::openapi::security::SecurityRequirement;
    for item in openapi.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, .. } = item;
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            if let Some(security) = operation.security.as_mut().filter(|security| !security.is_empty()) {
                security.push(SecurityRequirement::new("cookie", [""; 0]));
            }
        }
    }
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1/auth", auth::routes())
        .nest("/api/auth", auth::routes())
        .nest("/api/v1/auth", factors::routes().merge(passkeys::routes()))
        .nest("/api/auth", factors::routes().merge(passkeys::routes()))
        .nest("/api/v1/auth", oauth::routes())
        .nest("/api/auth", oauth::routes())
        .nest("/api/v1/auth", api_keys::routes().merge(devices::routes()))
        .nest("/api/auth", api_keys::routes().merge(devices::routes()))
        .nest("/api/v1/auth", passwords::routes())
        .nest("/api/auth", passwords::routes())
        .nest("/api/v1", sign_in::routes())
        .nest("/api/v1", passwords::user_routes().merge(people::routes()).merge(review::routes()))
        .nest("/api/v1", customers::routes().merge(employees::routes()))
        .nest("/api/v1", api_keys::gateway_routes())
        .nest("/api/v1", accounts::routes())
        .nest("/api/v1", statements::routes())
        .nest("/api/v1", transfers::routes())
        .nest("/api/v1", payments::routes().merge(payment_methods::routes()))
        .nest("/api/v1", payees::routes().merge(billers::routes()))
        .nest("/api/v1", scheduled_payments::routes())
        .nest("/api/v1", webhooks::routes().merge(bank_files::routes()).merge(security::routes()))
        .nest("/api/v1", ledger::routes())
        .nest("/api/v1", audit_logs::routes())
        .nest("/api/v1", risk_lists::routes().merge(risk_rules::routes()))
        .nest("/api/v1", risk_backtest::routes().merge(risk_models::routes()))
        .nest(
            "/api/v1",
            cases::routes().merge(aml::routes()).merge(consents::routes()).merge(notifications::routes()),
        )
        .nest("/api/v1", screenings::routes().merge(operations::routes()))
        .nest("/api", transfers::bank_routes().merge(customers::bank_routes()).merge(accounts::bank_routes()))
        .nest("/api/v1", loans::routes())
        .nest("/api/v1", loan_applications::routes())
        .nest("/api/v1", loan_questions::routes())
        .nest("/api/v1", loan_reads::routes())
        .nest("/api/v1", loan_papers::routes())
        .nest("/api/v1", loan_cards::routes())
        .nest("/api/v1", loan_desk::routes())
        .nest("/api", loan_applications::bank_routes().merge(loan_reads::bank_routes()))
        .merge(system::routes())
}

/// The OpenAPI document.
pub fn openapi() -> serde_json::Value {
    let (_, mut document) = routes().split_for_parts();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    take_cookies(&mut document);
    serde_json::to_value(document).unwrap_or_default()
}

/// All routes, documentation and problem pages included; the edge goes around them.
pub fn router(services: Services, metrics: &Metrics) -> Router {
    let (router, _) = routes().split_for_parts();
    metrics.join(&services.operations);
    let document = openapi();
    let public = docs::routes(&document).merge(problem_pages()).merge(metrics.routes());
    with_fallbacks(router.merge(compressed(public))).with_state(App::new(services))
}

#[cfg(test)]
mod document_tests;
