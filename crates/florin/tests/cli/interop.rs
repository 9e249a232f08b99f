//! Other people's implementations against a running server; the scripts lie in `tests/interop`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::{Served, run};

/// Runs a command and says what went wrong; what its output holds is not secret.
fn must(command: &mut Command, what: &str) {
    let said = run(command);
    assert_eq!(said.code, 0, "{what}: {}{}", said.stdout, said.stderr);
}

/// A Python of our own with these packages, made once under `target/`.
fn python_with(name: &str, packages: &[&str]) -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, done) = (venv.join("bin/python"), venv.join("complete"));
    if !done.exists() {
        let _ = std::fs::remove_dir_all(&venv);
        must(Command::new("python3").args(["-m", "venv"]).arg(&venv), "python3 -m venv");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        must(
            Command::new(&python).args(install).args(packages),
            "the packages of the interop tests cannot be installed",
        );
        std::fs::write(done, packages.join("\n")).unwrap();
    }
    python
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop").join(name)
}

#[test]
fn pyotp_enrols_and_logs_in() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("left out: there is no python3 to run pyotp with");
        return;
    }
    let python = python_with("interop-totp", &["pyotp==2.9.0"]);
    let directory = tempfile::tempdir().unwrap();
    let server = Served::start(&directory.path().join("data"), &[]);

    let mut client = Command::new(python);
    client.arg(script("totp_login.py")).arg(format!("http://{}", server.address));
    must(&mut client, "pyotp and the server disagree");
}
