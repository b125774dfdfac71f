//! The rows `save-answer`, whole `answer` requests, and `save-edit`, the journal of the vault alone; with as much in the vault as the row asks for.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use secrecy::SecretBox;
use senim_app::Request;
use senim_ids::{DocId, PlaceId, UnixMillis};
use senim_vault::VaultFolder;

use crate::team::{self, FORM};

/// Bytes of an encoded answer without a note, about.
const EDIT: usize = 160;
const QUESTIONS: usize = 20;
const CHOICES: [&str; 3] = ["yes", "partly", "no"];

/// Fills visits of 200 answers until there are `preload`, then answers `count` times more. Returns the median in microseconds.
pub(crate) async fn answers(dir: &Path, preload: usize, count: usize) -> anyhow::Result<f64> {
    let door = team::found(dir).await?;
    let mut last = None;
    let each = team::PLACES * QUESTIONS;
    for visit in 0..preload.div_ceil(each).max(1) {
        let (visit, places) = team::make_visit(&door, &format!("V{visit}"), Vec::new()).await?;
        for number in 0..each.min(preload) {
            door.call(answer(visit, &places, number, 0)?).await?;
        }
        last = Some((visit, places));
    }
    let (visit, places) = last.context("no visit")?;
    let mut times = Vec::new();
    for number in 0..count {
        // Another choice than the one that stands: nothing can be saved by doing nothing.
        let request = answer(visit, &places, number % each, 1 + number / each)?;
        let start = Instant::now();
        door.call(request).await?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    median(times)
}

/// Saves `preload` edits straight into a vault, then `count` more. Returns the median in microseconds.
pub(crate) async fn edits(dir: &Path, preload: usize, count: usize) -> anyhow::Result<f64> {
    let key = SecretBox::new(Box::new([5; 32]));
    let folder = VaultFolder::at(dir.join("vault"));
    let vault = folder.create(b"slot", &key).await?;
    let doc = DocId::from_bytes([1; 32]);
    let (edit, now) = ([7; EDIT], UnixMillis(1));
    for _ in 0..preload {
        vault.save_edit(doc, &edit, now).await?;
    }
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        vault.save_edit(doc, &edit, now).await?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    vault.close().await?;
    median(times)
}

fn median(mut times: Vec<f64>) -> anyhow::Result<f64> {
    times.sort_by(f64::total_cmp);
    times
        .get(times.len() / 2)
        .copied()
        .context("nothing was saved")
}

fn answer(visit: DocId, places: &[PlaceId], number: usize, turn: usize) -> anyhow::Result<Request> {
    let choice = CHOICES
        .get((number + turn) % CHOICES.len())
        .context("no choice")?;
    Ok(Request::Answer {
        visit,
        form: FORM.to_owned(),
        item: format!("f01_{:02}", number % QUESTIONS + 1),
        row: None,
        place: Some(*places.get(number / QUESTIONS).context("fewer places")?),
        answer: Some((*choice).to_owned()),
        evidence: vec!["seen".to_owned()],
        note: None,
        observed_at: None,
    })
}
