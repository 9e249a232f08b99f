//! What it costs to be looked at: many viewers of the live dashboard at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Failure;
use crate::bench::Group;
use crate::bench::prepare::failed;

/// The board is made every two seconds; shorter measures would see too few.
const SECONDS_MIN: u64 = 6;
/// How long the first picture may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of viewers looking on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// How many looked on.
    pub viewers: usize,
    /// For how long.
    pub elapsed: Duration,
    /// Processor time of the server meanwhile, in microseconds.
    pub cpu_us: u64,
    /// The same over as long a time before, while nobody looked.
    pub idle_cpu_us: u64,
    /// How many pictures they were sent, all together.
    pub pictures: u64,
    /// In how many bytes.
    pub bytes: u64,
    /// Viewers whose stream ended.
    pub lost: usize,
}

impl Watched {
    /// Whether nobody was lost, and as many pictures came as there were viewers, at least.
    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.pictures >= u64::try_from(self.viewers).unwrap_or(u64::MAX)
    }

    /// Microseconds of processor time a second that are used with viewers, and without.
    pub fn cpu_per_second(&self) -> (u64, u64) {
        let ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let per_second = |us: u64| us.saturating_mul(1_000) / ms;
        (per_second(self.cpu_us), per_second(self.idle_cpu_us))
    }
}

/// What all viewers were sent so far.
#[derive(Default)]
struct Seen {
    pictures: AtomicU64,
    bytes: AtomicU64,
    /// How many viewers have seen one.
    began: AtomicU64,
}

/// Has `viewers` follow the dashboard for some seconds; `make` makes the request of each.
pub(super) async fn watch(
    addr: SocketAddr,
    server: &Group,
    viewers: usize,
    seconds: u64,
    make: impl Fn() -> Request<Full<Bytes>>,
) -> Result<Watched, Failure> {
    let duration = Duration::from_secs(seconds.max(SECONDS_MIN));
    let used = || server.cpu_us().ok_or_else(|| failed("the server is gone"));
    let before = used()?;
    tokio::time::sleep(duration).await;
    let idle_cpu_us = used()?.saturating_sub(before);

    let seen = Arc::new(Seen::default());
    let mut streams = JoinSet::new();
    for _ in 0..viewers {
        let (request, seen) = (make(), Arc::clone(&seen));
        streams.spawn(async move { follow(addr, request, &seen).await });
    }
    everybody_has_begun(&seen, viewers, &mut streams).await?;
    let (pictures, bytes) = (seen.pictures.load(Ordering::Relaxed), seen.bytes.load(Ordering::Relaxed));
    let (before, started) = (used()?, Instant::now());
    tokio::time::sleep(duration).await;
    let (cpu_us, elapsed) = (used()?.saturating_sub(before), started.elapsed());
    let pictures = seen.pictures.load(Ordering::Relaxed).saturating_sub(pictures);
    let bytes = seen.bytes.load(Ordering::Relaxed).saturating_sub(bytes);
    let lost = viewers.saturating_sub(still_looking(&mut streams));
    streams.shutdown().await;
    Ok(Watched { viewers, elapsed, cpu_us, idle_cpu_us, pictures, bytes, lost })
}

type Streams = JoinSet<Result<(), Failure>>;

/// Waits until each has seen a picture.
async fn everybody_has_begun(seen: &Seen, viewers: usize, streams: &mut Streams) -> Result<(), Failure> {
    let wanted = u64::try_from(viewers).unwrap_or(u64::MAX);
    let until = Instant::now() + PATIENCE;
    while seen.began.load(Ordering::Relaxed) < wanted {
        if let Some(Ok(Err(failure))) = streams.try_join_next() {
            return Err(failure);
        }
        if Instant::now() > until {
            return Err(failed("not every viewer was sent the dashboard"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// How many streams have not ended.
fn still_looking(streams: &mut Streams) -> usize {
    while streams.try_join_next().is_some() {}
    streams.len()
}

async fn follow(addr: SocketAddr, mut request: Request<Full<Bytes>>, seen: &Seen) -> Result<(), Failure> {
    let broken = |error: hyper::Error| failed(&error.to_string());
    let stream = TcpStream::connect(addr).await.map_err(Failure::from)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let host = addr.to_string().parse().map_err(|_| failed("an address is no host"))?;
    request.headers_mut().insert(HOST, host);
    let answer = sender.send_request(request).await.map_err(broken)?;
    if answer.status() != StatusCode::OK {
        return Err(failed(&format!("a viewer was answered with {}", answer.status())));
    }
    let (mut body, mut ends, mut first) = (answer.into_body(), Ends::default(), true);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        let pictures = ends.within(&data);
        seen.bytes.fetch_add(u64::try_from(data.len()).unwrap_or(0), Ordering::Relaxed);
        seen.pictures.fetch_add(pictures, Ordering::Relaxed);
        if first && pictures > 0 {
            first = false;
            seen.began.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Finds where events end: at an empty line, wherever the pieces are cut.
#[derive(Default)]
struct Ends {
    after_line: bool,
}

impl Ends {
    fn within(&mut self, piece: &[u8]) -> u64 {
        let mut ends = 0;
        for byte in piece {
            let is_line = *byte == b'\n';
            if is_line && self.after_line {
                ends += 1;
                self.after_line = false;
            } else {
                self.after_line = is_line;
            }
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> Watched {
        Watched {
            viewers: 2,
            elapsed: Duration::from_secs(2),
            cpu_us: 40_000,
            idle_cpu_us: 10_000,
            pictures: 2,
            bytes: 9_000,
            lost: 0,
        }
    }

    #[test]
    fn events_are_counted_wherever_the_pieces_are_cut() {
        for cut in 0..26 {
            let (one, other) = b"data: a\ndata: b\n\ndata: c\n\n".split_at(cut);
            let mut ends = Ends::default();

            assert_eq!(ends.within(one) + ends.within(other), 2, "{cut}");
        }
    }

    #[test]
    fn what_viewers_cost_is_told_by_the_second() {
        assert_eq!(watched().cpu_per_second(), (20_000, 5_000));
    }

    #[test]
    fn it_is_clean_when_everybody_saw_something_to_the_end() {
        assert!(watched().is_clean());
        assert!(!Watched { lost: 1, ..watched() }.is_clean());
        assert!(!Watched { pictures: 1, ..watched() }.is_clean());
    }

    #[tokio::test]
    async fn nobody_who_answers_otherwise_is_taken_for_a_dashboard() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let refusal = b"HTTP/1.1 303 See Other\r\ncontent-length: 0\r\n\r\n";
                tokio::io::AsyncWriteExt::write_all(&mut stream, refusal).await.unwrap();
            }
        });

        let found = follow(addr, Request::default(), &Seen::default()).await;

        assert!(found.is_err());
    }
}
