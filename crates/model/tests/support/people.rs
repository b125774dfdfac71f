//! Two visitors and what they write, for every test of this folder.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use automerge::transaction::Transactable;
use automerge::{Automerge, ROOT};
use senim_ids::{ActorId, MemberId, PlaceId, UnixMillis};
use senim_model::{
    Document, Edit, Evidence, FoldedChange, FormVersion, HeaderText, Name, ObservationValue,
    PlaceValue, Target, gate,
};

pub const AIGUL: ActorId = ActorId::from_bytes([0xa1; 16]);
pub const BOLAT: ActorId = ActorId::from_bytes([0xb0; 16]);
pub const DANA: ActorId = ActorId::from_bytes([0xda; 16]);
pub const ISOLATOR: PlaceId = PlaceId::from_bytes([7; 8]);

pub type Fallible = Result<(), Box<dyn std::error::Error>>;

/// The member whose device this is; in these tests one byte says both.
pub fn member(actor: ActorId) -> MemberId {
    MemberId::from_bytes([actor.as_bytes()[0]; 8])
}

pub fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub fn target(actor: ActorId, item: &str) -> Target {
    Target {
        form: name("F01"),
        item: name(item),
        row: None,
        place: Some(ISOLATOR),
        observer: member(actor),
    }
}

pub fn answer(actor: ActorId, item: &str, answer: &str) -> Edit {
    let value = ObservationValue {
        answer: answer.to_owned(),
        evidence: vec![Evidence::Seen],
        note: Some("Қабырға дымқыл".to_owned()),
        form_version: FormVersion([3; 32]),
        observed_at: None,
        recorded_at: UnixMillis(1_790_000_000_000),
    };
    Edit::PutObservation(target(actor, item), value)
}

pub fn header(item: &str, answer: &str, at: u64) -> Edit {
    let value = HeaderText {
        answer: answer.to_owned(),
        recorded_at: UnixMillis(at),
    };
    Edit::PutHeader(name("F00"), name(item), value)
}

pub fn place(kk: &str) -> Edit {
    let value = PlaceValue {
        kind: name("isolator"),
        kk: kk.to_owned(),
        ru: "Изолятор".to_owned(),
        en: None,
        parent: None,
    };
    Edit::PutPlace(ISOLATOR, value)
}

/// Takes the edits and folds them.
pub fn write(
    document: &mut Document,
    edits: &[Edit],
) -> Result<FoldedChange, Box<dyn std::error::Error>> {
    for edit in edits {
        document.apply_edit(edit)?;
    }
    document.fold()?.ok_or_else(|| "nothing was folded".into())
}

/// Lets others' changes into a document through the gate, as the app does.
pub fn receive(
    document: &mut Document,
    changes: &[(ActorId, Vec<u8>)],
) -> Result<gate::GateOutcome, Box<dyn std::error::Error>> {
    let outcome = gate::apply(&document.save(), changes)?;
    document.adopt(&outcome.document)?;
    Ok(outcome)
}

/// Two documents that already hold `edits`, written by Aigul.
pub fn two_with(edits: &[Edit]) -> Result<(Document, Document), Box<dyn std::error::Error>> {
    let mut aigul = Document::empty(AIGUL);
    write(&mut aigul, edits)?;
    let bolat = Document::load(&aigul.save(), BOLAT)?;
    Ok((aigul, bolat))
}

/// Each takes the other's change.
pub fn exchange(
    aigul: &mut Document,
    bolat: &mut Document,
    from_aigul: FoldedChange,
    from_bolat: FoldedChange,
) -> Fallible {
    receive(aigul, &[(BOLAT, from_bolat.raw_bytes)])?;
    receive(bolat, &[(AIGUL, from_aigul.raw_bytes)])?;
    Ok(())
}

/// A bare automerge document, to show what automerge alone does or to write what our journal never would.
pub fn bare(actor: ActorId) -> Automerge {
    Automerge::new().with_actor(automerge::ActorId::from(*actor.as_bytes()))
}

/// The change that `edit` makes on a bare document.
pub fn bare_change(
    document: &mut Automerge,
    edit: impl FnOnce(
        &mut automerge::transaction::Transaction<'_>,
    ) -> Result<(), automerge::AutomergeError>,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut transaction = document.transaction();
    edit(&mut transaction)?;
    let (hash, _) = transaction.commit();
    let hash = hash.ok_or("no change")?;
    let change = automerge::ReadDoc::get_change_by_hash(document, &hash).ok_or("no change")?;
    Ok(change.raw_bytes().to_vec())
}

/// A change that puts one string, honest but for what the caller makes of it.
pub fn put_title(document: &mut Automerge) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    bare_change(document, |tx| tx.put(ROOT, "title", "Бару"))
}
