//! A device with valid keys that the journey made itself, so that it can say what no app would say.
//!
//! It joined like any other. What it seals carries its true signature; only what stands in its records is its own idea.

use automerge::transaction::Transaction;
use automerge::{Automerge, AutomergeError, ReadDoc as _};
use ed25519_dalek::{Signer as _, SigningKey};
use minicbor::bytes::ByteVec;
use rand_core::UnwrapErr;
use senim_app::{Request, Response};
use senim_cli::demo::people::Person;
use senim_ids::{
    ActorId, ChangeHash, DeviceId, DocId, MemberId, OrgId, RecordHash, Role, RosterHash,
    UnixMillis, VaultId,
};
use senim_model::{Document, Edit, Evidence, FormVersion, ObservationValue, Target};
use senim_seal::{
    DeviceSecrets, DocKey, Invite, JoinRequest, RecordDraft, Roster, RosterError, SealedRecord,
    VerifiedKeybox, actor_id, open_record, open_roster_content, seal, seal_record, try_open_keybox,
};
use senim_sync::{Endpoint, Relay};
use senim_wire::cbor::Bytes;
use senim_wire::envelope::{Header, Kind, id_of};
use senim_wire::exchange::{ExchangeReply, ExchangeRequest, Read, Stored};
use senim_wire::{EnvelopeId, LogId, MailboxId, PROTOCOL_VERSION, caps};

use super::Outcome;

/// A key that a keybox gave.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) doc: Option<DocId>,
    pub(crate) epoch: u64,
    pub(crate) mailbox: MailboxId,
    pub(crate) key: DocKey,
}

/// The device and all that it has learnt.
#[derive(Debug)]
pub(crate) struct Mallory {
    pub(crate) secrets: DeviceSecrets,
    pub(crate) org: OrgId,
    pub(crate) member: MemberId,
    pub(crate) roster: Roster,
    pub(crate) keys: Vec<Held>,
    /// The keybox log, as it came.
    pub(crate) keyboxes: Vec<Vec<u8>>,
    /// The roster log, as it came.
    pub(crate) roster_log: Vec<Vec<u8>>,
    relay: Relay,
    log: Option<LogId>,
    keybox_upto: u64,
}

/// Where a record says it stands. Nothing checks it here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) device_seq: u64,
    pub(crate) doc_seq: u64,
    pub(crate) prev: Option<RecordHash>,
    pub(crate) roster_seq: u64,
}

impl Place {
    /// The next one after `record`, as an honest device counts.
    pub(crate) fn after(self, record: &SealedRecord) -> Self {
        Self {
            device_seq: self.device_seq.saturating_add(1),
            doc_seq: self.doc_seq.saturating_add(1),
            prev: Some(record.record_hash),
            roster_seq: self.roster_seq,
        }
    }
}

/// The randomness of the operating system.
pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// The actor a device writes under.
pub(crate) fn actor_of(device: DeviceId) -> ActorId {
    actor_id(device, VaultId::from_bytes(*device.as_bytes()))
}

struct Learnt {
    log: LogId,
    keybox_upto: u64,
    roster: Vec<Vec<u8>>,
    keyboxes: Vec<Vec<u8>>,
}

impl Mallory {
    /// Joins as any member does: invite, join request, admission by the desk.
    pub(crate) async fn join(desk: &Person, name: &str) -> Outcome<Self> {
        let Response::CodeText(invite) = desk.ask(Request::MakeInvite).await? else {
            return Err("no invite".into());
        };
        let invite = Invite::from_qr(&invite.text)?;
        let secrets = DeviceSecrets::make(&mut rng(), false);
        let request = JoinRequest::make(&secrets, &invite).to_qr()?;
        desk.ask(Request::AdmitDevice {
            request,
            member: None,
            name: Some(name.to_owned()),
            role: Role::Member,
        })
        .await?;
        desk.sync().await?;
        let origin = invite.origins.first().ok_or("no server")?;
        let relay = Relay::new(Endpoint::parse(origin, invite.pins.clone())?)?;
        let learnt = learn(&relay, &secrets, None, 0, 0).await?;
        let (roster, keys) = understand(&secrets, invite.org, invite.genesis, &learnt)?;
        let known = roster.device(secrets.device_id()).ok_or("not admitted")?;
        Ok(Self {
            member: known.member,
            org: invite.org,
            roster,
            keys,
            keyboxes: learnt.keyboxes,
            roster_log: learnt.roster,
            relay,
            log: Some(learnt.log),
            keybox_upto: learnt.keybox_upto,
            secrets,
        })
    }

