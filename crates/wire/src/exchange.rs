//! `POST /v1/exchange`: puts and reads in one round trip (architecture.md 6, protocol.md 8).

use minicbor::{Decode, Encode};

use crate::cbor::Bytes;
use crate::refusal::Refusal;
use crate::session::{Challenge, SessionProof};
use crate::{EnvelopeId, LogId, MailboxId, Token};

/// What a device puts and what it wants to read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ExchangeRequest {
    /// [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub version: u16,
    /// Instead of a token: the answer to the challenge of an earlier reply, so that a warm sync is one round trip.
    #[n(1)]
    pub proof: Option<SessionProof>,
    /// The database the positions below belong to; `None` on first contact. Another one: nothing is stored, all positions count as 0.
    #[n(2)]
    pub log: Option<LogId>,
    /// Items of the roster log (entries and removals) this device holds.
    #[n(3)]
    pub roster_after: u64,
    /// Items of the keybox log this device has tried.
    #[n(4)]
    pub keybox_after: u64,
    /// New keyboxes, stored before `puts`; at most [`crate::caps::EXCHANGE_PUTS`].
    #[n(5)]
    pub keyboxes: Vec<Bytes>,
    /// Sealed records, each to the mailbox its header names; at most [`crate::caps::EXCHANGE_PUTS`].
    #[n(6)]
    pub puts: Vec<Bytes>,
    /// Which logs to read.
    #[n(7)]
    pub read: Read,
    /// Bodies wanted by id (after a `feed`); at most [`crate::caps::EXCHANGE_IDS`].
    #[n(8)]
    pub bodies: Vec<EnvelopeId>,
    /// Chunk ids asked about; the reply names those the server lacks. At most [`crate::caps::EXCHANGE_IDS`].
    #[n(9)]
    pub chunks: Vec<EnvelopeId>,
    /// Bodies in the reply stop at about this many bytes; 0 means [`crate::caps::REPLY_BODY`].
    #[n(10)]
    pub max_bytes: u32,
}

/// Which logs a device reads.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Read {
    /// None: put only.
    #[n(0)]
    Nothing,
    /// Desks: id, mailbox and size of all that is new in the organisation after a position; bodies then by id. Hides interest.
    #[n(1)]
    Feed {
        /// The last position seen, 0 at first.
        #[n(0)]
        after: u64,
    },
    /// Tablets: bodies of at most [`crate::caps::WATCHED`] mailboxes.
    #[n(2)]
    Watch {
        /// Each mailbox with the last sequence number seen there, 0 at first.
        #[n(0)]
        mailboxes: Vec<Watched>,
    },
}

/// A mailbox and how far it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Watched {
    /// The mailbox.
    #[n(0)]
    pub mailbox: MailboxId,
    /// The last sequence number seen, 0 for none. Sequence numbers of a mailbox are 1, 2, 3 …
    #[n(1)]
    pub after: u64,
}

/// What the server did and has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ExchangeReply {
    /// [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub version: u16,
    /// This database.
    #[n(1)]
    pub log: LogId,
    /// A new token, when the request carried a proof.
    #[n(2)]
    pub token: Option<Token>,
    /// What the next proof answers.
    #[n(3)]
    pub next: Challenge,
    /// What became of `keyboxes` and `puts`.
    #[n(4)]
    pub stored: Stored,
    /// The roster log after the client's position, in order (envelopes of kind roster entry or removal).
    #[n(5)]
    pub roster: Vec<Numbered>,
    /// The keybox log after the client's position (its own puts of this request left out), in order.
    #[n(6)]
    pub keyboxes: Vec<Numbered>,
    /// The position of the keybox log that the client holds after this reply.
    #[n(7)]
    pub keybox_upto: u64,
    /// For `feed`: what is new, in order.
    #[n(8)]
    pub feed: Vec<FeedRow>,
    /// For `feed`: the position reached.
    #[n(9)]
    pub feed_upto: u64,
    /// For `watch`: how far each watched mailbox was read by this reply, own puts of this request included.
    #[n(10)]
    pub watched: Vec<Watched>,
    /// Bodies: for `watch` in the order of each mailbox, without the puts of this request; then those asked for by id.
    #[n(11)]
    pub bodies: Vec<Body>,
    /// Chunk ids of the request that the server lacks.
    #[n(12)]
    pub missing_chunks: Vec<EnvelopeId>,
    /// The reply stopped at its size: ask again from the positions reached.
    #[n(13)]
    pub more: bool,
    /// The server's clock, milliseconds since 1970; shown beside the device's, never an order.
    #[n(14)]
    pub server_ms: u64,
}

/// What became of a request's puts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Stored {
    /// Nothing was stored: the roster or keybox log moved, or `log` is another one. Take the tail, seal again, try again.
    #[n(0)]
    Stale,
    /// On disk, or refused one by one.
    #[n(1)]
    Done {
        /// One for each put, in their order.
        #[n(0)]
        puts: Vec<PutResult>,
        /// One for each keybox, in their order: its position.
        #[n(1)]
        keyboxes: Vec<u64>,
    },
}

/// What became of one put.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PutResult {
    /// On disk; a repeat answers with the first one's number.
    #[n(0)]
    Kept {
        /// Its sequence number in its mailbox.
        #[n(0)]
        seq: u64,
    },
    /// Not kept, for this reason.
    #[n(1)]
    Refused {
        /// The reason.
        #[n(0)]
        why: Refusal,
    },
}

/// An item of a numbered log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Numbered {
    /// Its position: 1, 2, 3 …
    #[n(0)]
    pub position: u64,
    /// Its bytes.
    #[n(1)]
    pub bytes: Bytes,
}

/// One row of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct FeedRow {
    /// Position in the organisation's feed.
    #[n(0)]
    pub position: u64,
    /// Where it lies.
    #[n(1)]
    pub mailbox: MailboxId,
    /// Its sequence number there.
    #[n(2)]
    pub seq: u64,
    /// Its id.
    #[n(3)]
    pub id: EnvelopeId,
    /// Its length.
    #[n(4)]
    pub size: u32,
}

/// The body of one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Body {
    /// Its sequence number in the mailbox its header names.
    #[n(0)]
    pub seq: u64,
    /// The envelope.
    #[n(1)]
    pub envelope: Bytes,
}
