//! How a command fails: a sentence for the person, a code for the script.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use florin_app::StartError;
use florin_app::config::ConfigError;
use florin_db::DbError;
use florin_vault::file::FileError;

/// What a command ends with when it did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It failed.
    Failed = 1,
    /// It was asked for something that cannot be: wrong arguments or settings.
    Usage = 2,
    /// A rule refused it.
    Refused = 3,
    /// What it needs cannot be reached or is taken.
    Unavailable = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, in words that say what to do.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// A failure with these words.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }

    /// The failure of an operation that this error tells of, its causes included.
    pub fn of(exit: Exit, error: &dyn Error) -> Self {
        Self::new(exit, chain(error))
    }

    /// The same, with what was being done before the words.
    #[must_use]
    pub fn during(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// The code to end with.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.exit, self.message)
    }
}

impl Error for Failure {}

/// An error and what caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        let words = found.to_string();
        // A transparent error repeats the words of its cause.
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = found.source();
    }
    text
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        let exit = match &error {
            DbError::AlreadyServed(_) => Exit::Unavailable,
            DbError::SchemaNewer(_) => Exit::Refused,
            error if error.is_transient() => Exit::Unavailable,
            _ => Exit::Failed,
        };
        Self::of(exit, &error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let exit = if matches!(error, ConfigError::Unfit(_)) { Exit::Refused } else { Exit::Usage };
        Self::of(exit, &error)
    }
}

impl From<florin_identity::Error> for Failure {
    fn from(error: florin_identity::Error) -> Self {
        use florin_identity::Error as E;
        match error {
            E::Db(error) => error.into(),
            E::Denied(_) | E::EmailTaken => Self::of(Exit::Refused, &error),
            E::WeakPassword(weak) => {
                let why: Vec<String> = weak.weaknesses.iter().map(ToString::to_string).collect();
                Self::new(Exit::Refused, format!("the password is too weak: {}", why.join("; ")))
            }
            E::Settings(_) => Self::of(Exit::Usage, &error),
            _ => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let exit = match &error {
            FileError::Exists(_) | FileError::NoFile(_) => Exit::Refused,
            FileError::OtherLock(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::of(exit, &error)
    }
}

impl From<florin_audit::Error> for Failure {
    fn from(error: florin_audit::Error) -> Self {
        match error {
            florin_audit::Error::Db(error) => error.into(),
            florin_audit::Error::Denied(_) | florin_audit::Error::Key(_) => Self::of(Exit::Refused, &error),
            error => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<florin_payments::Error> for Failure {
    fn from(error: florin_payments::Error) -> Self {
        match error {
            florin_payments::Error::Db(error) => error.into(),
            error => Self::of(Exit::Refused, &error),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(error) => error.into(),
            StartError::Db(error) => error.into(),
            StartError::Identity(error) => error.into(),
            StartError::Keys(error) => Self::of(Exit::Refused, &error),
            StartError::Audit(error) => Self::of(Exit::Refused, &error),
            error => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_its_causes_once_and_has_the_code_of_its_kind() {
        let served = Failure::from(StartError::Db(DbError::AlreadyServed("florin.db".to_owned())));

        assert_eq!(served.exit(), Exit::Unavailable);
        assert!(served.to_string().starts_with("another process has florin.db open for serving"));
        assert_eq!(Failure::from(ConfigError::Unfit("x".to_owned())).exit(), Exit::Refused);
        assert_eq!(Failure::from(ConfigError::Preset("x".to_owned())).exit(), Exit::Usage);
        assert_eq!(Failure::new(Exit::Failed, "no").during("copying").to_string(), "copying: no");
    }
}
