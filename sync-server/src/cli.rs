//! The commands of `senim-server` (architecture.md 6 and 7).
//!
//! Exit status: 0 done, 1 refused with `error: CODE: sentence` on standard error, 2 wrong usage.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError};

mod check;
mod flags;
mod people;
mod serve;

use flags::Flags;

/// Why a command was not done.
#[derive(Debug)]
struct Refused {
    code: &'static str,
    sentence: String,
}

impl Refused {
    fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }
}

impl From<ConfigError> for Refused {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Value(name) => Self::new(
                "config-value",
                format!("the setting `{name}` cannot be used"),
            ),
            ConfigError::File(name) => Self::new(
                "config-file",
                format!("the file named by {name} cannot be read"),
            ),
        }
    }
}

#[derive(Debug, Parser)]
#[command(
    name = "senim-server",
    version,
    about = "The blind relay: sealed envelopes in append-only logs"
)]
struct Cli {
    /// Settings in TOML.
    #[arg(long, global = true, env = "SENIM_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves devices until SIGTERM or SIGINT; reads TLS files again on SIGHUP.
    Serve,
    /// Makes the database, or brings its schema up to this program's.
    Migrate,
    /// Organisations.
    #[command(subcommand)]
    Org(OrgCommand),
    /// Devices.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Reads everything that is stored and checks it against itself.
    Verify,
    /// Asks a running server whether it is ready.
    Healthcheck,
    /// Settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Writes a backup stream.
    Backup(Rest),
    /// Reads a backup stream.
    Restore(Rest),
    /// Removes chunks that nothing refers to.
    Gc(Rest),
}

#[derive(Debug, Subcommand)]
enum OrgCommand {
    /// Lets an organisation in by its founding admit list (signed, CBOR), which its first admin exports.
    Add {
        /// The list.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    /// Lists auth keys in short form, with their organisation and whether they are admitted or blocked.
    List {
        /// Only this organisation, by the beginning of its id.
        #[arg(long)]
        org: Option<String>,
    },
    /// Refuses a key from now on, whatever any admit list says; its sessions end at once.
    Block {
        /// The key in hexadecimal, or a beginning of at least 8 digits that only one known key has.
        key: String,
    },
    /// Takes a block back.
    Unblock {
        /// As for `block`.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Prints the settings in force, secrets masked.
    Show,
}

#[derive(Debug, Args)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let status = error.exit_code();
            drop(error.print());
            return ExitCode::from(u8::try_from(status).unwrap_or(2));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(_) => Err(Refused::new("no-threads", "the machine gives no threads")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            let mut stderr = std::io::stderr();
            // Nobody can be told that standard error is closed.
            drop(writeln!(
                stderr,
                "error: {}: {}",
                refused.code, refused.sentence
            ));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Refused> {
    let config = Config::load(cli.config.as_deref(), &cli.flags)?;
    match cli.command {
        Command::Serve => serve::serve(&config).await,
        Command::Migrate => serve::migrate(&config).await,
        Command::Org(OrgCommand::Add { file }) => people::add_org(&config, &file).await,
        Command::Device(DeviceCommand::List { org }) => people::list(&config, org.as_deref()).await,
        Command::Device(DeviceCommand::Block { key }) => {
            people::block(&config, &key, crate::store::Block::On).await
        }
        Command::Device(DeviceCommand::Unblock { key }) => {
            people::block(&config, &key, crate::store::Block::Off).await
        }
        Command::Verify => check::verify(&config).await,
        Command::Healthcheck => check::healthcheck(&config).await,
        Command::Config(ConfigCommand::Show) => show(&config),
        Command::Backup(_) => Err(not_built("backup")),
        Command::Restore(_) => Err(not_built("restore")),
        Command::Gc(_) => Err(not_built("gc")),
    }
}

fn not_built(command: &str) -> Refused {
    Refused::new("not-built-yet", format!("`{command}` does not exist yet"))
}

fn show(config: &Config) -> Result<(), Refused> {
    let text = serde_json::to_string_pretty(config)
        .map_err(|_| Refused::new("config-value", "the settings cannot be shown"))?;
    say(&text)
}

/// One line on standard output.
fn say(line: &str) -> Result<(), Refused> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|_| Refused::new("output", "standard output is closed"))
}
