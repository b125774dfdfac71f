//! Rows, medians, the printed table and the two files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One line of `results.json`: ours against a named reference, both medians of one and the same run.
///
/// `ours`, `ratio` and `met` are null while ours has not been measured; `goal` and `met` are null in rows for information.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) row: String,
    pub(crate) ours: Option<f64>,
    pub(crate) reference: Option<f64>,
    pub(crate) reference_name: String,
    pub(crate) unit: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) goal: Option<f64>,
    pub(crate) met: Option<bool>,
}

impl Row {
    /// Compares `ours` with `reference`, both in `unit`; a goal is the largest ratio that is good enough.
    pub(crate) fn new(
        row: &str,
        (ours, reference): (Option<f64>, Option<f64>),
        reference_name: &str,
        unit: &str,
        goal: Option<f64>,
    ) -> Self {
        let ratio = ours
            .zip(reference)
            .map(|(ours, reference)| round(ours / reference));
        Self {
            row: row.to_owned(),
            ours: ours.map(round),
            reference: reference.map(round),
            reference_name: reference_name.to_owned(),
            unit: unit.to_owned(),
            ratio,
            goal,
            met: ratio.zip(goal).map(|(ratio, goal)| ratio <= goal),
        }
    }
}

/// Median, smallest and largest of some measurements.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// None of nothing. Of an even number the mean of the middle two.
    pub(crate) fn of(mut all: Vec<f64>) -> Option<Self> {
        all.sort_by(f64::total_cmp);
        let (min, max) = (*all.first()?, *all.last()?);
        let low = all.get((all.len() - 1) / 2)?;
        let high = all.get(all.len() / 2)?;
        Some(Self {
            median: f64::midpoint(*low, *high),
            min,
            max,
        })
    }

    /// `median [min-max]`.
    pub(crate) fn in_words(self) -> String {
        format!("{:.1} [{:.1}-{:.1}]", self.median, self.min, self.max)
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The rows as text, one line each.
pub(crate) fn table(rows: &[Row]) -> String {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
    let mut text = format!(
        "\n{:<28} {:>10} {:>10} {:<5} {:>7} {:>6} {:<6} reference\n",
        "row", "ours", "reference", "unit", "ratio", "goal", "met"
    );
    for row in rows {
        let met = row.met.map_or("-", |met| if met { "yes" } else { "no" });
        let goal = row.goal.map_or("-".to_owned(), |goal| format!("{goal:.1}"));
        let _writing_to_a_string_never_fails = writeln!(
            text,
            "{:<28} {:>10} {:>10} {:<5} {:>7} {:>6} {:<6} {}",
            row.row,
            number(row.ours),
            number(row.reference),
            row.unit,
            number(row.ratio),
            goal,
            met,
            row.reference_name
        );
    }
    text
}

/// Writes `results.json` and `runs.json`: what was measured now replaces what stood there, the rest stays.
pub(crate) fn keep(root: &Path, rows: &[Row], runs: Map<String, Value>) -> anyhow::Result<()> {
    let results = root.join("results.json");
    let mut all: Vec<Row> = read(&results)?.unwrap_or_default();
    for row in rows {
        match all.iter_mut().find(|before| before.row == row.row) {
            Some(before) => *before = row.clone(),
            None => all.push(row.clone()),
        }
    }
    write(&results, &all)?;
    let details = root.join("runs.json");
    let mut before: BTreeMap<String, Value> = read(&details)?.unwrap_or_default();
    before.extend(runs);
    write(&details, &before)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(
            serde_json::from_slice(&bytes).context("an earlier result is unreadable")?,
        )),
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

fn write(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    std::fs::write(path, text).context("the result cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_edge_and_missed_above() {
        assert_eq!(
            Row::new("r", (Some(1.2), Some(1.0)), "x", "ms", Some(1.2)).met,
            Some(true)
        );
        assert_eq!(
            Row::new("r", (Some(1.3), Some(1.0)), "x", "ms", Some(1.2)).met,
            Some(false)
        );
        assert_eq!(
            Row::new("r", (None, Some(1.0)), "x", "ms", Some(1.2)).met,
            None
        );
    }

    #[test]
    fn spread_takes_the_middle() {
        let spread = Spread::of(vec![3.0, 1.0, 9.0, 2.0, 4.0]).unwrap();
        assert_eq!((spread.median, spread.min, spread.max), (3.0, 1.0, 9.0));
        assert_eq!(Spread::of(vec![1.0, 2.0]).unwrap().median, 1.5);
        assert!(Spread::of(vec![]).is_none());
    }
}