    /// Fetches what is new of roster and keyboxes.
    pub(crate) async fn refresh(&mut self) -> Outcome {
        let held = u64::try_from(self.roster_log.len())?;
        let new = learn(&self.relay, &self.secrets, self.log, held, self.keybox_upto).await?;
        self.log = Some(new.log);
        self.keybox_upto = new.keybox_upto;
        self.roster_log.extend(new.roster);
        self.keyboxes.extend(new.keyboxes);
        let all = Learnt {
            log: new.log,
            keybox_upto: new.keybox_upto,
            roster: self.roster_log.clone(),
            keyboxes: self.keyboxes.clone(),
        };
        let genesis = self.roster.genesis_hash();
        (self.roster, self.keys) = understand(&self.secrets, self.org, genesis, &all)?;
        Ok(())
    }

    /// The newest key of a document.
    pub(crate) fn key_of(&self, doc: DocId) -> Outcome<&Held> {
        let of_doc = self.keys.iter().filter(|held| held.doc == Some(doc));
        of_doc
            .max_by_key(|held| held.epoch)
            .ok_or_else(|| "no key of the document".into())
    }

    /// Every envelope of a document's logs that the server holds, as it is stored.
    pub(crate) async fn all_envelopes(&self) -> Outcome<Vec<Vec<u8>>> {
        let mut after = 0;
        let mut bodies = Vec::new();
        loop {
            let read = Read::Feed { after };
            let seen = self.exchange(read, Vec::new(), Vec::new()).await?;
            let ids: Vec<EnvelopeId> = seen.feed.iter().map(|row| row.id).collect();
            after = seen.feed_upto;
            for part in ids.chunks(64) {
                let got = self
                    .exchange(Read::Nothing, part.to_vec(), Vec::new())
                    .await?;
                bodies.extend(got.bodies.into_iter().map(|body| body.envelope.0));
            }
            if ids.is_empty() {
                return Ok(bodies);
            }
        }
    }

    /// Puts sealed bytes on the server.
    pub(crate) async fn put(&mut self, envelopes: &[Vec<u8>]) -> Outcome {
        for _ in 0..4 {
            let puts = envelopes.iter().cloned().map(Bytes).collect();
            let reply = self.exchange(Read::Nothing, Vec::new(), puts).await?;
            if reply.stored != Stored::Stale {
                return Ok(());
            }
            self.refresh().await?;
        }
        Err("the server calls every put stale".into())
    }

    /// Puts keyboxes on the server.
    pub(crate) async fn put_keybox(&mut self, keybox: Vec<u8>) -> Outcome {
        self.refresh().await?;
        let held = u64::try_from(self.roster_log.len())?;
        let mut request = request(self.log, held, self.keybox_upto);
        request.keyboxes = vec![Bytes(keybox)];
        let reply = self.relay.exchange(&request, &self.secrets).await?;
        match reply.stored {
            Stored::Done { .. } => Ok(()),
            Stored::Stale => Err("the server calls the keybox stale".into()),
        }
    }

    async fn exchange(
        &self,
        read: Read,
        bodies: Vec<EnvelopeId>,
        puts: Vec<Bytes>,
    ) -> Outcome<ExchangeReply> {
        let held = u64::try_from(self.roster_log.len())?;
        let mut request = request(self.log, held, self.keybox_upto);
        (request.read, request.bodies, request.puts) = (read, bodies, puts);
        Ok(self.relay.exchange(&request, &self.secrets).await?)
    }

    /// The device's own actor.
    pub(crate) fn actor(&self) -> ActorId {
        actor_of(self.secrets.device_id())
    }

    /// The place of the first record.
    pub(crate) fn first_place(&self) -> Place {
        Place {
            device_seq: 1,
            doc_seq: 1,
            prev: None,
            roster_seq: self.roster.head_seq(),
        }
    }

    /// Seals a record as an app would.
    pub(crate) fn seal(
        &self,
        doc: DocId,
        place: Place,
        change: Option<&[u8]>,
        acts: &[Vec<u8>],
    ) -> Outcome<SealedRecord> {
        let held = self.key_of(doc)?;
        let draft = RecordDraft {
            org: self.org,
            doc,
            mailbox: held.mailbox,
            epoch: held.epoch,
            device_seq: place.device_seq,
            doc_seq: place.doc_seq,
            prev: place.prev,
            roster_seq: place.roster_seq,
            change,
            acts,
            seen: &[],
            wall_ms: UnixMillis(1_795_000_000_000),
            app_version: "0.0.0",
        };
        Ok(seal_record(&draft, &self.secrets, &held.key, &mut rng())?)
    }

