//! What can go wrong with a vault, as a person can act on it.

use senim_ids::{CodedError, ErrorCode};

/// Why a vault could not be made, opened, read or written. Nothing was written by the call that gives it.
///
/// Numbers are SQLite's extended result codes; no variant carries a value, a path or a text of SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is a vault in this folder already.
    #[error("vault-exists")]
    Exists,
    /// There is no vault in this folder.
    #[error("no-vault")]
    NoVault,
    /// The vault is closed.
    #[error("locked")]
    Closed,
    /// The key does not open the first page: another key, or the page or the key slot is damaged. The cipher cannot tell which.
    #[error("wrong-passphrase-or-damaged")]
    WrongKeyOrDamaged,
    /// A page does not verify, the file is cut off, or a row is not of its shape.
    #[error("vault-damaged {0}")]
    Damaged(i32),
    /// Written by a newer app.
    #[error("vault-too-new")]
    TooNew,
    /// Another running app holds the vault.
    #[error("vault-busy")]
    Busy,
    /// The disk is full, read-only or failing. Works again when there is room.
    #[error("disk-refused {0}")]
    DiskRefused(i32),
    /// SQLCipher is not in this build: nothing was written.
    #[error("cipher-missing")]
    CipherMissing,
    /// There is no such document, envelope or box here.
    #[error("no-such-row")]
    NoSuchRow,
    /// A number, a blob or a text is outside what the table holds.
    #[error("out-of-range")]
    OutOfRange,
    /// The device's counter or chain is not where the caller thinks: load it again and seal again.
    #[error("chain-moved")]
    ChainMoved,
    /// The reply is of another server database than the stored positions: call `reset_server` first.
    #[error("other-log")]
    OtherLog,
    /// The document has journal rows that were never sealed; they would be lost.
    #[error("unsealed-work")]
    UnsealedWork,
    /// Something in the app itself is wrong.
    #[error("internal {0}")]
    Internal(i32),
}

impl CodedError for VaultError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Exists => ErrorCode::VaultExists,
            Self::NoVault => ErrorCode::NoVault,
            Self::Closed => ErrorCode::Locked,
            Self::WrongKeyOrDamaged => ErrorCode::WrongPassphraseOrDamaged,
            Self::Damaged(_) => ErrorCode::VaultDamaged,
            Self::TooNew => ErrorCode::VaultTooNew,
            Self::Busy => ErrorCode::VaultBusy,
            Self::DiskRefused(_) => ErrorCode::DiskRefused,
            Self::CipherMissing => ErrorCode::CipherMissing,
            Self::NoSuchRow => ErrorCode::NoSuchDocument,
            Self::OutOfRange => ErrorCode::Unreadable,
            Self::ChainMoved | Self::OtherLog | Self::UnsealedWork | Self::Internal(_) => {
                ErrorCode::Internal
            }
        }
    }
}

/// Number of an error that is not SQLite's.
const NOT_SQLITE: i32 = -1;

impl VaultError {
    /// A row that is not of its shape.
    pub(crate) const SHAPE: Self = Self::Damaged(NOT_SQLITE);

    /// What a result code of SQLite means to a person. Table: <https://www.sqlite.org/rescode.html>.
    pub(crate) const fn from_sqlite(code: i32) -> Self {
        match code {
            // IOERR_READ, IOERR_SHORT_READ, IOERR_CORRUPTFS, IOERR_DATA: what is there cannot be read.
            266 | 522 | 8458 | 8202 => Self::Damaged(code),
            _ => match code & 0xff {
                5 | 6 => Self::Busy,
                8 | 10 | 13 | 14 => Self::DiskRefused(code),
                // CORRUPT, NOTADB, and NOMEM, by which SQLCipher says in some places that a page did not verify. Memory itself does not run out
                // on the systems we run on: the kernel ends the process instead.
                7 | 11 | 26 => Self::Damaged(code),
                _ => Self::Internal(code),
            },
        }
    }
}

impl From<sqlx::Error> for VaultError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => error
                .code()
                .and_then(|code| code.parse().ok())
                .map_or(Self::Internal(NOT_SQLITE), Self::from_sqlite),
            sqlx::Error::Io(error) => error.into(),
            sqlx::Error::RowNotFound => Self::NoSuchRow,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::SHAPE,
            _ => Self::Internal(NOT_SQLITE),
        }
    }
}

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> Self {
        Self::DiskRefused(error.raw_os_error().map_or(NOT_SQLITE, i32::wrapping_neg))
    }
}

impl From<sqlx::migrate::MigrateError> for VaultError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as Migrate;
        match error {
            Migrate::VersionMissing(_) => Self::TooNew,
            Migrate::Execute(error) | Migrate::ExecuteMigration(error, _) => error.into(),
            _ => Self::Internal(NOT_SQLITE),
        }
    }
}
