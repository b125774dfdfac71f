//! `senim-server`: see [`sync_server`].

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    sync_server::cli::main()
}
