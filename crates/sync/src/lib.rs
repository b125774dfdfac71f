//! What a device sends and fetches: the server over reqwest, and what goes into one round trip.
//!
//! The only network on a tablet. Nothing here opens an envelope: bodies come in as bytes and go out as bytes; [`senim_seal`] is used only to
//! prove the device's auth key. What a request carries ([`plan`]) and what a reply means ([`outcome`]) are pure functions; [`Relay`] is the
//! thin shell that puts them on the wire. Long waits are normal (a GPRS link at 30 kbit/s), silent ones are not: a connection that says nothing for
//! [`IDLE`] is given up.

#![forbid(unsafe_code)]

mod error;
mod outcome;
mod pins;
mod plan;
mod relay;
mod wake;

pub use error::RelayError;
pub use outcome::{Outcome, PutFate, outcome};
pub use plan::{Outgoing, Plan, Positions, Reading, plan};
pub use relay::{Endpoint, EndpointError, IDLE, Relay, Traffic};
