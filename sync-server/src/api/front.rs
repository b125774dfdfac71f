//! What every call passes first: stopping, the number at work, and the counters.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use senim_wire::path;
use senim_wire::refusal::Refusal;
use tokio::time::Instant;

use super::App;
use super::failure::refuse;

/// Refuses while stopping or too busy; otherwise counts the call and how long it took.
pub(super) async fn front(State(app): State<App>, request: Request, next: Next) -> Response {
    let call = call_of(request.uri().path());
    let begun = Instant::now();
    let response = if *app.0.stopping.borrow() {
        refuse(Refusal::Stopping)
    } else {
        match app.0.requests.try_acquire() {
            Ok(_at_work) => next.run(request).await,
            Err(_) => refuse(Refusal::RateLimited { seconds: 1 }),
        }
    };
    let status = response.status().as_u16().to_string();
    metrics::counter!("senim_requests_total", "call" => call, "status" => status).increment(1);
    metrics::histogram!("senim_request_seconds", "call" => call)
        .record(begun.elapsed().as_secs_f64());
    response
}

/// A label without ids.
fn call_of(path: &str) -> &'static str {
    match path {
        path::CHALLENGE => "challenge",
        path::SESSION => "session",
        path::EXCHANGE => "exchange",
        path::WAKE => "wake",
        path::ADMIT => "admit",
        _ if path.starts_with(path::CHUNKS) => "chunks",
        _ => "other",
    }
}
