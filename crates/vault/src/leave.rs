//! A document leaves the tablet (protocol.md 9).

use senim_ids::DocId;
use sqlx::{query, query_scalar};

use crate::error::VaultError;
use crate::lists::erase_rows;
use crate::vault::Vault;

/// In this order: mailboxes are found through the keys.
const ERASE: &[&str] = &[
    "DELETE FROM mailboxes WHERE mailbox IN (SELECT mailbox FROM keys WHERE doc = ?)",
    "DELETE FROM feed WHERE mailbox IN (SELECT mailbox FROM keys WHERE doc = ?)",
    "DELETE FROM envelopes WHERE own = 0 AND mailbox IN (SELECT mailbox FROM keys WHERE doc = ?)",
    "DELETE FROM envelopes WHERE own = 0 AND doc = ?",
    "DELETE FROM outbox WHERE kind = 0 AND id IN (SELECT id FROM keyboxes WHERE doc = ?)",
    "DELETE FROM keyboxes WHERE doc = ?",
    "DELETE FROM keys WHERE doc = ?",
    "DELETE FROM acts WHERE doc = ?",
    "DELETE FROM documents WHERE doc = ?",
];

impl Vault {
    /// Erases a document from this vault: snapshot, keys, boxes made for it, acts, list and search rows, others' envelopes. Deleted bytes are overwritten
    /// (`secure_delete`), the search index is merged and the write-ahead log emptied. What stays: this device's own sealed envelopes, and the chains of numbers
    /// and hashes, so that a later return continues them.
    ///
    /// # Errors
    /// [`VaultError::UnsealedWork`] while journal rows of it are unsealed; [`VaultError::DiskRefused`] (when only emptying the log failed, the document is
    /// gone: call again); [`VaultError::Closed`].
    pub async fn leave_document(&self, doc: DocId) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        let unsealed: i64 = query_scalar("SELECT count(*) FROM journal WHERE doc = ?")
            .bind(doc.as_bytes().as_slice())
            .fetch_one(&mut *conn)
            .await?;
        if unsealed > 0 {
            return Err(VaultError::UnsealedWork);
        }
        erase_rows(conn, doc).await?;
        for statement in ERASE {
            query(*statement)
                .bind(doc.as_bytes().as_slice())
                .execute(&mut *conn)
                .await?;
        }
        query("INSERT INTO found (found) VALUES ('optimize')")
            .execute(&mut *conn)
            .await?;
        write.commit().await?;
        self.truncate_log().await
    }
}
