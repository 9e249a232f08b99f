//! A Redis that tests can kill and start again.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses a part")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use florin_kernel::Env;
use florin_volatile::{Volatile, VolatileState};
use secrecy::SecretString;

pub const LONG: Duration = Duration::from_mins(1);
/// How long these tests let Redis take: far longer than it does on a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// A Redis of this test's own, which can be killed and started again on its port.
pub struct Redis {
    folder: tempfile::TempDir,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl Redis {
    pub fn down() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("its address").port();
        Self { folder: tempfile::tempdir().expect("a folder"), port, child: Mutex::new(None) }
    }

    pub fn up() -> Self {
        let redis = Self::down();
        redis.start();
        redis
    }

    pub fn start(&self) {
        let child = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
                &self.port.to_string(),
            ])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server must be installed: run ./test.sh, or scripts/services.sh start");
        *self.child.lock().expect("the child") = Some(child);
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "redis-server did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.lock().expect("the child").as_ref().expect("a running Redis").id();
        let sent = Command::new("kill").args([signal, &pid.to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().expect("the child").take() {
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
    }

    pub async fn volatile(&self) -> Volatile {
        let url = SecretString::from(format!("redis://127.0.0.1:{}/", self.port));
        Volatile::connect(&url, TIMEOUT, Env::system()).await.expect("a Redis URL")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

pub async fn wait_for_recovery(volatile: &Volatile) {
    let mut states = volatile.state_changes();
    let back = states.wait_for(|state| *state == VolatileState::Redis);
    tokio::time::timeout(PATIENCE, back).await.expect("Redis is back in time").expect("a state");
}
