//! The window. It passes each request of the interface to [`senim_app::App`] and decides nothing itself.
//!
//! The page is a part of the program; nothing is loaded from anywhere, no plugin is there, and the page may call one command.

mod command;
mod start;
mod window;

pub use start::{StartError, Started};

use senim_app::{App, Request};
use std::ffi::OsString;
use tauri::{Manager as _, RunEvent};

/// Opens the window and returns when it was closed. `arguments` are those of the program, without its name:
/// nothing, or `--vault DIR` for the folder of the vault.
///
/// # Errors
/// [`StartError`] if the arguments are wrong or the platform cannot show a window.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), StartError> {
    let started = Started::parse(arguments, std::env::var_os("SENIM_VAULT"))?;
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![command::dispatch])
        .setup(move |app| {
            let folder = match started.vault {
                Some(folder) => folder,
                None => app.path().app_data_dir()?.join("vault"),
            };
            app.manage(App::new(folder));
            window::open(app)?;
            Ok(())
        })
        .build(context())?;
    app.run(|handle, event| {
        if let RunEvent::Exit = event {
            // Keys leave the memory before the process does.
            let locked = tauri::async_runtime::block_on(
                handle.state::<App>().dispatch(Request::Lock, Vec::new()),
            );
            if let Err(error) = locked {
                tracing::warn!(code = %error.code, "not locked at the end");
            }
        }
    });
    Ok(())
}

/// What `tauri.conf.json`, the capability and the interface became while building.
#[expect(
    clippy::disallowed_types,
    reason = "the macro's own code; its order reaches nothing of ours"
)]
fn context() -> tauri::Context {
    tauri::generate_context!()
}

/// Where a tablet enters: there are no arguments, and the vault is in the app's own folder.
#[cfg(mobile)]
#[tauri::mobile_entry_point]
fn run_mobile() {
    if let Err(error) = run([]) {
        tracing::error!(%error, "no window");
    }
}
