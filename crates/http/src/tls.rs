//! TLS in the program itself, with certificates that may be renewed while it serves.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why a certificate cannot be served.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: rustls::pki_types::pem::Error,
    },
    /// The key is of a kind that cannot sign, or is not the certificate's.
    #[error("the certificate and its key cannot be used together: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A certificate with its key, as files; clones share what was read last.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    served: Arc<Served>,
}

#[derive(Debug)]
struct Served {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<(Arc<CertifiedKey>, Stamp)>,
}

/// When both files were changed last.
type Stamp = [Option<SystemTime>; 2];

impl Tls {
    /// TLS 1.3 and 1.2 with the certificate chain and the private key in these PEM files. Blocking.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let stamp = stamp(certificate, key);
        let current = RwLock::new((Arc::new(read(certificate, key)?), stamp));
        let served = Arc::new(Served { certificate: certificate.to_owned(), key: key.to_owned(), current });
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Served>::clone(&served);
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), served })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Serves what is in the files whenever they change; what cannot be used is not taken, and the log says so once.
    pub(crate) async fn keep_current(self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let served = Arc::clone(&self.served);
            // Files may lie on a slow disk.
            let _ = tokio::task::spawn_blocking(move || served.look()).await;
        }
    }
}

impl Served {
    fn look(&self) {
        let found = stamp(&self.certificate, &self.key);
        if found == self.current.read().1 {
            return;
        }
        match read(&self.certificate, &self.key) {
            Ok(key) => {
                *self.current.write() = (Arc::new(key), found);
                tracing::info!("the TLS certificate was renewed");
            }
            Err(error) => {
                // A renewal writes two files, one after the other: what does not fit now may fit in a moment.
                tracing::warn!(%error, "the new TLS certificate cannot be used; the one before is served on");
                self.current.write().1 = found;
            }
        }
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().0))
    }
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| std::fs::metadata(path).and_then(|found| found.modified()).ok())
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let of = |path: &Path| {
        let path = path.to_owned();
        move |why| TlsError::File { path, why }
    };
    let chain = CertificateDer::pem_file_iter(certificate).map_err(of(certificate))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(of(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(of(key))?;
    Ok(CertifiedKey::from_der(chain, key, &ring::default_provider())?)
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    struct Files {
        directory: tempfile::TempDir,
    }

    impl Files {
        fn new() -> Self {
            Self { directory: tempfile::tempdir().unwrap() }
        }

        fn paths(&self) -> [PathBuf; 2] {
            ["certificate.pem", "key.pem"].map(|name| self.directory.path().join(name))
        }

        /// Writes a new certificate, with its key or without; what is on the wire of it.
        fn renew(&self, with_key: bool) -> Vec<u8> {
            let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let [certificate, key] = self.paths();
            std::fs::write(&certificate, made.cert.pem()).unwrap();
            if with_key {
                std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
            }
            // Two renewals within one tick of the file system's clock are still two.
            let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + self.age());
            std::fs::File::options().append(true).open(&certificate).unwrap().set_modified(later).unwrap();
            made.cert.der().to_vec()
        }

        fn age(&self) -> u64 {
            let marks = self.directory.path().join("marks");
            let count = std::fs::read(&marks).map_or(0, |marks| marks.len());
            std::fs::write(&marks, vec![b'.'; count + 1]).unwrap();
            u64::try_from(count).unwrap()
        }
    }

    fn served(tls: &Tls) -> Vec<u8> {
        tls.served.current.read().0.cert[0].to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_served_and_one_without_its_key_is_not() {
        let files = Files::new();
        let first = files.renew(true);
        let [certificate, key] = files.paths();
        let tls = Tls::open(&certificate, &key).unwrap();
        assert_eq!(served(&tls), first);

        let second = files.renew(true);
        tls.served.look();
        assert_eq!(served(&tls), second);

        files.renew(false);
        tls.served.look();
        assert_eq!(served(&tls), second, "what does not fit its key is not taken");

        let last = files.renew(true);
        tls.served.look();
        assert_eq!(served(&tls), last);
        std::fs::remove_file(&key).unwrap();
        tls.served.look();
        assert_eq!(served(&tls), last);
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let files = Files::new();
        let [certificate, key] = files.paths();
        assert!(Tls::open(&certificate, &key).unwrap_err().to_string().contains("certificate.pem"));
        files.renew(true);
        std::fs::write(&key, "not a key").unwrap();
        assert!(Tls::open(&certificate, &key).unwrap_err().to_string().contains("key.pem"));
        files.renew(true);
        files.renew(false);
        assert!(Tls::open(&certificate, &key).unwrap_err().to_string().contains("used together"));
    }
}
