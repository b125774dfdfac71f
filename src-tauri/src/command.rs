//! The one command of the page.

use senim_app::view::{ApiError, Response};
use senim_app::{App, Request};
use serde::Serialize;
use tauri::State;

/// A refusal as the page reads it: `{"code": "…", "data": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Refusal {
    /// The app's own.
    OfTheApp(ApiError),
    /// It was no request. What was wrong with it is not said: that would repeat what somebody typed.
    NotARequest {
        /// `bad-request`.
        code: &'static str,
    },
}

/// Passes one request on and brings the answer back. What is not a request is refused with `bad-request`.
#[tauri::command]
pub(crate) async fn dispatch(
    app: State<'_, App>,
    request: serde_json::Value,
) -> Result<Response, Refusal> {
    let request = parse(request)?;
    let reply = app
        .dispatch(request, Vec::new())
        .await
        .map_err(Refusal::OfTheApp)?;
    Ok(reply.response)
}

fn parse(request: serde_json::Value) -> Result<Request, Refusal> {
    serde_json::from_value(request).map_err(|_| Refusal::NotARequest {
        code: "bad-request",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_read() {
        assert_eq!(parse(json!({ "op": "status" })).unwrap(), Request::Status);
    }

    #[test]
    fn what_is_no_request_is_refused_without_its_words() {
        for wrong in [
            json!(null),
            json!({ "op": "no-such" }),
            json!({ "op": "unlock" }),
            json!({ "op": "unlock", "passphrase": "p", "path": "secret words" }),
        ] {
            let refused = serde_json::to_value(parse(wrong).unwrap_err()).unwrap();
            assert_eq!(refused, json!({ "code": "bad-request" }));
        }
    }
}
