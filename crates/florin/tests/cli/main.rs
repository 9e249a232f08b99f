//! The commands of the program, each as a process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod access;
mod aml;
mod audit;
mod backups;
mod browser;
mod demo;
mod deploy_files;
mod deploying;
mod files;
mod instances;
mod interop;
mod keys;
mod load;
mod monitoring;
mod processors;
mod resealing;
mod risk;
mod sanctions;
mod scan;
mod scheduled;
mod stopping;
mod support;
mod traces;

use std::io::Write;
use std::process::Stdio;

use support::{command, florin, run};

#[test]
fn help_goes_to_stdout_and_ends_with_an_example() {
    for arguments in
        [&["--help"][..], &["serve", "--help"], &["admin", "create", "--help"], &["bench", "--help"]]
    {
        let said = florin(arguments);

        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(said.stdout.contains("Example:\n  florin"), "{}", said.stdout);
    }
    assert!(florin(&["--version"]).stdout.starts_with("florin "));
}

#[test]
fn what_is_no_command_or_no_argument_ends_with_2() {
    for arguments in
        [&["dance"][..], &["serve", "--listen", "nowhere"], &["admin", "create"], &["bench"], &[]]
    {
        let said = florin(arguments);

        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!said.stderr.is_empty());
    }
}

#[test]
fn settings_that_are_wrong_are_named_with_where_they_were_set() {
    let unknown = run(command(&["config", "check"]).env("FLORIN_TOKENS__ACCES_MINUTES", "7"));
    let misfit = run(command(&["config", "check"]).env("FLORIN_SERVER__LISTEN", "nowhere"));
    let preset = florin(&["config", "check", "--preset", "shop"]);
    let file = florin(&["config", "check", "--config", "/nowhere/florin.toml"]);

    assert_eq!([unknown.code, misfit.code, preset.code, file.code], [2; 4]);
    assert!(unknown.stderr.contains("FLORIN_TOKENS__ACCES_MINUTES"), "{}", unknown.stderr);
    assert!(misfit.stderr.contains("server.listen"), "{}", misfit.stderr);
    assert!(preset.stderr.contains("biller"), "{}", preset.stderr);
    assert!(file.stderr.contains("/nowhere/florin.toml"), "{}", file.stderr);
    assert_eq!(florin(&["config", "check", "--preset", "biller"]).code, 0);
}

#[test]
fn what_is_not_fit_for_production_is_refused_there() {
    let unfit = run(command(&["config", "check"]).env("FLORIN_ENVIRONMENT", "production"));
    let demo = run(command(&["serve", "--demo", "--data", "/nowhere"])
        .env("FLORIN_ENVIRONMENT", "production")
        .env("FLORIN_INSTANCE__PUBLIC_URL", "https://bank.example.org"));

    assert_eq!((unfit.code, demo.code), (3, 3));
    assert!(unfit.stderr.contains("public_url"), "{}", unfit.stderr);
    assert!(demo.stderr.contains("--demo is not for production"), "{}", demo.stderr);
}

#[test]
fn the_configuration_is_shown_with_origins_and_without_secrets() {
    let mut show = command(&["config", "show", "--json", "--preset", "biller"]);
    let said = run(show.env("DATABASE_URL", "postgres://florin:hunter2@db/florin"));
    let table = run(command(&["config", "show"]).env("DATABASE_URL", "postgres://florin:hunter2@db/florin"));

    let settings = said.json();
    let of = |key: &str| settings.as_array().unwrap().iter().find(|one| one["key"] == key).unwrap().clone();
    assert_eq!(of("database.url")["value"], "••••");
    assert_eq!(of("database.url")["origin"], "DATABASE_URL");
    assert_eq!(of("tokens.access_minutes")["origin"], "preset biller");
    assert!(table.stdout.contains("server.listen") && !table.stdout.contains("hunter2"));
    assert!(!said.stdout.contains("hunter2"));
}

#[test]
fn the_api_is_described() {
    let said = florin(&["openapi"]);

    let document = said.json();
    assert_eq!(said.code, 0);
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert!(document["paths"]["/api/v1/transfers"].is_object());
}

#[test]
fn completions_are_programs_that_their_shell_can_read() {
    let script = florin(&["completions", "bash"]).stdout;
    let mut bash = std::process::Command::new("bash");
    let mut bash = bash.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(script.contains("restore") && script.contains("--password-file"));
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        assert!(florin(&["completions", shell]).stdout.contains("florin"), "{shell}");
    }
}

#[test]
fn output_that_nobody_reads_to_its_end_is_no_failure() {
    let mut process = command(&["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();

    drop(process.stdout.take());

    assert!(process.wait().unwrap().success());
}

#[test]
fn a_server_that_is_not_there_is_not_healthy() {
    let said = florin(&["health", "http://127.0.0.1:9"]);

    assert_eq!(said.code, 6);
    assert_eq!(florin(&["health", "ftp://127.0.0.1"]).code, 2);
}

#[test]
fn what_a_department_may_do_is_explained_with_the_policy_that_says_so() {
    let explain = |arguments: &[&str]| florin(&[&["access", "explain"], arguments].concat());

    let allowed = explain(&["employee.create", "--department", "hr", "--whose", "others"]);
    let own = explain(&["employee.create", "--department", "hr", "--whose", "own"]);
    let elsewhere = explain(&["employee.create", "--department", "loans"]);
    let unknown = explain(&["employee.create", "--department", "treasury"]);
    let stranger = explain(&["employee.create", "--department", "hr", "--stranger"]);

    assert_eq!((allowed.code, allowed.stdout.trim()), (0, "allowed, by hr.manage-employees"));
    assert_eq!((own.code, own.stdout.trim()), (3, "refused, by nobody.changes-their-own-employment"));
    assert_eq!((elsewhere.code, elsewhere.stdout.trim()), (3, "refused, no policy permits it"));
    assert_eq!((unknown.code, stranger.code), (2, 2));
    assert!(unknown.stderr.contains("customer_service"), "{}", unknown.stderr);
}

#[test]
fn an_instance_is_begun_with_a_commented_file_and_keys_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("bank");

    let made = florin(&["init", home.to_str().unwrap()]);
    let again = florin(&["init", home.to_str().unwrap()]);

    assert_eq!((made.code, again.code), (0, 3), "{made:?} {again:?}");
    assert!(again.stderr.contains("is left as it is"), "{}", again.stderr);
    let files: Vec<&str> = made.stdout.lines().collect();
    assert!(files.iter().any(|file| file.ends_with("master.key")), "{files:?}");
    for file in files {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    // The commands that it names are carried out as they stand.
    let next: Vec<&str> = made.stderr.lines().filter_map(|line| line.strip_prefix("  florin ")).collect();
    assert_eq!(next.len(), 3, "{}", made.stderr);
    for line in &next[..2] {
        let said = florin(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(said.code, 0, "{line}: {said:?}");
    }
    let mut serve = command(&next[2].split(' ').collect::<Vec<_>>());
    serve.args(["--listen", "127.0.0.1:0"]);
    assert_eq!(support::Served::of(serve).stop().0, 0);
}
