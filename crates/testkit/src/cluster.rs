//! A PostgreSQL of a test's own, which it may stop and start.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running PostgreSQL that nobody else uses; gone when dropped.
pub struct Cluster {
    url: String,
    data: PathBuf,
    script: PathBuf,
    state: TempDir,
}

impl Cluster {
    /// Starts one, with `scripts/services.sh`.
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/services.sh");
        let state = tempfile::tempdir().unwrap();
        let services = state.path().join("services");
        let started =
            Command::new(&script).arg("start").env("FLORIN_SERVICES_DIR", &services).output().unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let printed = String::from_utf8(started.stdout).unwrap();
        let url =
            printed.lines().find_map(|line| line.strip_prefix("export FLORIN_TEST_POSTGRES_URL=")).unwrap();
        let folder = std::fs::read_to_string(services.join("folder")).unwrap();
        let data = Path::new(folder.trim()).join("postgres");
        Self { url: url.to_owned(), data, script, state }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it as a power cut would: nothing is finished, nothing is said.
    pub fn crash(&self) {
        self.pg_ctl(&["--mode=immediate", "stop"]);
    }

    /// Starts it again, where it was.
    pub fn revive(&self) {
        let port = self.url.rsplit(':').next().unwrap().split('/').next().unwrap();
        let data = self.data.display();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={data} -c max_connections=300"
        );
        let log = self.data.join("server.log").display().to_string();
        self.pg_ctl(&["--log", &log, "--wait", "--timeout=60", "-o", &options, "start"]);
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let program = pg_ctl();
        // PostgreSQL refuses to run as root; its folder's owner is whom the script started it as.
        let owner = owner_of(&self.data);
        let mut command = if owner == current_user() {
            Command::new(&program)
        } else {
            let mut command = Command::new("runuser");
            command.args(["-u", &owner, "--"]).arg(&program);
            command
        };
        // The server it starts would keep a pipe open, so what is said goes to a file.
        let log = std::fs::File::create(self.state.path().join("pg_ctl.log")).unwrap();
        command.current_dir("/").arg("--pgdata").arg(&self.data).args(arguments);
        let done = command.stdin(Stdio::null()).stdout(log).status().unwrap();
        assert!(done.success(), "pg_ctl {arguments:?} failed");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let services = self.state.path().join("services");
        let _ = Command::new(&self.script).arg("stop").env("FLORIN_SERVICES_DIR", services).status();
    }
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn owner_of(path: &Path) -> String {
    output_of("stat", &["-c", "%U", &path.display().to_string()])
}

fn current_user() -> String {
    output_of("id", &["-un"])
}

/// Debian keeps PostgreSQL's server programs off the PATH.
fn pg_ctl() -> String {
    let on_path = output_of("sh", &["-c", "command -v pg_ctl || true"]);
    if !on_path.is_empty() {
        return on_path;
    }
    let find = "find /usr/lib/postgresql -path '*/bin/pg_ctl' | sort -V | tail -n 1";
    output_of("sh", &["-c", find])
}
