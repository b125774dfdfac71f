//! The rules of the admit list, apart from any database (protocol.md 3).

use ed25519_dalek::{Signature, VerifyingKey};
use senim_wire::AuthKey;
use senim_wire::admit::{AdmitList, SignedAdmitList, signing_input};

/// A founding list: signed by an `admit` key that it names itself.
///
/// `None` if it is damaged, signed otherwise, or holds a weak key.
#[must_use]
pub fn founding(list: &SignedAdmitList) -> Option<AdmitList> {
    let parsed = list.parse_list().ok()?;
    (signed_by_one_of(list, &parsed.admit) && keys_are_sound(&parsed)).then_some(parsed)
}

/// A list that may follow `in_force`: of the same organisation, of a higher version, signed by an `admit` key of `in_force`.
///
/// `None` if any of that does not hold, or it holds a weak key.
#[must_use]
pub fn following(list: &SignedAdmitList, in_force: &AdmitList) -> Option<AdmitList> {
    if !signed_by_one_of(list, &in_force.admit) {
        return None;
    }
    let parsed = list.parse_list().ok()?;
    let follows = parsed.org == in_force.org && parsed.version > in_force.version;
    (follows && keys_are_sound(&parsed)).then_some(parsed)
}

fn signed_by_one_of(list: &SignedAdmitList, keys: &[AuthKey]) -> bool {
    keys.contains(&list.key) && verifies(&list.key, &signing_input(&list.list), &list.signature)
}

fn keys_are_sound(list: &AdmitList) -> bool {
    list.auth
        .iter()
        .chain(&list.admit)
        .all(|key| sound_key(key).is_some())
}

/// The key, unless it is not a point or is of small order.
#[must_use]
pub fn sound_key(key: &AuthKey) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(key.as_bytes())
        .ok()
        .filter(|key| !key.is_weak())
}

/// `verify_strict` with a key that is not weak.
#[must_use]
pub fn verifies(key: &AuthKey, message: &[u8], signature: &[u8]) -> bool {
    let (Some(key), Ok(signature)) = (sound_key(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey, Verifier};
    use senim_wire::WireOrgId;
    use senim_wire::cbor::{self, Bytes};

    use super::*;

    /// The neutral element. With R = the neutral element and s = 0 it "signs" every message for a verifier that is not strict.
    fn weak() -> (AuthKey, Vec<u8>) {
        let (mut key, mut signature) = ([0; 32], vec![0; 64]);
        (key[0], signature[0]) = (1, 1);
        (AuthKey::from_bytes(key), signature)
    }

    #[test]
    fn a_weak_key_signs_nothing() {
        let (key, signature) = weak();
        let loose = VerifyingKey::from_bytes(key.as_bytes()).unwrap();
        let parsed = Signature::from_slice(&signature).unwrap();
        assert!(
            loose.verify(b"anything", &parsed).is_ok(),
            "the attack is real"
        );
        assert!(!verifies(&key, b"anything", &signature));
        assert!(sound_key(&key).is_none());
    }

    #[test]
    fn a_list_with_a_weak_key_is_refused() {
        let signer = SigningKey::from_bytes(&[1; 32]);
        let own = AuthKey::from_bytes(signer.verifying_key().to_bytes());
        let signed = |auth: Vec<AuthKey>| {
            let org = WireOrgId::from_bytes([1; 16]);
            let list = Bytes(cbor::to_vec(&AdmitList {
                org,
                version: 1,
                auth,
                admit: vec![own],
            }));
            let signature = Bytes(signer.sign(&signing_input(&list)).to_bytes().to_vec());
            SignedAdmitList {
                list,
                key: own,
                signature,
            }
        };
        assert!(founding(&signed(vec![own])).is_some());
        assert!(founding(&signed(vec![weak().0])).is_none());
    }
}
