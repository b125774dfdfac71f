//! One connection writes. Jobs that wait while it commits go into the next commit together: under load one sync to disk serves
//! many devices, and alone a job waits for nobody.

use senim_wire::AuthKey;
use senim_wire::admit::SignedAdmitList;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{admit, failed, put};
use crate::store::{
    Block, ChunkRow, Founding, Org, PutBatch, PutOutcome, RosterChange, RosterOutcome, StoreError,
};

/// Jobs in one commit at most.
const GROUP: usize = 64;
/// Jobs that may wait before callers do.
const QUEUE: usize = 256;

/// A write that is done wholly or not at all.
#[derive(Debug)]
pub(super) enum Job {
    Found(SignedAdmitList),
    Block(AuthKey, Block),
    Put(Org, PutBatch),
    Change(Org, RosterChange),
    Chunk(Org, ChunkRow),
}

/// What became of a [`Job`].
#[derive(Debug)]
pub(super) enum Answer {
    Founding(Founding),
    Blocked,
    Put(PutOutcome),
    Change(RosterOutcome),
    Chunk { new: bool },
}

type Reply = oneshot::Sender<Result<Answer, StoreError>>;

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<(Job, Reply)>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let task = tokio::spawn(work(connection, queue));
        Self {
            jobs: Mutex::new(Some(jobs)),
            task: Mutex::new(Some(task)),
        }
    }

    pub(super) async fn run(&self, job: Job) -> Result<Answer, StoreError> {
        let jobs = self
            .jobs
            .lock()
            .await
            .clone()
            .ok_or(StoreError::Unavailable)?;
        let (reply, answer) = oneshot::channel();
        jobs.send((job, reply))
            .await
            .map_err(|_| StoreError::Unavailable)?;
        drop(jobs);
        answer.await.map_err(|_| StoreError::Unavailable)?
    }

    /// Takes no more jobs, finishes those it has, closes the connection.
    pub(super) async fn stop(&self) {
        self.jobs.lock().await.take();
        if let Some(task) = self.task.lock().await.take()
            && task.await.is_err()
        {
            tracing::error!(code = "writer-panicked");
        }
    }
}

async fn work(mut connection: SqliteConnection, mut queue: mpsc::Receiver<(Job, Reply)>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        metrics::histogram!("senim_commit_group").record(f64::from(small(group.len())));
        let (jobs, replies): (Vec<Job>, Vec<Reply>) = group.drain(..).unzip();
        let answers = match commit(&mut connection, &jobs).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            // One of them could not be stored: each on its own, so that it fails alone.
            Err(_) if jobs.len() > 1 => one_by_one(&mut connection, &jobs).await,
            Err(error) => vec![Err(error)],
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            // The caller may have gone away; what it asked for is done all the same.
            drop(reply.send(answer));
        }
    }
    if connection.close().await.is_err() {
        tracing::error!(code = "store-close");
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

async fn one_by_one(
    connection: &mut SqliteConnection,
    jobs: &[Job],
) -> Vec<Result<Answer, StoreError>> {
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        let answer = commit(connection, std::slice::from_ref(job)).await;
        answers.push(answer.and_then(|mut one| one.pop().ok_or(StoreError::Unavailable)));
    }
    answers
}

/// Runs `jobs` in one transaction. Either all are on disk and answered, or none is.
///
/// The usual job, one envelope of one device, is one statement that commits by itself: each statement more is another way to the
/// thread of the connection and back, which costs as much as a fast disk.
async fn commit(
    connection: &mut SqliteConnection,
    jobs: &[Job],
) -> Result<Vec<Answer>, StoreError> {
    if let [Job::Put(org, batch)] = jobs
        && let Some(outcome) = put::alone(connection, *org, batch).await?
    {
        return Ok(vec![Answer::Put(outcome)]);
    }
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)?;
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        answers.push(run(&mut transaction, job).await?);
    }
    transaction.commit().await.map_err(failed)?;
    Ok(answers)
}

/// A job decides before its first write, so a refusal leaves nothing behind in a transaction that goes on.
async fn run(connection: &mut SqliteConnection, job: &Job) -> Result<Answer, StoreError> {
    match job {
        Job::Found(list) => admit::found(connection, list).await.map(Answer::Founding),
        Job::Block(key, block) => admit::set_block(connection, key, *block)
            .await
            .map(|()| Answer::Blocked),
        Job::Put(org, batch) => put::put(connection, *org, batch).await.map(Answer::Put),
        Job::Change(org, change) => admit::change(connection, *org, change)
            .await
            .map(Answer::Change),
        Job::Chunk(org, chunk) => put::put_chunk(connection, *org, chunk)
            .await
            .map(|new| Answer::Chunk { new }),
    }
}
