//! Sealing content into an envelope and opening it (`docs/formats/envelope.md`).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use senim_ids::{CodedError, ErrorCode, OrgId};
use senim_wire::MailboxId;
use senim_wire::envelope::{EnvelopeError, HEADER, Header, Kind, TAG};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::label::{KEY_COMMIT, RECORD_KEY, derive};
use crate::padding::{pad, padded_len, unpad};
use crate::secret::DocKey;

/// Why content cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The envelope would be over the cap of its kind.
    #[error("seal-too-large")]
    TooLarge,
}

impl CodedError for SealError {
    fn code(&self) -> ErrorCode {
        ErrorCode::TooLong
    }
}

/// Why an envelope does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bytes are not an envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Sealed under another key.
    #[error("key-commitment")]
    KeyCommitment,
    /// Damaged, or of another organisation: the cipher cannot tell which.
    #[error("damaged")]
    Damaged,
    /// The padding is not that of the content's class.
    #[error("padding")]
    Padding,
}

impl CodedError for OpenError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unreadable
    }
}

/// What was in an envelope. Whoever holds the key could have sealed it: nothing here is an author.
pub struct Opened {
    header: Header,
    content: Zeroizing<Vec<u8>>,
}

impl Opened {
    /// The part that stood in clear.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The content without its padding.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Opened({:?}, {} bytes)",
            self.header.kind,
            self.content.len()
        )
    }
}

/// Seals `content` for the holders of `key` in `org`.
///
/// * `content`: padded to its class; the caller wipes its copy.
/// * `rng`: gives the 24 bytes of the nonce.
///
/// # Errors
/// [`SealError::TooLarge`] over [`Kind::cap`]; nothing was written.
///
/// # Source
/// `docs/formats/envelope.md`; draft-irtf-cfrg-xchacha-03.
pub fn seal(
    content: &[u8],
    kind: Kind,
    mailbox: MailboxId,
    key: &DocKey,
    org: OrgId,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let overhead = (HEADER + TAG) as u64;
    if padded_len(content.len() as u64).saturating_add(overhead) > kind.cap() as u64 {
        return Err(SealError::TooLarge);
    }
    let mut nonce = [0; 24];
    rng.fill_bytes(&mut nonce);
    let key = envelope_key(key, mailbox);
    let header = Header {
        mailbox,
        kind,
        nonce,
        key_commitment: derive(KEY_COMMIT, &*key),
    };
    let clear = header.to_bytes();
    // Room for all of it at once, so that no copy of the plaintext stays behind.
    let mut padded = Zeroizing::new(Vec::with_capacity(kind.cap()));
    padded.extend_from_slice(content);
    pad(&mut padded);
    let aad = [clear.as_slice(), org.as_bytes()].concat();
    let cipher = XChaCha20Poly1305::new((&*key).into());
    let sealed = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: &padded,
                aad: &aad,
            },
        )
        .map_err(|_| SealError::TooLarge)?;
    Ok([clear.as_slice(), &sealed].concat())
}

/// Opens an envelope: length, magic, version, key commitment, cipher, padding, in this order.
///
/// # Errors
/// [`OpenError`]; nothing of the content gets out.
pub fn open(envelope: &[u8], key: &DocKey, org: OrgId) -> Result<Opened, OpenError> {
    let (header, ciphertext) = Header::parse(envelope)?;
    let key = envelope_key(key, header.mailbox);
    let commitment = derive(KEY_COMMIT, &*key);
    if !bool::from(commitment.ct_eq(&header.key_commitment)) {
        return Err(OpenError::KeyCommitment);
    }
    let aad = [header.to_bytes().as_slice(), org.as_bytes()].concat();
    let cipher = XChaCha20Poly1305::new((&*key).into());
    let plaintext = cipher
        .decrypt(
            &XNonce::from(header.nonce),
            Payload {
                msg: ciphertext,
                aad: &aad,
            },
        )
        .map_err(|_| OpenError::Damaged)?;
    let mut content = Zeroizing::new(plaintext);
    let length = unpad(&content).map_err(|_| OpenError::Padding)?.len();
    content.truncate(length);
    Ok(Opened { header, content })
}

fn envelope_key(key: &DocKey, mailbox: MailboxId) -> Zeroizing<[u8; 32]> {
    // EXPOSE: the document key goes into the derivation of the envelope key and nowhere else.
    let mut material = Zeroizing::new([0; 48]);
    let parts = key.expose().iter().chain(mailbox.as_bytes());
    for (to, from) in material.iter_mut().zip(parts) {
        *to = *from;
    }
    Zeroizing::new(derive(RECORD_KEY, &*material))
}
