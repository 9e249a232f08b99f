//! Where settings come from: defaults, preset, file, environment, flags; and which of them set what.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use thiserror::Error;
use toml::{Table, Value};

use super::{Config, Environment, Processor, fitness, providers, secret_files};

const DEFAULTS: &str = include_str!("default.toml");

/// The presets, by name: the settings of the systems that Florin replaces.
pub const PRESETS: &[(&str, &str)] = &[
    ("biller", include_str!("../../../../config/presets/biller.toml")),
    ("investing", include_str!("../../../../config/presets/investing.toml")),
    ("embedded", include_str!("../../../../config/presets/embedded.toml")),
    ("bank", include_str!("../../../../config/presets/bank.toml")),
];

/// The names of settings in the environment that other programs know too.
const ALIASES: &[(&str, &str)] =
    &[("DATABASE_URL", "database.url"), ("REDIS_URL", "redis.url"), ("ENCRYPTION_KEY", "vault.fernet_keys")];

/// Why the configuration cannot be used; the text says what to do.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such setting.
    #[error("{origin} sets `{key}`, which is no setting; `florin config show` lists them all")]
    Unknown {
        /// Where it was set.
        origin: String,
        /// What was set.
        key: String,
    },
    /// The value does not fit the setting.
    #[error("{origin} sets `{key}` to something it cannot be: {why}")]
    Value {
        /// Where it was set.
        origin: String,
        /// The setting.
        key: String,
        /// Why it does not fit.
        why: String,
    },
    /// A variable of the environment that is a setting is no text.
    #[error("the environment's {0} is not UTF-8")]
    NotText(String),
    /// There is no such preset.
    #[error("there is no preset `{0}`: it is one of biller, investing, embedded, bank")]
    Preset(String),
    /// Mail cannot be sent as it is set; the text names the setting.
    #[error("{0}")]
    Mail(String),
    /// Payments cannot be charged as it is set; the text names the setting.
    #[error("{0}")]
    Payments(String),
    /// The file that a variable names holds no secret.
    #[error("{variable}: {path}: {why}")]
    SecretFile {
        /// The variable.
        variable: String,
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A secret is given twice, once by a file.
    #[error("{one} and {other} both set `{key}`: take one of them away")]
    TwoWays {
        /// The setting.
        key: String,
        /// One variable.
        one: String,
        /// The other one, which names a file.
        other: String,
    },
    /// It may not be used in production.
    #[error("not fit for production: {0}")]
    Unfit(String),
}

/// Where settings are looked for.
#[derive(Clone, Default)]
pub struct Sources {
    /// The preset's name.
    pub preset: Option<String>,
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Settings of the command line, by key.
    pub flags: Vec<(&'static str, String)>,
}

impl fmt::Debug for Sources {
    /// Names what is set, and says nothing of what it is set to: secrets are among it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags: Vec<&str> = self.flags.iter().map(|(key, _)| *key).collect();
        f.debug_struct("Sources")
            .field("preset", &self.preset)
            .field("file", &self.file)
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("flags", &flags)
            .finish()
    }
}

impl Sources {
    /// The process's own environment, and nothing else.
    ///
    /// # Errors
    /// [`ConfigError::NotText`], which names a setting that is not UTF-8; what is no setting may be anything.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Ok(Self { environment: texts(std::env::vars_os())?, ..Self::default() })
    }
}

/// The variables that are text, where every setting is.
fn texts(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut texts = BTreeMap::new();
    for (name, value) in variables {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => {
                texts.insert(name, value);
            }
            (Ok(name), Err(_)) if is_setting(&name) => return Err(ConfigError::NotText(name)),
            (Err(name), _) if is_setting(&name.to_string_lossy()) => {
                return Err(ConfigError::NotText(name.to_string_lossy().into_owned()));
            }
            _ => {}
        }
    }
    Ok(texts)
}

/// Whether a variable of this name sets something; others may begin alike, as the path in `FLORIN_CONFIG` does.
fn is_setting(name: &str) -> bool {
    key_of(name).is_some() || secret_files::meant(name).is_some_and(|meant| key_of(meant).is_some())
}

/// The setting that a variable sets, if it is one of ours; there may be none of that key.
fn key_of(name: &str) -> Option<String> {
    if let Some((_, key)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return Some((*key).to_owned());
    }
    let path = name.strip_prefix("FLORIN_")?;
    if path == "ENVIRONMENT" {
        return Some("instance.environment".to_owned());
    }
    path.contains("__").then(|| path.replace("__", ".").to_lowercase())
}

/// The secret whose file a variable names, if it does.
fn key_of_file(name: &str) -> Option<String> {
    key_of(secret_files::meant(name)?).filter(|key| secret_files::is_secret(key))
}

/// A setting as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key, `section.name`.
    pub key: String,
    /// Its value, `••••` for secrets.
    pub value: String,
    /// Where the value comes from.
    pub origin: String,
    /// What it is.
    pub doc: String,
}

