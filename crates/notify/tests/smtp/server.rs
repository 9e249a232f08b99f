//! A mail server for tests, on a port of its own: what it answers is set, what it was told can be read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How a server behaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// TLS from the first byte.
    pub(crate) tls: bool,
    /// STARTTLS is offered.
    pub(crate) starttls: bool,
    /// Answers other than the usual, by what the line begins with; `.` is the end of the content.
    pub(crate) answers: Vec<(&'static str, &'static str)>,
    /// The connection ends at a line that begins so, without an answer.
    pub(crate) drop_at: Option<&'static str>,
    /// Sent in the clear right behind the answer to STARTTLS, as somebody on the way could.
    pub(crate) injected: Option<&'static str>,
    /// No line is answered, not even by a greeting.
    pub(crate) silent: bool,
}

/// What a server was told.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<String>,
    /// The letters that it took, as they were sent.
    pub(crate) letters: Vec<String>,
    /// Lines that came before the connection was encrypted.
    pub(crate) in_the_clear: Vec<String>,
}

pub(crate) struct Server {
    pub(crate) port: u16,
    /// The authority that its certificate is checked against, as PEM.
    pub(crate) authority: String,
    manners: Arc<Mutex<Manners>>,
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (manners, heard) = (Arc::new(Mutex::new(manners)), Arc::new(Mutex::new(Heard::default())));
        let (shared, heard_by) = (Arc::clone(&manners), Arc::clone(&heard));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manners, heard) = (shared.lock().unwrap().clone(), Arc::clone(&heard_by));
                tokio::spawn(receive(stream, acceptor.clone(), manners, heard));
            }
        });
        Self { port, authority: cert.pem(), manners, heard, task }
    }

    /// Behaves so from the next connection on.
    pub(crate) fn behave(&self, manners: Manners) {
        *self.manners.lock().unwrap() = manners;
    }

    pub(crate) fn letters(&self) -> Vec<String> {
        self.heard.lock().unwrap().letters.clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.heard.lock().unwrap().lines.clone()
    }

    pub(crate) fn in_the_clear(&self) -> Vec<String> {
        self.heard.lock().unwrap().in_the_clear.clone()
    }
}

async fn receive(stream: TcpStream, acceptor: TlsAcceptor, manners: Manners, heard: Arc<Mutex<Heard>>) {
    if manners.tls {
        let Ok(stream) = acceptor.accept(stream).await else { return };
        converse(stream, &manners, &heard, true, true).await;
        return;
    }
    let Some(stream) = converse(stream, &manners, &heard, true, false).await else { return };
    let Ok(stream) = acceptor.accept(stream).await else { return };
    converse(stream, &manners, &heard, false, true).await;
}

/// Talks until the end, or until STARTTLS, when the stream is given back.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    manners: &Manners,
    heard: &Mutex<Heard>,
    greets: bool,
    encrypted: bool,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    if manners.silent {
        tokio::time::sleep(Duration::from_mins(1)).await;
        return None;
    }
    if greets {
        say(&mut stream, manners, "greeting", "220 test ready").await?;
    }
    let mut content: Option<String> = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let text = line.trim_end_matches("\r\n");
        if let Some(letter) = &mut content {
            if text == "." {
                let letter = std::mem::take(letter);
                content = None;
                if manners.drop_at == Some(".") {
                    // It took the letter, and nobody hears of it.
                    heard.lock().unwrap().letters.push(letter);
                    return None;
                }
                if say(&mut stream, manners, ".", "250 2.0.0 taken").await? {
                    heard.lock().unwrap().letters.push(letter);
                }
            } else {
                letter.push_str(&line);
            }
            continue;
        }
        note(heard, text, encrypted);
        if manners.drop_at.is_some_and(|at| text.starts_with(at)) {
            return None;
        }
        let usual = match text.split(' ').next().unwrap_or_default() {
            "EHLO" if manners.starttls && !encrypted => "250-test\r\n250 STARTTLS",
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "STARTTLS" => "220 go on",
            "AUTH" => "235 2.7.0 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 2.1.0 fine",
        };
        let forged = manners.injected.filter(|_| text == "STARTTLS").map(|more| format!("{usual}\r\n{more}"));
        let usual = forged.as_deref().unwrap_or(usual);
        let granted = say(&mut stream, manners, text, usual).await?;
        if text == "STARTTLS" && granted {
            return Some(stream.into_inner());
        }
        if text == "DATA" && granted {
            content = Some(String::new());
        }
    }
}

fn note(heard: &Mutex<Heard>, line: &str, encrypted: bool) {
    let mut heard = heard.lock().unwrap();
    heard.lines.push(line.to_owned());
    if !encrypted {
        heard.in_the_clear.push(line.to_owned());
    }
}

/// Answers a line; whether the answer was the usual one.
async fn say<S: AsyncWrite + Unpin>(
    stream: &mut S,
    manners: &Manners,
    line: &str,
    usual: &str,
) -> Option<bool> {
    let other = manners.answers.iter().find(|(beginning, _)| line.starts_with(beginning));
    let answer = other.map_or(usual, |(_, answer)| answer);
    stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    Some(other.is_none())
}
