//! The row `save-answer`: whole `answer` requests, with as many answers in the vault as the row asks for.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use senim_app::Request;
use senim_ids::{DocId, PlaceId};

use crate::team::{self, FORM};

const QUESTIONS: usize = 20;
const CHOICES: [&str; 3] = ["yes", "partly", "no"];

/// Fills visits of 200 answers until there are `preload`, then answers `count` times more. Returns the median in microseconds.
pub(crate) async fn save(dir: &Path, preload: usize, count: usize) -> anyhow::Result<f64> {
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
