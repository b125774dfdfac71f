//! A real `senim-server` as a process of its own, on SQLite, with the settings it ships with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};
use tokio::process::{Child, Command};

/// A server that is set up and may run.
pub(crate) struct Server {
    program: PathBuf,
    flags: Vec<String>,
    /// What `serve` alone needs.
    serve: Vec<String>,
    port: u16,
    /// What the organisation calls it.
    pub(crate) origin: String,
    /// SHA-256 of its public key, hexadecimal.
    pub(crate) pins: Vec<String>,
}

impl Server {
    /// Chooses the settings. The program stands in `SENIM_SERVER_BIN`; its store will be in `store`.
    pub(crate) fn prepare(
        store: &Path,
        (server_port, connect_port): (u16, u16),
    ) -> anyhow::Result<Self> {
        let program =
            std::env::var_os("SENIM_SERVER_BIN").context("SENIM_SERVER_BIN is not set")?;
        std::fs::create_dir_all(store)?;
        let origin = format!("https://127.0.0.1:{connect_port}");
        let mut flags = vec!["--data".to_owned(), store.to_string_lossy().into_owned()];
        let beside = store
            .parent()
            .context("the store has no folder around it")?;
        let pins = vec![certificate(beside)?];
        flags.extend(["--log-level", "error"].map(str::to_owned));
        let listen = [
            ("--listen", format!("127.0.0.1:{server_port}")),
            ("--metrics-listen", "127.0.0.1:0".to_owned()),
            ("--origin", origin.clone()),
            (
                "--tls-cert",
                beside.join("cert.pem").to_string_lossy().into_owned(),
            ),
            (
                "--tls-key",
                beside.join("key.pem").to_string_lossy().into_owned(),
            ),
        ];
        let serve = listen
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value])
            .collect();
        Ok(Self {
            program: program.into(),
            flags,
            serve,
            port: server_port,
            origin,
            pins,
        })
    }

    /// Lets the organisation in by its founding list.
    pub(crate) async fn add_organisation(&self, list: &Path) -> anyhow::Result<()> {
        self.command(&["migrate"]).await?;
        self.command(&["org", "add", &list.to_string_lossy()]).await
    }

    /// Starts it and waits until it accepts; it ends with this program.
    pub(crate) async fn start(&self) -> anyhow::Result<Child> {
        let mut command = Command::new(&self.program);
        // Its lines would be taken for ours.
        command
            .arg("serve")
            .args(&self.flags)
            .args(&self.serve)
            .stdout(std::process::Stdio::null());
        let server = command
            .kill_on_drop(true)
            .spawn()
            .context("the server does not start")?;
        for _ in 0..400 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port))
                .await
                .is_ok()
            {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        bail!("the server does not listen")
    }

    async fn command(&self, words: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .args(&self.flags)
            .stdout(std::process::Stdio::null());
        ensure!(
            command.status().await?.success(),
            "senim-server {} failed",
            words.join(" ")
        );
        Ok(())
    }
}

/// A certificate for loopback, written beside the store. Returns the pin of its key.
fn certificate(dir: &Path) -> anyhow::Result<String> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&cert, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    let digest = Sha256::digest(rcgen::PublicKeyData::subject_public_key_info(
        &made.signing_key,
    ));
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
