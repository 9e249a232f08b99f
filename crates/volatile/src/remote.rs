//! The same state in Redis: one atomic command each, and a link that is up or down.

use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, Script};

use crate::Count;

/// The longest that Redis may take for one answer.
pub const TIMEOUT: Duration = Duration::from_millis(50);
/// The longest that a new connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// What our keys begin with.
const PREFIX: &str = "florin:";

/// Counts, and starts the window when there is none: also of a key that lost its end.
const HIT: &str = "\
local hits = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {hits, left}";

/// Why Redis did not serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    #[error("Redis did not answer in {} ms", TIMEOUT.as_millis())]
    TimedOut,
    #[error("Redis refused or the connection broke: {0}")]
    Redis(#[from] RedisError),
}

/// A Redis and the connection to it, if there is one.
pub(crate) struct Remote {
    client: Client,
    hit: Script,
    link: Mutex<Link>,
}

struct Link {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that the failure of an old one says nothing about the present one.
    generation: u64,
}

/// A connection as it was at one instant.
#[derive(Clone)]
pub(crate) struct Lease {
    connection: MultiplexedConnection,
    generation: u64,
}

impl Remote {
    pub(crate) fn new(client: Client) -> Self {
        let link = Mutex::new(Link { connection: None, generation: 0 });
        Self { client, hit: Script::new(HIT), link }
    }

    /// The connection, while the link is up.
    pub(crate) fn lease(&self) -> Option<Lease> {
        let link = self.link.lock();
        let connection = link.connection.clone()?;
        Some(Lease { connection, generation: link.generation })
    }

    /// Takes the link down if it still is the one that failed; true for the first who says so.
    pub(crate) fn fail(&self, lease: &Lease) -> bool {
        let mut link = self.link.lock();
        link.generation == lease.generation && link.connection.take().is_some()
    }

    /// Connects, proves that Redis takes writes, and puts the link up; `tell` is told before anybody can use it.
    pub(crate) async fn connect(&self, tell: impl FnOnce()) -> Result<(), RemoteError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(CONNECT_TIMEOUT));
        let attempt = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            let mut probe = redis::cmd("SET");
            probe.arg(format!("{PREFIX}probe")).arg(1).arg("PX").arg(1_000);
            probe.query_async::<()>(&mut connection).await?;
            Ok::<_, RedisError>(connection)
        };
        let connection =
            tokio::time::timeout(CONNECT_TIMEOUT, attempt).await.map_err(|_| RemoteError::TimedOut)??;
        let mut link = self.link.lock();
        link.connection = Some(connection);
        link.generation = link.generation.wrapping_add(1);
        tell();
        Ok(())
    }

    pub(crate) async fn hit(
        &self,
        lease: &mut Lease,
        key: &str,
        window: Duration,
    ) -> Result<Count, RemoteError> {
        let mut call = self.hit.key(counter_key(key));
        call.arg(millis(window));
        let (hits, left): (u64, u64) = within(call.invoke_async(&mut lease.connection)).await?;
        Ok(Count { hits, resets_in: Duration::from_millis(left) })
    }
}

impl Lease {
    pub(crate) async fn count(&mut self, key: &str) -> Result<u64, RemoteError> {
        let mut call = redis::cmd("GET");
        call.arg(counter_key(key));
        let hits: Option<u64> = within(call.query_async(&mut self.connection)).await?;
        Ok(hits.unwrap_or(0))
    }

    pub(crate) async fn remember(&mut self, key: &str, ttl: Duration) -> Result<(), RemoteError> {
        let mut call = redis::cmd("SET");
        call.arg(member_key(key)).arg(1).arg("PX").arg(millis(ttl));
        within(call.query_async(&mut self.connection)).await
    }

    pub(crate) async fn knows_any(&mut self, keys: &[&str]) -> Result<bool, RemoteError> {
        let mut call = redis::cmd("EXISTS");
        for key in keys {
            call.arg(member_key(key));
        }
        let found: u64 = within(call.query_async(&mut self.connection)).await?;
        Ok(found > 0)
    }

    pub(crate) async fn forget(&mut self, key: &str) -> Result<(), RemoteError> {
        let mut call = redis::cmd("DEL");
        call.arg(counter_key(key)).arg(member_key(key));
        within(call.query_async(&mut self.connection)).await
    }
}

async fn within<T>(answer: impl Future<Output = Result<T, RedisError>>) -> Result<T, RemoteError> {
    match tokio::time::timeout(TIMEOUT, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(RemoteError::TimedOut),
    }
}

fn counter_key(key: &str) -> String {
    format!("{PREFIX}n:{key}")
}

fn member_key(key: &str) -> String {
    format!("{PREFIX}m:{key}")
}

/// Milliseconds as Redis takes them: from one to a century.
fn millis(duration: Duration) -> u64 {
    const CENTURY_MS: u64 = 100 * 365 * 24 * 3_600 * 1_000;
    u64::try_from(duration.as_millis()).unwrap_or(CENTURY_MS).clamp(1, CENTURY_MS)
}
