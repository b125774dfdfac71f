//! Bundles: what a device would have sent to the server, as a file for a stick or a neighbour's tablet (`docs/formats/bundle.md`).

use std::fmt;
use std::io::Read;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use senim_ids::{CodedError, DeviceId, ErrorCode, OrgId, UnixMillis};
use senim_wire::{caps, cbor};

use crate::agefile::{self, Tried};
use crate::keys::{EncKey, SignKey, id_of_sign_key};
use crate::label::Label;
use crate::secret::DeviceSecrets;

const MAGIC: &[u8; 5] = b"SNBN\x01";
const MANIFEST: usize = 512;

/// The three kinds of item, in the order they stand in the file. Each item is as it would come from a server: sealed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct BundleItems {
    /// Envelopes of the roster log, in order.
    pub roster: Vec<Vec<u8>>,
    /// Keyboxes.
    pub keyboxes: Vec<Vec<u8>>,
    /// Envelopes of records and chunks.
    pub envelopes: Vec<Vec<u8>>,
}

impl BundleItems {
    fn all(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.roster
            .iter()
            .chain(&self.keyboxes)
            .chain(&self.envelopes)
    }
}

impl fmt::Debug for BundleItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (r, k, e) = (self.roster.len(), self.keyboxes.len(), self.envelopes.len());
        write!(f, "BundleItems({r}, {k}, {e})")
    }
}

/// A bundle about to be made.
#[derive(Debug)]
pub struct BundleDraft<'a> {
    /// The organisation.
    pub org: OrgId,
    /// Counts the author's bundles.
    pub counter: u64,
    /// The highest roster entry the author knows.
    pub roster_seq: u64,
    /// The author's clock.
    pub wall_ms: UnixMillis,
    /// The devices that can open it, 1 to 64.
    pub readers: &'a [EncKey],
    /// What is in it.
    pub items: &'a BundleItems,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Manifest {
    #[n(0)]
    org: OrgId,
    #[n(1)]
    author: DeviceId,
    #[n(2)]
    counter: u64,
    #[n(3)]
    roster_seq: u64,
    #[n(4)]
    wall_ms: UnixMillis,
    #[n(5)]
    roster: u32,
    #[n(6)]
    keyboxes: u32,
    #[n(7)]
    envelopes: u32,
    #[n(8)]
    items: ByteArray<32>,
}

/// Why a bundle cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealBundleError {
    /// No readers, or more than 64.
    #[error("bundle-readers")]
    Readers,
    /// Over [`caps::BUNDLE`], or an item over [`caps::ENVELOPE`]: make several.
    #[error("bundle-too-large")]
    TooLarge,
}

impl CodedError for SealBundleError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Readers => ErrorCode::Internal,
            Self::TooLarge => ErrorCode::TooLong,
        }
    }
}

/// Signs and encrypts a bundle.
///
/// # Errors
/// [`SealBundleError`]; nothing was written.
pub fn seal_bundle(
    draft: &BundleDraft<'_>,
    author: &DeviceSecrets,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealBundleError> {
    let too_large = |_| SealBundleError::TooLarge;
    let mut items = Vec::new();
    for item in draft.items.all() {
        let length = u32::try_from(item.len()).map_err(too_large)?;
        if item.len() > caps::ENVELOPE || items.len().saturating_add(item.len()) > caps::BUNDLE {
            return Err(SealBundleError::TooLarge);
        }
        items.extend_from_slice(&length.to_be_bytes());
        items.extend_from_slice(item);
    }
    let manifest = cbor::to_vec(&Manifest {
        org: draft.org,
        author: author.device_id(),
        counter: draft.counter,
        roster_seq: draft.roster_seq,
        wall_ms: draft.wall_ms,
        roster: u32::try_from(draft.items.roster.len()).map_err(too_large)?,
        keyboxes: u32::try_from(draft.items.keyboxes.len()).map_err(too_large)?,
        envelopes: u32::try_from(draft.items.envelopes.len()).map_err(too_large)?,
        items: (*blake3::hash(&items).as_bytes()).into(),
    });
    let signature = author.sign_as(Label::Bundle, &manifest);
    let length = u32::try_from(manifest.len())
        .map_err(too_large)?
        .to_be_bytes();
    let parts = [MAGIC.as_slice(), &signature, &length, &manifest, &items];
    let file =
        agefile::encrypt(&parts, draft.readers, rng).map_err(|_| SealBundleError::Readers)?;
    if file.len() > caps::BUNDLE {
        Err(SealBundleError::TooLarge)
    } else {
        Ok(file)
    }
}

/// Why a bundle is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenBundleError {
    /// It is not for this device.
    #[error("bundle-not-for-me")]
    NotForMe,
    /// Not an age file, damaged, or cut off.
    #[error("bundle-damaged")]
    Damaged,
    /// Not a bundle, a version this app does not know, or over a cap.
    #[error("bundle-encoding")]
    Encoding,
    /// Of another organisation.
    #[error("bundle-org")]
    Org,
    /// The items are not those of the manifest.
    #[error("bundle-items")]
    Items,
    /// The key is not that of the device named in the manifest.
    #[error("bundle-author")]
    Author,
    /// The signature is not that key's.
    #[error("bundle-signature")]
    Signature,
}

impl CodedError for OpenBundleError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Org => ErrorCode::OtherOrganisation,
            _ => ErrorCode::BundleRefused,
        }
    }
}

