//! `org add` and `device …`.

use std::path::Path;

use senim_wire::admit::SignedAdmitList;
use senim_wire::{AuthKey, cbor};

use super::serve::{Opened, store_refused};
use super::{Refused, say};
use crate::config::Config;
use crate::store::{Block, Device, Founding, Store};

/// A founding list is far below this.
const LIST_CAP: usize = 1024 * 1024;
/// Hexadecimal digits of a key in short form.
const SHORT: usize = 12;
/// A key is found by at least this many.
const SHORTEST: usize = 8;

pub(super) async fn add_org(config: &Config, file: &Path) -> Result<(), Refused> {
    let bytes = std::fs::read(file)
        .map_err(|_| Refused::new("list-file", "the founding list cannot be read"))?;
    let list: SignedAdmitList = cbor::parse(&bytes, LIST_CAP)
        .map_err(|_| Refused::new("list-refused", "the file is not a signed admit list"))?;
    let opened = Opened::open(config).await?;
    let founding = opened.store.found(&list).await.map_err(store_refused);
    opened.close().await;
    match founding? {
        Founding::Founded => {
            let org = list
                .parse_list()
                .map(|list| list.org.to_string())
                .unwrap_or_default();
            say(&format!("organisation {org}"))
        }
        Founding::Exists => Err(Refused::new(
            "org-exists",
            "there is an organisation with this id; its list changes by its own admins only",
        )),
        Founding::ListRefused => Err(Refused::new(
            "list-refused",
            "the list is not signed by an admit key that it names, holds a weak key, or names a device of another organisation",
        )),
    }
}

pub(super) async fn list(config: &Config, org: Option<&str>) -> Result<(), Refused> {
    let opened = Opened::open(config).await?;
    let devices = opened.store.devices().await.map_err(store_refused);
    opened.close().await;
    for device in devices? {
        let of = device.org.map(|org| org.to_string()).unwrap_or_default();
        if org.is_some_and(|wanted| wanted.is_empty() || !of.starts_with(wanted)) {
            continue;
        }
        let state = match (device.org, device.blocked) {
            (_, true) => "blocked",
            (Some(_), false) => "admitted",
            (None, false) => "unknown",
        };
        say(&format!(
            "{} org {} {state}",
            short(&device.key),
            of.get(..8).unwrap_or("-")
        ))?;
    }
    Ok(())
}

fn short(key: &AuthKey) -> String {
    key.to_string().chars().take(SHORT).collect()
}

pub(super) async fn block(config: &Config, text: &str, block: Block) -> Result<(), Refused> {
    let opened = Opened::open(config).await?;
    let done = set_block(&opened, text, block).await;
    opened.close().await;
    let key = done?;
    let word = match block {
        Block::On => "blocked",
        Block::Off => "unblocked",
    };
    say(&format!("{} {word}", short(&key)))
}

async fn set_block(opened: &Opened, text: &str, block: Block) -> Result<AuthKey, Refused> {
    let key = match text.parse() {
        Ok(key) => key,
        Err(_) => by_beginning(&opened.store.devices().await.map_err(store_refused)?, text)?,
    };
    opened
        .store
        .set_block(&key, block)
        .await
        .map_err(store_refused)?;
    Ok(key)
}

fn by_beginning(devices: &[Device], text: &str) -> Result<AuthKey, Refused> {
    if text.len() < SHORTEST {
        return Err(Refused::new(
            "device-key",
            "a key is named by at least 8 hexadecimal digits",
        ));
    }
    let mut fitting = devices
        .iter()
        .filter(|device| device.key.to_string().starts_with(text));
    match (fitting.next(), fitting.next()) {
        (Some(device), None) => Ok(device.key),
        (None, _) => Err(Refused::new("device-unknown", "no known key begins so")),
        (Some(_), Some(_)) => Err(Refused::new("device-key", "several keys begin so")),
    }
}
