//! The use cases of a tablet and of a desk behind one door: [`Request`] in, [`Response`] out.
//!
//! [`App`] stands on one vault folder. Everything a person can do is a [`Request`]; the window, the terminal, the demo and the tests use this door alike. Here the crates
//! below are joined: a request becomes an edit of `model`, is saved by `vault`, sealed by `seal`, carried by `sync`; what comes in goes through the admission gate
//! in a child process ([`gate`]).

#![forbid(unsafe_code)]

mod admit;
mod answers;
mod app;
mod append;
mod bundle;
mod clock;
mod coded;
mod enrol;
mod forms;
pub mod gate;
mod intake;
mod keys;
pub mod office;
mod open;
mod organisation;
mod push;
pub mod request;
mod roster;
mod sealing;
mod section;
mod sync;
mod tables;
pub mod view;
mod visits;

pub use app::{App, Reply};
pub use clock::{Clock, SystemClock};
pub use request::Request;
pub use senim_ids as ids;
pub use view::{ApiError, Response};
