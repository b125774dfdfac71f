//! Neither the key nor anybody's words stand in a file of the vault or in a log, and a destroyed vault opens for nobody.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests; the child speaks to its parent by stdout"
)]
#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::{KEY, NOW, SLOT, doc, key, mailbox, other_key, own_key, place, reply, sealed, visit};
use senim_ids::{ActorId, CodedError as _, ErrorCode, MemberId};
use senim_vault::{ObservationKey, ObservationRow, TableRows, Vault, VaultError, VaultFolder};
use tracing_subscriber::filter::LevelFilter;

type Outcome = Result<(), VaultError>;

const CHILD: &str = "SENIM_VAULT_TEST_FOLDER";
/// Words a vault is given in every place that takes words or bytes.
const WORDS: &str = "Төсек-канарейка-zq81";
const ANSWER: &str = "answer-canary-xv93";
/// Words that the child logs on purpose: the scanner must find them in what was captured.
const PLANTED: &str = "planted-canary-kw47";

/// Everything looked for: the raw key, the key of a document, and the words.
fn canaries() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("raw key", KEY.to_vec()),
        ("document key", DOCUMENT_KEY.to_vec()),
        ("words", WORDS.as_bytes().to_vec()),
        ("answer", ANSWER.as_bytes().to_vec()),
    ]
}

const DOCUMENT_KEY: [u8; 32] = *b"document-key-canary-0a9c5e7b3d1f";

/// The forms a canary may take: as it is, hexadecimal in both cases, UTF-16 in both orders.
fn forms(canary: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = canary.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        ("bytes", canary.to_vec()),
        ("hex", hex.clone().into_bytes()),
        ("HEX", hex.to_uppercase().into_bytes()),
    ];
    if let Ok(text) = std::str::from_utf8(canary) {
        forms.push((
            "UTF-16LE",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ));
        forms.push((
            "UTF-16BE",
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ));
    }
    forms
}

