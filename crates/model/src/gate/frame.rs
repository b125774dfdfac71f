//! What goes in and out of the child process that runs the gate: one request on its input, one reply on its output.
//!
//! ```text
//! frame   = length u32 big-endian | CBOR
//! request = [1, base bytes, [[actor[16], change bytes]…]]
//! reply   = [1, outcome] or [1, null, failure]
//! ```
//!
//! A child that dies, hangs or writes anything else gave no verdict: its batch is *waiting*.

use std::io::{self, Read, Write};

use minicbor::{Decode, Encode};
use senim_ids::{ActorId, ChangeHash};

use super::{GateFailure, GateOutcome, Held, Refused, Waiting, apply};
use crate::caps;
use crate::cbor::{self, Bytes};

/// Longest frame: a document and a batch of changes.
pub const FRAME: usize = 128 * 1024 * 1024;

/// A frame could not be read or written, or is not one of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The pipe broke or ended early.
    #[error("pipe: {0}")]
    Io(#[from] io::Error),
    /// Not a frame of this version, or over [`FRAME`].
    #[error("not-a-frame")]
    NotAFrame,
    /// The child looked and could not say anything about the batch.
    #[error("{0}")]
    Failed(GateFailure),
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct RequestFrame {
    #[n(0)]
    version: u16,
    #[n(1)]
    base: Bytes,
    #[n(2)]
    changes: Vec<ChangeFrame>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct ChangeFrame {
    #[n(0)]
    author: ActorId,
    #[n(1)]
    raw: Bytes,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct ReplyFrame {
    #[n(0)]
    version: u16,
    #[n(1)]
    outcome: Option<OutcomeFrame>,
    #[n(2)]
    failure: Option<u8>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct OutcomeFrame {
    #[n(0)]
    document: Bytes,
    #[n(1)]
    heads: Vec<ChangeHash>,
    #[n(2)]
    applied: Vec<ChangeHash>,
    #[n(3)]
    refused: Vec<Refused>,
    #[n(4)]
    waiting: Vec<Waiting>,
    #[n(5)]
    held: Vec<Held>,
}

const VERSION: u16 = 1;

/// Writes the request for the child's input.
///
/// # Errors
/// [`FrameError::NotAFrame`] if it would be over [`FRAME`], [`FrameError::Io`] if the pipe broke.
pub fn write_request(
    to: &mut impl Write,
    base: &[u8],
    changes: &[(ActorId, Vec<u8>)],
) -> Result<(), FrameError> {
    let changes = changes
        .iter()
        .map(|(author, raw)| ChangeFrame {
            author: *author,
            raw: Bytes(raw.clone()),
        })
        .collect();
    write_frame(
        to,
        &RequestFrame {
            version: VERSION,
            base: Bytes(base.to_vec()),
            changes,
        },
    )
}

/// Reads the reply from the child's output. Its document is to be loaded with [`crate::Document::load`], which looks at it again.
///
/// # Errors
/// [`FrameError`]; the batch is waiting.
pub fn read_reply(from: &mut impl Read) -> Result<GateOutcome, FrameError> {
    let reply: ReplyFrame = read_frame(from)?;
    match (reply.version, reply.outcome, reply.failure) {
        (VERSION, Some(outcome), None) => Ok(GateOutcome {
            document: outcome.document.0,
            heads: outcome.heads,
            applied: outcome.applied,
            refused: outcome.refused,
            waiting: outcome.waiting,
            held: outcome.held,
        }),
        (VERSION, None, Some(0)) => Err(FrameError::Failed(GateFailure::Base)),
        (VERSION, None, Some(1)) => Err(FrameError::Failed(GateFailure::TooMany)),
        _ => Err(FrameError::NotAFrame),
    }
}

/// The whole work of the child: one request in, one reply out.
///
/// # Errors
/// [`FrameError`] if the request cannot be read or the reply not written; the child then ends with a status other than zero.
pub fn serve(from: &mut impl Read, to: &mut impl Write) -> Result<(), FrameError> {
    let request: RequestFrame = read_frame(from)?;
    if request.version != VERSION || request.changes.len() > caps::BATCH {
        return Err(FrameError::NotAFrame);
    }
    let changes: Vec<(ActorId, Vec<u8>)> = request
        .changes
        .into_iter()
        .map(|change| (change.author, change.raw.0))
        .collect();
    let reply = match apply(&request.base.0, &changes) {
        Ok(outcome) => ReplyFrame {
            version: VERSION,
            outcome: Some(OutcomeFrame {
                document: Bytes(outcome.document),
                heads: outcome.heads,
                applied: outcome.applied,
                refused: outcome.refused,
                waiting: outcome.waiting,
                held: outcome.held,
            }),
            failure: None,
        },
        Err(failure) => ReplyFrame {
            version: VERSION,
            outcome: None,
            failure: Some(match failure {
                GateFailure::Base => 0,
                GateFailure::TooMany => 1,
            }),
        },
    };
    write_frame(to, &reply)
}

fn write_frame<T: Encode<()>>(to: &mut impl Write, frame: &T) -> Result<(), FrameError> {
    let bytes = cbor::to_vec(frame);
    let length = u32::try_from(bytes.len()).map_err(|_| FrameError::NotAFrame)?;
    if bytes.len() > FRAME {
        return Err(FrameError::NotAFrame);
    }
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&bytes)?;
    Ok(to.flush()?)
}

fn read_frame<T>(from: &mut impl Read) -> Result<T, FrameError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if usize::try_from(length).map_or(true, |length| length > FRAME) {
        return Err(FrameError::NotAFrame);
    }
    // Grows with what really comes, not with what the length claims.
    let mut bytes = Vec::new();
    let read = from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if u64::try_from(read).ok() != Some(u64::from(length)) {
        return Err(FrameError::NotAFrame);
    }
    cbor::parse(&bytes, FRAME).map_err(|_| FrameError::NotAFrame)
}
