//! The server over real sockets: keep-alive, patience, room, and its end.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use florin_http::{Limits, Peer, Server, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: florin\r\n\r\n";
const SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nhost: florin\r\n\r\n";

struct Running {
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

async fn start(limits: Limits) -> Running {
    start_with(limits, None).await
}

async fn start_with(limits: Limits, tls: Option<Tls>) -> Running {
    let router = Router::new()
        .route("/", get(async |axum::Extension(Peer(peer)): axum::Extension<Peer>| peer.to_string()))
        .route("/slow", get(async || tokio::time::sleep(Duration::from_millis(500)).await))
        .route("/large", get(async || vec![b'x'; 64 << 20]));
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), router, limits).await.unwrap();
    let server = match tls {
        Some(tls) => server.with_tls(tls),
        None => server,
    };
    let addr = server.local_addr();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.serve(async {
        let _ = stopped.await;
    }));
    Running { addr, stop: Some(stop), task }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// Reads what arrives within `patience`: one answer, as bodies here are small.
async fn answer(stream: &mut TcpStream, patience: Duration) -> Option<String> {
    let mut buffer = vec![0; 4_096];
    let read = tokio::time::timeout(patience, stream.read(&mut buffer)).await.ok()?.unwrap_or(0);
    buffer.truncate(read);
    Some(String::from_utf8(buffer).unwrap())
}

const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn one_connection_serves_many_requests_and_knows_its_peer() {
    let running = start(Limits::default()).await;
    let mut stream = running.connect().await;

    for _ in 0..3 {
        stream.write_all(REQUEST).await.unwrap();
        let answer = answer(&mut stream, PATIENCE).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with(&stream.local_addr().unwrap().to_string()), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_ends_the_connection() {
    let running = start(Limits { head_timeout: Duration::from_millis(200), ..Limits::default() }).await;
    let mut stream = running.connect().await;
    let started = Instant::now();

    stream.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .expect("the server hangs up")
        .unwrap();

    assert!(started.elapsed() >= Duration::from_millis(150));
    assert!(!String::from_utf8(rest).unwrap().contains("200 OK"));
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let running = start(Limits::default()).await;
    let mut stream = running.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: florin\r\nx: {}\r\n\r\n", "x".repeat(20 << 10));

    // The server may hang up before all of it is sent.
    let _ = stream.write_all(head.as_bytes()).await;

    assert!(answer(&mut stream, PATIENCE).await.unwrap().starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_connection_past_the_limit_waits_until_there_is_room() {
    let running = start(Limits { connections_max: 2, ..Limits::default() }).await;
    let mut first = running.connect().await;
    let mut second = running.connect().await;
    for stream in [&mut first, &mut second] {
        stream.write_all(REQUEST).await.unwrap();
        assert!(answer(stream, PATIENCE).await.unwrap().contains("200 OK"));
    }
    let mut third = running.connect().await;
    third.write_all(REQUEST).await.unwrap();

    assert_eq!(answer(&mut third, Duration::from_millis(200)).await, None);
    drop(first);
    assert!(answer(&mut third, PATIENCE).await.unwrap().contains("200 OK"));
}

#[tokio::test]
async fn a_request_in_progress_is_answered_before_the_server_ends() {
    let mut running = start(Limits::default()).await;
    let mut busy = running.connect().await;
    let mut idle = running.connect().await;
    idle.write_all(REQUEST).await.unwrap();
    answer(&mut idle, PATIENCE).await.unwrap();
    busy.write_all(SLOW).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;

    running.stop();

    let answer_to_busy = answer(&mut busy, PATIENCE).await.unwrap();
    assert!(answer_to_busy.starts_with("HTTP/1.1 200 OK"), "{answer_to_busy}");
    assert_eq!(answer(&mut idle, PATIENCE).await.unwrap(), "", "an idle connection is closed");
    tokio::time::timeout(PATIENCE, &mut running.task).await.expect("the server ends").unwrap();
    assert!(TcpStream::connect(running.addr).await.is_err(), "and takes no more");
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut_off() {
    let mut running = start(Limits { drain_timeout: Duration::from_millis(50), ..Limits::default() }).await;
    let mut busy = running.connect().await;
    busy.write_all(SLOW).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();

    running.stop();

    tokio::time::timeout(PATIENCE, &mut running.task).await.expect("the server ends").unwrap();
    assert!(started.elapsed() < Duration::from_millis(300));
    assert_eq!(answer(&mut busy, PATIENCE).await.unwrap(), "");
}

#[tokio::test]
async fn whoever_does_not_read_their_answer_is_cut_off() {
    let limits =
        Limits { write_timeout: Duration::from_millis(200), connections_max: 1, ..Limits::default() };
    let running = start(limits).await;
    let mut idle = running.connect().await;
    idle.write_all(b"GET /large HTTP/1.1\r\nhost: florin\r\n\r\n").await.unwrap();

    let mut next = running.connect().await;
    next.write_all(REQUEST).await.unwrap();

    assert!(
        answer(&mut next, PATIENCE).await.unwrap().starts_with("HTTP/1.1 200 OK"),
        "the only place is free again"
    );
}

#[tokio::test]
async fn tls_is_served_and_nothing_else_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| directory.path().join(name));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let limits = Limits { head_timeout: Duration::from_millis(500), ..Limits::default() };
    let running = start_with(limits, Some(Tls::open(&certificate, &key).unwrap())).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let mut stream =
            connector.connect("localhost".try_into().unwrap(), running.connect().await).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        let mut buffer = vec![0; 4_096];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
    }

    let mut plain = running.connect().await;
    plain.write_all(REQUEST).await.unwrap();
    assert!(!answer(&mut plain, PATIENCE).await.unwrap().contains("200 OK"));
    let mut silent = running.connect().await;
    assert_eq!(answer(&mut silent, PATIENCE).await.unwrap(), "", "who does not shake hands is cut off");
}
