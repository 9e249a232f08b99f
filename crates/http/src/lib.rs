//! What every face of the program shares: the server, problems, JSON in and out, metrics, the reference.
//!
//! In the order in which a request meets them: [`Server`] accepts and bounds connections; [`Edge`] gives every
//! request its id, every answer its headers, the log its one line and [`Metrics`] its numbers; the extractors
//! [`Json`], [`Query`], [`Path`] and [`Path2`] read it; [`Problem`] is how anything is refused. Invariants:
//!
//! - Every refusal is an `application/problem+json` with a code of [`codes`], and carries the request's id.
//! - What went wrong inside is logged once, with that id, and never told to the client.
//! - Every answer carries the security headers, refusals and answers to unknown paths included.

mod app;
mod client_ip;
pub mod codes;
mod compliance_refusals;
mod compression;
mod cookies;
mod cors;
mod csrf;
pub mod docs;
mod document_refusals;
mod edge;
mod gate;
mod guide_refusals;
mod html;
mod idempotency;
mod json;
mod legacy;
mod lending_refusals;
mod metrics;
mod multipart;
mod notice_refusals;
mod pages;
mod params;
mod payment_refusals;
mod problem;
mod progress;
mod rates;
mod refusals;
mod request_id;
mod risk_refusals;
mod screening_refusals;
mod server;
mod sign_in;
mod tls;
mod traces;

pub use app::App;
pub use compression::compressed;
pub use cookies::{Brought, brought, set_cookie};
pub use edge::{Edge, EdgeOptions};
pub use gate::GateLimits;
pub use idempotency::{Answered, GivenKey};
pub use json::{BodyLimit, Json};
pub use metrics::Metrics;
pub use pages::{FormFile, FormPost, PageVisit, TOKEN_FIELD, Uploads};
pub use params::{Path, Path2, Query};
pub use payment_refusals::{loan_problem, webhook_problem};
pub use problem::{FieldError, Problem, problem_pages, with_fallbacks};
pub use rates::{RateLimits, RouteClass};
pub use refusals::{outcome_code, outcome_problem, unusable_amount, weak_password};
pub use request_id::RequestId;
pub use server::{Limits, Peer, Server};
pub use sign_in::{Anybody, ByCookie, Holding, SignedIn, Stranger};
pub use tls::{Tls, TlsError};
