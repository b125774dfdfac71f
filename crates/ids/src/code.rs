//! The stable codes of every refusal a person or a script can meet.
//!
//! A code is data: only the UI and `report` turn it into a sentence in Kazakh, Russian or English. A code, once released,
//! keeps its word and its meaning.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// One kind of refusal. Kebab-case in JSON and on stderr.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "kebab-case")]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// Every code, for the test that each has its sentence in three languages.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it stands in JSON and on stderr.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The code written so, if it is one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// The work behind this command has not been done yet.
    NotBuiltYet = "not-built-yet";
    /// The request is not one of `senim requests`, or a field is missing or too long.
    BadRequest = "bad-request";
    /// The vault is locked; unlock it first.
    Locked = "locked";
    /// There is a vault here already.
    VaultExists = "vault-exists";
    /// There is no vault in this folder.
    NoVault = "no-vault";
    /// Wrong passphrase, or the key slot is damaged: the cipher cannot tell which.
    WrongPassphraseOrDamaged = "wrong-passphrase-or-damaged";
    /// The vault's pages do not verify.
    VaultDamaged = "vault-damaged";
    /// The passphrase is shorter than the floor.
    PassphraseTooWeak = "passphrase-too-weak";
    /// The key slot asks for less work than the floor, or for more memory than the cap.
    KeySlotRefused = "key-slot-refused";
    /// The vault was written by a newer version of the app.
    VaultTooNew = "vault-too-new";
    /// Another running app holds the vault.
    VaultBusy = "vault-busy";
    /// The disk is full or cannot be written: nothing was saved.
    DiskRefused = "disk-refused";
    /// SQLCipher is not in this build: nothing may be written.
    CipherMissing = "cipher-missing";
    /// This vault belongs to no organisation yet.
    NoOrganisation = "no-organisation";
    /// This vault belongs to an organisation already.
    AlreadyJoined = "already-joined";
    /// The member's role does not allow this.
    RoleRefused = "role-refused";
    /// There is no such document, or it cannot be opened on this device.
    NoSuchDocument = "no-such-document";
    /// There is no such form, item, place or row.
    NoSuchItem = "no-such-item";
    /// The answer does not fit the item.
    AnswerRefused = "answer-refused";
    /// A field is over its cap.
    TooLong = "too-long";
    /// The value has concurrent versions; only a choice between them may write it.
    OpenDifference = "open-difference";
    /// There is no open difference at this value, or it changed meanwhile.
    NoOpenDifference = "no-open-difference";
    /// The code, file or QR is not one of Senim's, or is damaged.
    Unreadable = "unreadable";
    /// The code has expired.
    Expired = "expired";
    /// The code belongs to another organisation.
    OtherOrganisation = "other-organisation";
    /// The device is known already, was removed, or carries a weak or repeated key.
    DeviceRefused = "device-refused";
    /// Two different roster entries stand at one place: roster changes stop until it is resolved.
    RosterForked = "roster-forked";
    /// Someone else changed the roster first; fetch and try again.
    RosterMoved = "roster-moved";
    /// No server is set for this organisation.
    NoServer = "no-server";
    /// The server could not be reached.
    ServerUnreachable = "server-unreachable";
    /// The server answered too slowly or was cut off in the middle.
    ServerSlow = "server-slow";
    /// The answer was not one of Senim's server (a captive portal, a proxy).
    NotAServer = "not-a-server";
    /// The server's key is none of the pinned ones.
    ServerKeyRefused = "server-key-refused";
    /// The server does not admit this device.
    NotAdmitted = "not-admitted";
    /// The server keeps no more from this device now.
    QuotaReached = "quota-reached";
    /// Too many requests; wait.
    RateLimited = "rate-limited";
    /// The server speaks a version this app does not.
    VersionRefused = "version-refused";
    /// The server refused for a reason of its own.
    ServerRefused = "server-refused";
    /// A bundle is not for this device, or is damaged.
    BundleRefused = "bundle-refused";
    /// The photo is no JPEG or PNG, is damaged, or is of a sort that cannot be read.
    PhotoRefused = "photo-refused";
    /// The photo is over 32 MiB or 50 megapixels, or needs too much memory to open.
    PhotoTooLarge = "photo-too-large";
    /// The form table does not compile.
    FormRefused = "form-refused";
    /// Something in the app itself went wrong; nothing was saved.
    Internal = "internal";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error that a person meets under a stable code.
pub trait CodedError: std::error::Error {
    /// The code this error is shown under.
    fn code(&self) -> ErrorCode;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_serde_writes_it() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
            assert!(
                code.as_str()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-')
            );
        }
    }
}
