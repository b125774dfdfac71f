//! What happens to a photo before it is sealed: hostile bytes in, clean JPEG, thumbnail and chunks out.
//!
//! [`prepare`] decodes to pixels, turns them upright, shrinks them and writes a new JPEG that holds no metadata segment at
//! all: no position, no serial number, no embedded thumbnail, no trailer (`security.md` 2, row 9). [`blur`] takes parts of a
//! picture away for good. [`chunks`] cuts the bytes for sealing and [`Attachment`] says in the document which sealed chunks
//! are the photo.
//!
//! What stays and cannot be taken away here: what the picture shows, and the noise of the sensor, which can tie two photos
//! to one camera.
//!
//! Pure: no disk, no network, no clock, no randomness, nothing shared between two calls. A caller may therefore run it in a
//! process of its own, which is where hostile bytes belong (`docs/decisions/0009-photo-crate.md`).

#![forbid(unsafe_code)]

mod attachment;
mod blur;
mod chunk;
mod decode;
mod encode;
mod error;
mod limits;
mod markers;
mod prepare;
mod shrink;
mod taken;

pub use attachment::{Attachment, AttachmentError, RECORD_BYTES, Subject};
pub use blur::{MAX_RECTANGLES, Rectangle, blur};
pub use chunk::{CHUNK, chunks};
pub use encode::{QUALITY, THUMBNAIL_QUALITY};
pub use error::{Kind, PhotoError};
pub use limits::Limits;
pub use prepare::{LONG_SIDE, Prepared, THUMBNAIL_SIDE, prepare};
pub use taken::StatedTime;
