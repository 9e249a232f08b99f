//! The demonstration bank: a year of a small institution, made where nothing is yet.
//!
//! 1. A plan of the year is made, the same for the same seed ([`year`]).
//! 2. The services are opened with a clock that stands where the plan says, so that everything is truly in the past
//!    ([`fill`]).
//! 3. Who can sign in is kept in a file that only the program's user may read ([`Credentials`]).

mod chance;
mod credentials;
mod fill;
mod people;
mod plan;
#[cfg(test)]
mod tests;
mod year;

use std::time::Instant;

use florin_app::config::Config;
use florin_kernel::{Env, Timestamp};
use jiff::tz::TimeZone;

pub(crate) use credentials::{Credentials, generate_password};

use crate::{Exit, Failure};

/// The seed of the year that everybody sees.
const SEED: u64 = 0x00f1_0214;

/// Fills the instance unless that was done before; who can sign in is the answer.
pub(crate) async fn ensure(config: &Config) -> Result<Credentials, Failure> {
    if let Some(kept) = Credentials::read(&config.instance.data)? {
        return Ok(kept);
    }
    tell!("filling the instance with a year of a small bank …");
    let started = Instant::now();
    let credentials = Box::pin(fill::fill(config, beginning(Env::system().now())?, SEED)).await?;
    credentials.keep(&config.instance.data)?;
    tell!("filled in {} ms", started.elapsed().as_millis());
    Ok(credentials)
}

/// The midnight from which the year leads up to today.
fn beginning(now: Timestamp) -> Result<Timestamp, Failure> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let ago = jiff::Span::new().days(year::DAYS);
    let first = today.checked_sub(ago).and_then(|first| first.to_zoned(TimeZone::UTC));
    first.map(|first| first.timestamp()).map_err(|error| Failure::of(Exit::Failed, &error))
}
