//! Gives the window its one permission and embeds the interface.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let interface = Path::new("../ui/dist/index.html");
    println!("cargo::rerun-if-changed=../ui/dist");
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some() && !interface.exists() {
        println!(
            "cargo::error=the interface is not built: run `npm ci --prefix ui && npm run --prefix ui build` first"
        );
        return ExitCode::FAILURE;
    }
    let commands = tauri_build::AppManifest::new().commands(&["dispatch"]);
    match tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error:#}");
            ExitCode::FAILURE
        }
    }
}
