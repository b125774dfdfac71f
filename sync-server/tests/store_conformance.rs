//! The conformance suite over each store.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::cognitive_complexity,
    reason = "a test tells one story from beginning to end, and a fault ends it"
)]

mod support;

use std::sync::Arc;

use support::conformance::{Fixture, cases};
use sync_server::store::sqlite::{SqliteStore, database_file};
use sync_server::store::{Store, StoreError};

struct Sqlite(tempfile::TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

#[async_trait::async_trait]
impl Fixture for Sqlite {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(
            SqliteStore::open(&database_file(self.0.path()), 2)
                .await
                .unwrap(),
        )
    }

    async fn another(&self) -> Box<dyn Fixture> {
        Box::new(Self::new())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_conforms() {
    cases(&Sqlite::new()).await;
}

async fn meddle(fixture: &Sqlite, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection};
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(database_file(fixture.0.path()));
    let mut connection = options.connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_schema_newer_than_the_program_is_refused() {
    let fixture = Sqlite::new();
    let store = fixture.open().await;
    store.ready().await.unwrap();
    meddle(
        &fixture,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'later', 1, x'00', 0)",
    )
    .await;
    assert_eq!(
        store.ready().await.unwrap_err(),
        StoreError::SchemaNewer,
        "under a running one"
    );
    let opened = SqliteStore::open(&database_file(fixture.0.path()), 1).await;
    assert_eq!(opened.unwrap_err(), StoreError::SchemaNewer);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let fixture = Sqlite::new();
    std::fs::write(database_file(fixture.0.path()), vec![7; 8192]).unwrap();
    let opened = SqliteStore::open(&database_file(fixture.0.path()), 1).await;
    assert_eq!(opened.unwrap_err(), StoreError::Damaged);
}
