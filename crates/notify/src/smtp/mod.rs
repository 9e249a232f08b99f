//! Letters carried to an SMTP server (RFC 5321), one connection a letter.
//!
//! In phases: connect, encrypt, sign in, name the sender, name the recipient, hand over the content. What goes wrong is
//! told apart by who has to act:
//!
//! - The server cannot be reached, is too slow or asks for patience (4xx): [`MailError::Unavailable`], tried again.
//! - The server does not take our mail at all: no STARTTLS, a wrong password, an unknown sender: [`MailError::Service`],
//!   tried again, for the letter is not at fault and a person can put it right.
//! - The server refuses this recipient or this letter for good (5xx): [`MailError::Refused`], never tried again.
//!
//! A letter whose acceptance was not heard of is sent again with the same `Message-ID`.

mod dialogue;
mod meaning;
mod settings;

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use florin_kernel::{Env, Timestamp};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use crate::mailer::Sending;
use crate::{Letterhead, Mail, MailError, Mailer};

pub use settings::{Security, SmtpSettings};

/// How long the others wait after a letter found no server: none of them needs to find that out anew.
const PAUSE_US: i64 = 5_000_000;
/// How long a farewell may take, after which nothing depends on it.
const FAREWELL: Duration = Duration::from_secs(2);

/// The server that letters are given to.
pub struct Smtp {
    server: Server,
    letterhead: Letterhead,
    timeout: Duration,
    env: Env,
    paused_until: Mutex<Option<Timestamp>>,
}

/// Where the server is and how it is spoken to.
struct Server {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    user: String,
    password: SecretString,
    hello: ClientId,
}

impl Smtp {
    /// Letters of `letterhead` to the server of `settings`, which is not connected to yet. Blocking: it may read a file.
    ///
    /// # Errors
    /// [`MailError::Settings`], which names the setting.
    pub fn open(settings: &SmtpSettings, letterhead: Letterhead, env: Env) -> Result<Self, MailError> {
        settings.check()?;
        let server = Server {
            host: settings.host.clone(),
            port: settings.port(),
            security: settings.security,
            tls: settings.tls()?,
            user: settings.user.clone(),
            password: settings.password.clone(),
            hello: hello(letterhead.public_url.host()),
        };
        Ok(Self { server, letterhead, timeout: settings.timeout, env, paused_until: Mutex::new(None) })
    }

    /// Whether the server answers, is encrypted as wanted and takes the password; nothing is sent.
    ///
    /// # Errors
    /// [`MailError::Unavailable`] and [`MailError::Service`].
    pub async fn probe(&self) -> Result<(), MailError> {
        let connection =
            timeout(self.timeout, dialogue::greet(&self.server)).await.map_err(|_| self.too_slow())??;
        farewell(connection).await;
        Ok(())
    }

    async fn carry(&self, mail: &Mail) -> Result<(), MailError> {
        let bytes = mail.render(&self.letterhead)?;
        let (from, to) = (self.letterhead.from.email.clone(), mail.recipient()?);
        self.stand_back()?;
        let talk = async {
            let mut connection = dialogue::greet(&self.server).await.inspect_err(|_| self.pause())?;
            dialogue::hand_over(&mut connection, from, to, &bytes).await?;
            Ok::<_, MailError>(connection)
        };
        let connection = timeout(self.timeout, talk).await.map_err(|_| {
            self.pause();
            self.too_slow()
        })??;
        farewell(connection).await;
        Ok(())
    }

    fn too_slow(&self) -> MailError {
        MailError::Unavailable(format!("no answer within {} seconds", self.timeout.as_secs()))
    }

    fn pause(&self) {
        let until = self.env.now().as_microsecond().saturating_add(PAUSE_US);
        if let Ok(mut paused) = self.paused_until.lock() {
            *paused = Timestamp::from_microsecond(until).ok();
        }
    }

    /// Refuses at once while another letter has just found no server.
    fn stand_back(&self) -> Result<(), MailError> {
        let paused = self.paused_until.lock().ok().and_then(|paused| *paused);
        match paused {
            Some(until) if self.env.now() < until => {
                Err(MailError::Unavailable("it failed another letter a moment ago".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(self.carry(mail))
    }
}

impl std::fmt::Debug for Smtp {
    /// Leaves out user and password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Server { host, port, security, .. } = &self.server;
        f.debug_struct("Smtp")
            .field("host", host)
            .field("port", port)
            .field("security", security)
            .finish_non_exhaustive()
    }
}

impl Server {
    fn credentials(&self) -> Option<Credentials> {
        (!self.user.is_empty()).then(|| (self.user.as_str(), self.password.expose_secret()).into())
    }
}

/// What the program calls itself: the host of the public address, as RFC 5321, 4.1.3, writes it.
fn hello(host: &str) -> ClientId {
    match host.parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

/// The letter is taken by now; a server that is slow to say goodbye changes nothing.
async fn farewell(mut connection: AsyncSmtpConnection) {
    let _ = timeout(FAREWELL, connection.quit()).await;
}
