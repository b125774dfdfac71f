//! A vault that cannot be used says why, in one code, and loses nothing.

mod common;

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use common::{KEY, NOW, SLOT, doc, key, other_key, place};
use secrecy::SecretBox;
use senim_ids::{CodedError as _, ErrorCode};
use senim_vault::{VaultError, VaultFolder};
use sqlx::{Connection as _, Row as _};

type Outcome = Result<(), VaultError>;

#[tokio::test]
async fn a_wrong_key_opens_nothing_and_the_right_one_still_does() -> Outcome {
    let place = place().await?;
    place.vault.save_edit(doc(1), b"kept", NOW).await?;
    place.vault.close().await?;
    let error = place.folder.open(&other_key()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::WrongPassphraseOrDamaged);
    let vault = place.folder.open(&key()).await?;
    assert_eq!(vault.journal(doc(1)).await?[0].bytes, b"kept");
    Ok(())
}

#[tokio::test]
async fn a_changed_bit_in_a_page_is_damage() -> Outcome {
    let place = place().await?;
    let edits: Vec<Vec<u8>> = (0..400_u32).map(|n| vec![(n % 251) as u8; 300]).collect();
    place.vault.save_edits(doc(1), &edits, NOW).await?;
    place.vault.verify().await?;
    place.vault.close().await?;
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(place.file("vault.db"))?;
    let pages = file.metadata()?.len() / 4096;
    assert!(pages > 20, "the journal takes pages of its own");
    let at = (pages - 3) * 4096 + 100;
    let mut byte = [0];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut byte)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&[byte[0] ^ 1])?;
    drop(file);
    let vault = match place.folder.open(&key()).await {
        Ok(vault) => vault,
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::VaultDamaged);
            return Ok(());
        }
    };
    assert_eq!(
        vault.journal(doc(1)).await.unwrap_err().code(),
        ErrorCode::VaultDamaged
    );
    assert_eq!(
        vault.verify().await.unwrap_err().code(),
        ErrorCode::VaultDamaged
    );
    Ok(())
}

#[tokio::test]
async fn a_damaged_first_page_cannot_be_told_from_a_wrong_key() -> Outcome {
    let place = place().await?;
    place.vault.close().await?;
    let mut bytes = std::fs::read(place.file("vault.db"))?;
    bytes[200] ^= 1;
    std::fs::write(place.file("vault.db"), bytes)?;
    let error = place.folder.open(&key()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::WrongPassphraseOrDamaged);
    Ok(())
}

#[tokio::test]
async fn a_truncated_or_missing_file_is_damage_and_never_a_new_vault() -> Outcome {
    let place = place().await?;
    let edits: Vec<Vec<u8>> = (0..400_u32).map(|n| vec![(n % 251) as u8; 300]).collect();
    place.vault.save_edits(doc(1), &edits, NOW).await?;
    place.vault.close().await?;
    let whole = std::fs::read(place.file("vault.db"))?;
    for length in [0, 100, 4096, 4096 * 3, whole.len() - 4096 * 5 - 17] {
        std::fs::write(place.file("vault.db"), &whole[..length])?;
        let outcome = match place.folder.open(&key()).await {
            Ok(vault) => {
                let read = vault.journal(doc(1)).await.map(|_| ());
                vault.close().await.ok();
                read
            }
            Err(error) => Err(error),
        };
        let code = outcome.unwrap_err().code();
        assert!(
            matches!(
                code,
                ErrorCode::VaultDamaged | ErrorCode::WrongPassphraseOrDamaged
            ),
            "{length} bytes: {code}"
        );
    }
    std::fs::remove_file(place.file("vault.db"))?;
    let error = place.folder.open(&key()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::VaultDamaged);
    assert!(!place.file("vault.db").exists());
    std::fs::write(place.file("vault.db"), &whole)?;
    assert_eq!(
        place
            .folder
            .open(&key())
            .await?
            .journal(doc(1))
            .await?
            .len(),
        400
    );
    Ok(())
}

