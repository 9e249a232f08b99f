//! A demonstration to look at: its server, who can sign in to it, and the mails it sent.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::Served;

/// A server with the data of a demonstration.
pub struct Demonstration {
    server: Served,
    directory: TempDir,
}

impl Demonstration {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Served::start(directory.path(), &["--demo"]);
        Self { server, directory }
    }

    /// Where it is. Passkeys and cookies are for a name, not for a number.
    pub fn base(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The address and the password of one of its people.
    pub fn person(&self, what: &str) -> (String, String) {
        let kept = fs::read_to_string(self.directory.path().join("demo-credentials.txt")).unwrap();
        let found = kept.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let found = found.filter(|words| words.len() == 3).find(|words| words[0] == what);
        let [_, email, password] = found.unwrap_or_else(|| panic!("there is no {what}"))[..] else {
            unreachable!()
        };
        (email.to_owned(), password.to_owned())
    }

    /// An access token of somebody.
    pub fn token_of(&self, email: &str, password: &str) -> String {
        let signed_in =
            self.asked("", "/api/v1/auth/login", &json!({ "email": email, "password": password }));
        signed_in["access_token"].as_str().unwrap().to_owned()
    }

    /// Has one of its people do something over the API, once.
    pub fn has_done(&self, what: &str, path: &str, body: &Value) -> Value {
        let (email, password) = self.person(what);
        self.asked(&self.token_of(&email, &password), path, body)
    }

    /// A token of one of its people, who has just shown their password.
    pub fn token(&self, what: &str) -> String {
        let (email, password) = self.person(what);
        let token = self.token_of(&email, &password);
        let proved = self.asked(&token, "/api/v1/auth/step-up", &json!({ "password": password }));
        proved["access_token"].as_str().unwrap().to_owned()
    }

    /// What the API answers to a request under a key of its own, which it takes; `GET` where there is no body.
    pub fn asked(&self, token: &str, path: &str, body: &Value) -> Value {
        let method = if body.is_null() { "GET" } else { "POST" };
        let key = Uuid::new_v4().to_string();
        let (status, answer) = self.server.ask_once(method, path, (token, &key), body);
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    fn mails(&self, about: &str) -> Vec<PathBuf> {
        let Ok(outbox) = fs::read_dir(self.directory.path().join("outbox")) else { return Vec::new() };
        let mut mails: Vec<PathBuf> = outbox.map(|entry| entry.unwrap().path()).collect();
        mails.retain(|path| path.to_string_lossy().ends_with(&format!("{about}.eml")));
        mails.sort();
        mails
    }

    /// The link in the newest mail of this kind to this address.
    pub async fn link(&self, about: &str, to: &str) -> String {
        for _ in 0..200 {
            for path in self.mails(about).iter().rev() {
                let text = fs::read_to_string(path).unwrap().replace("=\r\n", "").replace("=3D", "=");
                let link =
                    text.split_whitespace().find(|word| word.starts_with("http") && word.contains("token="));
                if let Some(link) = link.filter(|_| text.contains(to)) {
                    return link.to_owned();
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no mail of {about} to {to}");
    }

    /// Ends it; nothing went wrong inside all the while.
    pub fn end(self) {
        let (code, said) = self.server.stop();
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("\"level\":\"ERROR\""), "{said}");
    }
}
