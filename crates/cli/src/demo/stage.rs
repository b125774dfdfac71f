//! A real server process on loopback, with a certificate and a folder of its own, for the demo, the workspace and the journeys.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::demo::wire::Wire;
use crate::fail::Failed;

/// The server says where it listens within this time.
const START: Duration = Duration::from_secs(20);

/// Where the server's program is: `SENIM_SERVER_BIN`, or beside this program, or where the build puts it.
///
/// # Errors
/// [`Failed`] if it is in none of these places.
pub fn server_program() -> Result<PathBuf, Failed> {
    if let Some(path) = std::env::var_os("SENIM_SERVER_BIN") {
        return Ok(path.into());
    }
    let here = std::env::current_exe()?;
    // `dist/senim` has it beside; `target/debug/senim` and `target/debug/deps/test` have it in the server's own target folder.
    let beside = here.ancestors().skip(1).take(4).flat_map(|folder| {
        let profile = folder
            .file_name()
            .map(std::ffi::OsStr::to_owned)
            .unwrap_or_default();
        let own = folder
            .parent()
            .map(|target| target.join("server").join(profile).join("senim-server"));
        [Some(folder.join("senim-server")), own]
    });
    let mut found = beside.flatten().filter(|path| path.is_file());
    found.next().ok_or_else(|| {
        Failed::new(
            "no-server-program",
            "senim-server is not beside this program; name it in SENIM_SERVER_BIN",
        )
    })
}

/// A server about to be started: its folder, its certificate, its address as devices will see it.
#[derive(Debug)]
pub struct Stage {
    program: PathBuf,
    data: PathBuf,
    wire: Wire,
    listener: tokio::net::TcpListener,
    /// `https://127.0.0.1:port`.
    pub origin: String,
    /// SHA-256 of the certificate's public key, hexadecimal.
    pub pin: String,
}

/// A running server. Ends with it when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    program: PathBuf,
    data: PathBuf,
    wire: Wire,
}

impl Stage {
    /// Makes the folder `at/server`, its certificate and its database.
    ///
    /// # Errors
    /// [`Failed`] with what could not be made.
    pub async fn set(at: &Path) -> Result<Self, Failed> {
        let program = server_program()?;
        let data = at.join("server");
        std::fs::create_dir_all(&data)?;
        let (wire, listener, address) = Wire::open().await?;
        let pin = certificate(&data)?;
        let stage = Self {
            program,
            data,
            wire,
            listener,
            origin: format!("https://{address}"),
            pin,
        };
        stage.command(&["migrate"]).await?;
        Ok(stage)
    }

    /// Lets an organisation in by its founding list.
    ///
    /// # Errors
    /// [`Failed`] if the server refuses it.
    pub async fn add_organisation(&self, list: &[u8]) -> Result<(), Failed> {
        let file = self.data.join("founding-list");
        std::fs::write(&file, list)?;
        let name = file.to_string_lossy().into_owned();
        self.command(&["org", "add", &name]).await
    }

    async fn command(&self, arguments: &[&str]) -> Result<(), Failed> {
        run(&self.program, &self.data, arguments).await.map(|_| ())
    }

    /// Starts the server and leads the wire to it.
    ///
    /// # Errors
    /// [`Failed`] if it does not say where it listens.
    pub async fn start(self) -> Result<Server, Failed> {
        let mut child = Command::new(&self.program)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--metrics-listen",
                "127.0.0.1:0",
            ])
            .args(["--origin", &self.origin, "--rate-per-ip", "0"])
            .arg("--data")
            .arg(&self.data)
            .arg("--tls-cert")
            .arg(self.data.join("tls.pem"))
            .arg("--tls-key")
            .arg(self.data.join("tls.key"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(self.data.join("server.log"))?)
            .kill_on_drop(true)
            .spawn()?;
        let address = tokio::time::timeout(START, listening(&mut child)).await;
        let address = address.map_err(|_| not_started())??;
        self.wire.lead(self.listener, address);
        Ok(Server {
            child,
            program: self.program,
            data: self.data,
            wire: self.wire,
        })
    }
}

impl Server {
    /// All bytes that went between devices and server so far.
    #[must_use]
    pub fn captured(&self) -> Vec<u8> {
        self.wire.captured()
    }

    /// The server's folder: database, chunks, log, certificate.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Stops the server as an operator would and checks what it stored: number of envelopes of all kinds, and bytes of its folder.
    ///
    /// # Errors
    /// [`Failed`] if it does not stop or what it stored is damaged.
    pub async fn stop_and_verify(mut self) -> Result<(u64, u64), Failed> {
        // The log of this stage ends here; SIGTERM by way of the shell's own tool needs no unsafe code.
        let id = self.child.id().ok_or_else(not_started)?;
        let told = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await?;
        if !told.success() {
            return Err(Failed::new(
                "server",
                "the server could not be told to stop",
            ));
        }
        self.child.wait().await?;
        let said = run(&self.program, &self.data, &["verify"]).await?;
        let numbers = said
            .split_whitespace()
            .filter_map(|word| word.parse::<u64>().ok());
        Ok((numbers.take(3).sum(), size_below(&self.data)?))
    }
}

async fn run(program: &Path, data: &Path, arguments: &[&str]) -> Result<String, Failed> {
    let output = Command::new(program)
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .await?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failed::new(
            "server",
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }
}

async fn listening(child: &mut Child) -> Result<SocketAddr, Failed> {
    let stdout = child.stdout.take().ok_or_else(not_started)?;
    let mut lines = BufReader::new(stdout).lines();
    let mut address = None;
    while let Some(line) = lines.next_line().await? {
        if let Some(found) = line.strip_prefix("listening https://") {
            address = found.parse().ok();
            break;
        }
    }
    // The rest of what it prints is read away, so that a full pipe never stops it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    address.ok_or_else(not_started)
}

fn not_started() -> Failed {
    Failed::new(
        "server",
        "senim-server did not start; its log is in the server's folder",
    )
}

/// A certificate for this machine, made anew; returns its pin.
fn certificate(folder: &Path) -> Result<String, Failed> {
    let failed = |_| Failed::new("certificate", "no certificate could be made");
    let key = rcgen::KeyPair::generate().map_err(failed)?;
    let parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).map_err(failed)?;
    let certificate = parameters.self_signed(&key).map_err(failed)?;
    std::fs::write(folder.join("tls.pem"), certificate.pem())?;
    std::fs::write(folder.join("tls.key"), key.serialize_pem())?;
    let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
    Ok(hex::encode(ring::digest::digest(
        &ring::digest::SHA256,
        &spki,
    )))
}

fn size_below(folder: &Path) -> Result<u64, Failed> {
    let mut size = 0_u64;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let here = if kind.is_dir() {
            size_below(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
        size = size.saturating_add(here);
    }
    Ok(size)
}
