//! A listener of the scanner's own, to see whether the target can be made to call somebody.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const HEAD_BYTES_MAX: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(2);

/// Listens on loopback until it is dropped, and remembers what was asked for.
pub(crate) struct Listener {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens; `pages` are what is answered to the paths that begin so, anything else gets a short text.
    pub(crate) async fn start(pages: BTreeMap<&'static str, String>) -> std::io::Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let address = socket.local_addr()?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        let pages = Arc::new(pages);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (heard, pages) = (heard.clone(), pages.clone());
                tokio::spawn(async move {
                    // A caller who does not finish is of no interest.
                    let _ = tokio::time::timeout(PATIENCE, answer(stream, &heard, &pages)).await;
                });
            }
        });
        Ok(Self { address, asked, task })
    }

    /// An address of the listener.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Whether anybody asked for a path with this word in it.
    pub(crate) fn heard(&self, word: &str) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().any(|path| path.contains(word))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    mut stream: TcpStream,
    heard: &Mutex<Vec<String>>,
    pages: &BTreeMap<&'static str, String>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0_u8; 1024];
    while request.len() < HEAD_BYTES_MAX {
        let read = stream.read(&mut part).await?;
        request.extend_from_slice(part.get(..read).unwrap_or_default());
        if read == 0 || request.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            break;
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let page = pages.iter().find(|(begin, _)| path.starts_with(**begin)).map(|(_, page)| page.clone());
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let body = page.unwrap_or_else(|| "florin-scan".to_owned());
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await
}
