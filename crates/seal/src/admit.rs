//! The admit list: whom the server lets in (`docs/formats/admit.md`).

use ed25519_dalek::Signature;
use senim_ids::{CodedError, ErrorCode, Role};
use senim_wire::admit::{AdmitList, SignedAdmitList, signing_input};
use senim_wire::{AuthKey, WireOrgId, cbor};

use crate::keys::SignKey;
use crate::roster::Roster;
use crate::secret::DeviceSecrets;

/// Why an admit list cannot be signed or is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmitListError {
    /// This device has no `admit` key, or is not an active device of an admin.
    #[error("admit-no-key")]
    NoKey,
    /// Not canonical, not sorted, or over a cap.
    #[error("admit-encoding")]
    Encoding,
    /// The key is none of those that may sign.
    #[error("admit-signer")]
    Signer,
    /// The signature does not verify.
    #[error("admit-signature")]
    Signature,
}

impl CodedError for AdmitListError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoKey => ErrorCode::RoleRefused,
            Self::Encoding => ErrorCode::TooLong,
            Self::Signer | Self::Signature => ErrorCode::Unreadable,
        }
    }
}

impl Roster {
    /// The list that follows from this roster: `auth` keys of active devices, `admit` keys of active devices of admins.
    #[must_use]
    pub fn admit_list(&self) -> AdmitList {
        let active = || self.devices().filter(|device| device.active());
        let mut auth: Vec<AuthKey> = active().map(|device| device.keys.auth().wire()).collect();
        let admins = active().filter(|device| self.role_of(device.member) == Some(Role::Admin));
        let mut admit: Vec<AuthKey> = admins
            .filter_map(|device| device.keys.admit().map(SignKey::wire))
            .collect();
        auth.sort_unstable();
        admit.sort_unstable();
        let org = WireOrgId::from_bytes(*self.org().as_bytes());
        AdmitList {
            org,
            version: self.version(),
            auth,
            admit,
        }
    }
}

/// Computes the list of `roster` and signs it with this device's `admit` key.
///
/// # Errors
/// [`AdmitListError`].
pub fn sign_admit_list(
    roster: &Roster,
    device: &DeviceSecrets,
) -> Result<SignedAdmitList, AdmitListError> {
    let list = roster.admit_list();
    let key = device.public().admit().ok_or(AdmitListError::NoKey)?.wire();
    if !list.admit.contains(&key) {
        return Err(AdmitListError::NoKey);
    }
    let bytes = cbor::to_vec(&list);
    let signature = device
        .sign_admit(&signing_input(&bytes))
        .ok_or(AdmitListError::NoKey)?;
    let signed = SignedAdmitList {
        list: bytes.into(),
        key,
        signature: signature.to_vec().into(),
    };
    signed
        .parse_list()
        .map(|_| signed)
        .map_err(|_| AdmitListError::Encoding)
}

/// Checks a list as the server does.
///
/// * `allowed`: the `admit` keys of the list in force; `None` for the first list, which names its own signer.
///
/// # Errors
/// [`AdmitListError`].
pub fn verify_admit_list(
    signed: &SignedAdmitList,
    allowed: Option<&[AuthKey]>,
) -> Result<AdmitList, AdmitListError> {
    let list = signed.parse_list().map_err(|_| AdmitListError::Encoding)?;
    if !allowed.unwrap_or(&list.admit).contains(&signed.key) {
        return Err(AdmitListError::Signer);
    }
    let key = SignKey::parse(*signed.key.as_bytes()).map_err(|_| AdmitListError::Signer)?;
    let signature =
        Signature::from_slice(&signed.signature).map_err(|_| AdmitListError::Signature)?;
    key.verifying()
        .verify_strict(&signing_input(&signed.list), &signature)
        .map(|()| list)
        .map_err(|_| AdmitListError::Signature)
}
