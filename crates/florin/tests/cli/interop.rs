//! Other people's implementations against a running server; the scripts lie in `tests/interop`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::{Served, florin, florin_on, run};

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

#[test]
fn a_proof_of_the_trail_is_checked_by_another_language() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("left out: there is no python3 to check a proof with");
        return;
    }
    let python = python_with("interop-audit", &["cryptography==46.0.3"]);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    assert_eq!(Served::start(&data, &[]).stop().0, 0);
    let newest = florin_on(&data, &["audit", "export"]);
    let record: serde_json::Value = serde_json::from_str(newest.stdout.lines().next().unwrap()).unwrap();

    let proof = florin_on(&data, &["audit", "prove", record["id"].as_str().unwrap()]);
    assert_eq!(proof.code, 0, "{proof:?}");
    let file = directory.path().join("proof.json");
    std::fs::write(&file, &proof.stdout).unwrap();

    must(Command::new(&python).arg(script("audit_proof.py")).arg(&file), "Python and the proof disagree");
    assert_eq!(florin(&["audit", "verify", "--proof", file.to_str().unwrap()]).code, 0);
    std::fs::write(&file, proof.stdout.replace("operations.operate", "operations.operates")).unwrap();
    let refused = run(Command::new(&python).arg(script("audit_proof.py")).arg(&file));
    assert_eq!((refused.code, florin(&["audit", "verify", "--proof", file.to_str().unwrap()]).code), (1, 1));
}
