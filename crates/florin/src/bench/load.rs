//! The load: connections that each keep one request in progress.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::cpu::Group;
use super::disk::micros;

/// How many different complaints are kept as examples.
const EXAMPLES_MAX: usize = 5;
/// The longest latency that is told apart from longer ones.
const LATENCY_MAX_US: u64 = 600_000_000;
/// The pause before a connection that broke is made again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(10);

/// How much load, for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many connections, each with one request in progress.
    pub connections: usize,
    /// How long is measured.
    pub duration: Duration,
    /// How long the load runs before that.
    pub warmup: Duration,
    /// The processes whose processor time is measured.
    pub watched: Vec<Group>,
}

/// What the server answered to one request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A load that could not be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nobody answers there.
    #[error("no connection to {addr} could be made")]
    Unreachable {
        /// Where.
        addr: SocketAddr,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The measure of latencies could not be set up or added up.
    #[error("latencies could not be recorded: {0}")]
    Latencies(String),
    /// A connection's task broke off: the maker or the checker panicked.
    #[error("the load broke off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// What came of a load, within the time that is measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How long was measured.
    pub elapsed: Duration,
    /// From a request's sending to the end of its answer, in microseconds, of the answers that were right.
    pub latencies: Histogram<u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Answers that the checker did not accept.
    pub wrong: u64,
    /// Requests that were not answered.
    pub errors: u64,
    /// The first few different complaints.
    pub examples: Vec<String>,
    /// Processor time by group, in microseconds; nothing for a process that is gone.
    pub cpu_us: Vec<(String, Option<u64>)>,
}

impl Load {
    /// Runs the load against `addr`.
    ///
    /// `make` makes the `n`th request of a worker: method, path, headers and body. `check` says what is wrong with an
    /// answer. Answers that come after the measured time, and all of the warm-up, do not count.
    ///
    /// # Errors
    /// When nothing listens there, or `make` or `check` panics.
    pub async fn run<M, C>(&self, addr: SocketAddr, make: M, check: C) -> Result<Measured, LoadError>
    where
        M: Fn(usize, u64) -> Request<Full<Bytes>> + Send + Sync + 'static,
        C: Fn(&Answer) -> Result<(), String> + Send + Sync + 'static,
    {
        connect(addr).await.map_err(|cause| LoadError::Unreachable { addr, cause })?;
        let (make, check) = (Arc::new(make), Arc::new(check));
        let from = Instant::now() + self.warmup;
        let until = from + self.duration;

        let mut workers = JoinSet::new();
        for number in 0..self.connections {
            let (make, check) = (Arc::clone(&make), Arc::clone(&check));
            let mut worker = Worker { addr, from, until, tally: Tally::new()?, sender: None };
            workers.spawn(async move {
                worker.work(|n| make(number, n), &*check).await;
                worker.tally
            });
        }

        tokio::time::sleep_until(from.into()).await;
        let before: Vec<Option<u64>> = self.watched.iter().map(Group::cpu_us).collect();
        tokio::time::sleep_until(until.into()).await;
        let cpu_us = self.watched.iter().zip(before).map(|(group, before)| {
            let used = group.cpu_us().zip(before).map(|(after, before)| after.saturating_sub(before));
            (group.name.clone(), used)
        });
        let cpu_us = cpu_us.collect();

        let mut total = Tally::new()?;
        while let Some(tally) = workers.join_next().await {
            total.add(tally?)?;
        }
        let Tally { latencies, statuses, wrong, errors, examples } = total;
        Ok(Measured { elapsed: self.duration, latencies, statuses, wrong, errors, examples, cpu_us })
    }
}

impl Measured {
    /// Answers that were right, a second.
    pub fn per_second(&self) -> u64 {
        self.latencies.len().saturating_mul(1_000_000) / micros(self.elapsed).max(1)
    }

    /// Whether every request was answered, and rightly.
    pub fn is_clean(&self) -> bool {
        self.wrong == 0 && self.errors == 0 && !self.latencies.is_empty()
    }
}

struct Tally {
    latencies: Histogram<u64>,
    statuses: BTreeMap<u16, u64>,
    wrong: u64,
    errors: u64,
    examples: Vec<String>,
}

impl Tally {
    fn new() -> Result<Self, LoadError> {
        let latencies = Histogram::new_with_max(LATENCY_MAX_US, 3)
            .map_err(|error| LoadError::Latencies(error.to_string()))?;
        Ok(Self { latencies, statuses: BTreeMap::new(), wrong: 0, errors: 0, examples: Vec::new() })
    }

    fn complain(&mut self, complaint: String) {
        if self.examples.len() < EXAMPLES_MAX && !self.examples.contains(&complaint) {
            self.examples.push(complaint);
        }
    }

    fn add(&mut self, other: Self) -> Result<(), LoadError> {
        self.latencies.add(&other.latencies).map_err(|error| LoadError::Latencies(error.to_string()))?;
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.wrong += other.wrong;
        self.errors += other.errors;
        for example in other.examples {
            self.complain(example);
        }
        Ok(())
    }
}

type Sender = SendRequest<Full<Bytes>>;

/// One connection and what it saw.
struct Worker {
    addr: SocketAddr,
    from: Instant,
    until: Instant,
    tally: Tally,
    sender: Option<Sender>,
}

impl Worker {
    async fn work(
        &mut self,
        make: impl Fn(u64) -> Request<Full<Bytes>>,
        check: &impl Fn(&Answer) -> Result<(), String>,
    ) {
        let host = HeaderValue::from_str(&self.addr.to_string()).ok();
        for n in 0.. {
            let mut request = make(n);
            if let (false, Some(host)) = (request.headers().contains_key(HOST), &host) {
                request.headers_mut().insert(HOST, host.clone());
            }
            let started = Instant::now();
            if started >= self.until {
                return;
            }
            let patience = tokio::time::Instant::from_std(self.until) + Duration::from_secs(1);
            let answer = match tokio::time::timeout_at(patience, self.send(request)).await {
                Ok(answer) => answer,
                Err(_) => Err("no answer came in time".to_owned()),
            };
            let ended = Instant::now();
            // A request that the end of the measure left waiting is an error, though it ends outside.
            if started >= self.from && (ended <= self.until || answer.is_err()) {
                self.count(answer, ended.duration_since(started), check);
            }
        }
    }

    fn count(
        &mut self,
        answer: Result<Answer, String>,
        latency: Duration,
        check: &impl Fn(&Answer) -> Result<(), String>,
    ) {
        match answer {
            Ok(answer) => {
                *self.tally.statuses.entry(answer.status.as_u16()).or_default() += 1;
                match check(&answer) {
                    Ok(()) => self.tally.latencies.saturating_record(micros(latency)),
                    Err(complaint) => {
                        self.tally.wrong += 1;
                        self.tally.complain(complaint);
                    }
                }
            }
            Err(complaint) => {
                self.tally.errors += 1;
                self.tally.complain(complaint);
            }
        }
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let answer = self.try_send(request).await;
        if answer.is_err() {
            self.sender = None;
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
        answer.map_err(|error| error.to_string())
    }

    async fn try_send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut sender = match self.sender.take() {
            Some(sender) => sender,
            None => open(self.addr).await?,
        };
        sender.ready().await?;
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.sender = Some(sender);
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

async fn open(addr: SocketAddr) -> Result<Sender, Box<dyn std::error::Error + Send + Sync>> {
    let stream = connect(addr).await?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // How the connection ends shows in the requests that are on it.
    tokio::spawn(connection);
    Ok(sender)
}

async fn connect(addr: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
