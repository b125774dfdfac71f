//! Labels of signatures and derivations: one purpose each, so that nothing signed for one can be used for another.

use ed25519_dalek::{Signature, Signer, SigningKey};

use crate::keys::SignKey;

/// What a signature is for (`docs/formats/keys.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Label {
    /// Head of a record.
    Record,
    /// Body of a keybox.
    Keybox,
    /// Body of a roster entry or removal.
    Roster,
    /// Body of a join request: the new device holds its keys.
    Possession,
    /// Manifest of a bundle.
    Bundle,
    /// Manifest of a visit archive.
    Seal,
    /// Session proof; only [`crate::DeviceSecrets::prove_session`] makes it.
    Auth,
    /// Admit list; only [`crate::sign_admit_list`] makes it.
    Admit,
}

impl Label {
    /// Every label, for tests that try each against each.
    pub const ALL: &'static [Self] = &[
        Self::Record,
        Self::Keybox,
        Self::Roster,
        Self::Possession,
        Self::Bundle,
        Self::Seal,
        Self::Auth,
        Self::Admit,
    ];

    /// The label's text, with the zero byte that ends it.
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Record => b"senim/record/v1\0",
            Self::Keybox => b"senim/keybox/v1\0",
            Self::Roster => b"senim/roster/v1\0",
            Self::Possession => b"senim/possession/v1\0",
            Self::Bundle => b"senim/bundle/v1\0",
            Self::Seal => b"senim/seal/v1\0",
            Self::Auth => senim_wire::session::AUTH_LABEL,
            Self::Admit => senim_wire::admit::ADMIT_LABEL,
        }
    }
}

/// `label | 0x00 | BLAKE3(message)`.
fn signing_input(label: Label, message: &[u8]) -> Vec<u8> {
    [label.as_bytes(), blake3::hash(message).as_bytes()].concat()
}

pub(crate) fn sign(key: &SigningKey, label: Label, message: &[u8]) -> [u8; 64] {
    key.sign(&signing_input(label, message)).to_bytes()
}

impl SignKey {
    /// Whether `signature` is this key's over `message` under `label`, by the strict rules (RFC 8032, no small-order and no
    /// non-canonical points).
    #[must_use]
    pub fn verifies(&self, label: Label, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.verifying()
            .verify_strict(&signing_input(label, message), &signature)
            .is_ok()
    }
}

pub(crate) const RECORD_KEY: &str = "senim 2026-11 record key v1";
pub(crate) const KEY_COMMIT: &str = "senim 2026-11 key commit v1";
pub(crate) const DEVICE_ID: &str = "senim 2026-11 device id v1";
pub(crate) const ACTOR_ID: &str = "senim 2026-11 actor id v1";
pub(crate) const RECORD_HASH: &str = "senim 2026-11 record hash v1";
pub(crate) const ACT_HASH: &str = "senim 2026-11 act v1";
pub(crate) const ROSTER_HASH: &str = "senim 2026-11 roster hash v1";
pub(crate) const SHORT_CODE: &str = "senim 2026-11 short code v1";
pub(crate) const VAULT_SLOT: &str = "senim 2026-11 vault slot v1";

/// `H(label, material)` of `docs/formats/README.md`: BLAKE3 in key-derivation mode.
pub(crate) fn derive(label: &str, material: &[u8]) -> [u8; 32] {
    blake3::derive_key(label, material)
}

/// The first 16 bytes of [`derive`].
pub(crate) fn derive16(label: &str, material: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(derive(label, material)) {
        *to = from;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_under_one_label_passes_for_that_label_only() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = SignKey::parse(key.verifying_key().to_bytes()).unwrap();
        for made_for in Label::ALL {
            let signature = sign(&key, *made_for, b"message");
            for asked in Label::ALL {
                let verifies = public.verifies(*asked, b"message", &signature);
                assert_eq!(verifies, made_for == asked, "{made_for:?} as {asked:?}");
            }
            assert!(!public.verifies(*made_for, b"messagf", &signature));
        }
    }
}
