//! `senim call`: one request on standard input, the response on standard output.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use senim_app::{App, Request, Response};

use crate::command::say;
use crate::fail::Failed;

/// Longest request.
const REQUEST: u64 = 1024 * 1024;

/// Opens the vault if the request needs it, answers the request, closes the vault.
///
/// # Errors
/// [`Failed`] with the code of the refusal.
pub(crate) async fn run(
    vault: PathBuf,
    body: Option<&Path>,
    body_out: Option<&Path>,
) -> Result<(), Failed> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(REQUEST)
        .read_to_string(&mut text)?;
    let request: Request = serde_json::from_str(&text).map_err(|_| {
        Failed::new(
            "bad-request",
            "not one of `senim requests`, or a field is missing",
        )
    })?;
    let body = match body {
        Some(path) => std::fs::read(path)?,
        None => Vec::new(),
    };
    let app = App::new(vault);
    if needs_open(&request) {
        app.dispatch(
            Request::Unlock {
                passphrase: passphrase()?,
            },
            Vec::new(),
        )
        .await?;
    }
    let answered = app.dispatch(request, body).await;
    // Closing writes the log back into the database; an error of the request is told first.
    let closed = app.dispatch(Request::Lock, Vec::new()).await;
    let reply = answered?;
    if let Some(bytes) = reply.bytes {
        let path = body_out
            .ok_or_else(|| Failed::new("bad-request", "this request needs --body-out FILE"))?;
        std::fs::write(path, bytes)?;
    }
    closed?;
    print(&reply.response)
}

const fn needs_open(request: &Request) -> bool {
    !matches!(
        request,
        Request::Status | Request::CreateVault { .. } | Request::Unlock { .. }
    )
}

fn passphrase() -> Result<String, Failed> {
    let path = std::env::var_os("SENIM_PASSPHRASE_FILE")
        .ok_or_else(|| Failed::new("locked", "SENIM_PASSPHRASE_FILE names no file"))?;
    Ok(std::fs::read_to_string(path)?
        .trim_end_matches(['\r', '\n'])
        .to_owned())
}

fn print(response: &Response) -> Result<(), Failed> {
    let json = serde_json::to_string(response)
        .map_err(|_| Failed::new("internal", "the response could not be written"))?;
    say(&json)
}
