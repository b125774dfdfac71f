//! The program `senim`. See the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all: this program may have been started as the admission gate of another.
    senim_app::gate::child_main_if_asked().unwrap_or_else(senim_cli::run)
}
