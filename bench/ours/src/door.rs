//! The one file that knows how `senim-app` is opened. What the benchmark needs of it:
//!
//! * `App::start(folder) -> Result<App, ApiError>`: the app on one folder, as the window starts it; several in one process, each on a
//!   folder of its own. No clock and no randomness but the real ones.
//! * `app.dispatch(Request, Option<Vec<u8>>) -> Result<(Response, Option<Vec<u8>>), ApiError>`, async: the answer and the file beside it. When
//!   `Saved` comes back, the edit is on disk; when `Synced` comes back, what others wrote is in the vault, through the gate.
//! * `app.news()`, async: returns when the server's wake says that a watched mailbox grew. It must not lose what came since the last `sync`.
//! * Requests as in `senim_app::request`, and that `differences` and `section` show every observation of an item the tablet answered itself.
//!
//! If the real names differ, only this file changes.

use std::path::Path;

use anyhow::anyhow;
use senim_app::{App, Request, Response};

/// One tablet or desk: the app on a vault of its own.
pub(crate) struct Door(App);

impl Door {
    /// Starts the app on an empty folder and makes its vault.
    pub(crate) async fn make(dir: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let app = App::start(dir)
            .await
            .map_err(|refused| anyhow!("{}", refused.code))?;
        let door = Self(app);
        let passphrase = "six plain words for a benchmark".to_owned();
        door.call(Request::CreateVault { passphrase }).await?;
        Ok(door)
    }

    /// One request; a refusal is an error with the code and the request's name.
    pub(crate) async fn call(&self, request: Request) -> anyhow::Result<Response> {
        Ok(self.call_for_file(request).await?.0)
    }

    /// As [`Self::call`], with the file that lies beside the answer.
    pub(crate) async fn call_for_file(
        &self,
        request: Request,
    ) -> anyhow::Result<(Response, Option<Vec<u8>>)> {
        let op = request.op();
        let answer = self.0.dispatch(request, None).await;
        answer.map_err(|refused| anyhow!("{op} was refused: {}", refused.code))
    }

    /// Returns when there may be something new on the server.
    pub(crate) async fn news(&self) -> anyhow::Result<()> {
        self.0
            .news()
            .await
            .map_err(|refused| anyhow!("no news: {}", refused.code))
    }
}
