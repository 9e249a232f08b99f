//! Connecting, with TLS where the URL asks for it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Runtime;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::DbError;

/// Where the database is and how it is reached.
#[derive(Clone)]
pub(crate) struct PgConfig {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl PgConfig {
    /// Reads a `postgres://` URL; certificates are checked against `ca_file` or the public roots.
    pub(crate) fn parse(url: &str, ca_file: Option<&PathBuf>) -> Result<Self, DbError> {
        let mut config = Config::from_str(url).map_err(|_| {
            DbError::Unavailable("DATABASE_URL is not a PostgreSQL URL that can be read".to_owned())
        })?;
        config.application_name("florin").connect_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(10));
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(tls(ca_file)?),
        };
        Ok(Self { config, tls })
    }

    /// Opens a connection and drives it on `runtime`.
    pub(crate) fn connect(&self, runtime: &Runtime) -> Result<Client, DbError> {
        let unreachable =
            |error: tokio_postgres::Error| DbError::Unavailable(super::session::sentence(&error));
        runtime.block_on(async {
            if let Some(tls) = &self.tls {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(unreachable)?;
                tokio::spawn(connection);
                Ok(client)
            } else {
                let (client, connection) = self.config.connect(NoTls).await.map_err(unreachable)?;
                tokio::spawn(connection);
                Ok(client)
            }
        })
    }
}

fn tls(ca_file: Option<&PathBuf>) -> Result<MakeRustlsConnect, DbError> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let unreadable = |why: String| DbError::Unavailable(format!("{}: {why}", path.display()));
            for certificate in
                CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?
            {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| DbError::Unavailable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
