//! The program as its users meet it: scenarios over HTTP, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod accounts;
mod aml;
mod api_keys;
mod audit;
mod bad_input;
mod bank_files;
mod batches;
mod books;
mod browsers;
mod cases;
mod consents;
mod csrf;
mod customers;
mod devices;
mod documents;
mod drift;
mod edge;
mod employees;
mod factors;
mod holds;
mod idempotency;
mod identity;
mod lending;
mod loan_cards;
mod loan_papers;
mod loan_year;
mod loans;
mod monitoring;
mod notices;
mod oauth;
mod oauth_refusals;
mod outages;
mod pages_accounts;
mod pages_admin;
mod pages_bank_files;
mod pages_budget;
mod pages_cases;
mod pages_loan_questions;
mod pages_methods;
mod pages_people;
mod pages_portal;
mod pages_rules;
mod pages_screening;
mod passkeys;
mod passwords;
mod payment_methods;
mod payments;
mod permissions;
mod presets;
mod races;
mod risk;
mod risk_guides;
mod rotation;
mod scheduled;
mod screening;
mod staff;
mod statements;
mod stripe;
mod transfers;
mod vault;
