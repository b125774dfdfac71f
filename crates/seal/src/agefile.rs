//! age files (age-encryption.org/v1) to a padded number of recipients: keyboxes and bundles.

use std::io::{Read, Write};

use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor};
use bech32::{Bech32, Hrp};
use curve25519_dalek::montgomery::MontgomeryPoint;
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::keys::EncKey;
use crate::secret::DeviceSecrets;

/// Recipients a file may have; throw-away ones fill up to the next.
const GROUPS: [usize; 4] = [8, 16, 32, 64];

/// The file could not be written: no readers, or more than 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// What trying to open a file showed.
pub(crate) enum Tried {
    /// It opens.
    Opened(Box<dyn Read>),
    /// None of its recipients is this device.
    NotForMe,
    /// Not an age file, or its header is damaged.
    Damaged,
}

/// Encrypts `parts`, one after the other, to `readers` and as many throw-away recipients as fill the group.
///
/// `rng` gives the throw-away keys and the order of recipients; age takes its own randomness from the operating system.
pub(crate) fn encrypt(
    parts: &[&[u8]],
    readers: &[EncKey],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Refused> {
    let group = GROUPS
        .into_iter()
        .find(|group| readers.len() <= *group)
        .ok_or(Refused)?;
    if readers.is_empty() {
        return Err(Refused);
    }
    let mut keys: Vec<(u64, EncKey)> = readers.iter().map(|key| (rng.next_u64(), *key)).collect();
    while keys.len() < group {
        keys.push((rng.next_u64(), throw_away(rng)));
    }
    // In random order, so that the place of a recipient tells nothing.
    keys.sort_unstable();
    let recipients = keys
        .iter()
        .map(|(_, key)| recipient(key))
        .collect::<Result<Vec<_>, _>>()?;
    let refs = recipients
        .iter()
        .map(|recipient| recipient as &dyn age::Recipient);
    let mut file = Vec::new();
    let encryptor = Encryptor::with_recipients(refs).map_err(|_| Refused)?;
    let mut writer = encryptor.wrap_output(&mut file).map_err(|_| Refused)?;
    for part in parts {
        writer.write_all(part).map_err(|_| Refused)?;
    }
    writer.finish().map_err(|_| Refused)?;
    Ok(file)
}

/// A recipient whose secret half nobody has kept.
fn throw_away(rng: &mut impl CryptoRng) -> EncKey {
    loop {
        let mut scalar = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *scalar);
        if let Ok(key) = EncKey::parse(MontgomeryPoint::mul_base_clamped(*scalar).to_bytes()) {
            return key;
        }
    }
}

fn recipient(key: &EncKey) -> Result<Recipient, Refused> {
    let text = bech32::encode::<Bech32>(Hrp::parse_unchecked("age"), key.as_bytes())
        .map_err(|_| Refused)?;
    text.parse().map_err(|_| Refused)
}

fn identity(secrets: &DeviceSecrets) -> Option<Identity> {
    // EXPOSE: age takes identities as text only; the text is wiped.
    let hrp = Hrp::parse_unchecked("age-secret-key-");
    let mut text = bech32::encode::<Bech32>(hrp, secrets.enc_scalar()).ok()?;
    text.make_ascii_uppercase();
    let identity = text.parse().ok();
    text.zeroize();
    identity
}

/// Tries a file with this device's `enc` key. What comes out of the reader is authenticated piece by piece; an error there means damage.
pub(crate) fn decrypt<R: Read + 'static>(file: R, secrets: &DeviceSecrets) -> Tried {
    let Some(identity) = identity(secrets) else {
        return Tried::Damaged;
    };
    let Ok(decryptor) = Decryptor::new_buffered(std::io::BufReader::new(file)) else {
        return Tried::Damaged;
    };
    match decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)) {
        Ok(reader) => Tried::Opened(Box::new(reader)),
        Err(DecryptError::NoMatchingKeys) => Tried::NotForMe,
        Err(_) => Tried::Damaged,
    }
}
