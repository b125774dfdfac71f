//! The rules on single operations (`docs/formats/document.md`).

use automerge::ExpandedChange;
use automerge::{ObjType, ScalarValue};
use senim_ids::ActorId;

use super::GateCode;
use crate::caps;
use crate::key::{self, Key};

// automerge hides the module but `Change::decode` gives these types out.
use automerge::legacy;

/// An operation's id: counter and actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OpId {
    pub(super) counter: u64,
    pub(super) actor: ActorId,
}

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// A key of the root.
    Root(String),
    /// Makes a new element in a text, after another one or at its head.
    Insert { text: OpId, after: Option<OpId> },
    /// Changes or takes out an element of a text.
    Element { text: OpId, element: OpId },
}

/// What history has to know of an operation.
#[derive(Debug, Clone)]
pub(super) struct CheckedOp {
    pub(super) spot: Spot,
    pub(super) makes_text: bool,
    pub(super) preds: Vec<OpId>,
}

pub(super) fn check(change: &ExpandedChange, author: ActorId) -> Result<Vec<CheckedOp>, GateCode> {
    let start = change.start_op.get();
    let mut made = Vec::new();
    let mut ops = Vec::new();
    for (index, op) in (0_u64..).zip(&change.operations) {
        let counter = start.checked_add(index).ok_or(GateCode::CounterTooHigh)?;
        if counter > caps::MAX_COUNTER {
            return Err(GateCode::CounterTooHigh);
        }
        let op = check_op(op, author)?;
        // An operation can only know what was written before it: counters rise along every path.
        if !references(&op).iter().all(|id| id.counter < counter) {
            return Err(GateCode::BadReference);
        }
        if let (true, Spot::Root(key)) = (op.makes_text, &op.spot) {
            if made.contains(key) {
                return Err(GateCode::TextMadeTwice);
            }
            made.push(key.clone());
        }
        ops.push(op);
    }
    Ok(ops)
}

fn references(op: &CheckedOp) -> Vec<OpId> {
    let mut ids = op.preds.clone();
    match op.spot {
        Spot::Root(_) => {}
        Spot::Insert { text, after } => ids.extend([Some(text), after].into_iter().flatten()),
        Spot::Element { text, element } => ids.extend([text, element]),
    }
    ids
}

fn check_op(op: &legacy::Op, author: ActorId) -> Result<CheckedOp, GateCode> {
    let preds = op.pred.iter().map(op_id).collect::<Result<Vec<_>, _>>()?;
    match (&op.obj, &op.key) {
        (legacy::ObjectId::Root, legacy::Key::Map(key)) => {
            check_root(op, key, &preds, author)?;
            let makes_text = matches!(op.action, legacy::OpType::Make(_));
            Ok(CheckedOp {
                spot: Spot::Root(key.to_string()),
                makes_text,
                preds,
            })
        }
        (legacy::ObjectId::Id(text), legacy::Key::Seq(element)) => {
            let text = op_id(text)?;
            let element = match element {
                legacy::ElementId::Head => None,
                legacy::ElementId::Id(id) => Some(op_id(id)?),
            };
            let spot = check_text(op, text, element, &preds)?;
            Ok(CheckedOp {
                spot,
                makes_text: false,
                preds,
            })
        }
        // A place in a text for the root, or a key for a text.
        _ => Err(GateCode::BadOperation),
    }
}

fn check_root(op: &legacy::Op, key: &str, preds: &[OpId], author: ActorId) -> Result<(), GateCode> {
    if op.insert {
        return Err(GateCode::BadOperation);
    }
    if key.is_empty() || key.len() > caps::KEY || key.chars().any(char::is_control) {
        return Err(GateCode::BadKey);
    }
    let owner = key::owner(key);
    if owner.is_some_and(|owner| owner != author) {
        return Err(GateCode::OthersKey);
    }
    // What stands at an owned key was written by its owner alone, so nothing else can be replaced there.
    if owner.is_some() && preds.iter().any(|pred| pred.actor != author) {
        return Err(GateCode::OthersKey);
    }
    match &op.action {
        legacy::OpType::Put(value) => check_value(key, value),
        legacy::OpType::Make(ObjType::Text) => {
            let own = matches!(Key::parse(key), Ok(Key::Text { actor, .. }) if actor == author);
            if own && preds.is_empty() {
                Ok(())
            } else {
                Err(GateCode::MakesObject)
            }
        }
        legacy::OpType::Make(_) => Err(GateCode::MakesObject),
        legacy::OpType::Delete => Err(GateCode::DeletesKey),
        legacy::OpType::Increment(_)
        | legacy::OpType::MarkBegin(_)
        | legacy::OpType::MarkEnd(_) => Err(GateCode::BadOperation),
    }
}

fn check_value(key: &str, value: &ScalarValue) -> Result<(), GateCode> {
    // A scalar over a text would hide it with all that others wrote in it.
    if key.starts_with("text/") {
        return Err(GateCode::BadValue);
    }
    let fits = match value {
        ScalarValue::Bytes(bytes) => bytes.len() <= caps::VALUE,
        ScalarValue::Str(text) => text.len() <= caps::VALUE,
        ScalarValue::Int(_)
        | ScalarValue::Uint(_)
        | ScalarValue::Boolean(_)
        | ScalarValue::Null => true,
        // Nobody writes these; a counter changes without being put, and a number that is not one equals nothing.
        ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Unknown { .. } => false,
    };
    if fits {
        Ok(())
    } else {
        Err(GateCode::BadValue)
    }
}

fn check_text(
    op: &legacy::Op,
    text: OpId,
    element: Option<OpId>,
    preds: &[OpId],
) -> Result<Spot, GateCode> {
    match &op.action {
        legacy::OpType::Put(ScalarValue::Str(letter)) if letter.chars().count() == 1 => {}
        legacy::OpType::Put(_) => return Err(GateCode::BadValue),
        legacy::OpType::Delete if !op.insert => {}
        legacy::OpType::Make(_) => return Err(GateCode::MakesObject),
        _ => return Err(GateCode::BadOperation),
    }
    match (op.insert, element) {
        (true, after) if preds.is_empty() => Ok(Spot::Insert { text, after }),
        (false, Some(element)) if !preds.is_empty() => Ok(Spot::Element { text, element }),
        _ => Err(GateCode::BadOperation),
    }
}

fn op_id(id: &legacy::OpId) -> Result<OpId, GateCode> {
    let actor = ActorId::try_from(id.actor().to_bytes()).map_err(|_| GateCode::OtherActor)?;
    Ok(OpId {
        counter: id.counter(),
        actor,
    })
}
