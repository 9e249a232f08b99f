//! `florin health`.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::{Exit, Failure};

const PATIENCE: Duration = Duration::from_secs(3);
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// Ask a server whether it is ready; for containers and supervisors
#[derive(Args)]
#[command(after_help = "Example:\n  florin health http://127.0.0.1:8080")]
pub(super) struct Health {
    /// Where the server is
    #[arg(default_value = "http://127.0.0.1:8080")]
    url: String,
}

impl Health {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let authority = self.url.strip_prefix("http://").unwrap_or_default();
        let authority = authority.split('/').next().unwrap_or_default();
        if authority.is_empty() {
            return Err(Failure::new(Exit::Usage, "an address such as http://127.0.0.1:8080 is wanted"));
        }
        let status = ask(authority).map_err(|error| {
            Failure::of(Exit::Unavailable, &error).during(format!("{} does not answer", self.url))
        })?;
        match status.as_deref() {
            Some("200") => {
                tell!("{} is ready", self.url);
                Ok(ExitCode::SUCCESS)
            }
            Some(status) => Err(Failure::new(
                Exit::Unavailable,
                format!("{} is not ready: it answers {status}", self.url),
            )),
            None => Err(Failure::new(Exit::Failed, format!("{} does not speak HTTP", self.url))),
        }
    }
}

/// The status of `GET /health/ready`, if the answer is one of HTTP.
fn ask(authority: &str) -> std::io::Result<Option<String>> {
    let with_port = if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let none = || std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
    let address = with_port.to_socket_addrs()?.next().ok_or_else(none)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET /health/ready HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let head = String::from_utf8_lossy(&answer);
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    Ok(status.map(str::to_owned))
}
