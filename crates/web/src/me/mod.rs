//! What everybody has, customers and staff alike: their profile, and what they sign in with.

mod api_keys;
mod authenticator;
mod codes;
pub(crate) mod consents;
mod devices;
mod export;
mod notices;
mod passkeys;
mod password;
mod profile;
mod proof;
mod security;

use axum::Router;
use florin_http::App;
use serde::{Deserialize, Serialize};

pub(crate) use devices::client;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(profile::routes())
        .merge(consents::routes())
        .merge(export::routes())
        .merge(notices::routes())
        .merge(password::routes())
        .merge(security::routes())
        .merge(authenticator::routes())
        .merge(codes::routes())
        .merge(passkeys::routes())
        .merge(devices::routes())
        .merge(api_keys::routes())
}

/// A form with nothing in it but its button.
#[derive(Serialize, Deserialize)]
struct Nothing {}
