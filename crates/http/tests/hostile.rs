//! What strangers send who do not mean well, over real sockets.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use florin_http::{Edge, EdgeOptions, Json, Limits, Metrics, Server};
use florin_kernel::Env;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);

async fn start() -> SocketAddr {
    let router = Router::new()
        .route("/", get(async || "here"))
        .route("/echo", post(async |Json(body): Json<Value>| Json(body)));
    let router = Edge::new(Env::system(), Metrics::new("1"), &EdgeOptions::default()).wrap(router);
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), router, Limits::default()).await.unwrap();
    let addr = server.local_addr();
    tokio::spawn(server.serve(std::future::pending()));
    addr
}

/// All that is answered to this, until the server hangs up or a second passes in silence.
async fn told(addr: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // Whoever is hung up on may not get rid of all of it.
    let _ = stream.write_all(sent).await;
    let mut all = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while let Ok(Ok(read @ 1..)) =
        tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await
    {
        all.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
    String::from_utf8(all).unwrap()
}

async fn is_well(addr: SocketAddr) -> bool {
    told(addr, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.ends_with("here")
}

const ECHO: &str =
    "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n";

#[tokio::test]
async fn a_request_whose_length_is_told_in_two_ways_is_refused() {
    let addr = start().await;
    for head in [
        "content-length: 4\r\ncontent-length: 40\r\n",
        "content-length: 4, 40\r\n",
        "content-length: +4\r\n",
        "content-length: -1\r\n",
        "content-length: 99999999999999999999\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ] {
        let answer = told(addr, format!("{ECHO}{head}\r\n\"ab\"").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 501"), "{head}: {answer}");
        assert!(!answer.contains("\"ab\""), "{head}");
    }
    // Where both are there, chunks count alone (RFC 9112, 6.3), and the connection ends with the answer.
    let smuggled = format!(
        "{}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n4\r\n\"ab\"\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        ECHO.replace("close", "keep-alive")
    );
    let answer = told(addr, smuggled.as_bytes()).await;
    assert!(!answer.ends_with("here"), "what came behind is no request: {answer}");
    assert!(is_well(addr).await);
}

#[tokio::test]
async fn bodies_that_grow_without_end_are_cut_off() {
    let addr = start().await;
    let chunk = format!("10000\r\n{}\r\n", "1".repeat(0x10000));
    let endless = format!("{ECHO}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(64));
    assert!(told(addr, endless.as_bytes()).await.starts_with("HTTP/1.1 413"));

    let extensions = format!("{ECHO}transfer-encoding: chunked\r\n\r\n4;{}\r\n", "x=y;".repeat(100_000));
    assert!(!told(addr, extensions.as_bytes()).await.contains("200 OK"));
    let announced = format!("{ECHO}content-length: 10000000000\r\n\r\n");
    assert!(told(addr, announced.as_bytes()).await.starts_with("HTTP/1.1 413"));
    assert!(is_well(addr).await);
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let addr = start().await;
    // One byte packed says nothing of how much it would become.
    let bomb = format!("{ECHO}content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\"ab\"");
    let answer = told(addr, bomb.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    let plain = format!("{ECHO}content-encoding: identity\r\ncontent-length: 4\r\n\r\n\"ab\"");
    assert!(told(addr, plain.as_bytes()).await.ends_with("\"ab\""));
}

#[tokio::test]
async fn heads_are_bounded_in_length_and_number() {
    let addr = start().await;
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(200));
    assert!(told(addr, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let long = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(100_000));
    let answer = told(addr, long.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 414") || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(is_well(addr).await);
}

#[tokio::test]
async fn what_is_no_http_of_ours_gets_no_answer_of_ours() {
    let addr = start().await;
    for sent in [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\n x: folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx : y\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
    ] {
        let answer = told(addr, sent).await;
        assert!(!answer.contains("200 OK"), "{sent:?}: {answer}");
    }
    assert!(is_well(addr).await);
}

#[tokio::test]
async fn requests_that_come_in_one_go_are_answered_in_their_order() {
    let addr = start().await;
    let echo = |text: &str| {
        let (head, length) = (ECHO.replace("close", "keep-alive"), text.len() + 2);
        format!("{head}content-length: {length}\r\n\r\n\"{text}\"")
    };
    let all: String = (0..50).map(|n| echo(&format!("number {n}"))).collect();

    let answers = told(addr, all.as_bytes()).await;

    let places: Vec<usize> = (0..50).map(|n| answers.find(&format!("\"number {n}\"")).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_slow_connections_leave_room_for_others() {
    let addr = start().await;
    let mut slow = Vec::new();
    for n in 0..1_500 {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let start = match n % 3 {
            0 => "GET / HTT".to_owned(),
            1 => format!("{ECHO}content-length: 100\r\n\r\n["),
            _ => String::new(),
        };
        stream.write_all(start.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    for _ in 0..20 {
        assert!(tokio::time::timeout(PATIENCE, is_well(addr)).await.unwrap());
    }
}
