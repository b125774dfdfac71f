//! The real server as a process that can be killed, started anew from its folder, and robbed of its folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Outcome, within};

/// A server with a folder of its own, running or not. Ends with this value.
#[derive(Debug)]
pub(crate) struct Keeper {
    program: PathBuf,
    data: PathBuf,
    origin: String,
    child: Option<Child>,
}

impl Keeper {
    /// A server for the devices that know it as `origin`; its database is made, it does not run yet.
    pub(crate) async fn set(data: &Path, origin: &str) -> Outcome<Self> {
        let keeper = Self {
            program: senim_cli::demo::stage::server_program()?,
            data: data.to_owned(),
            origin: origin.to_owned(),
            child: None,
        };
        std::fs::create_dir_all(data)?;
        keeper.command(&["migrate"]).await?;
        Ok(keeper)
    }

    /// The server's folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Lets an organisation in by a signed admit list.
    pub(crate) async fn add_organisation(&self, list: &[u8]) -> Outcome {
        let file = self.data.with_extension("list");
        std::fs::write(&file, list)?;
        let name = file.to_string_lossy().into_owned();
        self.command(&["org", "add", &name]).await
    }

    /// Everything that is stored, read and checked by the server's own program.
    pub(crate) async fn verify(&self) -> Outcome {
        self.command(&["verify"]).await
    }

    async fn command(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::null())
            .output()
            .await?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
        }
    }

    /// Starts it; where it listens.
    pub(crate) async fn start(&mut self) -> Outcome<SocketAddr> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data.join("server.log"))?;
        let mut child = Command::new(&self.program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(["--metrics-listen", "127.0.0.1:0", "--log-level", "debug"])
            .args(["--rate-per-ip", "0", "--rate-per-key", "0"])
            .args(["--origin", &self.origin])
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening http://") {
                    return Ok(address.parse()?);
                }
            }
            Err("senim-server did not say where it listens".into())
        };
        let address = within(20, "the server starts", listening).await?;
        // The rest of what it prints is read away, so that a full pipe never stops it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.child = Some(child);
        address
    }

    /// SIGKILL: no time to write anything.
    pub(crate) async fn kill(&mut self) -> Outcome {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// The server's disk is gone; an empty database stands in its place. It must not run.
    pub(crate) async fn wipe(&mut self) -> Outcome {
        self.kill().await?;
        std::fs::remove_dir_all(&self.data)?;
        std::fs::create_dir_all(&self.data)?;
        self.command(&["migrate"]).await
    }
}
