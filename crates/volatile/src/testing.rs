//! A Redis that tests can kill and start again.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test that cannot go on fails")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

/// A Redis of this test's own, which can be killed and started again on its port.
pub struct Redis {
    folder: tempfile::TempDir,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl Redis {
    /// One that does not run yet.
    pub fn down() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("its address").port();
        Self { folder: tempfile::tempdir().expect("a folder"), port, child: Mutex::new(None) }
    }

    /// One that runs.
    pub fn up() -> Self {
        let redis = Self::down();
        redis.start();
        redis
    }

    /// Starts it, empty, and waits until it takes connections.
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

    /// Sends it a signal, such as `-STOP`.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.lock().expect("the child").as_ref().expect("a running Redis").id();
        let sent = Command::new("kill").args([signal, &pid.to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Ends it at once.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().expect("the child").take() {
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
