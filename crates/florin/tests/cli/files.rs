//! Files that are encrypted and decrypted: whole or not at all, and never over others.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::{Said, command, run};

const PASSWORD: &str = "quiet lanterns by the quay";
const KEY: &str = "8f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210";

/// A directory with a file to encrypt, a password and a key.
struct Desk {
    directory: tempfile::TempDir,
}

impl Desk {
    fn new(content: &[u8]) -> Self {
        let desk = Self { directory: tempfile::tempdir().unwrap() };
        fs::write(desk.path("plain"), content).unwrap();
        fs::write(desk.path("password"), format!("{PASSWORD}\n")).unwrap();
        fs::write(desk.path("key"), KEY).unwrap();
        fs::set_permissions(desk.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// What lies in the directory, besides what was there at first.
    fn made(&self) -> Vec<String> {
        let names = fs::read_dir(self.directory.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut made: Vec<String> =
            names.filter(|name| !["plain", "password", "key"].contains(&name.as_str())).collect();
        made.sort();
        made
    }

    fn say(&self, arguments: &[&str]) -> Said {
        run(command(&["file"]).args(arguments).current_dir(self.directory.path()))
    }

    fn encrypt(&self, more: &[&str]) -> Said {
        self.say(&[&["encrypt", "plain"], more].concat())
    }

    fn decrypt(&self, more: &[&str]) -> Said {
        self.say(&[&["decrypt", "plain.florin", "--to", "opened"], more].concat())
    }
}

const BY_PASSWORD: [&str; 2] = ["--password-file", "password"];
const BY_KEY: [&str; 2] = ["--key-file", "key"];

#[test]
fn what_is_encrypted_decrypts_by_password_and_by_key() {
    for lock in [BY_PASSWORD, BY_KEY] {
        let content: Vec<u8> = (0..200_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let desk = Desk::new(&content);

        let encrypted = desk.encrypt(&lock);
        let decrypted = desk.decrypt(&lock);

        assert_eq!((encrypted.code, encrypted.stdout.as_str()), (0, "plain.florin\n"), "{encrypted:?}");
        assert_eq!((decrypted.code, decrypted.stdout.as_str()), (0, "opened\n"), "{decrypted:?}");
        assert_eq!(desk.read("opened"), content);
        assert_eq!(desk.read("plain"), content);
        assert_eq!(fs::metadata(desk.path("opened")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(desk.made(), ["opened", "plain.florin"]);
        let sealed = desk.read("plain.florin");
        assert!(!sealed.windows(16).any(|window| content.windows(16).take(251).any(|other| other == window)));
    }
}

#[test]
fn nothing_is_overwritten_unless_that_is_asked_for() {
    let desk = Desk::new(b"first");
    assert_eq!(desk.encrypt(&BY_KEY).code, 0);
    let before = desk.read("plain.florin");

    let refused = desk.encrypt(&BY_KEY);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stderr.contains("exists and is not overwritten; --force replaces it"), "{refused:?}");
    assert_eq!(desk.read("plain.florin"), before);

    fs::write(desk.path("plain"), b"second").unwrap();
    assert_eq!(desk.encrypt(&[&BY_KEY[..], &["--force"]].concat()).code, 0);
    assert_eq!(desk.decrypt(&BY_KEY).code, 0);
    assert_eq!(desk.read("opened"), b"second");
    assert_eq!(desk.decrypt(&BY_KEY).code, 3);
    assert_eq!(desk.made(), ["opened", "plain.florin"]);
}

#[test]
fn with_force_a_directory_and_a_link_stay_what_they_are() {
    let desk = Desk::new(b"content");
    fs::create_dir(desk.path("plain.florin")).unwrap();
    let forced = desk.encrypt(&[&BY_KEY[..], &["--force"]].concat());
    assert_eq!(forced.code, 3, "{forced:?}");
    fs::remove_dir(desk.path("plain.florin")).unwrap();

    symlink(desk.path("plain"), desk.path("plain.florin")).unwrap();
    assert_eq!(desk.encrypt(&[&BY_KEY[..], &["--force"]].concat()).code, 3);
    assert_eq!(desk.read("plain"), b"content");
}

#[test]
fn a_wrong_password_a_wrong_key_and_the_other_kind_open_nothing() {
    let desk = Desk::new(b"content");
    assert_eq!(desk.encrypt(&BY_PASSWORD).code, 0);
    fs::write(desk.path("other"), "another password of a file\n").unwrap();

    let wrong = desk.decrypt(&["--password-file", "other"]);
    let other_kind = desk.decrypt(&BY_KEY);

    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.stderr.contains("the key or the password is wrong"), "{wrong:?}");
    assert_eq!(other_kind.code, 2, "{other_kind:?}");
    assert!(other_kind.stderr.contains("encrypted with a password, not a key"), "{other_kind:?}");
    assert_eq!(desk.made(), ["other", "plain.florin"]);
}

#[test]
fn of_a_file_that_was_cut_changed_or_added_to_nothing_is_left() {
    let desk = Desk::new(&vec![7; 300_000]);
    assert_eq!(desk.encrypt(&BY_KEY).code, 0);
    let sealed = desk.read("plain.florin");
    // The header, each segment's beginning and end, and the last byte.
    let places = [0, 8, 40, 91, 92, 65_643, 65_644, 131_196, sealed.len() - 1];
    let changed = places.map(|at| {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        changed
    });
    let cut = [0, 1, 91, 92, 93, 65_644, 131_196, sealed.len() - 1].map(|at| sealed[..at].to_vec());
    let added = [sealed.clone(), vec![0]].concat();

    for bad in changed.into_iter().chain(cut).chain([added]) {
        fs::write(desk.path("plain.florin"), bad).unwrap();
        let refused = desk.decrypt(&BY_KEY);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert_eq!(desk.made(), ["plain.florin"]);
        // What was there before stays, force or not.
        fs::write(desk.path("opened"), b"before").unwrap();
        assert_eq!(desk.decrypt(&[&BY_KEY[..], &["--force"]].concat()).code, 1);
        assert_eq!(desk.read("opened"), b"before");
        fs::remove_file(desk.path("opened")).unwrap();
    }
}

#[test]
fn what_cannot_be_is_told_with_the_code_of_its_kind() {
    let desk = Desk::new(b"content");
    fs::write(desk.path("short"), "hunter2\n").unwrap();
    fs::write(desk.path("empty"), "").unwrap();
    fs::write(desk.path("open-key"), KEY).unwrap();
    fs::set_permissions(desk.path("open-key"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(desk.path("no-key"), PASSWORD).unwrap();
    fs::set_permissions(desk.path("no-key"), fs::Permissions::from_mode(0o600)).unwrap();
    let cases: [(&[&str], i32, &str); 8] = [
        (&["encrypt", "plain", "--password-file", "short"], 3, "at least 12 characters"),
        (&["encrypt", "plain", "--password-file", "empty"], 2, "empty"),
        (&["encrypt", "plain", "--key-file", "open-key"], 2, "chmod 600"),
        (&["encrypt", "plain", "--key-file", "nowhere"], 2, "nowhere cannot be used"),
        (&["encrypt", "plain", "--key-file", "no-key"], 2, "32 random bytes"),
        (&["encrypt", "nowhere", "--key-file", "key"], 1, "nowhere"),
        (&["encrypt", ".", "--to", "x", "--key-file", "key"], 2, "is a directory"),
        (&["decrypt", "plain", "--key-file", "key"], 2, "--to"),
    ];
    for (arguments, code, words) in cases {
        let said = desk.say(arguments);
        assert_eq!(said.code, code, "{arguments:?} {said:?}");
        assert!(said.stderr.contains(words), "{arguments:?} {said:?}");
    }
    let not_ours = desk.say(&["decrypt", "plain", "--to", "opened", "--key-file", "key"]);
    assert_eq!(not_ours.code, 1);
    assert!(not_ours.stderr.contains("not a file that Florin encrypted"), "{not_ours:?}");
    assert_eq!(desk.made(), ["empty", "no-key", "open-key", "short"]);
}

#[test]
fn an_encryption_that_is_killed_leaves_nothing_behind() {
    let desk = Desk::new(b"");
    fs::File::create(desk.path("plain")).unwrap().set_len(2 << 30).unwrap();
    let mut long = command(&["file", "encrypt", "plain"]);
    let mut process =
        long.args(BY_KEY).current_dir(desk.directory.path()).stdout(Stdio::null()).spawn().unwrap();

    std::thread::sleep(Duration::from_millis(300));
    process.kill().unwrap();
    let ended = process.wait().unwrap();

    assert!(!ended.success(), "it was over before it was killed");
    assert_eq!(desk.made(), [""; 0]);
}

/// Answers two questions for a password over a terminal of the process's own.
const TERMINAL: &str = "
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b''
for question in (b'New password: ', b'The same once more: '):
    while question not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, os.environb[b'ANSWER'] + b'\\n')
while True:
    try:
        more = os.read(terminal, 1024)
    except OSError:
        break
    if not more:
        break
    said += more
assert os.environb[b'ANSWER'] not in said, said
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

#[test]
fn a_password_is_asked_for_on_the_terminal_and_not_shown() {
    let desk = Desk::new(b"content");
    let mut asked = Command::new("python3");
    asked.args(["-c", TERMINAL]).arg(env!("CARGO_BIN_EXE_florin")).args(["file", "encrypt", "plain"]);
    let said = run(asked.env("ANSWER", PASSWORD).current_dir(desk.directory.path()));

    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(desk.decrypt(&BY_PASSWORD).code, 0);
    assert_eq!(desk.read("opened"), b"content");
}

#[test]
fn the_password_may_come_from_stdin() {
    let desk = Desk::new(b"content");
    let mut child = command(&["file", "encrypt", "plain", "--password-file", "-"])
        .current_dir(desk.directory.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();

    assert!(child.wait().unwrap().success());
    assert_eq!(desk.decrypt(&BY_PASSWORD).code, 0);
    assert!(Path::new(&desk.path("opened")).exists());
}
