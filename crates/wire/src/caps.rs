//! Every cap of the system in one table (protocol.md 4, `docs/formats/caps.md`). Lengths are bytes unless the name says otherwise.

/// A sealed record, keybox or roster entry as the server stores it.
pub const ENVELOPE: usize = 1024 * 1024;
/// A record's payload once decompressed.
pub const RECORD_OPENED: usize = 8 * 1024 * 1024;
/// One automerge change, uncompressed.
pub const CHANGE: usize = 256 * 1024;
/// Operations in one change.
pub const CHANGE_OPS: usize = 10_000;
/// A key of a document.
pub const KEY: usize = 256;
/// A scalar value of a document.
pub const VALUE: usize = 64 * 1024;
/// Acts in one record.
pub const RECORD_ACTS: usize = 64;
/// One act.
pub const ACT: usize = 128 * 1024;
/// The plaintext of one photo chunk.
pub const CHUNK: usize = 256 * 1024;
/// A sealed photo chunk: header, cipher tag, signed head and padding included.
pub const CHUNK_SEALED: usize = 320 * 1024;
/// A roster entry or removal, opened.
pub const ROSTER_ENTRY: usize = 4 * 1024;
/// Devices that a keybox may name.
pub const KEYBOX_READERS: usize = 64;
/// Rows of a keyring keybox.
pub const KEYRING_ROWS: usize = 4096;
/// Devices an admit list may name.
pub const ADMITTED: usize = 2000;
/// The body of one exchange request: what a tablet sends in one piece.
pub const EXCHANGE_BODY: usize = 8 * 1024 * 1024;
/// What a reply may carry, whatever the request asks for.
pub const REPLY_BODY: usize = 8 * 1024 * 1024;
/// Envelopes in one exchange request.
pub const EXCHANGE_PUTS: usize = 256;
/// Mailboxes in one `watch`.
pub const WATCHED: usize = 64;
/// Ids asked for or about in one exchange.
pub const EXCHANGE_IDS: usize = 1024;
/// A bundle file, sealed.
pub const BUNDLE: usize = 256 * 1024 * 1024;
/// Text of a QR payload.
pub const QR_TEXT: usize = 1200;
/// A note or any other free text, in characters.
pub const TEXT_CHARS: usize = 4000;
/// A name (member, facility, visit title), in characters.
pub const NAME_CHARS: usize = 200;
