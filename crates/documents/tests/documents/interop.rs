//! Documents as other people's programs read them; the script lies in `tests/interop`.

use std::path::{Path, PathBuf};
use std::process::Command;

use florin_documents::{Document, Format, render};

use super::samples;

/// Pinned, so that a text taken out of a PDF is the same everywhere.
const PACKAGES: [&str; 5] =
    ["xmlschema==4.3.2", "ofxtools==1.1.1", "ofxparse==0.21", "pypdf==7.1.0", "pdfminer.six==20260107"];

fn must(command: &mut Command, what: &str) {
    let said = command.output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{what}: {text}");
}

/// A Python of our own with the packages, made once under `target/`.
fn python() -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-documents");
    let (python, done) = (venv.join("bin/python"), venv.join("complete"));
    if std::fs::read_to_string(&done).unwrap_or_default() != PACKAGES.join("\n") {
        let _ = std::fs::remove_dir_all(&venv);
        must(Command::new("python3").args(["-m", "venv"]).arg(&venv), "python3 -m venv");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        must(
            Command::new(&python).args(install).args(PACKAGES),
            "the packages of the interop tests cannot be installed",
        );
        std::fs::write(done, PACKAGES.join("\n")).unwrap();
    }
    python
}

fn below(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What each PDF says, held against what is committed.
fn assert_texts(directory: &Path, names: &[String]) {
    for name in names {
        let said = std::fs::read_to_string(directory.join(name).with_extension("txt")).unwrap();
        let golden = below("tests/golden").join(name).with_extension("txt");
        if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&golden, &said).unwrap();
        }
        let committed = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(said, committed, "{name} says something else; renew with FLORIN_UPDATE_SNAPSHOTS=1");
    }
}

#[test]
fn other_programs_read_the_same_figures_in_every_format() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-documents-files");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    let statement = Document::AccountStatement(Box::new(samples::account(64)));
    for format in Format::ALL {
        let made = render(&statement, format).unwrap();
        std::fs::write(directory.join("statement").with_extension(format.extension()), made.bytes).unwrap();
    }
    let mut names = vec!["statement.pdf".to_owned()];
    for (number, document) in samples::all().iter().enumerate().skip(1) {
        let name = format!("{number}-{}.pdf", document.name().replace(' ', "-"));
        std::fs::write(directory.join(&name), render(document, Format::Pdf).unwrap().bytes).unwrap();
        names.push(name);
    }

    let mut reading = Command::new(python());
    reading.arg(below("../../tests/interop/documents.py")).arg(&directory);
    must(
        reading.arg(below("tests/schemas/camt.053.001.08.xsd")),
        "other programs and the documents disagree",
    );
    assert_texts(&directory, &names);
}
