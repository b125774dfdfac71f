//! What was acknowledged is there: after kill -9, after a full disk, after a caller that went away.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests; the child speaks to its parent by stdout"
)]
#![cfg(unix)]

mod common;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{NOW, SLOT, doc, envelope, key, mailbox, own_key, place, reply, sealed, visit};
use senim_ids::{CodedError as _, ErrorCode};
use senim_vault::{
    EnvelopeState, JournalSeq, NewEnvelope, Settlement, TableRows, Vault, VaultError, VaultFolder,
    Verdict,
};

type Outcome = Result<(), VaultError>;

/// Says to this test binary, started again, which folder to work in.
const CHILD: &str = "SENIM_VAULT_TEST_FOLDER";
/// Edits between two sealings of the child.
const SEAL_EVERY: u64 = 17;

/// Starts one test of this binary again as a process of its own. `shell`: what a shell does before it becomes that process.
fn again(test: &str, folder: &Path, shell: &str) -> Child {
    let binary = std::env::current_exe().unwrap();
    Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(binary)
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn numbers(word: &str, line: &str) -> Option<u64> {
    line.split_once(word)?.1.trim().parse().ok()
}

#[tokio::test]
async fn every_acknowledged_edit_survives_kill_9() -> Outcome {
    if let Some(folder) = std::env::var_os(CHILD) {
        return save_until_killed(&VaultFolder::at(folder)).await;
    }
    let place = place().await?;
    place
        .vault
        .put_document(&visit(1, &0_u64.to_be_bytes()))
        .await?;
    place.vault.close().await?;
    let path = place.dir.path().join("v");
    let mut acknowledged = 0;
    for round in 0..20_usize {
        let mut child = again("every_acknowledged_edit_survives_kill_9", &path, "");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let before = acknowledged;
        // Another moment each round; what is already in the pipe when it dies counts as acknowledged too.
        for line in lines
            .by_ref()
            .map_while(Result::ok)
            .filter(|l| l.contains("saved "))
            .take(3 + round * 5)
        {
            acknowledged = numbers("saved ", &line).unwrap();
        }
        child.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            acknowledged = numbers("saved ", &line).unwrap_or(acknowledged);
        }
        child.wait().unwrap();
        assert!(
            acknowledged >= before + 3,
            "the child saved nothing in round {round}"
        );
        check_whole(&place.folder, acknowledged).await?;
    }
    Ok(())
}

/// Numbers that are in the snapshot or in the journal: 1 to the last, without a gap, at least all acknowledged.
async fn check_whole(folder: &VaultFolder, acknowledged: u64) -> Outcome {
    let vault = folder.open(&key()).await?;
    vault.verify().await?;
    let last = last_number(&vault).await?;
    assert!(
        last >= acknowledged,
        "{acknowledged} acknowledged, {last} there"
    );
    let sealings = vault
        .own_chain(doc(1))
        .await?
        .map_or(0, |tail| tail.doc_seq);
    assert_eq!(
        vault.outbox_count().await?,
        sealings,
        "sealed and queued are one"
    );
    assert_eq!(vault.next_device_seq().await?, sealings + 1);
    vault.close().await
}

async fn last_number(vault: &Vault) -> Result<u64, VaultError> {
    let number = |bytes: &[u8]| u64::from_be_bytes(bytes[..8].try_into().unwrap());
    let folded = number(&vault.document(doc(1)).await?.unwrap().snapshot);
    let rows = vault.journal(doc(1)).await?;
    for (row, expected) in rows.iter().zip(folded + 1..) {
        assert_eq!(number(&row.bytes), expected, "neither lost nor twice");
    }
    Ok(rows.last().map_or(folded, |row| number(&row.bytes)))
}

async fn save_until_killed(folder: &VaultFolder) -> Outcome {
    let vault = folder.open(&key()).await?;
    let mut number = last_number(&vault).await?;
    loop {
        number += 1;
        let mut edit = number.to_be_bytes().to_vec();
        edit.resize(120, 7);
        let seq = vault.save_edit(doc(1), &edit, NOW).await?;
        println!("\nsaved {number}");
        if number % SEAL_EVERY == 0 {
            seal_all(&vault, seq, number).await?;
        }
    }
}

