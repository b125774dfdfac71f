//! The real program as a child process.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use senim_wire::admit::SignedAdmitList;
use senim_wire::cbor;

use super::ORIGIN;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_senim-server");

/// A running `senim-server serve`.
pub struct Process {
    pub child: Child,
    pub base: String,
    pub metrics: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, or ends now.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn serve_command(data: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--data"]).arg(data).args(SERVE);
    command
}

pub const SERVE: [&str; 10] = [
    "--listen",
    "127.0.0.1:0",
    "--metrics-listen",
    "127.0.0.1:0",
    "--origin",
    ORIGIN,
    "--rate-per-ip",
    "0",
    "--rate-per-key",
    "0",
];

impl Process {
    pub fn start(data: &Path) -> Self {
        Self::spawn(serve_command(data))
    }

    /// Runs `command` and waits until it says where it listens.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = |word: &str| match lines.next() {
            Some(line) => line.unwrap().strip_prefix(word).unwrap().trim().to_owned(),
            None => {
                let mut said = String::new();
                drop(child.stderr.take().unwrap().read_to_string(&mut said));
                panic!("the server ended: {said}")
            }
        };
        let base = line("listening ");
        let metrics = line("metrics ");
        Self {
            child,
            base,
            metrics,
        }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits for the end; its status and what it said on standard error.
    pub fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

/// Runs a command that ends by itself.
pub fn run(data: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(args)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}

/// `org add` with a founding list.
pub fn add_org(data: &Path, list: &SignedAdmitList) -> Output {
    let file = data.with_extension("list");
    std::fs::write(&file, cbor::to_vec(list)).unwrap();
    run(data, &["org", "add", file.to_str().unwrap()])
}
