//! The blind relay: sealed envelopes in append-only logs (architecture.md 6, protocol.md 8).
//!
//! It can delay, but not read, forge, reorder, replay or silently drop: every body is sealed by a device, its id is the hash of its
//! ciphertext, and devices check chains and heads among themselves. This crate uses `wire` and nothing else of ours.
//!
//! Ports: [`store::Store`] (what lasts), [`passing::Passing`] (sessions and counters), [`blobs::Blobs`] (photo chunks),
//! [`clock::Clock`]. Above them everything is stateless, so that several processes may run behind one address.

#![forbid(unsafe_code)]

pub mod admission;
pub mod api;
pub mod auth;
pub mod blobs;
pub mod cli;
pub mod clock;
pub mod config;
pub mod limits;
pub mod listen;
pub mod logs;
pub mod passing;
pub mod store;