/// The configuration with the story of each setting.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Every setting.
    pub settings: Vec<Setting>,
    /// Why files of secrets may not be used in production.
    too_open: Vec<String>,
}

impl Loaded {
    /// Reads all sources.
    ///
    /// # Errors
    /// [`ConfigError`], which says which source is wrong and how.
    pub fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let mut merged = Merged::new()?;
        if let Some(name) = &sources.preset {
            let (_, text) = PRESETS
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| ConfigError::Preset(name.clone()))?;
            merged.lay_table(&parse(text, &format!("preset {name}"))?, &format!("preset {name}"))?;
        }
        if let Some(path) = &sources.file {
            merged.lay_table(&read_file(path)?, &path.display().to_string())?;
        }
        merged.lay_environment(&sources.environment)?;
        for (key, value) in &sources.flags {
            merged.lay_text(key, value, "the command line")?;
        }
        merged.finish()
    }

    /// Refuses what cannot work, and what production may not have.
    ///
    /// # Errors
    /// [`ConfigError::Mail`] and [`ConfigError::Unfit`], which say what and why.
    pub fn check(&self) -> Result<(), ConfigError> {
        let config = &self.config;
        if let Some(smtp) = crate::mail::smtp_settings(config) {
            smtp.check().map_err(|error| ConfigError::Mail(error.to_string()))?;
        }
        config.payments.fees().map_err(ConfigError::Payments)?;
        config.bank_networks().map_err(ConfigError::Payments)?;
        if !(500..=1_000).contains(&config.compliance.screening_alert_above) {
            return Err(ConfigError::Value {
                origin: "the configuration".to_owned(),
                key: "compliance.screening_alert_above".to_owned(),
                why: "500 to 1000 thousandths are possible".to_owned(),
            });
        }
        fitness::of_telemetry(&config.telemetry).map_err(|(key, why)| ConfigError::Value {
            origin: "the configuration".to_owned(),
            key: key.to_owned(),
            why,
        })?;
        if config.instance.environment != Environment::Production {
            return Ok(());
        }
        let unfit = |why: &str| Err(ConfigError::Unfit(why.to_owned()));
        if !config.instance.public_url.starts_with("https://") {
            return unfit(
                "instance.public_url must be the https:// address under which people reach the installation",
            );
        }
        if config.payments.processor == Processor::Simulator {
            return unfit("payments.processor must not be the simulator, which moves no money");
        }
        if let Some(why) = self.too_open.first() {
            return unfit(why);
        }
        let has_stripe = !config.stripe.secret_key.expose_secret().is_empty();
        if has_stripe && !config.stripe.url.starts_with("https://") {
            return unfit("stripe.url must begin with https://: the secret key goes there");
        }
        fitness::of_channels(config).map_err(ConfigError::Unfit)?;
        if !config.rate_limits.enabled {
            return unfit("rate_limits.enabled must be true");
        }
        if !config.mail.smtp_host.is_empty() && crate::mail::is_from_nowhere(&config.mail.from) {
            return unfit("mail.from must be an address of a domain that the institution owns");
        }
        if config.passwords.length_min < 8 {
            return unfit("passwords.length_min must be 8 at least");
        }
        Ok(())
    }
}

struct Merged {
    tree: Table,
    origins: BTreeMap<String, String>,
    too_open: Vec<String>,
}

impl Merged {
    fn new() -> Result<Self, ConfigError> {
        Ok(Self { tree: parse(DEFAULTS, "the defaults")?, origins: BTreeMap::new(), too_open: Vec::new() })
    }

    fn lay_table(&mut self, table: &Table, origin: &str) -> Result<(), ConfigError> {
        for (section, settings) in table {
            let Value::Table(settings) = settings else {
                return Err(ConfigError::Unknown { origin: origin.to_owned(), key: section.clone() });
            };
            self.lay_section(section, settings, origin)?;
        }
        Ok(())
    }

    fn lay_section(&mut self, section: &str, settings: &Table, origin: &str) -> Result<(), ConfigError> {
        for (name, value) in settings {
            let key = format!("{section}.{name}");
            match value {
                Value::Table(within) => self.lay_section(&key, within, origin)?,
                value => self.set(&key, value.clone(), origin)?,
            }
        }
        Ok(())
    }

    /// `FLORIN_SECTION__KEY`, and the few names that other programs know too; the former win. A secret may be given by a
    /// file instead, whose path stands in the same name with `_FILE` at its end.
    fn lay_environment(&mut self, environment: &BTreeMap<String, String>) -> Result<(), ConfigError> {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (own, known): (Vec<_>, Vec<_>) =
            environment.iter().partition(|(name, _)| name.starts_with("FLORIN_"));
        for (name, value) in known.into_iter().chain(own) {
            let key = if let Some(key) = key_of_file(name) {
                self.lay_file(&key, value, name)?;
                key
            } else if let Some(key) = key_of(name) {
                self.lay_text(&key, value, name)?;
                key
            } else {
                continue;
            };
            given.entry(key).or_default().push(name.clone());
        }
        secret_files::refuse_two_ways(&given)
    }

