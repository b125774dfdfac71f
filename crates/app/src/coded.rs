//! From the errors of the crates below to the codes a person meets.

use senim_ids::{CodedError, ErrorCode};

use crate::view::ApiError;

/// For `map_err`: the code of an error, and nothing else of it.
pub(crate) fn coded<E: CodedError>(error: E) -> ApiError {
    ApiError::from(error.code())
}

/// A fault of ours. What failed goes to the log as a kind; the person sees that nothing was saved.
pub(crate) fn internal<E: std::error::Error>(_error: E) -> ApiError {
    tracing::error!(kind = std::any::type_name::<E>(), "internal");
    ApiError::from(ErrorCode::Internal)
}
