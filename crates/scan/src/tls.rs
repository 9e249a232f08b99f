//! What the target's TLS is worth, and a client that speaks it whatever it is worth.
//!
//! Certificates are judged here, once, before anything else; the scan itself speaks to a target with a wrong
//! certificate only on this machine, so that no credentials go to a stranger.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use crate::error::Error;

/// A client's configuration that takes any certificate.
pub(crate) fn trusting() -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::System(error.to_string()))?;
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))).with_no_client_auth())
}

/// Why the target's certificate is not to be trusted, if so; an error of the connection is none of the certificate.
pub(crate) async fn distrust(base: &Url, patience: Duration) -> Option<String> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(base.host_str()?.trim_matches(['[', ']']).to_owned()).ok()?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let shake = async { connector.connect(name, connect(base).await.ok()?).await.err() };
    let error = tokio::time::timeout(patience, shake).await.ok()??;
    let cause = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    match cause {
        rustls::Error::InvalidCertificate(why) => Some(format!("{why:?}")),
        _ => None,
    }
}

/// A version of TLS that nobody should speak any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Old {
    Tls10,
    Tls11,
}

impl Old {
    fn minor(self) -> u8 {
        match self {
            Self::Tls10 => 1,
            Self::Tls11 => 2,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
        }
    }
}

/// Whether the target goes on when greeted in an old version.
pub(crate) async fn speaks(base: &Url, version: Old, patience: Duration) -> bool {
    let ask = async {
        let mut stream = connect(base).await.ok()?;
        stream.write_all(&hello(version, base.host_str().unwrap_or_default())).await.ok()?;
        let mut head = [0_u8; 11];
        stream.read_exact(&mut head).await.ok()?;
        Some(head)
    };
    // A record with a handshake in it (22), which is a server's hello (2) in this very version.
    let greeted = tokio::time::timeout(patience, ask).await.ok().flatten();
    matches!(greeted, Some([22, 3, _, _, _, 2, _, _, _, 3, minor]) if minor == version.minor())
}

async fn connect(base: &Url) -> std::io::Result<TcpStream> {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    TcpStream::connect((host, base.port_or_known_default().unwrap_or(443))).await
}

/// The hello of a client that speaks nothing newer (RFC 4346, section 7.4.1.2).
fn hello(version: Old, host: &str) -> Vec<u8> {
    let mut body = vec![3, version.minor()];
    body.extend_from_slice(&[0x5a; 32]);
    body.push(0);
    // ECDHE and RSA with AES in CBC mode, and Triple-DES.
    let suites = [0xc0, 0x0a, 0xc0, 0x14, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0x35, 0x00, 0x2f, 0x00, 0x0a];
    sized(&mut body, &suites);
    body.extend_from_slice(&[1, 0]);
    let mut extensions = Vec::new();
    if !host.is_empty() && host.parse::<std::net::IpAddr>().is_err() {
        let mut name = vec![0];
        sized(&mut name, host.as_bytes());
        let mut list = Vec::new();
        sized(&mut list, &name);
        extensions.extend_from_slice(&[0, 0]);
        sized(&mut extensions, &list);
    }
    extensions.extend_from_slice(&[0, 10, 0, 6, 0, 4, 0, 23, 0, 24]);
    extensions.extend_from_slice(&[0, 11, 0, 2, 1, 0]);
    sized(&mut body, &extensions);
    let mut handshake = vec![1, 0];
    sized(&mut handshake, &body);
    let mut record = vec![22, 3, 1];
    sized(&mut record, &handshake);
    record
}

/// Appends bytes with their number before them.
fn sized(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Takes every certificate.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