    /// Sets a secret to what a file holds.
    fn lay_file(&mut self, key: &str, path: &str, variable: &str) -> Result<(), ConfigError> {
        let file = secret_files::read(variable, path)?;
        self.too_open.extend(file.too_open);
        self.lay_text(key, file.value.expose_secret(), &format!("{variable} (file {path})"))
    }

    /// Sets a value given as text, read as the setting's own type.
    fn lay_text(&mut self, key: &str, text: &str, origin: &str) -> Result<(), ConfigError> {
        let wrong = |why: &str| ConfigError::Value {
            origin: origin.to_owned(),
            key: key.to_owned(),
            why: why.to_owned(),
        };
        let value = match self.get(key) {
            Some(Value::Integer(_)) => {
                Value::Integer(text.parse().map_err(|_| wrong("a whole number is wanted"))?)
            }
            Some(Value::Boolean(_)) => {
                Value::Boolean(text.parse().map_err(|_| wrong("true or false is wanted"))?)
            }
            _ => Value::String(text.to_owned()),
        };
        self.set(key, value, origin)
    }

    fn get(&self, key: &str) -> Option<&Value> {
        let (section, name) = key.rsplit_once('.')?;
        let mut tables = section.split('.');
        tables.try_fold(&self.tree, |table, name| table.get(name)?.as_table())?.get(name)
    }

    fn set(&mut self, key: &str, value: Value, origin: &str) -> Result<(), ConfigError> {
        let unknown = || ConfigError::Unknown { origin: origin.to_owned(), key: key.to_owned() };
        providers::admit(&mut self.tree, key);
        let held = held(&mut self.tree, key).ok_or_else(unknown)?;
        if held.type_str() != value.type_str() {
            let why = format!("{} is wanted and not {}", held.type_str(), value.type_str());
            return Err(ConfigError::Value { origin: origin.to_owned(), key: key.to_owned(), why });
        }
        *held = value;
        self.origins.insert(key.to_owned(), origin.to_owned());
        Ok(())
    }

    fn finish(self) -> Result<Loaded, ConfigError> {
        let mut settings = documented();
        providers::describe(&self.tree, &mut settings);
        for setting in &mut settings {
            let value = self.get(&setting.key);
            let is_secret = secret_files::is_secret(&setting.key);
            setting.value = match value {
                Some(Value::String(text)) if is_secret && !text.is_empty() => "••••".to_owned(),
                Some(value) => value.to_string(),
                None => String::new(),
            };
            setting.origin = self.origins.get(&setting.key).cloned().unwrap_or_else(|| "default".to_owned());
        }
        // One setting at a time, so that the one that does not fit can be named.
        for setting in &settings {
            let Some(value) = self.get(&setting.key) else { continue };
            let mut tree = parse(DEFAULTS, "the defaults")?;
            providers::admit(&mut tree, &setting.key);
            if let Some(held) = held(&mut tree, &setting.key) {
                *held = value.clone();
            }
            Value::Table(tree).try_into::<Config>().map_err(|error| ConfigError::Value {
                origin: setting.origin.clone(),
                key: setting.key.clone(),
                why: error.message().to_owned(),
            })?;
        }
        let mut config: Config =
            Value::Table(self.tree).try_into().map_err(|error: toml::de::Error| ConfigError::Value {
                origin: "the configuration".to_owned(),
                key: "*".to_owned(),
                why: error.message().to_owned(),
            })?;
        // The length alone is looked at, to tell an empty setting from none.
        debug_assert!(config.database.url.expose_secret().len() < 4_096);
        config.settings = settings.clone().into();
        Ok(Loaded { config, settings, too_open: self.too_open })
    }
}

/// Where the value of a setting stands.
fn held<'a>(tree: &'a mut Table, key: &str) -> Option<&'a mut Value> {
    let (section, name) = key.rsplit_once('.')?;
    let mut tables = section.split('.');
    tables.try_fold(tree, |table, name| table.get_mut(name)?.as_table_mut())?.get_mut(name)
}

fn parse(text: &str, origin: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| ConfigError::File {
        path: origin.to_owned(),
        why: error.message().to_owned(),
    })
}

fn read_file(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::File { path: path.display().to_string(), why: error.to_string() })?;
    parse(&text, &path.display().to_string())
}

/// Every setting with its default and its description, in the order of the file of defaults.
pub fn documented() -> Vec<Setting> {
    let mut settings = Vec::new();
    let (mut section, mut doc) = (String::new(), Vec::new());
    for line in DEFAULTS.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            doc.push(comment);
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            doc.clear();
        } else if let Some((name, value)) = line.split_once(" = ") {
            settings.push(Setting {
                key: format!("{section}.{name}"),
                value: value.to_owned(),
                origin: "default".to_owned(),
                doc: doc.join(" "),
            });
            doc.clear();
        } else {
            doc.clear();
        }
    }
    settings
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
