//! `senim demo`: a small mission from founding to the desk, on real vaults and a real server process.
//!
//! Every figure of the summary is counted from what happened. Each step that must hold is checked, and the demo fails where one does not.

pub mod people;
pub mod scan;
pub mod stage;
mod story;
mod wire;

use std::path::Path;

use crate::command::say;
use crate::fail::Failed;

/// Runs the mission; its files go to `out`, which is made and must be empty.
///
/// # Errors
/// [`Failed`] with the step that did not hold.
pub async fn run(out: &Path) -> Result<(), Failed> {
    empty_folder(out)?;
    let clock = senim_app::SystemClock;
    let began = senim_app::Clock::now(&clock);
    let story = story::tell(out).await?;
    let ended = senim_app::Clock::now(&clock);
    let seconds = std::time::Duration::from_millis(ended.0.saturating_sub(began.0)).as_secs_f64();
    say(&story.summary(seconds))
}

/// # Errors
/// [`Failed`] if the folder holds something already: nothing is ever written over.
pub(crate) fn empty_folder(out: &Path) -> Result<(), Failed> {
    std::fs::create_dir_all(out)?;
    if std::fs::read_dir(out)?.next().is_some() {
        return Err(Failed::new(
            "folder-not-empty",
            "the folder holds files already; name another one",
        ));
    }
    Ok(())
}

/// # Errors
/// [`Failed`] `demo-failed` if the step did not hold.
pub(crate) fn holds(step: &str, held: bool) -> Result<(), Failed> {
    if held {
        Ok(())
    } else {
        Err(Failed::new(
            "demo-failed",
            format!("this did not hold: {step}"),
        ))
    }
}