    /// Builds a record byte by byte (docs/formats/record.md) around a payload that sealing refuses: any bytes, under any hash, in any
    /// device's name, signed with the true key of this one.
    pub(crate) fn by_hand(
        &self,
        doc: DocId,
        place: Place,
        author: DeviceId,
        change: ChangeHash,
        payload: &[u8],
    ) -> Outcome<Vec<u8>> {
        let held = self.key_of(doc)?;
        let nothing: Vec<ByteVec> = Vec::new();
        let nobody: Vec<(DeviceId, u64)> = Vec::new();
        let head = minicbor::to_vec((
            1_u8,
            self.org,
            doc,
            held.mailbox,
            Kind::Record as u8,
            held.epoch,
            author,
            place.device_seq,
            place.doc_seq,
            place.prev,
            place.roster_seq,
            vec![change],
            nothing,
            nobody,
            UnixMillis(1_795_000_000_000),
            "0.0.0",
        ))?;
        let signature = sign_seed(&self.secrets)?.sign(
            &[
                b"senim/record/v1\0".as_slice(),
                blake3::hash(&head).as_bytes(),
            ]
            .concat(),
        );
        let length = u32::try_from(head.len())?.to_be_bytes();
        let content = [
            signature.to_bytes().as_slice(),
            length.as_slice(),
            &head,
            payload,
        ]
        .concat();
        Ok(seal(
            &content,
            Kind::Record,
            held.mailbox,
            &held.key,
            self.org,
            &mut rng(),
        )?)
    }

    /// An observation of this member, as one change on an empty document.
    pub(crate) fn observation(
        &self,
        place: senim_ids::PlaceId,
        item: &str,
        note: &str,
    ) -> Outcome<Vec<u8>> {
        observation(self.actor(), self.member, place, item, note)
    }

    /// How many of these envelopes open with any key this device holds.
    pub(crate) fn opens(&self, envelopes: &[Vec<u8>]) -> usize {
        let opens = |envelope: &&Vec<u8>| {
            Header::parse(envelope).is_ok_and(|(header, _)| {
                self.keys
                    .iter()
                    .any(|held| open_record(envelope, &held.key, self.org, header.mailbox).is_ok())
            })
        };
        envelopes.iter().filter(opens).count()
    }

    /// The keyboxes of another's copy of the log that this device can open.
    pub(crate) fn openable(&self, keyboxes: &[Vec<u8>]) -> Outcome<Vec<VerifiedKeybox>> {
        opened(&self.secrets, self.org, &self.roster, keyboxes)
    }
}

/// One observation as the change of `actor` on an empty document.
pub(crate) fn observation(
    actor: ActorId,
    observer: MemberId,
    place: senim_ids::PlaceId,
    item: &str,
    note: &str,
) -> Outcome<Vec<u8>> {
    let mut document = Document::empty(actor);
    let target = Target {
        form: "F01".parse()?,
        item: item.parse()?,
        row: None,
        place: Some(place),
        observer,
    };
    let value = ObservationValue {
        answer: "yes".to_owned(),
        evidence: vec![Evidence::Seen],
        note: Some(note.to_owned()),
        form_version: FormVersion([7; 32]),
        observed_at: None,
        recorded_at: UnixMillis(1_795_000_000_000),
    };
    document.apply_edit(&Edit::PutObservation(target, value))?;
    let folded = document.fold()?.ok_or("nothing to fold")?;
    Ok(folded.raw_bytes.to_vec())
}

fn sign_seed(secrets: &DeviceSecrets) -> Outcome<SigningKey> {
    let stored = secrets.to_bytes();
    let mut decoder = minicbor::Decoder::new(&stored);
    decoder.array()?;
    decoder.u8()?;
    decoder.bytes()?;
    Ok(SigningKey::from_bytes(decoder.bytes()?.try_into()?))
}

fn request(log: Option<LogId>, roster_after: u64, keybox_after: u64) -> ExchangeRequest {
    ExchangeRequest {
        version: PROTOCOL_VERSION,
        proof: None,
        log,
        roster_after,
        keybox_after,
        keyboxes: Vec::new(),
        puts: Vec::new(),
        read: Read::Nothing,
        bodies: Vec::new(),
        chunks: Vec::new(),
        max_bytes: 0,
    }
}

