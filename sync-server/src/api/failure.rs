//! Refusals as replies.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minicbor::Encode;
use senim_wire::refusal::Refusal;
use senim_wire::{CONTENT_TYPE, cbor};

use crate::auth::AuthError;
use crate::blobs::BlobsError;
use crate::store::StoreError;

/// Why a call was not answered with what it asked for.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Refusal),
    Store(StoreError),
    Blobs(BlobsError),
    NoRandomness,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BlobsError> for Failure {
    fn from(error: BlobsError) -> Self {
        Self::Blobs(error)
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::NotAdmitted => Self::Refused(Refusal::NotAdmitted),
            AuthError::Store(error) => Self::Store(error),
            AuthError::NoRandomness => Self::NoRandomness,
        }
    }
}

impl IntoResponse for Failure {
    /// The one place where a failure of the machine is logged.
    fn into_response(self) -> Response {
        let fault = match self {
            Self::Refused(refusal) => return refuse(refusal),
            Self::Store(error) => error.to_string(),
            Self::Blobs(error) => error.to_string(),
            Self::NoRandomness => "no-randomness".to_owned(),
        };
        tracing::error!(code = fault, "the machine failed");
        refuse(Refusal::Storage)
    }
}

/// A refusal as a reply.
pub(super) fn refuse(refusal: Refusal) -> Response {
    metrics::counter!("senim_refusals_total", "code" => code(refusal)).increment(1);
    let mut response = reply(&refusal);
    *response.status_mut() =
        StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Refusal::RateLimited { seconds } = refusal {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if matches!(
        refusal,
        Refusal::Slow | Refusal::TooLarge | Refusal::Stopping
    ) {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed => "malformed",
        Refusal::Version => "version",
        Refusal::NotAdmitted => "not-admitted",
        Refusal::TooLarge => "too-large",
        Refusal::RateLimited { .. } => "rate-limited",
        Refusal::Quota => "quota",
        Refusal::ListRefused => "list-refused",
        Refusal::NotFound => "not-found",
        Refusal::Storage => "storage",
        Refusal::Slow => "slow",
        Refusal::Stopping => "stopping",
    }
}

/// A CBOR reply under 200.
pub(super) fn reply<T: Encode<()>>(value: &T) -> Response {
    let headers = [
        (header::CONTENT_TYPE, CONTENT_TYPE),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, cbor::to_vec(value)).into_response()
}

/// No such path, or not with this method.
pub(super) async fn no_such_call() -> Response {
    // Not a future by need: axum takes handlers only as async functions.
    std::future::ready(refuse(Refusal::NotFound)).await
}
