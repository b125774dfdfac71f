//! `GET /healthz`: the process runs. `GET /readyz`: the store answers and its schema is this program's.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use senim_wire::refusal::Refusal;

use super::App;
use super::failure::{Failure, refuse};

/// 200 while the process runs.
pub(crate) async fn healthz() -> &'static str {
    // Not a future by need: axum takes handlers only as async functions.
    std::future::ready("ok\n").await
}

/// 200 when the server can work, else 503 while stopping or 507 when the store does not answer.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    if *app.0.stopping.borrow() {
        return refuse(Refusal::Stopping);
    }
    match app.store().ready().await {
        Ok(identity) if identity.log == app.0.gate.log() => "ready\n".into_response(),
        // The file was exchanged under a running server.
        Ok(_) => refuse(Refusal::Storage),
        Err(error) => Failure::from(error).into_response(),
    }
}
