//! The probes: one file for each kind of fault.
//!
//! A probe asks what only a faulty target answers differently, and asks again in another way before it reports.

mod cookies;
mod cors;
mod csrf;
mod enumeration;
mod enumeration_time;
mod errors;
mod exposed;
mod headers;
mod host_header;
mod idor_read;
mod idor_write;
mod injection;
mod jwt_key;
mod jwt_life;
mod jwt_signature;
mod listing;
mod login_rate;
mod mass_assignment;
mod missing_auth;
mod redirect;
mod shape;
mod sql_boolean;
mod sql_error;
mod sql_time;
mod ssrf;
mod transport;
mod traversal;
mod verbs;
mod xss_reflected;
mod xss_stored;

use crate::ask::{Part, Scan};
use crate::error::Stop;
use crate::finding::Rule;

pub(crate) use errors::looks_broken;
pub(crate) use jwt_key::pages as listener_pages;
pub(crate) use transport::run as transport;

/// Everything that is looked for.
pub fn rules() -> Vec<&'static Rule> {
    let mut all: Vec<&'static Rule> = [
        transport::RULES,
        headers::RULES,
        cookies::RULES,
        cors::RULES,
        csrf::RULES,
        missing_auth::RULES,
        verbs::RULES,
        jwt_signature::RULES,
        jwt_key::RULES,
        jwt_life::RULES,
        idor_read::RULES,
        idor_write::RULES,
        mass_assignment::RULES,
        sql_error::RULES,
        sql_boolean::RULES,
        sql_time::RULES,
        xss_reflected::RULES,
        xss_stored::RULES,
        redirect::RULES,
        traversal::RULES,
        ssrf::RULES,
        errors::RULES,
        listing::RULES,
        exposed::RULES,
        host_header::RULES,
        enumeration::RULES,
        enumeration_time::RULES,
        login_rate::RULES,
    ]
    .concat();
    all.sort_by_key(|rule| rule.id);
    all
}

/// Runs all probes: what only looks first, what puts things in next, what is refused for haste last.
pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    headers::run(scan).await?;
    cors::run(scan).await?;
    exposed::run(scan).await?;
    listing::run(scan).await?;
    host_header::run(scan).await?;
    scan.stay_signed_in().await?;
    missing_auth::run(scan).await?;
    verbs::run(scan).await?;
    jwt_signature::run(scan).await?;
    jwt_key::run(scan).await?;
    scan.stay_signed_in().await?;
    idor_read::run(scan).await?;
    idor_write::run(scan).await?;
    mass_assignment::run(scan).await?;
    csrf::run(scan).await?;
    scan.stay_signed_in().await?;
    xss_stored::run(scan).await?;
    inject(scan, Part::General).await?;
    enumeration::run(scan).await?;
    enumeration_time::run(scan).await?;
    inject(scan, Part::Credentials).await?;
    errors::run(scan).await?;
    cookies::run(scan).await?;
    jwt_life::run(scan).await?;
    login_rate::run(scan).await
}

async fn inject(scan: &mut Scan, part: Part) -> Result<(), Stop> {
    scan.stay_signed_in().await?;
    injection::run(scan, part).await
}
