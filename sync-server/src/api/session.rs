//! `POST /v1/session/challenge` and `POST /v1/session`; and who is calling, for the other calls.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use senim_wire::refusal::Refusal;
use senim_wire::session::{Challenge, ChallengeRequest, Session, SessionProof};
use senim_wire::{Token, cbor};

use super::failure::reply;
use super::peer::Peer;
use super::{App, Failure, body};
use crate::auth::{AuthError, CHALLENGE_MS, Caller, NEXT_CHALLENGE_MS};

/// A challenge or a proof is far below this.
const CAP: usize = 1024;

/// A challenge for 60 seconds; the same for a key that nobody admits.
pub(super) async fn challenge(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    app.0.rates.count_peer(peer.0)?;
    let received = body::read(&app, &headers, body, CAP).await?;
    let request: ChallengeRequest = body::versioned(&received.bytes, CAP)?;
    Ok(reply(&app.0.gate.challenge(
        &request.key,
        app.now_ms(),
        CHALLENGE_MS,
    )?))
}

/// A token for a right answer.
pub(super) async fn session(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    app.0.rates.count_peer(peer.0)?;
    let received = body::read(&app, &headers, body, CAP).await?;
    let proof: SessionProof = cbor::parse(&received.bytes, CAP).map_err(|_| Refusal::Malformed)?;
    let (caller, token) = app.begin(&proof).await?;
    app.0.rates.count_key(&caller.key())?;
    Ok(reply(&Session {
        token,
        next: app.next_challenge(&caller)?,
    }))
}

impl App {
    pub(super) async fn begin(&self, proof: &SessionProof) -> Result<(Caller, Token), AuthError> {
        self.0
            .gate
            .begin(self.store(), self.passing(), proof, self.now_ms())
            .await
    }

    /// What the caller's next proof answers.
    pub(super) fn next_challenge(&self, caller: &Caller) -> Result<Challenge, AuthError> {
        self.0
            .gate
            .challenge(&caller.key(), self.now_ms(), NEXT_CHALLENGE_MS)
    }

    /// Who calls, by the token in `Authorization`; its request is counted.
    pub(super) async fn caller(&self, peer: Peer, headers: &HeaderMap) -> Result<Caller, Failure> {
        let found = match bearer(headers) {
            Some(token) => {
                self.0
                    .gate
                    .caller(self.store(), self.passing(), &token, self.now_ms())
                    .await
            }
            None => Err(AuthError::NotAdmitted),
        };
        let caller = match found {
            Err(AuthError::NotAdmitted) => {
                self.0.rates.count_peer(peer.0)?;
                return Err(Refusal::NotAdmitted.into());
            }
            other => other?,
        };
        self.0.rates.count_key(&caller.key())?;
        Ok(caller)
    }

    /// As [`App::caller`]; a refused caller's body is read to its end, so that it sees why.
    pub(super) async fn caller_with_body(
        &self,
        peer: Peer,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Caller, Body), Failure> {
        match self.caller(peer, headers).await {
            Ok(caller) => Ok((caller, body)),
            Err(failure) => {
                body::discard(self, body).await;
                Err(failure)
            }
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<Token> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?
        .parse()
        .ok()
}
