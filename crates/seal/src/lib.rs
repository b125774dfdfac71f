//! Keys, records, keyboxes, roster, bundles and codes: bytes in, proof types out.
//!
//! Every byte that leaves a device passes through here; `docs/formats/` says what stands where, `tests/vectors/` freezes it.
//!
//! Pure: no disk, no network, no clock. Instants are arguments, and so is randomness (`&mut impl CryptoRng` of rand_core 0.10),
//! with one exception: the `age` crate takes the file key, the ephemeral keys and the nonce of a keybox or bundle from the
//! operating system by itself (`docs/decisions/0005-age-randomness.md`). No function here reads a clock or a global.
//!
//! A type that is called `Verified…` can only come out of the function that checked a signature; it has no public fields.
//! Secrets are wiped when dropped, print as `<redacted>`, and are neither cloned nor serialised. No error carries content.

#![forbid(unsafe_code)]

mod act;
mod admit;
mod agefile;
mod bundle;
mod chain;
mod change;
mod enrol;
mod envelope;
mod keybox;
mod keys;
mod label;
mod padding;
mod qr;
mod record;
mod roster;
mod secret;
mod slot;

pub use act::{Act, ActError, act_hash};
pub use admit::{AdmitListError, sign_admit_list, verify_admit_list};
pub use bundle::{
    BundleDraft, BundleItems, OpenBundleError, OpenedBundle, SealBundleError, VerifiedBundle,
    open_bundle, seal_bundle,
};
pub use chain::{Chain, ChainVerdict, DeviceNeighbours, DeviceVerdict, Tail};
pub use change::{ChangeError, change_hash};
pub use enrol::{Invite, JoinError, JoinRequest, ShortCode, VerifiedJoin, short_code};
pub use envelope::{OpenError, Opened, SealError, open, seal};
pub use keybox::{
    KeyboxDraft, KeyboxRow, OpenKeyboxError, OpenedKeybox, SealKeyboxError, VerifiedKeybox,
    VerifyKeyboxError, seal_keybox, try_open_keybox,
};
pub use keys::{DeviceKeys, EncKey, KeyError, SignKey, actor_id, device_id};
pub use label::Label;
pub use padding::{PaddingError, padded_len, padme};
pub use qr::{QrError, QrKind, qr_decode, qr_encode};
pub use record::{
    OpenRecordError, OpenedRecord, RecordDraft, RecordHead, SealRecordError, SealedRecord,
    VerifiedRecord, VerifyRecordError, open_record, record_hash, seal_record,
};
pub use roster::{
    DeviceRecord, EntryDraft, Fork, Judgement, MemberRecord, Policy, RemovalDraft, Roster,
    RosterChange, RosterContent, RosterError, RosterLoss, ServerSet, open_roster_content,
    roster_hash, seal_roster_content, sign_entry, sign_removal,
};
pub use secret::{DeviceSecrets, DeviceSecretsError, DocKey, VaultKey};
pub use slot::{MakeSlotError, Passphrase, SlotCost, UnlockSlotError, VaultSlot};
