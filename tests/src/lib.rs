//! What stands beside the product and judges it.
//!
//! [`house`] holds the checks of the workspace as a whole, as pure functions over text, each with a unit test that
//! shows it can fail. `tests/house.rs` runs them on the real workspace; the journeys stand beside it.

#![forbid(unsafe_code)]

pub mod house;
