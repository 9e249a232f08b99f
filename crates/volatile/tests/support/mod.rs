//! What the tests of outages share.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses a part")]

use std::time::Duration;

use florin_kernel::Env;
use florin_volatile::testing::Redis;
use florin_volatile::{Volatile, VolatileState};
use secrecy::SecretString;

pub const LONG: Duration = Duration::from_mins(1);
/// How long these tests let Redis take: far longer than it does on a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn volatile(redis: &Redis) -> Volatile {
    let url = SecretString::from(redis.url());
    Volatile::connect(&url, TIMEOUT, Env::system()).await.expect("a Redis URL")
}

pub async fn wait_for_recovery(volatile: &Volatile) {
    let mut states = volatile.state_changes();
    let back = states.wait_for(|state| *state == VolatileState::Redis);
    tokio::time::timeout(PATIENCE, back).await.expect("Redis is back in time").expect("a state");
}
