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
    let request = parse(&text).ok_or_else(|| {
        Failed::new(
            "bad-request",
            "not one of `senim requests`, or a field is missing or too many",
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

/// The request that is written so. serde lets unknown fields pass beside a request without fields: here they are refused everywhere.
fn parse(text: &str) -> Option<Request> {
    let written: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    let request: Request = serde_json::from_str(text).ok()?;
    let known = serde_json::to_value(&request).ok()?;
    written
        .keys()
        .all(|field| known.get(field).is_some())
        .then_some(request)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_read_back_and_nothing_more() {
        for request in crate::requests::examples() {
            let text = serde_json::to_string(&request).unwrap();
            assert_eq!(parse(&text), Some(request));
        }
        assert_eq!(parse(r#"{"op":"list-visits","x":1}"#), None);
        assert_eq!(parse(r#"{"op":"visit"}"#), None);
        assert_eq!(parse(r#"{"op":"no-such"}"#), None);
    }

    #[test]
    fn every_request_has_its_example() {
        let ops: Vec<&str> = crate::requests::examples()
            .iter()
            .map(Request::op)
            .collect();
        let mut unique = ops.clone();
        unique.sort_unstable();
        unique.dedup();
        // One more variant without an example changes this number.
        assert_eq!((ops.len(), unique.len()), (32, 32));
    }
}