async fn learn(
    relay: &Relay,
    secrets: &DeviceSecrets,
    log: Option<LogId>,
    roster_after: u64,
    keybox_after: u64,
) -> Outcome<Learnt> {
    let asked = request(log, roster_after, keybox_after);
    let reply = relay.exchange(&asked, secrets).await?;
    if reply.more {
        return Err("the logs of a journey fit into one reply".into());
    }
    Ok(Learnt {
        log: reply.log,
        keybox_upto: reply.keybox_upto,
        roster: reply.roster.into_iter().map(|item| item.bytes.0).collect(),
        keyboxes: reply
            .keyboxes
            .into_iter()
            .map(|item| item.bytes.0)
            .collect(),
    })
}

/// Folds the roster and opens the keyboxes, as far as this device can.
fn understand(
    secrets: &DeviceSecrets,
    org: OrgId,
    genesis: RosterHash,
    learnt: &Learnt,
) -> Outcome<(Roster, Vec<Held>)> {
    let roster_keys: Vec<(MailboxId, DocKey)> = learnt
        .keyboxes
        .iter()
        .filter_map(|file| try_open_keybox(file, secrets, org).ok().flatten())
        .flat_map(|opened| opened.roster_keys())
        .collect();
    let mut contents = Vec::new();
    for envelope in &learnt.roster {
        let (header, _) = Header::parse(envelope)?;
        let content = roster_keys
            .iter()
            .filter(|(mailbox, _)| *mailbox == header.mailbox)
            .find_map(|(mailbox, key)| open_roster_content(envelope, key, org, *mailbox).ok());
        // What was written after this device was removed stays closed.
        if let Some((kind, content)) = content {
            contents.push((kind, content.to_vec()));
        }
    }
    let first = contents.first().ok_or("no roster")?;
    let mut roster = Roster::found(&first.1, genesis)?;
    for (kind, content) in contents.iter().skip(1) {
        let folded = match kind {
            Kind::Removal => roster.remove(content),
            _ => roster.append(content),
        };
        if let Err(RosterError::Signature) = folded {
            return Err("the roster does not fold".into());
        }
    }
    let keys = opened(secrets, org, &roster, &learnt.keyboxes)?
        .iter()
        .flat_map(|keybox| keybox.rows())
        .map(|row| Held {
            doc: row.doc,
            epoch: row.epoch,
            mailbox: row.mailbox,
            key: DocKey::from_bytes(row.key.expose()),
        })
        .collect();
    Ok((roster, keys))
}

fn opened(
    secrets: &DeviceSecrets,
    org: OrgId,
    roster: &Roster,
    keyboxes: &[Vec<u8>],
) -> Outcome<Vec<VerifiedKeybox>> {
    let mut verified = Vec::new();
    for file in keyboxes {
        if let Some(keybox) = try_open_keybox(file, secrets, org)? {
            let author = roster
                .device(keybox.claimed_author())
                .ok_or("a keybox of nobody")?;
            verified.push(keybox.verify(author.keys.sign())?);
        }
    }
    Ok(verified)
}

/// The id of an envelope, as a quarantine names it.
pub(crate) fn envelope_id(envelope: &[u8]) -> String {
    id_of(envelope).to_string()
}

/// One zstd frame, as a record carries its change.
pub(crate) fn frame(bytes: &[u8]) -> Outcome<Vec<u8>> {
    Ok(zstd::stream::encode_all(bytes, 9)?)
}

/// A payload over every cap, small as a frame.
pub(crate) fn bomb_frame() -> Outcome<Vec<u8>> {
    frame(&vec![0; 256 * 1024 * 1024])
}

/// The change that `edit` makes under `actor` on a document without a past.
pub(crate) fn bare_change(
    actor: ActorId,
    edit: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>,
) -> Outcome<(ChangeHash, Vec<u8>)> {
    let document = Automerge::new().with_actor(automerge::ActorId::from(*actor.as_bytes()));
    next_change(&mut { document }, edit)
}

/// The change that `edit` makes on top of `document`.
pub(crate) fn next_change(
    document: &mut Automerge,
    edit: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>,
) -> Outcome<(ChangeHash, Vec<u8>)> {
    let mut transaction = document.transaction();
    edit(&mut transaction)?;
    let hash = transaction.commit().0.ok_or("no change")?;
    let change = document.get_change_by_hash(&hash).ok_or("no change")?;
    Ok((ChangeHash::from_bytes(hash.0), change.raw_bytes().to_vec()))
}

/// An act, encoded.
pub(crate) fn act(act: &senim_model::Act) -> Outcome<Vec<u8>> {
    let act = senim_seal::Act {
        kind: act.kind().to_owned(),
        subject: None,
        heads: Vec::new(),
        view: None,
        parents: Vec::new(),
        arguments: act.encode_arguments(),
    };
    Ok(act.encode()?)
}

/// The cap of one change.
pub(crate) const CHANGE_CAP: usize = caps::CHANGE;
