//! The one file that knows how `senim-app` is opened: the app on a vault folder, with the machine's clock,
//! its randomness and the admission gate in a child process, as the window starts it.

use std::path::Path;

use anyhow::anyhow;
use senim_app::{App, Request, Response};

const PASSPHRASE: &str = "six plain words for a benchmark";

/// One tablet or desk: the app on a vault of its own.
pub(crate) struct Door(App);

impl Door {
    /// Starts the app on an empty folder and makes its vault.
    pub(crate) async fn make(dir: &Path) -> anyhow::Result<Self> {
        let door = Self(App::new(dir.to_owned()));
        let passphrase = PASSPHRASE.to_owned();
        door.call(Request::CreateVault { passphrase }).await?;
        Ok(door)
    }

    /// Opens a vault that was made before and is locked.
    pub(crate) async fn open(dir: &Path) -> anyhow::Result<Self> {
        let door = Self(App::new(dir.to_owned()));
        let passphrase = PASSPHRASE.to_owned();
        door.call(Request::Unlock { passphrase }).await?;
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
        let answer = self.0.dispatch(request, Vec::new()).await;
        let reply = answer.map_err(|refused| anyhow!("{op} was refused: {}", refused.code))?;
        Ok((reply.response, reply.bytes))
    }

    /// Returns when there may be something new on the server; never misses what came since the last sync.
    pub(crate) async fn news(&self) -> anyhow::Result<()> {
        let news = self.0.wait_for_news().await;
        news.map_err(|refused| anyhow!("no news: {}", refused.code))
    }
}
