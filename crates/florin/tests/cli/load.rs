//! An instance of which customers want something all the time, on either engine.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use florin_app::Services;
use florin_app::config::{Loaded, Sources};
use florin_db::{Access, DbError};
use florin_kernel::Env;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{Said, Served, command, run};

const PASSWORD: &str = "quiet lanterns by the quay";
/// How many customers ask at once.
const WRITERS: usize = 4;

/// Where an instance lies.
pub struct Instance {
    pub directory: tempfile::TempDir,
    /// The database's URL; empty for the embedded one.
    pub url: String,
}

impl Instance {
    pub fn new(url: String) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), url }
    }

    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn environment(&self) -> Vec<(&str, &str)> {
        // Hundreds of transfers of one customer in a second would be held for review.
        vec![
            ("DATABASE_URL", self.url.as_str()),
            ("FLORIN_RISK__MODE", "shadow"),
            ("FLORIN_LOG__FILTER", "warn"),
        ]
    }

    /// Runs a command on it.
    pub fn florin(&self, arguments: &[&str]) -> Said {
        run(command(arguments).envs(self.environment()).arg("--data").arg(self.data()))
    }

    pub fn serve(&self, more: &[(&str, &str)]) -> Served {
        Served::start_with(&self.data(), &[self.environment(), more.to_vec()].concat())
    }

    /// The identifiers of all transfers in its books.
    pub fn transfers(&self) -> HashSet<Uuid> {
        let mut flags = vec![("instance.data", self.data().display().to_string())];
        if !self.url.is_empty() {
            flags.push(("database.url", self.url.clone()));
        }
        let config = Loaded::read(&Sources { flags, ..Sources::default() }).unwrap().config;
        let db = Services::open_database(&config, Access::Command, Env::system()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let ids = runtime.block_on(db.read(|reader| {
            let rows = reader.rows("SELECT id FROM ledger_transfer ORDER BY id", &[])?;
            rows.iter().map(|row| row.get(0)).collect::<Result<HashSet<Uuid>, DbError>>()
        }));
        db.close();
        ids.unwrap()
    }
}

/// A customer with two accounts and money on the first.
#[derive(Clone)]
pub struct Payer {
    token: String,
    from: String,
    to: String,
}

impl Payer {
    /// Makes the customer and the accounts; the instance must be served by `server`.
    pub fn of(instance: &Instance, server: &Served) -> Self {
        let password = instance.path("password");
        fs::write(&password, PASSWORD).unwrap();
        for (email, role) in [("ada@example.org", "customer"), ("tom@example.org", "teller")] {
            let file = password.to_str().unwrap();
            let said = instance.florin(&[
                "admin",
                "create",
                "--email",
                email,
                "--role",
                role,
                "--password-file",
                file,
            ]);
            assert_eq!(said.code, 0, "{said:?}");
        }
        let token = |email: &str| {
            let body = json!({ "email": email, "password": PASSWORD });
            let (status, answer) = server.ask("POST", "/api/v1/auth/login", &body);
            assert_eq!(status, 200, "{answer}");
            answer["access_token"].as_str().unwrap().to_owned()
        };
        let (ada, tom) = (token("ada@example.org"), token("tom@example.org"));
        let open = || {
            let body = json!({ "kind": "checking", "currency": "EUR" });
            let (status, answer) = server.ask_with("POST", "/api/v1/accounts", &ada, &body);
            assert_eq!(status, 201, "{answer}");
            answer["id"].as_str().unwrap().to_owned()
        };
        let (from, to) = (open(), open());
        let body = json!({ "amount": { "amount": "9000.00", "currency": "EUR" } });
        let answer =
            send(server.address, &post(&format!("/api/v1/accounts/{from}/deposit"), &tom, &body)).unwrap();
        assert_eq!(answer.0, 201, "{answer:?}");
        Self { token: ada, from, to }
    }

    /// The request of a transfer of one cent.
    pub fn request(&self) -> String {
        let body = json!({
            "from_account_id": self.from, "to_account_id": self.to,
            "amount": { "amount": "0.01", "currency": "EUR" },
        });
        post("/api/v1/transfers", &self.token, &body)
    }
}

fn post(path: &str, token: &str, body: &Value) -> String {
    let (body, key) = (body.to_string(), Uuid::new_v8(rand()));
    format!(
        "POST {path} HTTP/1.1\r\nhost: florin\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-idempotency-key: {key}\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len(),
    )
}

fn rand() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// The status and the body of the answer; none where there was no whole answer.
pub fn send(address: SocketAddr, request: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    answer(stream)
}

/// Reads an answer to its end.
pub fn answer(mut stream: TcpStream) -> Option<(u16, Value)> {
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, serde_json::from_str(body).ok()?))
}

/// Customers who transfer one cent after the other.
pub struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<Uuid>>>,
    writers: Vec<JoinHandle<Vec<String>>>,
}

impl Load {
    pub fn start(payer: &Payer, address: SocketAddr) -> Self {
        let (stop, acknowledged) = (Arc::default(), Arc::default());
        let writers = (0..WRITERS)
            .map(|_| {
                let (payer, stop, acknowledged) =
                    (payer.clone(), Arc::clone(&stop), Arc::clone(&acknowledged));
                std::thread::spawn(move || write(&payer, address, &stop, &acknowledged))
            })
            .collect();
        Self { stop, acknowledged, writers }
    }

    /// What was acknowledged until now.
    pub fn acknowledged(&self) -> Vec<Uuid> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Waits until so many are.
    pub fn wait_for(&self, count: usize) {
        for _ in 0..600 {
            if self.acknowledged().len() >= count {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("only {} transfers were acknowledged", self.acknowledged().len());
    }

    /// Ends it; everything that was acknowledged, and what else customers got instead.
    pub fn stop(self) -> (Vec<Uuid>, Vec<String>) {
        self.stop.store(true, Ordering::Release);
        let odd = self.writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        (acknowledged, odd)
    }
}

fn write(
    payer: &Payer,
    address: SocketAddr,
    stop: &AtomicBool,
    acknowledged: &Mutex<Vec<Uuid>>,
) -> Vec<String> {
    let mut odd = Vec::new();
    while !stop.load(Ordering::Acquire) {
        match send(address, &payer.request()) {
            Some((201, body)) => {
                acknowledged.lock().unwrap().push(body["id"].as_str().unwrap().parse().unwrap());
            }
            Some((status, body)) => odd.push(format!("{status} {body}")),
            None => {
                odd.push("no answer".to_owned());
                // The server is gone: there is no use in asking as fast as one can.
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    odd
}

/// Whether nothing that backup or restore laid aside is left.
pub fn is_tidy(directory: &Path) -> bool {
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    !names.into_iter().any(|name| name.starts_with(".florin-"))
}