async fn seal_all(vault: &Vault, upto: JournalSeq, number: u64) -> Outcome {
    let tail = vault.own_chain(doc(1)).await?;
    let next = tail.map_or(1, |tail| tail.doc_seq + 1);
    let mut row = sealed(1, 1, Some(upto));
    (row.doc_seq, row.device_seq, row.prev) = (next, next, tail.map(|tail| tail.record_hash));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&next.to_be_bytes());
    row.record_hash = senim_ids::RecordHash::from_bytes(bytes);
    row.envelope.id = bytes.into();
    row.document = Some(visit(1, &number.to_be_bytes()));
    vault.commit_sealed(&row).await
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_all_or_nothing() -> Outcome {
    use std::future::Future as _;
    use std::task::{Context, Poll, Waker};
    let place = place().await?;
    let edits = vec![vec![1; 50]; 10];
    // Cut later and later until a call gets through, then earlier again, whatever the machine's speed.
    let (mut dropped, mut whole, mut polls) = (0_usize, 0_usize, 0_usize);
    while dropped < 20 || whole < 5 {
        assert!(dropped + whole < 2000, "{dropped} calls cut, {whole} whole");
        let mut save = Box::pin(place.vault.save_edits(doc(1), &edits, NOW));
        let mut done = false;
        for _ in 0..polls {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(outcome) = save.as_mut().poll(&mut context) {
                outcome?;
                done = true;
                break;
            }
            // Long enough for some statements to be done, too short for all of them.
            std::thread::sleep(std::time::Duration::from_micros(10));
        }
        drop(save);
        if done {
            (whole, polls) = (whole + 1, polls / 2);
        } else {
            (dropped, polls) = (dropped + 1, polls + 1);
        }
        let rows = place.vault.journal(doc(1)).await?.len();
        assert_eq!(rows % 10, 0, "half an import");
        place.vault.save_edits(doc(2), &edits, NOW).await?;
    }
    assert_eq!(
        place.vault.journal(doc(2)).await?.len(),
        (dropped + whole) * 10
    );
    Ok(())
}

/// A mounted tmpfs of two megabytes; taken away when dropped. `None` where this user may not mount.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(dir))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(self.0.path())
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status()
            .ok();
    }
}

fn settlement() -> Settlement {
    Settlement {
        verdicts: vec![Verdict {
            id: envelope(20),
            state: EnvelopeState::Foreign,
            code: String::new(),
            doc: None,
            record: None,
        }],
        document: Some(visit(3, &[3; 9000])),
        acts: Vec::new(),
        rows: TableRows::default(),
        now: NOW,
    }
}

/// Every kind of write once; each large enough to need room of its own.
async fn every_write(vault: &Vault, folder: &VaultFolder) -> Vec<Result<(), VaultError>> {
    let big = vec![4; 9000];
    let mut keybox = senim_vault::OwnKeybox {
        id: envelope(90),
        doc: None,
        bytes: big.clone(),
        keys: Vec::new(),
    };
    keybox.keys.push(own_key(5, 1));
    let mut row = sealed(7, 2, None);
    (row.doc_seq, row.prev, row.envelope.bytes) = (1, None, big.clone());
    let new = NewEnvelope {
        id: envelope(91),
        mailbox: mailbox(1),
        bytes: big.clone(),
    };
    let mut received = reply();
    received.bodies[2].bytes = big.clone();
    received.bodies[2].id = envelope(92);
    vec![
        vault.save_edit(doc(1), &big, NOW).await.map(|_| ()),
        vault
            .save_edits(doc(1), &[big.clone(), big.clone()], NOW)
            .await
            .map(|_| ()),
        vault.put_setting("big", &big).await,
        vault.put_document(&visit(4, &big)).await,
        vault.commit_keybox(&keybox).await,
        vault.replace_outbox(envelope(1), &new).await,
        vault.receive(&received).await,
        vault.settle(&settlement()).await,
        vault.commit_sealed(&row).await,
        folder.replace_slot(&big[..4000]),
    ]
}

/// What those writes would change.
async fn state(vault: &Vault, folder: &VaultFolder) -> Result<String, VaultError> {
    Ok(format!(
        "{:?} {:?} {:?} {:?} {:?} {} {:?} {:?} {:?}",
        vault
            .journal(doc(1))
            .await?
            .iter()
            .map(|row| row.seq)
            .collect::<Vec<_>>(),
        vault.get_setting("big").await?,
        vault.documents().await?,
        vault
            .outbox(u64::MAX)
            .await?
            .iter()
            .map(|row| row.id)
            .collect::<Vec<_>>(),
        vault
            .pending(99)
            .await?
            .iter()
            .map(|row| row.id)
            .collect::<Vec<_>>(),
        vault.all_keys().await?.len(),
        vault.next_device_seq().await?,
        vault.own_chain(doc(7)).await?,
        folder.read_slot()?,
    ))
}

