//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::App;

/// The address that rates are counted for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

impl FromRequestParts<App> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let trusted = &app.0.parts.trusted_proxies;
        let connected = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await;
        // Without connection info (a router called directly) all count as one.
        let nearest = connected.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        if !trusted.contains(&nearest.to_canonical()) {
            return Ok(Self(nearest));
        }
        let named = parts.headers.get_all("x-forwarded-for");
        let mut hops: Vec<&str> = named
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|v| v.split(','))
            .collect();
        // From the right: each proxy appends whom it saw. The first that is not a proxy of ours is the peer; what stands to the
        // left of it is the peer's own claim.
        while let Some(hop) = hops.pop() {
            match hop.trim().parse::<IpAddr>() {
                Ok(hop) if trusted.contains(&hop.to_canonical()) => {}
                Ok(hop) => return Ok(Self(hop)),
                Err(_) => break,
            }
        }
        Ok(Self(nearest))
    }
}
