//! Loads against a small server.

use std::sync::atomic::{AtomicU64, Ordering};

use hyper::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use tokio::net::TcpListener;

use super::*;

/// Answers 503 to `/busy`, hangs up on `/broken`, never answers `/stuck`, and echoes anything else.
async fn start() -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicU64::new(0));
    let accepted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            accepted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), service_fn(echo)));
        }
    });
    (addr, connections)
}

async fn echo(request: Request<Incoming>) -> std::io::Result<Response<Full<Bytes>>> {
    assert!(request.headers().contains_key(HOST));
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
    match path.as_str() {
        "/broken" => Err(std::io::Error::other("hang up")),
        "/stuck" => std::future::pending().await,
        "/busy" => Ok(Response::builder().status(503).body(Full::new(body)).unwrap()),
        _ => Ok(Response::new(Full::new(body))),
    }
}

fn load(connections: usize) -> Load {
    Load {
        connections,
        duration: Duration::from_millis(300),
        warmup: Duration::from_millis(50),
        watched: vec![Group::own(), Group::new("gone", u32::MAX)],
    }
}

fn get(path: &str) -> Request<Full<Bytes>> {
    Request::builder().uri(path).body(Full::default()).unwrap()
}

fn is_ok(answer: &Answer) -> Result<(), String> {
    if answer.status == StatusCode::OK { Ok(()) } else { Err(answer.status.to_string()) }
}

#[tokio::test]
async fn every_answer_is_checked_counted_and_timed_over_connections_that_are_kept() {
    let (addr, connections) = start().await;
    let make = |worker, n| Request::post("/echo").body(Full::from(format!("{worker}/{n}"))).unwrap();
    let check = |answer: &Answer| {
        is_ok(answer)?;
        let text = String::from_utf8_lossy(&answer.body);
        if text.split_once('/').is_some() { Ok(()) } else { Err(text.into_owned()) }
    };

    let measured = load(4).run(addr, make, check).await.unwrap();

    assert!(measured.is_clean(), "{measured:?}");
    assert_eq!(measured.statuses, BTreeMap::from([(200, measured.latencies.len())]));
    assert!(measured.latencies.max() < 300_000 && measured.per_second() > measured.latencies.len());
    assert_eq!(connections.load(Ordering::SeqCst), 5, "one to see whether it is there, and four");
    assert_eq!(measured.cpu_us.len(), 2);
    assert!(measured.cpu_us[0].1.is_some() && measured.cpu_us[1].1.is_none());
}

#[tokio::test]
async fn requests_of_a_worker_are_numbered_from_zero() {
    let (addr, _) = start().await;
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let make = move |worker, n| {
        record.lock().unwrap().push((worker, n));
        get("/")
    };

    load(2).run(addr, make, is_ok).await.unwrap();

    let seen = seen.lock().unwrap();
    for worker in 0..2 {
        let numbers: Vec<u64> = seen.iter().filter(|(one, _)| *one == worker).map(|(_, n)| *n).collect();
        assert!(numbers.len() > 1 && numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}");
    }
}

#[tokio::test]
async fn wrong_answers_and_missing_ones_are_counted_and_not_timed() {
    let (addr, _) = start().await;

    let busy = load(2).run(addr, |_, _| get("/busy"), is_ok).await.unwrap();
    let broken = load(2).run(addr, |_, _| get("/broken"), is_ok).await.unwrap();

    assert!(busy.wrong > 0 && busy.statuses == BTreeMap::from([(503, busy.wrong)]), "{busy:?}");
    assert_eq!(busy.examples, ["503 Service Unavailable"]);
    assert!(broken.errors > 0 && broken.statuses.is_empty() && !broken.examples.is_empty(), "{broken:?}");
    for measured in [busy, broken] {
        assert!(measured.latencies.is_empty() && !measured.is_clean());
    }
}

#[tokio::test]
async fn a_server_that_hangs_shows_as_errors_and_does_not_hold_the_load() {
    let (addr, _) = start().await;
    let quick = Load { warmup: Duration::ZERO, ..load(3) };

    let measured = tokio::time::timeout(Duration::from_secs(5), quick.run(addr, |_, _| get("/stuck"), is_ok));

    assert_eq!(measured.await.expect("the load ends").unwrap().errors, 3);
}

#[tokio::test]
async fn where_nobody_listens_no_load_is_run() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);

    let refusal = load(1).run(addr, |_, _| get("/"), is_ok).await.unwrap_err();

    assert!(matches!(refusal, LoadError::Unreachable { .. }));
}
