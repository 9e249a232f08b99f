//! The same state in Redis: one atomic command each, and a link that is up or down.

use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, Script};

use crate::window::{admission, micros, tightest};
use crate::{Admission, Count, Window};

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

/// What `window::judge` does, by the clock of Redis, over `begun,current,previous` for each window. ARGV: when the key
/// ends, in milliseconds; then limit and length in microseconds of each window. For each window: whether it lets one
/// through, what it has used, when it was begun, and how long to wait, in microseconds.
const ADMIT: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local kept = redis.call('GET', KEYS[1])
local tallies = {}
if kept then
  for begun, current, previous in string.gmatch(kept, '(%d+),(%d+),(%d+)') do
    tallies[#tallies + 1] = {tonumber(begun), tonumber(current), tonumber(previous)}
  end
end
local windows = (#ARGV - 1) / 2
local admitted, answer = 1, {}
for n = 1, windows do
  local limit, length = tonumber(ARGV[2 * n]), tonumber(ARGV[2 * n + 1])
  local tally = tallies[n] or {now, 0, 0}
  local lengths = math.floor(math.max(now - tally[1], 0) / length)
  if lengths == 1 then
    tally = {tally[1] + length, 0, tally[2]}
  elseif lengths > 1 then
    tally = {now, 0, 0}
  end
  tallies[n] = tally
  local elapsed = math.max(now - tally[1], 0)
  local used = tally[2] + math.ceil(tally[3] * (length - elapsed) / length)
  local wait = 0
  if used >= limit then
    admitted = 0
    local room = limit - 1
    if tally[2] > room then
      wait = length - elapsed + length - math.floor(length * room / tally[2])
    else
      wait = length - math.floor(length * (room - tally[2]) / tally[3]) - elapsed
    end
    wait = math.max(wait, 1)
  end
  answer[#answer + 1] = used
  answer[#answer + 1] = tally[1] + length - now
  answer[#answer + 1] = wait
end
local parts = {}
for n = 1, windows do
  local tally = tallies[n]
  parts[n] = string.format('%.0f,%.0f,%.0f', tally[1], tally[2] + admitted, tally[3])
end
redis.call('SET', KEYS[1], table.concat(parts, ';'), 'PX', ARGV[1])
return answer";

/// Why Redis did not serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    #[error("Redis did not answer in {} ms", .0.as_millis())]
    TimedOut(Duration),
    #[error("Redis refused or the connection broke: {0}")]
    Redis(#[from] RedisError),
}

/// A Redis and the connection to it, if there is one.
pub(crate) struct Remote {
    client: Client,
    hit: Script,
    admit: Script,
    link: Mutex<Link>,
    /// The longest that Redis may take for one answer.
    timeout: Duration,
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
    timeout: Duration,
}

impl Remote {
    pub(crate) fn new(client: Client, timeout: Duration) -> Self {
        let link = Mutex::new(Link { connection: None, generation: 0 });
        Self { client, hit: Script::new(HIT), admit: Script::new(ADMIT), link, timeout }
    }

    /// The connection, while the link is up.
    pub(crate) fn lease(&self) -> Option<Lease> {
        let link = self.link.lock();
        let connection = link.connection.clone()?;
        Some(Lease { connection, generation: link.generation, timeout: self.timeout })
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
        let connection = tokio::time::timeout(CONNECT_TIMEOUT, attempt)
            .await
            .map_err(|_| RemoteError::TimedOut(CONNECT_TIMEOUT))??;
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
        let (hits, left): (u64, u64) =
            within(lease.timeout, call.invoke_async(&mut lease.connection)).await?;
        Ok(Count { hits, resets_in: Duration::from_millis(left) })
    }
}

impl Remote {
    pub(crate) async fn admit(
        &self,
        lease: &mut Lease,
        key: &str,
        windows: &[Window],
    ) -> Result<Option<Admission>, RemoteError> {
        let longest = windows.iter().map(|window| window.length).max().unwrap_or_default();
        let mut call = self.admit.key(limit_key(key));
        call.arg(millis(longest.saturating_mul(2)));
        for window in windows {
            call.arg(window.limit).arg(micros(window.length));
        }
        let answer: Vec<u64> = within(lease.timeout, call.invoke_async(&mut lease.connection)).await?;
        let judged = answer.chunks_exact(3).zip(windows).filter_map(|(told, window)| match told {
            [used, resets_us, wait_us] => Some(admission(*window, *used, *resets_us, *wait_us)),
            _ => None,
        });
        Ok(tightest(judged))
    }
}

impl Lease {
    pub(crate) async fn count(&mut self, key: &str) -> Result<u64, RemoteError> {
        let mut call = redis::cmd("GET");
        call.arg(counter_key(key));
        let hits: Option<u64> = within(self.timeout, call.query_async(&mut self.connection)).await?;
        Ok(hits.unwrap_or(0))
    }

    pub(crate) async fn remember(&mut self, key: &str, ttl: Duration) -> Result<(), RemoteError> {
        let mut call = redis::cmd("SET");
        call.arg(member_key(key)).arg(1).arg("PX").arg(millis(ttl));
        within(self.timeout, call.query_async(&mut self.connection)).await
    }

    pub(crate) async fn knows_any(&mut self, keys: &[&str]) -> Result<bool, RemoteError> {
        let mut call = redis::cmd("EXISTS");
        for key in keys {
            call.arg(member_key(key));
        }
        let found: u64 = within(self.timeout, call.query_async(&mut self.connection)).await?;
        Ok(found > 0)
    }

    pub(crate) async fn forget(&mut self, key: &str) -> Result<(), RemoteError> {
        let mut call = redis::cmd("DEL");
        call.arg(counter_key(key)).arg(limit_key(key)).arg(member_key(key));
        within(self.timeout, call.query_async(&mut self.connection)).await
    }
}

async fn within<T>(
    timeout: Duration,
    answer: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, RemoteError> {
    match tokio::time::timeout(timeout, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(RemoteError::TimedOut(timeout)),
    }
}

fn counter_key(key: &str) -> String {
    format!("{PREFIX}n:{key}")
}

fn limit_key(key: &str) -> String {
    format!("{PREFIX}l:{key}")
}

fn member_key(key: &str) -> String {
    format!("{PREFIX}m:{key}")
}

/// Milliseconds as Redis takes them: from one to a century.
fn millis(duration: Duration) -> u64 {
    const CENTURY_MS: u64 = 100 * 365 * 24 * 3_600 * 1_000;
    u64::try_from(duration.as_millis()).unwrap_or(CENTURY_MS).clamp(1, CENTURY_MS)
}