#[tokio::test]
async fn a_second_opener_is_told_that_the_vault_is_busy() -> Outcome {
    let place = place().await?;
    let error = place.folder.open(&key()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::VaultBusy);
    place.vault.save_edit(doc(1), b"still mine", NOW).await?;
    place.vault.close().await?;
    place.folder.open(&key()).await?.close().await
}

#[tokio::test]
async fn a_second_vault_is_never_made_over_the_first() -> Outcome {
    let place = place().await?;
    place.vault.save_edit(doc(1), b"kept", NOW).await?;
    let error = place.folder.create(SLOT, &other_key()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::VaultExists);
    place.vault.close().await?;
    assert_eq!(
        place
            .folder
            .open(&key())
            .await?
            .journal(doc(1))
            .await?
            .len(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn nothing_can_be_called_on_a_closed_vault() -> Outcome {
    let place = place().await?;
    let clone = place.vault.clone();
    place.vault.close().await?;
    place.vault.close().await?;
    let error = clone.save_edit(doc(1), b"late", NOW).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Locked);
    Ok(())
}

#[tokio::test]
async fn a_schema_newer_than_the_app_is_refused_untouched() -> Outcome {
    let place = place().await?;
    place.vault.close().await?;
    let mut conn = plain_open(&place).await?;
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)")
        .execute(&mut conn)
        .await?;
    conn.close().await?;
    let error = place.folder.open(&key()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::VaultTooNew);
    let mut conn = plain_open(&place).await?;
    let versions = sqlx::query("SELECT count(*) FROM _sqlx_migrations")
        .fetch_one(&mut conn)
        .await?;
    assert_eq!(versions.try_get::<i64, _>(0)?, 2);
    Ok(())
}

#[tokio::test]
async fn the_file_is_sqlcipher_and_the_pragmas_hold() -> Outcome {
    let place = place().await?;
    place.vault.close().await?;
    let head = std::fs::read(place.file("vault.db"))?;
    assert!(!head.starts_with(b"SQLite format 3"));
    let mut conn = plain_open(&place).await?;
    let version: String = sqlx::query_scalar("PRAGMA cipher_version")
        .fetch_one(&mut conn)
        .await?;
    assert!(version.starts_with("4."), "{version}");
    Ok(())
}

#[tokio::test]
async fn a_slot_over_its_cap_is_neither_written_nor_read() -> Outcome {
    let dir = tempfile::tempdir()?;
    let folder = VaultFolder::at(dir.path());
    assert_eq!(folder.read_slot().unwrap_err().code(), ErrorCode::NoVault);
    assert_eq!(
        folder.open(&key()).await.unwrap_err().code(),
        ErrorCode::NoVault
    );
    assert_eq!(
        folder.replace_slot(SLOT).unwrap_err().code(),
        ErrorCode::NoVault
    );
    assert!(folder.create(&[1; 5000], &key()).await.is_err());
    assert!(!folder.exists());
    std::fs::write(dir.path().join("vault.key"), [1; 5000])?;
    assert_eq!(
        folder.read_slot().unwrap_err().code(),
        ErrorCode::WrongPassphraseOrDamaged
    );
    Ok(())
}

/// The same file as another program sees it that has the key, in sqlx's own way.
async fn plain_open(place: &common::Place) -> Result<sqlx::SqliteConnection, VaultError> {
    use sqlx::ConnectOptions as _;
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(sqlx::sqlite::SqliteConnectOptions::new()
        .filename(place.file("vault.db"))
        .pragma("key", format!("\"x'{hex}'\""))
        .disable_statement_logging()
        .connect()
        .await?)
}

#[test]
fn errors_show_codes_and_nothing_else() {
    let key = SecretBox::new(Box::new(KEY));
    assert!(!format!("{key:?}").contains("canary"));
    for error in [
        VaultError::Busy,
        VaultError::DiskRefused(13),
        VaultError::WrongKeyOrDamaged,
    ] {
        assert!(error.to_string().starts_with(error.code().as_str()));
    }
}
