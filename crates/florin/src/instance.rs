//! Which instance a command is about: the flags that all such commands share, and how they reach it.

use std::path::PathBuf;

use clap::Args;
use florin_app::Services;
use florin_app::config::{Config, Loaded, Sources};
use florin_db::{Access, Db};
use florin_kernel::Env;
use secrecy::ExposeSecret;
use tokio::runtime::{Builder, Runtime};

use crate::{Exit, Failure};

/// Which instance a command is about.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Instance {
    /// The directory of everything that an embedded instance keeps [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A configuration file
    #[arg(long, value_name = "FILE", env = "FLORIN_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// The settings of one of the systems that Florin replaces: biller, investing, embedded or bank
    #[arg(long, value_name = "NAME", env = "FLORIN_PRESET", hide_env_values = true)]
    pub(crate) preset: Option<String>,
}

impl Instance {
    /// The configuration of the instance, with the story of each setting; `flags` are of the command line too.
    pub(crate) fn read(&self, flags: &[(&'static str, String)]) -> Result<Loaded, Failure> {
        let mut sources = Sources::from_environment()?;
        sources.preset.clone_from(&self.preset);
        sources.file.clone_from(&self.config);
        if let Some(data) = &self.data {
            let text = data.to_str().ok_or_else(|| Failure::new(Exit::Usage, "--data is not UTF-8"))?;
            sources.flags.push(("instance.data", text.to_owned()));
        }
        sources.flags.extend_from_slice(flags);
        Ok(Loaded::read(&sources)?)
    }

    /// The configuration, checked.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let loaded = self.read(&[])?;
        loaded.check()?;
        Ok(loaded.config)
    }
}

/// Whether the instance's database is PostgreSQL.
pub(crate) fn is_postgres(config: &Config) -> bool {
    postgres_url(config).is_some()
}

/// The URL of the instance's database, where that is PostgreSQL.
pub(crate) fn postgres_url(config: &Config) -> Option<&str> {
    let url = config.database.url.expose_secret();
    (url.starts_with("postgres://") || url.starts_with("postgresql://")).then_some(url)
}

/// The file of an embedded instance.
pub(crate) fn database_file(config: &Config) -> PathBuf {
    let url = config.database.url.expose_secret();
    if url.is_empty() { config.instance.data.join("florin.db") } else { PathBuf::from(url) }
}

/// Opens a database that is there and whose schema is this program's, beside whoever serves it.
pub(crate) fn open_existing(config: &Config) -> Result<Db, Failure> {
    let file = database_file(config);
    if !is_postgres(config) && !file.is_file() {
        let path = file.display();
        return Err(Failure::new(
            Exit::Failed,
            format!("there is no database at {path}; `florin serve` makes one"),
        ));
    }
    let mut config = config.clone();
    config.database.migrate = false;
    Ok(Services::open_database(&config, Access::Command, Env::system())?)
}

/// The runtime of a command that does one thing.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(error).during("the runtime cannot be started"))
}

/// The runtime of a server: this many threads, or as many as there are cores for 0.
pub(crate) fn server_runtime(threads: u16) -> Result<Runtime, Failure> {
    let mut builder = Builder::new_multi_thread();
    if threads > 0 {
        builder.worker_threads(usize::from(threads));
    }
    let built = builder.enable_all().thread_name("florin-serve").build();
    built.map_err(|error| Failure::from(error).during("the runtime cannot be started"))
}
