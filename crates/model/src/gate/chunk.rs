//! The outside of a change chunk, read without automerge: nothing is expanded before it is known how much that would be.
//!
//! Layout: automerge binary format, "change chunk" and "columns".

use senim_ids::ActorId;

use super::GateCode;
use crate::caps;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;
/// Other actors that a change may refer to.
const OTHER_ACTORS: u64 = 1024;
/// Predecessors in all operations together.
const PREDECESSORS: u64 = 2 * caps::CHANGE_OPS as u64;

/// The columns that our operations need, in the order in which automerge writes them: object, key, insert, action, value, predecessors.
/// Marks have columns of their own and are refused by their absence here; so are compressed columns, which carry bit 3.
const COLUMNS: [u64; 12] = [
    0x01, 0x02, 0x11, 0x13, 0x15, 0x34, ACTION, VALUE_META, VALUE_RAW, PRED_GROUP, 0x71, 0x73,
];
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE_RAW: u64 = 0x57;
const PRED_GROUP: u64 = 0x70;

/// What the outside says.
pub(super) struct Chunk {
    /// First four bytes of the hash that the chunk claims.
    pub(super) checksum: [u8; 4],
}

pub(super) fn scan(raw: &[u8], author: ActorId) -> Result<Chunk, GateCode> {
    if raw.len() > caps::CHANGE {
        return Err(GateCode::TooLarge);
    }
    let mut input = Input(raw);
    if input.take(4)? != MAGIC {
        return Err(GateCode::NotAChange);
    }
    let checksum = input
        .take(4)?
        .try_into()
        .map_err(|_| GateCode::NotAChange)?;
    if input.take(1)? != [CHANGE_CHUNK] || input.length()? != input.0.len() {
        return Err(GateCode::NotAChange);
    }
    head(&mut input, author)?;
    let columns = columns(&mut input)?;
    budget(&columns)?;
    if input.0.is_empty() {
        Ok(Chunk { checksum })
    } else {
        Err(GateCode::HiddenContent)
    }
}

fn head(input: &mut Input<'_>, author: ActorId) -> Result<(), GateCode> {
    let deps = input.unsigned()?;
    if deps > caps::PARENTS as u64 {
        return Err(GateCode::TooManyParents);
    }
    let mut last: &[u8] = &[];
    for _ in 0..deps {
        let dep = input.take(32)?;
        // Named once and in order, as automerge writes them.
        if dep <= last {
            return Err(GateCode::NotCanonical);
        }
        last = dep;
    }
    if input.prefixed()? != author.as_bytes() {
        return Err(GateCode::OtherActor);
    }
    let (_seq, _start_op) = (input.unsigned()?, input.unsigned()?);
    let (time, message) = (input.signed()?, input.prefixed()?);
    if time != 0 || !message.is_empty() {
        return Err(GateCode::HiddenContent);
    }
    let others = input.unsigned()?;
    if others > OTHER_ACTORS {
        return Err(GateCode::TooManyParents);
    }
    for _ in 0..others {
        if input.prefixed()?.len() != ActorId::LEN {
            return Err(GateCode::OtherActor);
        }
    }
    Ok(())
}

/// The data of each column of [`COLUMNS`], empty where it is absent.
fn columns<'a>(input: &mut Input<'a>) -> Result<Vec<(u64, &'a [u8])>, GateCode> {
    let count = input.unsigned()?;
    if count > COLUMNS.len() as u64 {
        return Err(GateCode::BadOperation);
    }
    let mut specs = Vec::new();
    for _ in 0..count {
        let spec = input.unsigned()?;
        let ascends = specs.last().is_none_or(|(last, _)| *last < spec);
        if !COLUMNS.contains(&spec) || !ascends {
            return Err(GateCode::BadOperation);
        }
        specs.push((spec, input.length()?));
    }
    specs
        .into_iter()
        .map(|(spec, length)| Ok((spec, input.take(length)?)))
        .collect()
}