fn hits(bytes: &[u8], canaries: &[(&'static str, Vec<u8>)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, canary) in canaries {
        for (form, needle) in forms(canary) {
            if bytes.windows(needle.len()).any(|window| window == needle) {
                found.insert(format!("{name} as {form}"));
            }
        }
    }
    found
}

/// Hits in every file of a folder, and how many files there were.
fn scan(folder: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut found, mut files) = (BTreeSet::new(), BTreeSet::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.extend(hits(&std::fs::read(&path).unwrap(), &canaries()));
        files.insert(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    (found, files)
}

fn row(item: &str) -> ObservationRow {
    ObservationRow {
        key: ObservationKey {
            doc: doc(1),
            form: WORDS.to_owned(),
            item: item.to_owned(),
            row: None,
            place: None,
            observer: MemberId::from_bytes([1; 8]),
            actor: ActorId::from_bytes([1; 16]),
        },
        answer: ANSWER.to_owned(),
        evidence: Vec::new(),
        note: WORDS.to_owned(),
        observed: None,
        recorded: NOW,
        folded: Some(WORDS.to_owned()),
    }
}

/// Everything that takes words or keys, with canaries; then what fails.
async fn work(vault: &Vault) -> Outcome {
    keep(vault).await?;
    let words = WORDS.as_bytes();
    let seq = vault.save_edit(doc(1), words, NOW).await?;
    vault.save_act(doc(1), ANSWER.as_bytes(), NOW).await?;
    vault
        .save_edits(doc(1), &vec![words.to_vec(); 20], NOW)
        .await?;
    vault.receive(&reply()).await?;
    let mut record = sealed(1, 1, Some(seq));
    record.document = Some(visit(1, words));
    record.rows.observations.push(row("3"));
    vault.commit_sealed(&record).await?;
    assert!(vault.commit_sealed(&record).await.is_err());
    assert_eq!(vault.keys_by_mailbox(mailbox(1)).await?.len(), 1);
    tracing::trace!(vault = ?vault, rows = ?record, "debug of what holds words");
    Ok(())
}

async fn keep(vault: &Vault) -> Outcome {
    let words = WORDS.as_bytes();
    vault.put_setting("device", &KEY).await?;
    vault.put_setting("org", words).await?;
    vault.put_document(&visit(1, words)).await?;
    let mut keys = own_key(1, 1);
    keys.key = secrecy::SecretBox::new(Box::new(DOCUMENT_KEY));
    vault.put_keys(&[keys]).await?;
    vault
        .put_rows(&TableRows {
            observations: vec![row("1"), row("2")],
            ..TableRows::default()
        })
        .await?;
    assert_eq!(vault.search(WORDS, 9).await?.len(), 2);
    Ok(())
}

/// The child: logs everything there is at the finest level to stderr, works, fails to open with a wrong key, and dies without closing.
async fn work_in_child(folder: &Path) -> Outcome {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .init();
    tracing::trace!("{PLANTED}");
    let folder = VaultFolder::at(folder);
    let vault = folder.create(SLOT, &key()).await?;
    work(&vault).await?;
    vault.close().await?;
    assert!(folder.open(&other_key()).await.is_err());
    let vault = folder.open(&key()).await?;
    vault.save_edit(doc(2), WORDS.as_bytes(), NOW).await?;
    println!("\nworked");
    std::process::abort();
}

#[tokio::test]
async fn nothing_readable_is_left_in_files_or_logs() -> Outcome {
    if let Some(folder) = std::env::var_os(CHILD) {
        return work_in_child(Path::new(&folder)).await;
    }
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("v");
    let output = Command::new(std::env::current_exe()?)
        .args([
            "--exact",
            "nothing_readable_is_left_in_files_or_logs",
            "--nocapture",
        ])
        .env(CHILD, &path)
        .env_remove("RUST_LOG")
        .output()?;
    let said = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&said).into_owned();
    assert!(text.contains("worked"), "{text}");
    assert!(
        !hits(&said, &[("planted", PLANTED.as_bytes().to_vec())]).is_empty(),
        "the capture works"
    );
    assert_eq!(hits(&said, &canaries()), BTreeSet::new(), "in the log");
    assert!(
        !text.contains("hmac") && !text.contains("CORE"),
        "SQLCipher speaks to nobody: {text}"
    );

    let (found, files) = scan(&path);
    assert_eq!(
        files,
        ["vault.db", "vault.db-wal", "vault.key"]
            .map(str::to_owned)
            .into()
    );
    assert_eq!(found, BTreeSet::new(), "with a log that was never emptied");
    let vault = VaultFolder::at(&path).open(&key()).await?;
    assert_eq!(vault.journal(doc(2)).await?.len(), 1);
    vault.close().await?;
    assert_eq!(scan(&path).0, BTreeSet::new(), "after closing");

    // The same scanner, over the same folder, finds what is planted there in each form.
    for (_, canary) in canaries() {
        for (form, needle) in forms(&canary) {
            std::fs::write(
                path.join("planted"),
                [b"..", needle.as_slice(), b".."].concat(),
            )?;
            assert!(
                scan(&path).0.iter().any(|hit| hit.ends_with(form)),
                "{form}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_destroyed_vault_opens_for_nobody() -> Outcome {
    let place = place().await?;
    place.vault.save_edit(doc(1), b"gone", NOW).await?;
    // Another name of the same file shows what became of its bytes.
    std::fs::hard_link(place.file("vault.key"), place.dir.path().join("slot"))?;
    // Destroyed while it is open: nobody has to know the passphrase first.
    place.folder.destroy().await?;
    assert_eq!(
        std::fs::read(place.dir.path().join("slot"))?,
        vec![0; SLOT.len()]
    );
    assert!(!place.folder.exists());
    place.vault.close().await.ok();
    assert_eq!(std::fs::read_dir(place.dir.path().join("v"))?.count(), 0);
    assert_eq!(
        place.folder.open(&key()).await.unwrap_err().code(),
        ErrorCode::NoVault
    );
    place.folder.destroy().await?;
    let vault = place.folder.create(SLOT, &other_key()).await?;
    assert!(vault.journal(doc(1)).await?.is_empty());
    vault.close().await
}

#[tokio::test]
async fn what_an_interrupted_destroy_leaves_is_no_vault() -> Outcome {
    let place = place().await?;
    place.vault.save_edit(doc(1), b"gone", NOW).await?;
    // While somebody works in it, a database whose slot is missing is nobody's to clear away.
    std::fs::remove_file(place.file("vault.key"))?;
    let busy = place.folder.create(SLOT, &other_key()).await.unwrap_err();
    assert_eq!(busy.code(), ErrorCode::VaultBusy);
    place.vault.close().await?;
    assert_eq!(
        place.folder.open(&key()).await.unwrap_err().code(),
        ErrorCode::NoVault
    );
    let vault = place.folder.create(SLOT, &other_key()).await?;
    assert!(vault.journal(doc(1)).await?.is_empty());
    vault.close().await
}

#[tokio::test]
async fn a_replaced_slot_is_whole_and_the_old_one_is_overwritten() -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place().await?;
    std::fs::hard_link(place.file("vault.key"), place.dir.path().join("slot"))?;
    place.folder.replace_slot(b"another wrapped key")?;
    assert_eq!(place.folder.read_slot()?, b"another wrapped key");
    assert_eq!(
        std::fs::read(place.dir.path().join("slot"))?,
        vec![0; SLOT.len()]
    );
    for name in ["vault.key", "vault.db", "vault.db-wal"] {
        let mode = std::fs::metadata(place.file(name))?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is for this user only");
    }
    Ok(())
}
