//! `florin serve`.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use florin_app::config::{Config, Environment};
use florin_app::{Background, Services};
use florin_db::{Access, Engine};
use florin_kernel::Env;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::demo::{self, Credentials};
use crate::instance::{self, Instance};
use crate::telemetry::Telemetry;
use crate::{Exit, Failure, log, output, supervisor};

/// Serve the API; starts with no configuration, on an embedded database in ./data
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin serve --demo\n  florin serve --listen 0.0.0.0:8080 --data /var/lib/florin"
)]
pub(super) struct Serve {
    /// Fill an empty instance with a year of a small bank, and print who can sign in
    #[arg(long)]
    demo: bool,
    /// The address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    instance: Instance,
}

impl Serve {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let flags: Vec<_> =
            self.listen.map(|listen| ("server.listen", listen.to_string())).into_iter().collect();
        let loaded = self.instance.read(&flags)?;
        loaded.check()?;
        let config = loaded.config;
        if self.demo && config.instance.environment == Environment::Production {
            return Err(Failure::new(Exit::Refused, "--demo is not for production"));
        }
        let runtime = instance::server_runtime(config.server.threads)?;
        let telemetry = Telemetry::start(&config, runtime.handle())?;
        let logging = log::start(&config.log, telemetry.as_ref().map(Telemetry::tracer))?;
        let served = runtime.block_on(serve(config, self.demo));
        if let Some(telemetry) = telemetry {
            telemetry.stop();
        }
        drop(runtime);
        drop(logging);
        served.map(|()| ExitCode::SUCCESS)
    }
}

async fn serve(mut config: Config, demo: bool) -> Result<(), Failure> {
    let shutdown = Shutdown::listen()?;
    let reserved = reserve_port(&mut config)?;
    let credentials = if demo { Some(demo::ensure(&config).await?) } else { None };
    let services = Services::open(config, Access::Serve, Env::system()).await?;
    let listen = services.config.server.listen;
    drop(reserved);
    let server = crate::face::bind(&services, listen).await?;
    let background = Background::start(&services)?;

    let block = start_block(&services, services.identity.has_admin().await?, credentials.as_ref());
    tell!("{}", block.trim_end());
    let scheme = if services.config.server.tls_certificate.as_os_str().is_empty() { "http" } else { "https" };
    output::line(&format!("listening on {scheme}://{}", server.local_addr()))?;
    supervisor::ready();
    let watched = supervisor::watch(&services);
    server.serve(leave(shutdown, &services)).await;

    tracing::info!("stopping");
    background.stop().await;
    if let Some(watched) = watched {
        watched.abort();
    }
    let db = services.db.clone();
    let closed = tokio::task::spawn_blocking(move || db.close()).await;
    closed.map_err(|error| Failure::of(Exit::Failed, &error))
}

/// Waits for the end, says that it is near, and goes on serving for as long as load balancers take to learn of it.
async fn leave(shutdown: Shutdown, services: &Services) {
    shutdown.wait().await;
    services.readiness.leave();
    let delay = Duration::from_secs(services.config.server.drain_delay_seconds.into());
    let patience = Duration::from_secs(services.config.server.drain_timeout_seconds.into());
    supervisor::stopping(delay.saturating_add(patience));
    if !delay.is_zero() {
        tracing::info!(seconds = delay.as_secs(), "leaving: not ready any more, and still serving");
        tokio::time::sleep(delay).await;
    }
}

/// Chooses the port where port 0 leaves that open, so that links and tokens can name it, and keeps it from others.
fn reserve_port(config: &mut Config) -> Result<Option<TcpListener>, Failure> {
    if config.server.listen.port() != 0 {
        return Ok(None);
    }
    let address = config.server.listen;
    let taken = |error: std::io::Error| {
        Failure::of(Exit::Unavailable, &error).during(format!("{address} cannot be had"))
    };
    let listener = TcpListener::bind(address).map_err(taken)?;
    config.server.listen = listener.local_addr()?;
    Ok(Some(listener))
}

/// Where letters go.
fn mail_goes(config: &Config) -> String {
    match config.mail.smtp_host.as_str() {
        "" => format!("kept in {}/outbox", config.instance.data.display()),
        host => format!("handed to {host}"),
    }
}

/// What the person who starts the program wants to know.
fn start_block(services: &Services, has_admin: bool, credentials: Option<&Credentials>) -> String {
    let config = &services.config;
    let (data, url) = (config.instance.data.display(), config.public_url());
    let database = match services.db.engine() {
        Engine::Sqlite => format!("embedded, {}", instance::database_file(config).display()),
        Engine::Postgres => "PostgreSQL".to_owned(),
    };
    let mut block = format!("Florin {}\n", crate::VERSION);
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(block, "  {name:<10}{value}");
    };
    fact("database", &database);
    fact("data", &data.to_string());
    fact("mail", &mail_goes(config));
    fact("address", &url);
    fact("docs", &format!("{url}/docs"));
    for warning in warnings(config) {
        fact("warning", &warning);
    }
    if let Some(credentials) = credentials {
        let _ = write!(block, "\nThis is a demonstration. Sign in with\n{credentials}");
    } else if !has_admin {
        let data = data.to_string();
        let data = if data == "./data" { String::new() } else { format!(" --data {data}") };
        let _ = write!(block, "\nNobody can administer this instance yet. Make somebody known who can:\n");
        let _ = writeln!(block, "  florin admin create --email you@example.org{data}");
    }
    block
}

/// What is fit for trying things out and for nothing else.
fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_development = config.instance.environment == Environment::Development;
    if is_development && !config.server.listen.ip().is_loopback() {
        warnings.push(
            "others can reach this address: set FLORIN_ENVIRONMENT=production before they should".to_owned(),
        );
    }
    if !config.rate_limits.enabled {
        warnings.push("rate_limits.enabled is false".to_owned());
    }
    warnings
}

/// The signals that end the program.
struct Shutdown {
    terminate: Signal,
    interrupt: Signal,
}

impl Shutdown {
    /// Takes the signals; from here on they end nothing by themselves.
    fn listen() -> Result<Self, Failure> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one. A second one does not wait for anything any more.
    async fn wait(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(1);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_app::config::{Loaded, Sources};

    use super::*;

    #[test]
    fn where_letters_go_is_what_the_configuration_says() {
        let mut sources = Sources::default();
        sources.flags.push(("instance.data", "/var/lib/florin".to_owned()));
        let mut config = Loaded::read(&sources).unwrap().config;
        assert_eq!(mail_goes(&config), "kept in /var/lib/florin/outbox");

        config.mail.smtp_host = "mail.example".to_owned();

        assert_eq!(mail_goes(&config), "handed to mail.example");
    }
}
