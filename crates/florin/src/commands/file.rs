//! `florin file encrypt|decrypt`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_vault::Secret;
use florin_vault::file::{Existing, FileError, FileKey, PasswordCost, open_file, seal_file};
use zeroize::Zeroizing;

use super::admin::read_password;
use crate::{Exit, Failure, output, prompt};

/// What the names of encrypted files end with.
const SUFFIX: &str = "florin";
/// Shorter passwords of files are refused: whoever has the file may try as many as they can pay for.
const PASSWORD_CHARS_MIN: usize = 12;

/// Encrypt a file, or decrypt one: with a password or a key, of any size, whole or not at all
#[derive(Args)]
#[command(after_help = "Example:\n  florin file encrypt statement.pdf")]
pub(super) struct File {
    #[command(subcommand)]
    command: FileCommand,
}

#[derive(Subcommand)]
enum FileCommand {
    Encrypt(Encrypt),
    Decrypt(Decrypt),
}

/// Encrypt a file; the password is asked for where none is given
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin file encrypt statement.pdf\n  florin file encrypt backup.tar --key-file file.key --to /mnt/backup.tar.florin"
)]
struct Encrypt {
    /// The file to encrypt; it stays as it is
    file: PathBuf,
    /// Where the encrypted file goes [default: FILE.florin]
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    #[command(flatten)]
    lock: Lock,
}

/// Decrypt a file; nothing is written unless all of it is what was encrypted
#[derive(Args)]
#[command(after_help = "Example:\n  florin file decrypt statement.pdf.florin")]
struct Decrypt {
    /// The file to decrypt; it stays as it is
    file: PathBuf,
    /// Where the decrypted file goes [default: FILE without its .florin]
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    #[command(flatten)]
    lock: Lock,
}

/// What opens the file, and whether it may take the place of another.
#[derive(Args)]
struct Lock {
    #[command(flatten)]
    secret: FileSecret,
    /// Replace what is where the result goes
    #[arg(long)]
    force: bool,
}

/// What opens an encrypted file.
#[derive(Args, Default)]
pub(super) struct FileSecret {
    /// A file whose first line is the password; - reads it from stdin
    #[arg(long, value_name = "FILE", conflicts_with = "key_file")]
    password_file: Option<PathBuf>,
    /// A file that holds 32 random bytes in hexadecimal or base64url, which nobody else may read
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Lock {
    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Keep }
    }
}

impl FileSecret {
    /// Whether one was named, so that nobody has to be asked.
    pub(super) fn is_named(&self) -> bool {
        self.password_file.is_some() || self.key_file.is_some()
    }

    /// The key or the password; one that is new is asked for twice.
    pub(super) fn key(&self, is_new: bool) -> Result<FileKey, Failure> {
        if let Some(file) = &self.key_file {
            return FileKey::read(file).map_err(|error| Failure::of(Exit::Usage, &error));
        }
        let password = match &self.password_file {
            Some(file) => read_password(file)?,
            None if is_new => prompt::new_password()?,
            None => prompt::password("Password: ")?,
        };
        if is_new && password.chars().count() < PASSWORD_CHARS_MIN {
            let words = format!("the password of a file has at least {PASSWORD_CHARS_MIN} characters");
            return Err(Failure::new(Exit::Refused, words));
        }
        Ok(FileKey::password(secret(&password), PasswordCost::default()))
    }
}

fn secret(password: &Zeroizing<String>) -> Secret {
    Secret::new(password.as_bytes().to_vec())
}

impl File {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            FileCommand::Encrypt(encrypt) => encrypt.run(),
            FileCommand::Decrypt(decrypt) => decrypt.run(),
        }
    }
}

impl Encrypt {
    fn run(self) -> Result<ExitCode, Failure> {
        let to = self.to.unwrap_or_else(|| with_suffix(&self.file));
        must_be_free(&to, &self.lock)?;
        must_be_a_file(&self.file)?;
        let key = self.lock.secret.key(true)?;
        let done = seal_file(&key, &self.file, &to, self.lock.existing());
        told(done, &self.file, &to)
    }
}

impl Decrypt {
    fn run(self) -> Result<ExitCode, Failure> {
        let to = match self.to {
            Some(to) => to,
            None => without_suffix(&self.file)?,
        };
        must_be_free(&to, &self.lock)?;
        must_be_a_file(&self.file)?;
        let key = self.lock.secret.key(false)?;
        let done = open_file(&key, &self.file, &to, self.lock.existing());
        told(done, &self.file, &to)
    }
}

/// Refuses before a password is asked for what would be refused after it.
fn must_be_free(to: &Path, lock: &Lock) -> Result<(), Failure> {
    if !lock.force && to.symlink_metadata().is_ok() {
        let error = FileError::Exists(to.to_owned());
        return Err(Failure::new(Exit::Refused, format!("{error}; --force replaces it")));
    }
    Ok(())
}

fn must_be_a_file(from: &Path) -> Result<(), Failure> {
    let found = std::fs::metadata(from).map_err(|error| Failure::from(error).during(from.display()))?;
    if found.is_dir() {
        let words = format!("{} is a directory; `tar` makes one file of it", from.display());
        return Err(Failure::new(Exit::Usage, words));
    }
    Ok(())
}

fn told(done: Result<u64, FileError>, from: &Path, to: &Path) -> Result<ExitCode, Failure> {
    let length = done.map_err(|error| Failure::from(error).during(from.display()))?;
    tell!("{length} bytes in");
    output::line(&to.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn with_suffix(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    PathBuf::from(name)
}

fn without_suffix(file: &Path) -> Result<PathBuf, Failure> {
    if file.extension().is_some_and(|extension| extension == SUFFIX) {
        return Ok(file.with_extension(""));
    }
    let words =
        format!("{} does not end with .{SUFFIX}: say with --to where the result goes", file.display());
    Err(Failure::new(Exit::Usage, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_encrypted_file_is_the_files_with_an_ending() {
        assert_eq!(with_suffix(Path::new("a/b.tar.gz")), Path::new("a/b.tar.gz.florin"));
        assert_eq!(without_suffix(Path::new("a/b.tar.gz.florin")).unwrap(), Path::new("a/b.tar.gz"));
        assert_eq!(without_suffix(Path::new("a/b.tar.gz")).unwrap_err().exit(), Exit::Usage);
    }
}
