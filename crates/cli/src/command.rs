//! The commands and their exit status: 0 done, 1 refused, 2 wrong usage.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::fail::Failed;
use crate::{call, demo, form, requests, workspace};

#[derive(Debug, Parser)]
#[command(name = "senim", version, about = "The terminal door of Senim")]
struct Cli {
    /// Errors as JSON on standard error: {"error":{"code":…}}
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole mission on three tablets, a desk and a real server on loopback; a JSON summary on the last line
    Demo {
        /// Folder for the files; made, must be empty
        #[arg(long)]
        out: PathBuf,
        /// Three years of a whole country (not built yet)
        #[arg(long)]
        national: bool,
    },
    /// Two vaults of one organisation with a visit and a running server, for the window; until standard input closes or a signal comes
    Workspace {
        /// Folder for the files; made, must be empty
        #[arg(long)]
        out: PathBuf,
    },
    /// Reads one request as JSON on standard input, prints the response; passphrase from the file SENIM_PASSPHRASE_FILE names
    Call {
        /// The vault's folder
        #[arg(long)]
        vault: PathBuf,
        /// File beside the request (a bundle to import)
        #[arg(long)]
        body: Option<PathBuf>,
        /// Where the file beside the response goes (a bundle that was exported)
        #[arg(long)]
        body_out: Option<PathBuf>,
    },
    /// Every request with an example, as JSON
    Requests,
    /// Form tables
    #[command(subcommand)]
    Form(FormCommand),
    /// Whether a sealed visit archive is whole (not built yet)
    Verify {
        /// The archive
        file: PathBuf,
        /// Words of the organisation's genesis
        #[arg(long)]
        org: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum FormCommand {
    /// The form compiles, or an error with sheet, row and column
    Check {
        /// A workbook, or a folder with survey.csv, choices.csv and settings.csv
        path: PathBuf,
    },
    /// A shipped form as a workbook to edit
    Xlsx {
        /// Its id
        id: String,
        /// The workbook
        #[arg(long)]
        out: PathBuf,
    },
}

/// Runs the command of this process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    let json = cli.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return tell(&Failed::from(error), json),
    };
    let ended = runtime.block_on(done(cli.command, json));
    // A read of standard input may still wait in a thread of its own; everything else has ended.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => tell(&failed, json),
    }
}

async fn done(command: Command, json: bool) -> Result<(), Failed> {
    match command {
        Command::Demo { national: true, .. } => Err(Failed::not_built_yet("the national demo")),
        Command::Demo {
            out,
            national: false,
        } => demo::run(&out).await,
        Command::Workspace { out } => workspace::run(&out).await,
        Command::Call {
            vault,
            body,
            body_out,
        } => call::run(vault, body.as_deref(), body_out.as_deref()).await,
        Command::Requests => requests::print(),
        Command::Form(FormCommand::Check { path }) => form::check(&path, json),
        Command::Form(FormCommand::Xlsx { id, out }) => form::xlsx(&id, &out),
        Command::Verify { .. } => Err(Failed::not_built_yet("the sealed visit archive")),
    }
}

/// Prints one line to standard output.
///
/// # Errors
/// [`Failed`] if standard output is closed.
pub(crate) fn say(line: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn tell(failed: &Failed, json: bool) -> ExitCode {
    let mut to = std::io::stderr().lock();
    let told = if json {
        let error =
            serde_json::json!({"error": {"code": failed.code, "sentence": failed.sentence}});
        writeln!(to, "{error}")
    } else {
        writeln!(to, "error: {failed}")
    };
    if told.is_err() {
        // Standard error is closed: the exit status alone tells.
        tracing::debug!("no standard error");
    }
    ExitCode::from(1)
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SENIM_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
