//! `PostgreSQL`'s own tools, which copy its databases best.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use crate::{Exit, Failure};

/// Writes a dump of the database to a file.
pub(crate) fn dump(url: &str, target: &Path) -> Result<(), Failure> {
    let mut command = connected("pg_dump", url);
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(target);
    run(&mut command, "pg_dump")
}

/// Restores a dump into a database that has nothing yet: all of it, or nothing.
pub(crate) fn restore(url: &str, source: &Path) -> Result<(), Failure> {
    let mut command = connected("pg_restore", url);
    command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]).arg(source);
    run(&mut command, "pg_restore")
}

/// A database of its own on the server that a URL names, for looking at a copy; gone when this is dropped.
pub(crate) struct Scratch {
    server: String,
    name: String,
}

impl Scratch {
    /// Makes it; the role of the URL must be allowed to.
    pub(crate) fn create(url: &str) -> Result<Self, Failure> {
        let name = format!("florin_verify_{:016x}", random()?);
        let (server, password) = without_password(url);
        let mut command = Command::new("createdb");
        command.args(["--no-password", "--template=template0", "--maintenance-db"]).arg(server).arg(&name);
        with_password(&mut command, password);
        run(&mut command, "createdb").map_err(|failure| {
            failure.during("a database to verify in cannot be made (ALTER ROLE … CREATEDB allows it)")
        })?;
        Ok(Self { server: url.to_owned(), name })
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        of_database(&self.server, &self.name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let (server, password) = without_password(&self.server);
        let mut command = Command::new("dropdb");
        command
            .args(["--no-password", "--if-exists", "--force", "--maintenance-db"])
            .arg(server)
            .arg(&self.name);
        with_password(&mut command, password);
        if let Err(failure) = run(&mut command, "dropdb") {
            tell!("the database {} could not be removed: {failure}", self.name);
        }
    }
}

fn random() -> Result<u64, Failure> {
    getrandom::u64().map_err(|error| Failure::of(Exit::Failed, &error))
}

/// The URL with another database's name.
fn of_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let query = tail.find('?').and_then(|at| tail.get(at..)).unwrap_or_default();
    format!("{scheme}://{authority}/{name}{query}")
}

/// Whether the dump can be read to its end.
pub(crate) fn check(source: &Path) -> Result<(), Failure> {
    let mut command = Command::new("pg_restore");
    command.args(["--file=/dev/null"]).arg(source);
    run(&mut command, "pg_restore")
}

/// A tool that connects to the database; the password goes by the environment, which others cannot list.
fn connected(tool: &str, url: &str) -> Command {
    let (url, password) = without_password(url);
    let mut command = Command::new(tool);
    command.args(["--no-password", "--dbname"]).arg(url);
    with_password(&mut command, password);
    command
}

fn with_password(command: &mut Command, password: Option<Zeroizing<String>>) {
    if let Some(password) = password {
        command.env("PGPASSWORD", password.as_str());
    }
}

fn run(command: &mut Command, tool: &str) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            let why = format!("{tool} is not installed: it comes with PostgreSQL's client programs");
            Failure::new(Exit::Unavailable, why)
        } else {
            Failure::from(error).during(tool)
        }
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(Exit::Failed, said.trim()).during(format!("{tool} failed")))
}

/// The URL without its password, and the password.
fn without_password(url: &str) -> (String, Option<Zeroizing<String>>) {
    let split = || {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end)?;
        let (user_info, hosts) = authority.rsplit_once('@')?;
        let (user, password) = user_info.split_once(':')?;
        Some((format!("{scheme}://{user}@{hosts}{tail}"), Zeroizing::new(decode(password))))
    };
    match split() {
        Some((url, password)) => (url, Some(password)),
        None => (url.to_owned(), None),
    }
}

/// Text whose percent signs stand for bytes.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *byte == b'%').and_then(|two| std::str::from_utf8(two).ok());
        if let Some(decoded) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(decoded);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_url() {
        for (url, without, password) in [
            (
                "postgres://u:p%40ss%2Fé@h:5432/d?sslmode=disable",
                "postgres://u@h:5432/d?sslmode=disable",
                Some("p@ss/é"),
            ),
            ("postgres://u@h/d", "postgres://u@h/d", None),
            ("postgresql://h", "postgresql://h", None),
            ("postgres://u:100%@h/d", "postgres://u@h/d", Some("100%")),
        ] {
            let (rest, found) = without_password(url);

            assert_eq!((rest.as_str(), found.as_ref().map(|found| found.as_str())), (without, password));
        }
    }

    #[test]
    fn a_url_can_name_another_database() {
        for (url, other) in [
            ("postgres://u:p@h:5432/d?sslmode=disable", "postgres://u:p@h:5432/x?sslmode=disable"),
            ("postgres://u@h", "postgres://u@h/x"),
            ("postgresql://u@h?sslmode=disable", "postgresql://u@h/x?sslmode=disable"),
        ] {
            assert_eq!(of_database(url, "x"), other);
        }
    }

    #[test]
    fn what_is_not_installed_is_said() {
        let failure = run(&mut Command::new("florin-has-no-such-tool"), "pg_dump").unwrap_err();

        assert_eq!(failure.exit(), Exit::Unavailable);
        assert!(failure.to_string().starts_with("pg_dump is not installed"));
    }
}
