//! `deploy.sh` and `rollback.sh`, with a service that a script starts anew.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::support::{Said, florin, run};

/// A machine with nothing deployed yet.
struct Machine {
    directory: tempfile::TempDir,
    port: u16,
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Machine {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let machine = Self { directory, port };
        let (root, data) = (machine.path("opt"), machine.path("data"));
        let env =
            format!("FLORIN_INSTANCE__DATA={}\nFLORIN_SERVER__LISTEN=127.0.0.1:{port}\n", data.display());
        fs::write(machine.path("florin.env"), env).unwrap();
        let restart = format!(
            "#!/bin/bash\nset -a; . {0}/florin.env; set +a\n\
             if [ -f {0}/pid ]; then kill \"$(cat {0}/pid)\"; while kill -0 \"$(cat {0}/pid)\"; do sleep 0.05; done; fi 2>/dev/null\n\
             {1}/current/florin serve >>{0}/service.log 2>&1 </dev/null &\necho $! >{0}/pid\n",
            machine.directory.path().display(),
            root.display(),
        );
        script(&machine.path("restart"), &restart);
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A build: the real program with something around it.
    fn build(&self, name: &str, around: &str) -> PathBuf {
        let path = self.path(name);
        script(
            &path,
            &format!("#!/bin/bash\n# {name}\n{around}\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_florin")),
        );
        path
    }

    fn run(&self, script: &str, arguments: &[&str]) -> Said {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(script);
        let mut command = Command::new("bash");
        command.arg(file).args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("FLORIN_DEPLOY_CONF", "/nowhere").env("FLORIN_ROOT", self.path("opt"));
        command.env("FLORIN_ENV_FILE", self.path("florin.env")).env("FLORIN_USER", "");
        command.env("FLORIN_RESTART", self.path("restart")).env("FLORIN_BACKUPS", self.path("backups"));
        command.env("FLORIN_BACKUP_KEY", self.path("backup.key"));
        command.env("FLORIN_HEALTH", format!("\"$FLORIN_BIN\" health http://127.0.0.1:{}", self.port));
        command.env("FLORIN_HEALTH_SECONDS", "10").env("FLORIN_RELEASES_KEEP", "1");
        // What the service writes goes to a file; nothing it inherits keeps the test waiting.
        run(command.stdin(Stdio::null()))
    }

    fn deploy(&self, build: &Path) -> Said {
        self.run("deploy.sh", &[build.to_str().unwrap()])
    }

    fn current(&self) -> PathBuf {
        fs::canonicalize(self.path("opt/current/florin")).unwrap()
    }

    fn is_ready(&self) -> bool {
        florin(&["health", &format!("http://127.0.0.1:{}", self.port)]).code == 0
    }

    fn releases(&self) -> usize {
        fs::read_dir(self.path("opt/releases")).unwrap().count()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Ok(pid) = fs::read_to_string(self.path("pid")) {
            let _ = Command::new("kill").arg(pid.trim()).stderr(Stdio::null()).status();
        }
    }
}

const FALLS: &str = "if [ \"$1\" = serve ]; then echo 'this build is broken' >&2; exit 1; fi";

#[test]
fn a_good_build_runs_a_broken_one_gives_way_to_the_former_and_back_again() {
    let machine = Machine::new();
    let key = machine.path("backup.key");
    fs::write(&key, "9f31c27be05a8846d1f20b7ca3956e188d44f0b2673ac519ee8052d79b0c61fa").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let (one, two) = (machine.build("one", ""), machine.build("two", ""));
    let falls = machine.build("falls", FALLS);
    let answers_500 = machine.build(
        "answers-500",
        &format!(
            "if [ \"$1\" = serve ]; then exec python3 -c '\nimport http.server as h\n\
             class R(h.BaseHTTPRequestHandler):\n    def do_GET(self): self.send_error(500)\n\
             h.HTTPServer((\"127.0.0.1\", {}), R).serve_forever()'; fi",
            machine.port
        ),
    );

    let first = machine.deploy(&one);
    let ran_first = machine.current();
    let second = machine.deploy(&two);
    let ran_second = machine.current();
    let again = machine.deploy(&two);

    assert_eq!((first.code, second.code, again.code), (0, 0, 0), "{first:?} {second:?} {again:?}");
    assert!(again.stderr.contains("runs already"), "{}", again.stderr);
    assert!(ran_first != ran_second && machine.is_ready());
    let backups: Vec<PathBuf> =
        fs::read_dir(machine.path("backups")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [backup] = &backups[..] else { panic!("there was something to copy: {backups:?}") };
    assert_eq!(backup.extension().unwrap(), "florin", "there is a key to encrypt it with");
    assert!(second.stderr.contains("transfers agree"), "the backup is proved: {}", second.stderr);

    for broken in [&falls, &answers_500] {
        let said = machine.deploy(broken);

        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.stderr.contains("did not become ready") && said.stderr.contains("runs again"),
            "{said:?}"
        );
        assert_eq!(machine.current(), ran_second);
        assert!(machine.is_ready());
    }

    let back = machine.run("rollback.sh", &[]);
    assert_eq!((back.code, machine.current()), (0, ran_first), "{back:?}");
    assert!(machine.is_ready() && machine.releases() <= 4);
    let history = fs::read_to_string(machine.path("opt/history")).unwrap();
    assert_eq!(history.lines().count(), 5, "{history}");
}

#[test]
fn where_the_schema_was_changed_restoring_is_told_and_not_done() {
    let machine = Machine::new();
    // The former program does not know what the newer one did to the schema.
    let refuses = format!(
        "if [ \"$1 $2\" = 'migrate --check' ] && [ -f {} ]; then echo 'a newer program' >&2; exit 3; fi",
        machine.path("newer").display()
    );
    let changes =
        format!("if [ \"$1\" = serve ]; then touch {}; exit 1; fi", machine.path("newer").display());
    let (former, newer) = (machine.build("former", &refuses), machine.build("newer-one", &changes));
    assert_eq!(machine.deploy(&former).code, 0);
    let ran = machine.current();

    let said = machine.deploy(&newer);
    let back = machine.run("rollback.sh", &[ran.parent().unwrap().file_name().unwrap().to_str().unwrap()]);

    assert_eq!((said.code, back.code), (3, 3), "{said:?} {back:?}");
    for said in [&said, &back] {
        assert!(
            said.stderr.contains("florin restore") && said.stderr.contains("nothing is undone"),
            "{said:?}"
        );
    }
    assert!(
        said.stderr.contains(machine.path("backups").to_str().unwrap()),
        "it names the backup: {}",
        said.stderr
    );
    assert!(machine.current() != ran, "the release that fits the schema stays");
}

#[test]
fn what_would_not_start_changes_nothing_and_two_do_not_deploy_at_once() {
    let machine = Machine::new();
    let refuses =
        machine.build("refuses", "if [ \"$1\" = config ]; then echo 'no such setting' >&2; exit 2; fi");
    let lock = machine.path("opt");
    fs::create_dir(&lock).unwrap();
    let held_by = fs::File::create(lock.join(".deploy.lock")).unwrap();
    held_by.lock().unwrap();

    let held = machine.deploy(&refuses);
    drop(held_by);
    let unfit = machine.deploy(&refuses);

    assert_eq!((held.code, unfit.code), (1, 1), "{held:?} {unfit:?}");
    assert!(held.stderr.contains("another deployment"), "{}", held.stderr);
    assert!(unfit.stderr.contains("nothing was changed"), "{}", unfit.stderr);
    assert!(!machine.path("opt/current").exists());
}
