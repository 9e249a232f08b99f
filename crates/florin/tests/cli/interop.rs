//! Other people's implementations against a running server; the scripts lie in `tests/interop`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::{Served, florin, florin_on, run};

/// Runs a command and says what went wrong; what its output holds is not secret.
pub fn must(command: &mut Command, what: &str) {
    let said = run(command);
    assert_eq!(said.code, 0, "{what}: {}{}", said.stdout, said.stderr);
}

/// A Python of our own with these packages, made once under `target/`.
pub fn python_with(name: &str, packages: &[&str]) -> PathBuf {
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

pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop").join(name)
}

/// Runs a script against a server of its own.
fn against_a_server(packages: &[&str], name: &str, more: &[&str]) {
    let python = python_with(&format!("interop-{}", name.trim_end_matches(".py")), packages);
    let directory = tempfile::tempdir().unwrap();
    let server = Served::start(&directory.path().join("data"), &[]);
    let mut client = Command::new(python);
    client.arg(script(name)).arg(format!("http://{}", server.address)).args(more);
    must(&mut client, "another implementation and the server disagree");
}

#[test]
fn pyotp_enrols_and_logs_in() {
    against_a_server(&["pyotp==2.9.0"], "totp_login.py", &[]);
}

#[test]
fn pyjwt_verifies_tokens_by_the_published_keys() {
    against_a_server(&["PyJWT[crypto]==2.15.1"], "token_verify.py", &[]);
}

#[test]
fn a_software_authenticator_registers_a_passkey_and_logs_in() {
    let python = python_with("interop-passkey_login", &["soft-webauthn==0.1.4"]);
    let directory = tempfile::tempdir().unwrap();
    let origin = "https://bank.example";
    let server = Served::start_with(&directory.path().join("data"), &[("FLORIN_PASSKEYS__ORIGIN", origin)]);
    let mut client = Command::new(python);
    client.arg(script("passkey_login.py")).arg(format!("http://{}", server.address)).arg(origin);
    must(&mut client, "the authenticator and the server disagree");
}

/// A directory of our own with this package for Node, made once under `target/`.
pub fn node_with(name: &str, package: &str) -> PathBuf {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !packages.join("complete").exists() {
        let _ = std::fs::remove_dir_all(&packages);
        std::fs::create_dir_all(&packages).unwrap();
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--prefix"]).arg(&packages).arg(package);
        must(&mut npm, "the package of an interop test cannot be installed");
        std::fs::write(packages.join("complete"), "").unwrap();
    }
    packages
}

#[test]
fn a_certified_openid_provider_signs_somebody_in() {
    let packages = node_with("interop-oidc", "oidc-provider@9.13.3");
    let provider = packages.join("oidc_provider.mjs");
    std::fs::copy(script("oidc_provider.mjs"), &provider).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut client = Command::new("python3");
    client.arg(script("oidc_login.py")).arg(env!("CARGO_BIN_EXE_florin")).arg(provider);
    must(client.arg(directory.path().join("data")), "the provider and the server disagree");
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
    let action = record["action"].as_str().unwrap();
    std::fs::write(&file, proof.stdout.replace(action, &format!("{action}s"))).unwrap();
    let refused = run(Command::new(&python).arg(script("audit_proof.py")).arg(&file));
    assert_eq!((refused.code, florin(&["audit", "verify", "--proof", file.to_str().unwrap()]).code), (1, 1));
}

/// The one row of authenticator apps' secrets.
fn stored_secret(data: &Path) -> String {
    let db = rusqlite::Connection::open(data.join("florin.db")).unwrap();
    db.query_row("SELECT secret FROM identity_totp", [], |row| row.get(0)).unwrap()
}

/// Bytes that are written in hexadecimal, in base 32.
fn base32(hex: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u32> =
        hex.chars().flat_map(|c| (0..4).rev().map(move |bit| c.to_digit(16).unwrap() >> bit & 1)).collect();
    let digit = |five: &[u32]| five.iter().fold(0, |sum, bit| sum * 2 + bit);
    bits.chunks(5)
        .map(|five| char::from(*DIGITS.get(usize::try_from(digit(five)).unwrap()).unwrap()))
        .collect()
}

#[test]
fn python_reads_the_fields_of_the_biller_preset_and_florin_reads_pythons() {
    const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    const NEWER: &str = "7rwNjPlW7IbzVPaE1WqXcmmpmdZyLGvPGmUjZ0dP9lA=";
    const PASSWORD: &str = "Quiet lanterns by 1 quay!";
    let python = python_with("interop-fernet", &["cryptography==46.0.3"]);
    let fernet = |arguments: &[&str]| {
        let said = run(Command::new(&python).arg(script("fernet_fields.py")).args(arguments));
        assert_eq!(said.code, 0, "Python and the field disagree: {}", said.stderr);
        said.stdout.trim().to_owned()
    };
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let file = directory.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let made = ["admin", "create", "--email", "ada@example.org", "--password-file", file.to_str().unwrap()];
    assert_eq!(florin_on(&data, &[&made[..], &["--preset", "biller"]].concat()).code, 0);
    let serve =
        |keys: &str| Served::start_with(&data, &[("FLORIN_PRESET", "biller"), ("ENCRYPTION_KEY", keys)]);
    let login = |server: &Served| {
        let body = serde_json::json!({ "email": "ada@example.org", "password": PASSWORD });
        let (status, answer) = server.ask("POST", "/api/v1/auth/login", &body);
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    };

    // What Florin writes, Python reads.
    let server = serve(KEY);
    let (status, enrolment) =
        server.ask_with("POST", "/api/v1/auth/mfa/setup", &login(&server), &serde_json::json!({}));
    assert_eq!(status, 200, "{enrolment}");
    assert_eq!(server.stop().0, 0);
    let opened = fernet(&["open", KEY, &stored_secret(&data)]);
    assert_eq!(base32(&opened), enrolment["secret"].as_str().unwrap());

    // What Python writes, with the same key or rotated by another, Florin reads.
    let pythons = "00112233445566778899aabbccddeeff01234567";
    let token = fernet(&["seal", KEY, pythons]);
    let token = fernet(&["rotate", &format!("{NEWER},{KEY}"), &token]);
    let db = rusqlite::Connection::open(data.join("florin.db")).unwrap();
    assert_eq!(db.execute("UPDATE identity_totp SET secret = ?1", [&token]).unwrap(), 1);
    drop(db);
    let server = serve(&format!("{NEWER},{KEY}"));
    let code = florin_testkit::totp_code(&base32(pythons), florin_kernel::Env::system().now());
    let body = serde_json::json!({ "code": code });
    let (status, enabled) = server.ask_with("POST", "/api/v1/auth/mfa/enable", &login(&server), &body);
    assert_eq!(status, 200, "{enabled}");
    assert_eq!(server.stop().0, 0);
}
