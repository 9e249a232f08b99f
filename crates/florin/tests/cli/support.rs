//! The program as a process, in an environment with nothing of the tester's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_florin"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

pub fn run(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `florin` with these arguments.
pub fn florin(arguments: &[&str]) -> Said {
    run(&mut command(arguments))
}

/// Runs `florin` with these arguments on the instance in `data`.
pub fn florin_on(data: &Path, arguments: &[&str]) -> Said {
    run(command(arguments).arg("--data").arg(data))
}

/// A server that listens.
pub struct Served {
    process: Child,
    pub address: SocketAddr,
}

impl Served {
    pub fn start(data: &Path, more: &[&str]) -> Self {
        let mut command = command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(more).arg("--data").arg(data);
        Self::of(command)
    }

    /// The same with these variables in its environment.
    pub fn start_with(data: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(environment.iter().copied()).arg("--data").arg(data);
        Self::of(command)
    }

    /// The server that this command is.
    pub fn of(mut command: Command) -> Self {
        const LIMITS: &str = "FLORIN_RATE_LIMITS__ENABLED";
        // A test asks as often as it must, unless it is about that.
        if !command.get_envs().any(|(name, _)| name == LIMITS) {
            command.env(LIMITS, "false");
        }
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            let mut said = String::new();
            process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the server does not listen: {line}{said}");
        };
        let address = address.parse().unwrap();
        Self { process, address }
    }

    /// Its process.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.process)
    }

    /// Ends it as a supervisor would; the code it ended with and what it said on stderr.
    pub fn stop(self) -> (i32, String) {
        rustix::process::kill_process(self.pid(), rustix::process::Signal::TERM).unwrap();
        self.wait()
    }

    /// Waits for its end; the code it ended with and what it said on stderr.
    pub fn wait(mut self) -> (i32, String) {
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code().unwrap_or(-1), said)
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The status and the body that a request is answered with.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask_with(method, path, "", body)
    }

    /// The same with an access token.
    pub fn ask_with(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        self.ask_once(method, path, (token, ""), body)
    }

    /// The same with an access token and an idempotency key, each of which may be empty.
    pub fn ask_once(
        &self,
        method: &str,
        path: &str,
        (token, key): (&str, &str),
        body: &Value,
    ) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: florin\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{}{}\r\n",
            body.len(),
            if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") },
            if key.is_empty() { String::new() } else { format!("x-idempotency-key: {key}\r\n") },
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
