//! The accept loop: connections are bounded in number and in patience, and drained at the end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::Service;

use crate::Tls;

/// The pause after the system refused to hand over a connection, as it does when it is out of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How much a server takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections may be open; more wait to be accepted.
    pub connections_max: usize,
    /// How long a connection may take to send the head of its next request, idling included.
    pub head_timeout: Duration,
    /// How long a client may leave an answer unread before its connection is cut off.
    pub write_timeout: Duration,
    /// How many bytes that head may have.
    pub head_bytes_max: usize,
    /// How long requests in progress may take to end once the server stops.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 8_192,
            head_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            head_bytes_max: 16 << 10,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// The address of whoever holds the other end of a request's connection, as an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// A server that is bound and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    router: Router,
    limits: Limits,
    tls: Option<Tls>,
}

impl Server {
    /// Takes `addr`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(addr: SocketAddr, router: Router, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let local_addr = listener.local_addr()?;
        // With its state given here once, a router need not make its handlers anew for each request.
        Ok(Self { listener, local_addr, router: router.with_state(()), limits, tls: None })
    }

    /// The same over TLS.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The address it has.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` completes, then ends what is in progress, for as long as the limits allow.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, router, limits, tls, .. } = self;
        let http = protocol(&limits);
        let room = Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS)));
        let (stop, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        let acceptor = tls.as_ref().map(Tls::acceptor);
        let renewing = tls.map(|tls| tokio::spawn(tls.keep_current()));

        loop {
            let (stream, peer, permit) = tokio::select! {
                () = &mut shutdown => break,
                next = accept(&listener, &room) => next,
            };
            while connections.try_join_next().is_some() {}
            let connection = Connection { peer, router: router.clone(), stopped: stopped.clone() };
            let (http, acceptor) = (http.clone(), acceptor.clone());
            connections.spawn(async move {
                connection.open(stream, acceptor, &http, &limits).await;
                drop(permit);
            });
        }

        drop(listener);
        if let Some(renewing) = renewing {
            renewing.abort();
        }
        stop.send_replace(true);
        let drain = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(limits.drain_timeout, drain).await.is_err() {
            tracing::warn!(
                connections = connections.len(),
                "the time to drain is over: connections are cut off"
            );
            connections.shutdown().await;
        }
    }
}

fn protocol(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.head_bytes_max)
        .half_close(false);
    http
}

/// Waits for room, then for a connection.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a permit in the end.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    let mut told = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                return (stream, peer, permit);
            }
            // The other end has gone away again; the next may be waiting already.
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                if !told {
                    tracing::error!(%error, "connections cannot be accepted; trying on");
                    told = true;
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    stopped: watch::Receiver<bool>,
}

impl Connection {
    /// Serves the connection to its end, over TLS where there is an acceptor.
    async fn open(
        self,
        stream: TcpStream,
        acceptor: Option<TlsAcceptor>,
        http: &http1::Builder,
        limits: &Limits,
    ) {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write_timeout));
        let stream = Box::pin(stream);
        let Some(acceptor) = acceptor else { return self.run(stream, http).await };
        // Whoever does not shake hands in time, or speaks something else, has nothing to be told.
        if let Ok(Ok(stream)) = tokio::time::timeout(limits.head_timeout, acceptor.accept(stream)).await {
            self.run(stream, http).await;
        }
    }

    async fn run<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S, http: &http1::Builder) {
        let Self { peer, router, mut stopped } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().call(request)
        });
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            biased;
            // How a connection ends is its client's affair: it breaks off, or speaks another language.
            _ = connection.as_mut() => return,
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
