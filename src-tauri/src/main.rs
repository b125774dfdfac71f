//! Starts the window, or the admission gate when the app starts itself as that.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(ended) = senim_app::gate::child_main_if_asked() {
        return ended;
    }
    match senim_tablet::run(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be listening; the exit status says it all the same.
            let told = writeln!(std::io::stderr(), "senim-tablet: {error}");
            if told.is_err() {
                ExitCode::from(2)
            } else {
                ExitCode::from(error.exit_status())
            }
        }
    }
}
