//! `GET /v1/wake`: waits until one of the watched mailboxes grew.

use futures_util::StreamExt as _;
use senim_wire::exchange::Watched;
use senim_wire::{Token, caps, path};

use crate::RelayError;
use crate::relay::{Relay, authorised, classify};

/// An event line longer than this is none of ours.
const LINE: usize = 4096;

impl Relay {
    /// Returns when the server says that one of `mailboxes` (at most [`caps::WATCHED`]) grew. The next exchange fetches what came.
    ///
    /// # Errors
    /// [`RelayError::Slow`] when the server closed or fell silent: ask again after a pause; others as for an exchange.
    pub async fn wait(&self, mailboxes: &[Watched], token: Token) -> Result<(), RelayError> {
        let mut url = self.url(path::WAKE)?;
        for watched in mailboxes.iter().take(caps::WATCHED) {
            url.query_pairs_mut()
                .append_pair("m", &format!("{}.{}", watched.mailbox, watched.after));
        }
        let response = authorised(self.client().get(url), Some(&token))
            .send()
            .await
            .map_err(|error| classify(&error))?;
        if !response.status().is_success() {
            return Err(RelayError::NotAServer);
        }
        let mut stream = response.bytes_stream();
        let mut line = Vec::new();
        while let Some(piece) = stream.next().await {
            for byte in piece.map_err(|_| RelayError::Slow)? {
                match byte {
                    b'\n' if line.starts_with(b"event:") || line.starts_with(b"data:") => {
                        return Ok(());
                    }
                    b'\n' => line.clear(),
                    _ if line.len() == LINE => return Err(RelayError::NotAServer),
                    _ => line.push(byte),
                }
            }
        }
        Err(RelayError::Slow)
    }
}
