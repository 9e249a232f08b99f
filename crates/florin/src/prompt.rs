//! Asking a person for a password, on the terminal and without showing it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::{Exit, Failure};

/// Asks for a password.
///
/// # Errors
/// [`Exit::Usage`] where there is no terminal to ask on.
pub(crate) fn password(question: &str) -> Result<Zeroizing<String>, Failure> {
    let no_terminal = || {
        Failure::new(
            Exit::Usage,
            "there is no terminal to ask for a password on; give one by --password-file",
        )
    };
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal())?;
    let silent = Silent::make(&terminal).map_err(|_| no_terminal())?;
    let answer = ask(&terminal, question);
    drop(silent);
    answer.map_err(|error| Failure::from(error).during("asking for a password"))
}

/// Asks for a password twice.
///
/// # Errors
/// [`Exit::Usage`] when the two differ, or where there is no terminal.
pub(crate) fn new_password() -> Result<Zeroizing<String>, Failure> {
    let first = password("New password: ")?;
    let again = password("The same once more: ")?;
    if *first == *again { Ok(first) } else { Err(Failure::new(Exit::Usage, "the two passwords differ")) }
}

fn ask(mut terminal: &File, question: &str) -> io::Result<Zeroizing<String>> {
    terminal.write_all(question.as_bytes())?;
    let mut line = Zeroizing::new(String::with_capacity(256));
    BufReader::with_capacity(1, terminal).read_line(&mut line)?;
    terminal.write_all(b"\n")?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn make(terminal: &'a File) -> rustix::io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