#[tokio::test]
async fn a_full_disk_refuses_each_write_whole_and_room_heals_it() -> Outcome {
    let Some(disk) = SmallDisk::mount() else {
        // The same with a limit on file size, which needs no rights, is the test below.
        return Ok(());
    };
    let folder = VaultFolder::at(disk.0.path().join("v"));
    let vault = folder.create(SLOT, &key()).await?;
    vault.save_edit(doc(1), b"before", NOW).await?;
    vault.commit_sealed(&sealed(6, 1, None)).await?;
    vault.receive(&reply()).await?;
    let ballast = disk.0.path().join("ballast");
    let fill = || {
        let full = std::fs::write(&ballast, vec![0; 8 << 20]);
        assert!(full.is_err(), "the disk was not full");
    };
    fill();
    // What is left inside files that SQLite holds already may still take some.
    let refused = loop {
        if let Err(error) = vault.save_edit(doc(1), &[1; 4000], NOW).await {
            break error;
        }
    };
    assert_eq!(refused.code(), ErrorCode::DiskRefused);
    let before = state(&vault, &folder).await?;
    for (number, outcome) in every_write(&vault, &folder).await.into_iter().enumerate() {
        assert_eq!(
            outcome.unwrap_err().code(),
            ErrorCode::DiskRefused,
            "write {number}"
        );
    }
    assert_eq!(state(&vault, &folder).await?, before);
    let second = VaultFolder::at(disk.0.path().join("second"));
    assert_eq!(
        second.create(SLOT, &key()).await.unwrap_err().code(),
        ErrorCode::DiskRefused
    );
    assert!(!second.exists());

    std::fs::remove_file(&ballast)?;
    for outcome in every_write(&vault, &folder).await {
        outcome?;
    }
    assert_ne!(state(&vault, &folder).await?, before);
    let healed = state(&vault, &folder).await?;
    fill();
    // Locking drops the key on a full disk too.
    let closed = vault.close().await;
    assert!(closed.is_ok() || closed.unwrap_err().code() == ErrorCode::DiskRefused);
    assert_eq!(vault.documents().await.unwrap_err(), VaultError::Closed);
    std::fs::remove_file(&ballast)?;
    let vault = folder.open(&key()).await?;
    assert_eq!(state(&vault, &folder).await?, healed);
    vault.verify().await?;
    second.create(SLOT, &key()).await?.close().await
}

#[tokio::test]
async fn a_limit_on_file_size_refuses_and_loses_nothing() -> Outcome {
    if let Some(folder) = std::env::var_os(CHILD) {
        return save_until_refused(&VaultFolder::at(folder)).await;
    }
    let place = place().await?;
    place.vault.close().await?;
    let path = place.dir.path().join("v");
    // 1024 blocks of 512 bytes; without the signal that a larger write would send, it fails with EFBIG.
    let mut child = again(
        "a_limit_on_file_size_refuses_and_loses_nothing",
        &path,
        "trap '' XFSZ; ulimit -f 1024;",
    );
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .collect();
    child.wait().unwrap();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("refused disk-refused")),
        "{lines:?}"
    );
    let saved = lines
        .iter()
        .filter_map(|line| numbers("saved ", line))
        .max()
        .unwrap();
    let vault = place.folder.open(&key()).await?;
    let rows = vault.journal(doc(1)).await?;
    assert_eq!(rows.len() as u64, saved);
    assert!(rows.iter().all(|row| row.bytes == [8; 3000]));
    vault.save_edit(doc(1), b"there is room again", NOW).await?;
    vault.verify().await
}

async fn save_until_refused(folder: &VaultFolder) -> Outcome {
    let vault = folder.open(&key()).await?;
    for number in 1.. {
        match vault.save_edit(doc(1), &[8; 3000], NOW).await {
            Ok(_) => println!("\nsaved {number}"),
            Err(error) => {
                println!("\nrefused {}", error.code());
                break;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_read_only_disk_is_refused_before_anything_is_written() -> Outcome {
    let Some(disk) = SmallDisk::mount() else {
        return Ok(());
    };
    let folder = VaultFolder::at(disk.0.path().join("v"));
    let vault = folder.create(SLOT, &key()).await?;
    vault.save_edit(doc(1), b"kept", NOW).await?;
    vault.close().await?;
    disk.remount("ro");
    assert_eq!(
        folder.open(&key()).await.unwrap_err().code(),
        ErrorCode::DiskRefused
    );
    assert_eq!(
        folder.replace_slot(SLOT).unwrap_err().code(),
        ErrorCode::DiskRefused
    );
    assert_eq!(
        folder.destroy().await.unwrap_err().code(),
        ErrorCode::DiskRefused
    );
    let other = VaultFolder::at(disk.0.path().join("other"));
    assert_eq!(
        other.create(SLOT, &key()).await.unwrap_err().code(),
        ErrorCode::DiskRefused
    );
    disk.remount("rw");
    let vault = folder.open(&key()).await?;
    assert_eq!(vault.journal(doc(1)).await?[0].bytes, b"kept");
    vault.close().await
}
