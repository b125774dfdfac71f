//! The two calls that sqlx has no safe form of: giving the key, and defensive mode.
//!
//! The key never becomes a SQL text: sqlx logs those (security.md 3.2).
#![allow(
    unsafe_code,
    reason = "sqlite3_key and sqlite3_db_config have no safe form in sqlx"
)]

use libsqlite3_sys::{SQLITE_DBCONFIG_DEFENSIVE, SQLITE_OK, sqlite3_db_config, sqlite3_key};
use secrecy::{ExposeSecret as _, SecretBox};
use sqlx::SqliteConnection;
use zeroize::Zeroizing;

use crate::error::VaultError;

/// `x'` 64 hexadecimal digits `'`: SQLCipher's form of a raw key, which skips its own key derivation.
const RAW_KEY: usize = 67;

/// Gives the raw key to a connection that was just opened and has read nothing yet. Any 32 bytes are taken here: whether they are
/// right shows at the first read.
pub(crate) async fn give_key(
    conn: &mut SqliteConnection,
    key: &SecretBox<[u8; 32]>,
) -> Result<(), VaultError> {
    // EXPOSE: SQLCipher takes the key as text; the copy is wiped when it goes out of scope.
    let text = raw_key_text(key.expose_secret());
    let length = i32::try_from(text.len()).map_err(|_| VaultError::Internal(0))?;
    let mut handle = conn.lock_handle().await?;
    let db = handle.as_raw_handle().as_ptr();
    // SAFETY: `db` is an open connection that the locked handle keeps from its worker thread for as long as `handle` lives;
    // `text` is valid for `length` bytes, and SQLCipher copies it before it returns.
    let code = unsafe { sqlite3_key(db, text.as_ptr().cast(), length) };
    if code == SQLITE_OK {
        Ok(())
    } else {
        Err(VaultError::from_sqlite(code))
    }
}

/// No statement may write the schema's own tables or the shadow tables of the search index, whatever a damaged file says.
pub(crate) async fn defend(conn: &mut SqliteConnection) -> Result<(), VaultError> {
    let mut handle = conn.lock_handle().await?;
    let db = handle.as_raw_handle().as_ptr();
    let mut set = 0_i32;
    // SAFETY: `db` as above; DEFENSIVE takes one int and one pointer to int, which outlives the call.
    let code = unsafe {
        sqlite3_db_config(
            db,
            SQLITE_DBCONFIG_DEFENSIVE,
            1_i32,
            std::ptr::from_mut(&mut set),
        )
    };
    if code == SQLITE_OK && set == 1 {
        Ok(())
    } else {
        Err(VaultError::from_sqlite(code))
    }
}

fn raw_key_text(key: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    // Never grows, so that no unwiped copy is left behind.
    let mut text = Zeroizing::new(Vec::with_capacity(RAW_KEY));
    text.extend_from_slice(b"x'");
    for byte in key {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text.push(b'\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_key_is_written_as_sqlcipher_reads_it() {
        let mut key = [0; 32];
        key[0] = 0xa5;
        key[31] = 0x0f;
        let text = raw_key_text(&key);
        assert_eq!(text.len(), RAW_KEY);
        assert!(text.starts_with(b"x'a500") && text.ends_with(b"0f'"));
    }
}
