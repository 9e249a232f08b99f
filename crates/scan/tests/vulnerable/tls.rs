//! TLS that is not worth its name.

use std::net::SocketAddr;
use std::sync::Arc;

use florin_scan::Options;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A site over TLS with a certificate of nobody; one that is old greets in old versions as well.
async fn site(old: bool, hsts: bool) -> SocketAddr {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert.der().to_vec());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(greet(stream, acceptor.clone(), old, hsts));
        }
    });
    address
}

async fn greet(mut stream: TcpStream, acceptor: TlsAcceptor, old: bool, hsts: bool) {
    let mut head = [0_u8; 11];
    while stream.peek(&mut head).await.unwrap_or(11) < 11 {}
    // The version that the client greets in.
    let minor = head[10];
    if minor < 3 {
        let reply: &[u8] =
            if old { &[22, 3, minor, 0, 6, 2, 0, 0, 2, 3, minor] } else { &[21, 3, minor, 0, 2, 2, 70] };
        stream.read_exact(&mut head).await.unwrap();
        let _ = stream.write_all(reply).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
        return;
    }
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let _ = stream.read(&mut [0; 4096]).await;
    let header = if hsts { "strict-transport-security: max-age=31536000\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-content-type-options: nosniff\r\n{header}content-length: 2\r\nconnection: close\r\n\r\nok"
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn rules(old: bool, hsts: bool) -> Vec<String> {
    let address = site(old, hsts).await;
    let report = florin_scan::scan(Options::new(format!("https://{address}"))).await.unwrap();
    report
        .findings
        .iter()
        .map(|one| format!("{} {}", one.rule.id, one.parameter.as_deref().unwrap_or("")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_versions_and_certificates_of_nobody_are_found() {
    let found = rules(true, true).await;

    assert_eq!(found, ["tls-certificate ", "tls-old-version TLS 1.0", "tls-old-version TLS 1.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_versions_alone_are_right_and_tls_wants_to_be_insisted_on() {
    assert_eq!(rules(false, true).await, ["tls-certificate "]);
    assert_eq!(rules(false, false).await, ["tls-certificate ", "header-hsts-missing "]);
}
