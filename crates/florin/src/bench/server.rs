//! Servers of their own process, so that their processor time can be told from the load's.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child as Process, Command};

use super::Group;
use super::prepare::Bank;
use crate::{Exit, Failure};

/// How long a server may take to listen, or to stop.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that this process started.
pub(super) struct Child {
    process: Process,
    addr: SocketAddr,
    pid: u32,
}

impl Child {
    /// `florin serve` over a filled instance.
    pub(super) async fn serve(bank: &Bank) -> Result<Self, Failure> {
        let mut command = this_program()?;
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        for (name, value) in bank.environment() {
            command.env(name, value);
        }
        Self::start(command).await
    }

    /// An echo behind the same server and edge.
    pub(super) async fn echo() -> Result<Self, Failure> {
        let mut command = this_program()?;
        command.args(["bench", "echo-server"]);
        Self::start(command).await
    }

    async fn start(mut command: Command) -> Result<Self, Failure> {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(Failure::from)?;
        let pid = process.id().unwrap_or(0);
        let stdout = process.stdout.take().ok_or_else(|| failed("the server has no output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(addr) = line.strip_prefix("listening on http://") {
                    return addr.parse().ok();
                }
            }
            None
        };
        let addr = tokio::time::timeout(PATIENCE, listening).await.ok().flatten();
        let addr = addr.ok_or_else(|| failed("the server did not begin to listen"))?;
        Ok(Self { process, addr, pid })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The process, to watch.
    pub(super) fn group(&self) -> Group {
        Group::new("server", self.pid)
    }

    /// Asks it to drain and waits until it is gone.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)
                .map_err(|error| failed(&error.to_string()))?;
        }
        match tokio::time::timeout(PATIENCE, self.process.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(failed(&format!("the server ended with {status}"))),
            Ok(Err(error)) => Err(failed(&error.to_string())),
            Err(_) => Err(failed("the server did not stop")),
        }
    }
}

fn this_program() -> Result<Command, Failure> {
    Ok(Command::new(std::env::current_exe().map_err(Failure::from)?))
}

fn failed(why: &str) -> Failure {
    Failure::new(Exit::Failed, why)
}