/// Counts what the columns would expand to, without expanding them.
fn budget(columns: &[(u64, &[u8])]) -> Result<(), GateCode> {
    let column = |wanted: u64| {
        columns
            .iter()
            .find(|(spec, _)| *spec == wanted)
            .map_or(&[][..], |(_, data)| *data)
    };
    let ops = runs(column(ACTION), |_| Some(0))?.count;
    if ops == 0 || ops > caps::CHANGE_OPS as u64 {
        return Err(GateCode::TooManyOps);
    }
    let preds = runs(column(PRED_GROUP), Some)?;
    if preds.count != ops || preds.sum > PREDECESSORS {
        return Err(GateCode::TooManyOps);
    }
    // Length in the upper bits, kind in the lower four.
    let values = runs(column(VALUE_META), |meta| Some(meta >> 4))?;
    if values.count != ops || values.sum != column(VALUE_RAW).len() as u64 {
        return Err(GateCode::NotCanonical);
    }
    Ok(())
}

#[derive(Default)]
struct Runs {
    count: u64,
    sum: u64,
}

/// Adds up a run-length column of unsigned numbers: positive = so many times the next value, negative = so many values as they stand,
/// zero = so many nulls, which none of the columns counted here may have.
fn runs(data: &[u8], weight: impl Fn(u64) -> Option<u64>) -> Result<Runs, GateCode> {
    let mut input = Input(data);
    let mut total = Runs::default();
    let mut add = |value: u64, times: u64| {
        let weight = weight(value).and_then(|weight| weight.checked_mul(times));
        let sum = weight.and_then(|weight| total.sum.checked_add(weight));
        total.sum = sum.ok_or(GateCode::TooManyOps)?;
        total.count = total.count.checked_add(times).ok_or(GateCode::TooManyOps)?;
        Ok::<_, GateCode>(())
    };
    while !input.0.is_empty() {
        let length = input.signed()?;
        match length {
            0 => return Err(GateCode::NotCanonical),
            1.. => add(input.unsigned()?, length.unsigned_abs())?,
            _ => {
                for _ in 0..length.unsigned_abs() {
                    add(input.unsigned()?, 1)?;
                }
            }
        }
    }
    Ok(total)
}

/// Bytes not yet read. Each step takes at least one byte, so every loop over it ends with them.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], GateCode> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(GateCode::NotAChange)?;
        self.0 = rest;
        Ok(taken)
    }

    fn prefixed(&mut self) -> Result<&'a [u8], GateCode> {
        let length = self.length()?;
        self.take(length)
    }

    fn length(&mut self) -> Result<usize, GateCode> {
        usize::try_from(self.unsigned()?).map_err(|_| GateCode::NotAChange)
    }

    fn unsigned(&mut self) -> Result<u64, GateCode> {
        let (value, _, _) = self.leb()?;
        u64::try_from(value).map_err(|_| GateCode::NotAChange)
    }

    fn signed(&mut self) -> Result<i64, GateCode> {
        let (value, bits, negative) = self.leb()?;
        let value = i128::try_from(value).map_err(|_| GateCode::NotAChange)?;
        let value = if negative {
            value.checked_sub(1_i128 << bits)
        } else {
            Some(value)
        };
        value
            .and_then(|value| i64::try_from(value).ok())
            .ok_or(GateCode::NotAChange)
    }

    /// A LEB128 number of at most ten bytes: value, bits read, and the sign bit of the last byte.
    fn leb(&mut self) -> Result<(u128, u32, bool), GateCode> {
        let mut value = 0_u128;
        for bits in (0..70_u32).step_by(7) {
            let [byte] = *self.take(1)? else {
                return Err(GateCode::NotAChange);
            };
            value |= u128::from(byte & 0x7f) << bits;
            if byte & 0x80 == 0 {
                return Ok((value, bits.saturating_add(7), byte & 0x40 != 0));
            }
        }
        Err(GateCode::NotAChange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_are_read_as_leb128_writes_them() {
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x3f], 63),
            (&[0x40], -64),
            (&[0x7f], -1),
            (&[0xff, 0x00], 127),
            (&[0x80, 0x7f], -128),
            (
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],
                i64::MIN,
            ),
        ] {
            assert_eq!(Input(bytes).signed(), Ok(value));
        }
        assert!(Input(&[0x80; 11]).unsigned().is_err(), "never ends");
    }

    #[test]
    fn a_run_is_counted_and_not_expanded() {
        // 2^62 times the value 1, in eleven bytes.
        let bomb = [
            0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xc0, 0x00, 0x01,
        ];
        assert_eq!(runs(&bomb, Some).map(|runs| runs.count).ok(), Some(1 << 62));
        assert!(runs(&[0, 5], Some).is_err(), "nulls");
    }
}
