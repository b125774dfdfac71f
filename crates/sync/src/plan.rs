//! What one round trip carries.

use std::collections::BTreeMap;

use senim_wire::cbor::Bytes;
use senim_wire::exchange::{ExchangeRequest, Read, Watched};
use senim_wire::{EnvelopeId, LogId, MailboxId, PROTOCOL_VERSION, caps};

/// How far this device has read the server's logs. All zero on first contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions {
    /// The database these belong to.
    pub log: Option<LogId>,
    /// Items of the roster log held.
    pub roster: u64,
    /// Items of the keybox log tried.
    pub keybox: u64,
}

/// One thing to send, in the order in which it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id.
    pub id: EnvelopeId,
    /// Keyboxes go before records: who reads the record needs the key.
    pub keybox: bool,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// Which logs a round trip reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading<'a> {
    /// Tablets: these mailboxes, each from a number on. At most [`caps::WATCHED`] in the order of their ids; the caller turns the list from one trip to the next
    /// when there are more.
    Watch(&'a BTreeMap<MailboxId, u64>),
    /// Desks: what is new in the whole organisation after a position; bodies are asked for by id.
    Feed(u64),
}

/// A request and what it holds, so that the reply can be matched to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The request, without proof.
    pub request: ExchangeRequest,
    /// Ids of `request.puts`, in order.
    pub puts: Vec<EnvelopeId>,
    /// Ids of `request.keyboxes`, in order.
    pub keyboxes: Vec<EnvelopeId>,
    /// Something did not fit: another round trip follows.
    pub more: bool,
}

/// Head-room for the rest of a request beside its bodies.
const SLACK: usize = 64 * 1024;

/// Plans one round trip: as much of `outgoing` as fits, in order, and what to read.
///
/// A record is never sent before a keybox that was made before it.
#[must_use]
pub fn plan(
    positions: &Positions,
    outgoing: &[Outgoing],
    reading: Reading<'_>,
    bodies: &[EnvelopeId],
    max_bytes: u32,
) -> Plan {
    let mut request = ExchangeRequest {
        version: PROTOCOL_VERSION,
        proof: None,
        log: positions.log,
        roster_after: positions.roster,
        keybox_after: positions.keybox,
        keyboxes: Vec::new(),
        puts: Vec::new(),
        read: read_of(reading),
        bodies: bodies.iter().take(caps::EXCHANGE_IDS).copied().collect(),
        chunks: Vec::new(),
        max_bytes,
    };
    let mut planned = (Vec::new(), Vec::new());
    let mut room = caps::EXCHANGE_BODY.saturating_sub(SLACK);
    let too_many = matches!(reading, Reading::Watch(watch) if watch.len() > caps::WATCHED);
    let mut more = too_many || bodies.len() > caps::EXCHANGE_IDS;
    for item in outgoing {
        let (list, ids) = if item.keybox {
            (&mut request.keyboxes, &mut planned.1)
        } else {
            (&mut request.puts, &mut planned.0)
        };
        if list.len() == caps::EXCHANGE_PUTS || item.bytes.len() > room {
            more = true;
            break;
        }
        room = room.saturating_sub(item.bytes.len());
        list.push(Bytes(item.bytes.clone()));
        ids.push(item.id);
    }
    Plan {
        request,
        puts: planned.0,
        keyboxes: planned.1,
        more,
    }
}

fn read_of(reading: Reading<'_>) -> Read {
    let watch = match reading {
        Reading::Feed(after) => return Read::Feed { after },
        Reading::Watch(watch) if watch.is_empty() => return Read::Nothing,
        Reading::Watch(watch) => watch.iter().take(caps::WATCHED),
    };
    let mailboxes = watch.map(|(mailbox, after)| Watched {
        mailbox: *mailbox,
        after: *after,
    });
    Read::Watch {
        mailboxes: mailboxes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: u8, keybox: bool, length: usize) -> Outgoing {
        Outgoing {
            id: EnvelopeId::from_bytes([number; 32]),
            keybox,
            bytes: vec![number; length],
        }
    }

    #[test]
    fn what_does_not_fit_goes_in_another_trip_in_order() {
        let three_mib = 3 * 1024 * 1024;
        let items = [
            item(1, true, 10),
            item(2, false, three_mib),
            item(3, false, three_mib),
            item(4, false, three_mib),
            item(5, true, 1),
        ];
        let plan = plan(&Positions::default(), &items, Reading::Feed(0), &[], 0);
        assert_eq!(plan.keyboxes, [items[0].id]);
        assert_eq!(plan.puts, [items[1].id, items[2].id]);
        assert!(plan.more);
    }

    #[test]
    fn at_most_64_mailboxes_are_watched() {
        let watch = (0..70)
            .map(|n| (MailboxId::from_bytes([n; 16]), 0))
            .collect();
        let plan = plan(&Positions::default(), &[], Reading::Watch(&watch), &[], 0);
        assert!(matches!(plan.request.read, Read::Watch { mailboxes } if mailboxes.len() == 64));
        assert!(plan.more);
    }
}
