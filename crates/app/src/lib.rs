//! The use cases of a tablet and of a desk behind one door: [`Request`] in, [`Response`] out.

#![forbid(unsafe_code)]

pub mod request;
pub mod view;

pub use request::Request;
pub use view::{ApiError, Response};