/// A bundle whose author has not been checked.
///
/// Its items prove themselves one by one, exactly as if they came from a server: [`Self::items`] may be used before [`Self::verify`], for
/// instance to learn the roster from which the author's key comes.
#[derive(Debug)]
pub struct OpenedBundle {
    manifest: Manifest,
    bytes: Vec<u8>,
    signature: [u8; 64],
    items: BundleItems,
}

/// Reads a bundle piece by piece; stops at the caps.
///
/// # Errors
/// [`OpenBundleError`].
pub fn open_bundle<R: Read + 'static>(
    file: R,
    device: &DeviceSecrets,
    org: OrgId,
) -> Result<OpenedBundle, OpenBundleError> {
    let reader = match agefile::decrypt(file.take(caps::BUNDLE as u64), device) {
        Tried::Opened(reader) => reader,
        Tried::NotForMe => return Err(OpenBundleError::NotForMe),
        Tried::Damaged => return Err(OpenBundleError::Damaged),
    };
    let mut reader = Counted {
        reader,
        hash: blake3::Hasher::new(),
    };
    if reader.fixed::<5>()? != *MAGIC {
        return Err(OpenBundleError::Encoding);
    }
    let signature = reader.fixed::<64>()?;
    let bytes = reader.item(MANIFEST)?;
    let manifest: Manifest =
        cbor::parse(&bytes, MANIFEST).map_err(|_| OpenBundleError::Encoding)?;
    if manifest.org != org {
        return Err(OpenBundleError::Org);
    }
    reader.hash = blake3::Hasher::new();
    let items = BundleItems {
        roster: reader.items(manifest.roster)?,
        keyboxes: reader.items(manifest.keyboxes)?,
        envelopes: reader.items(manifest.envelopes)?,
    };
    let same = reader.hash.finalize().as_bytes() == &*manifest.items;
    if !same || !reader.ended()? {
        return Err(OpenBundleError::Items);
    }
    Ok(OpenedBundle {
        manifest,
        bytes,
        signature,
        items,
    })
}

/// Reads and hashes.
struct Counted {
    reader: Box<dyn Read>,
    hash: blake3::Hasher,
}

impl Counted {
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], OpenBundleError> {
        let mut bytes = [0; N];
        self.reader
            .read_exact(&mut bytes)
            .map_err(|_| OpenBundleError::Damaged)?;
        self.hash.update(&bytes);
        Ok(bytes)
    }

    fn item(&mut self, cap: usize) -> Result<Vec<u8>, OpenBundleError> {
        let length = usize::try_from(u32::from_be_bytes(self.fixed()?))
            .ok()
            .filter(|length| *length <= cap)
            .ok_or(OpenBundleError::Encoding)?;
        let mut bytes = vec![0; length];
        self.reader
            .read_exact(&mut bytes)
            .map_err(|_| OpenBundleError::Damaged)?;
        self.hash.update(&bytes);
        Ok(bytes)
    }

    /// The count is not believed beforehand: room grows with what really comes, and the file has a cap.
    fn items(&mut self, count: u32) -> Result<Vec<Vec<u8>>, OpenBundleError> {
        (0..count).map(|_| self.item(caps::ENVELOPE)).collect()
    }

    fn ended(&mut self) -> Result<bool, OpenBundleError> {
        let mut one = [0; 1];
        self.reader
            .read(&mut one)
            .map(|read| read == 0)
            .map_err(|_| OpenBundleError::Damaged)
    }
}

impl OpenedBundle {
    /// The device to look up in the roster before [`Self::verify`].
    #[must_use]
    pub const fn claimed_author(&self) -> DeviceId {
        self.manifest.author
    }

    /// The items, each to be judged by itself.
    #[must_use]
    pub const fn items(&self) -> &BundleItems {
        &self.items
    }

    /// Checks the author.
    ///
    /// # Errors
    /// [`OpenBundleError::Author`], [`OpenBundleError::Signature`].
    pub fn verify(self, author: &SignKey) -> Result<VerifiedBundle, OpenBundleError> {
        if id_of_sign_key(author) != self.manifest.author {
            return Err(OpenBundleError::Author);
        }
        if !author.verifies(Label::Bundle, &self.bytes, &self.signature) {
            return Err(OpenBundleError::Signature);
        }
        Ok(VerifiedBundle {
            manifest: self.manifest,
            items: self.items,
        })
    }
}

/// A bundle that its author signed. Each item is still to be judged by itself.
#[derive(Debug)]
pub struct VerifiedBundle {
    manifest: Manifest,
    items: BundleItems,
}

impl VerifiedBundle {
    /// Who made it.
    #[must_use]
    pub const fn author(&self) -> DeviceId {
        self.manifest.author
    }

    /// The author's count of bundles.
    #[must_use]
    pub const fn counter(&self) -> u64 {
        self.manifest.counter
    }

    /// The highest roster entry the author knew.
    #[must_use]
    pub const fn roster_seq(&self) -> u64 {
        self.manifest.roster_seq
    }

    /// The author's clock: shown, never an order.
    #[must_use]
    pub const fn wall_ms(&self) -> UnixMillis {
        self.manifest.wall_ms
    }

    /// What is in it.
    #[must_use]
    pub fn into_items(self) -> BundleItems {
        self.items
    }
}
