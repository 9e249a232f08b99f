//! What the scenario tests stand on: the whole program without its sockets, and people who use it.
//!
//! A [`TestApp`] is the real router over real services and a fresh database, with a clock that stands still until it is
//! moved. A [`Client`] is somebody who sends it requests, signed in or not. At its end [`TestApp::finish`] asserts what
//! must hold after every scenario: the books agree and no work is left behind.
#![warn(missing_docs)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails"
)]

mod app;
mod authenticator;
mod browser;
mod call;
mod client;
mod cluster;
mod pages;
mod provider;
mod stripe;
mod totp;

pub use app::{Database, TestApp, test_databases};
pub use authenticator::Authenticator;
pub use browser::{Browser, CSRF_COOKIE, SESSION_COOKIE};
pub use call::{Answer, Call};
pub use client::{Client, PASSWORD};
pub use cluster::Cluster;
pub use florin_rails as rails;
pub use pages::{Page, PageForm};
pub use provider::{Provider, Signing};
pub use stripe::{FakeStripe, STRIPE_KEY, STRIPE_WEBHOOK_SECRET};
pub use totp::totp_code;

/// Scenarios that run over both engines, each on a fresh instance; a scenario's tests are called after it.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* async fn $name:ident($app:ident: $kind:ty) $body:block)+) => {
        $crate::on_both_engines! { with &[]; $($(#[doc = $doc])* async fn $name($app: $kind) $body)+ }
    };
    (with $settings:expr; $($(#[doc = $doc:literal])* async fn $name:ident($app:ident: $kind:ty) $body:block)+) => {$(
        mod $name {
            use super::*;

            $(#[doc = $doc])*
            async fn scenario($app: $kind) $body

            #[tokio::test]
            async fn on_sqlite() {
                let app = $crate::TestApp::start_with($crate::Database::Sqlite, $settings).await;
                scenario(&app).await;
                app.finish().await;
            }

            #[tokio::test]
            async fn on_postgres() {
                let Some(database) = $crate::Database::postgres() else { return };
                let app = $crate::TestApp::start_with(database, $settings).await;
                scenario(&app).await;
                app.finish().await;
            }
        }
    )+};
}
