//! The real program: its commands, its crashes, its end.

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

use std::process::{Command, Output};
use std::time::Duration;

use senim_wire::envelope::Kind;
use senim_wire::exchange::ExchangeRequest;
use senim_wire::refusal::Refusal;
use senim_wire::{cbor, path};
use support::process::{PROGRAM, Process, add_org, run, serve_command};
use support::{ORG, Tablet, id, mailbox, record, sealed, signed_list, watching};

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A data folder with an organisation of `count` tablets.
fn prepared(count: u8) -> (tempfile::TempDir, Vec<Tablet>) {
    let folder = tempfile::tempdir().unwrap();
    let tablets: Vec<Tablet> = (1..=count).map(|seed| Tablet::new(seed, "")).collect();
    let list = signed_list(ORG, 1, &tablets.iter().collect::<Vec<_>>(), &tablets[0]);
    let added = add_org(&folder.path().join("data"), &list);
    assert_eq!(
        said(&added),
        (Some(0), format!("organisation {ORG}\n"), String::new())
    );
    (folder, tablets)
}

async fn log_in(tablets: &mut [Tablet], process: &Process) {
    for tablet in tablets {
        tablet.base.clone_from(&process.base);
        // A connection to a server that is gone is no use.
        tablet.http = support::client();
        tablet.token = None;
        tablet.log_in().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_nine_loses_nothing_that_was_acknowledged() {
    let (folder, mut tablets) = prepared(4);
    let data = folder.path().join("data");
    let mut acknowledged: u64 = 0;
    for round in 0..20_u64 {
        let process = Process::start(&data);
        log_in(&mut tablets, &process).await;
        let tasks: Vec<_> = (0..)
            .zip(&tablets)
            .map(|(n, tablet)| tokio::spawn(put_until_it_dies(tablet.clone(), n, round * 10_000)))
            .collect();
        tokio::time::sleep(Duration::from_millis(40 + (round * 37) % 160)).await;
        process.kill();
        let mut rounds = Vec::new();
        for task in tasks {
            rounds.push(task.await.unwrap());
        }
        // Another process looks: everything that was said to be kept is there under its number.
        let process = Process::start(&data);
        log_in(&mut tablets, &process).await;
        for (n, acks) in (0..).zip(rounds) {
            let Some(first) = acks.first() else { continue };
            let reply = tablets[0].watch(&[(mailbox(n), first.0 - 1)]).await;
            for (ack, body) in acks.iter().zip(&reply.bodies) {
                assert_eq!(
                    (ack.0, &ack.1),
                    (body.seq, &body.envelope.0),
                    "round {round}"
                );
            }
            assert!(reply.bodies.len() >= acks.len(), "round {round}: lost");
            acknowledged += acks.len() as u64;
        }
        process.kill();
    }
    assert!(acknowledged > 200, "{acknowledged}");
    let (status, text, _) = said(&run(&data, &["verify"]));
    assert_eq!(status, Some(0), "{text}");
}

async fn put_until_it_dies(tablet: Tablet, to: u8, from: u64) -> Vec<(u64, Vec<u8>)> {
    let mut acknowledged = Vec::new();
    for n in from.. {
        let bytes = sealed(Kind::Record, mailbox(to), n, 2000);
        let request = ExchangeRequest {
            puts: vec![bytes.clone().into()],
            ..tablet.request()
        };
        let sent = tablet
            .http
            .post(format!("{}{}", tablet.base, path::EXCHANGE))
            .bearer_auth(tablet.token.unwrap())
            .body(cbor::to_vec(&request));
        let Ok(response) = sent.send().await else {
            break;
        };
        let Ok(reply) = response.bytes().await else {
            break;
        };
        let reply = cbor::parse(&reply, usize::MAX).unwrap();
        acknowledged.push((support::kept(&reply)[0], bytes));
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_requests_at_work_end_and_then_ends() {
    for signal in ["-TERM", "-INT"] {
        let (folder, mut tablets) = prepared(1);
        let data = folder.path().join("data");
        let process = Process::start(&data);
        log_in(&mut tablets, &process).await;
        let tablet = tablets.remove(0);
        // An open event stream must not hold up the end.
        let url = format!("{}{}?m={}.0", tablet.base, path::WAKE, mailbox(1));
        let waking = tablet
            .http
            .get(url)
            .bearer_auth(tablet.token.unwrap())
            .send()
            .await
            .unwrap();
        let request = ExchangeRequest {
            puts: vec![record(1, 1).into()],
            ..tablet.request()
        };
        let body = cbor::to_vec(&request);
        let (begun, began) = tokio::sync::oneshot::channel();
        let parts = futures_util::stream::unfold((body, Some(begun)), |(mut body, begun)| async {
            if body.is_empty() {
                return None;
            }
            let part: Vec<u8> = body.drain(..body.len().div_ceil(2)).collect();
            if let Some(begun) = begun {
                begun.send(()).unwrap();
            } else {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Some((Ok::<_, std::io::Error>(part), (body, None)))
        });
        let sent = tablet
            .http
            .post(format!("{}{}", tablet.base, path::EXCHANGE))
            .bearer_auth(tablet.token.unwrap())
            .body(reqwest::Body::wrap_stream(parts));
        let slow = tokio::spawn(async move { support::outcome(sent.send().await.unwrap()).await });
        began.await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        process.signal(signal);
        let reply: senim_wire::exchange::ExchangeReply = slow.await.unwrap().unwrap();
        assert_eq!(support::kept(&reply), [1]);
        waking.bytes().await.unwrap();
        let base = process.base.clone();
        let (status, _) = process.end();
        assert_eq!(status, Some(0), "{signal}");
        support::client().get(base).send().await.unwrap_err();
        let process = Process::start(&data);
        log_in(std::slice::from_mut(&mut tablet.clone()), &process).await;
    }
}

/// `command` where no file may grow beyond `blocks` of 512 bytes. The signal that comes with it is ignored: a full disk sends none.
fn with_file_limit(command: &Command, blocks: u32) -> Command {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""),
        "sh",
    ]);
    shell.arg(command.get_program()).args(command.get_args());
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_for_which_there_is_no_room_leaves_nothing() {
    let (folder, mut tablets) = prepared(1);
    let data = folder.path().join("data");
    // 250 KiB: enough for the database to begin with.
    let process = Process::spawn(with_file_limit(&serve_command(&data), 500));
    log_in(&mut tablets, &process).await;
    let large = sealed(Kind::Chunk, mailbox(1), 1, 300_000);
    let small = sealed(Kind::Chunk, mailbox(1), 2, 30_000);
    let refused = tablets[0]
        .put_chunk(&id(&large), large.clone())
        .await
        .unwrap_err();
    assert_eq!(refused, (507, Refusal::Storage));
    tablets[0]
        .put_chunk(&id(&small), small.clone())
        .await
        .unwrap();
    assert_eq!(tablets[0].get_chunk(&id(&small)).await.unwrap(), small);
    let disk = support::everything_in(&data.join("chunks"));
    assert!(disk.len() < 35_000, "{} bytes", disk.len());
    process.kill();
    let process = Process::start(&data);
    log_in(&mut tablets, &process).await;
    tablets[0]
        .put_chunk(&id(&large), large.clone())
        .await
        .unwrap();
    assert_eq!(tablets[0].get_chunk(&id(&large)).await.unwrap(), large);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_keeps_what_was_acknowledged() {
    let (folder, mut tablets) = prepared(1);
    let data = folder.path().join("data");
    // Files may grow to 4 MiB.
    let process = Process::spawn(with_file_limit(&serve_command(&data), 8192));
    log_in(&mut tablets, &process).await;
    let tablet = &tablets[0];
    let mut acknowledged = Vec::new();
    let refused = loop {
        let n = acknowledged.len() as u64;
        assert!(n < 1000, "never full");
        let bytes = sealed(Kind::Record, mailbox(1), n, 60_000);
        let request = ExchangeRequest {
            puts: vec![bytes.clone().into()],
            ..tablet.request()
        };
        match tablet.exchange(&request).await {
            Ok(reply) => assert_eq!(support::kept(&reply), [n + 1]),
            Err(refused) => break refused,
        }
        acknowledged.push(bytes);
    };
    assert_eq!(refused, (507, Refusal::Storage));
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    let reply = tablet.watch(&[(mailbox(1), 0)]).await;
    let there: Vec<Vec<u8>> = reply
        .bodies
        .into_iter()
        .map(|body| body.envelope.0)
        .collect();
    assert_eq!(
        there, acknowledged,
        "still readable, and no more than was acknowledged"
    );
    process.signal("-TERM");
    let (status, log) = process.end();
    assert_eq!(status, Some(0));
    assert!(log.contains("store-"), "the operator is told: {log}");
    // With room again, nothing is lost and the next put gets the next number.
    let process = Process::start(&data);
    log_in(&mut tablets, &process).await;
    let due = acknowledged.len() as u64 + 1;
    assert_eq!(tablets[0].put(&[record(1, 1 << 40)]).await, [due]);
    process.kill();
    assert_eq!(said(&run(&data, &["verify"])).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_at_debug_hold_no_ids_and_disks_no_tokens() {
    let (folder, mut tablets) = prepared(2);
    let data = folder.path().join("data");
    let mut command = serve_command(&data);
    command.args(["--log-level", "debug"]);
    let process = Process::spawn(command);
    log_in(&mut tablets, &process).await;
    let tablet = &tablets[0];
    let envelope = record(0x5e, 1);
    let chunk = sealed(Kind::Chunk, mailbox(0x5e), 2, 500);
    tablet.put(std::slice::from_ref(&envelope)).await;
    tablet.put_chunk(&id(&chunk), chunk.clone()).await.unwrap();
    tablet.get_chunk(&id(&envelope)).await.unwrap_err();
    let request = ExchangeRequest {
        read: watching(&[(mailbox(0x5e), 0)]),
        bodies: vec![id(&envelope)],
        ..tablet.request()
    };
    tablet.exchange(&request).await.unwrap();
    let stranger = Tablet::new(99, &process.base);
    let challenge = stranger.challenge().await;
    stranger
        .prove(&challenge, support::ORIGIN)
        .await
        .unwrap_err();
    // A fault of the machine, so that there is an error line to look at.
    let folder_of_chunks = data.join("chunks");
    std::fs::remove_dir_all(&folder_of_chunks).unwrap();
    std::fs::write(&folder_of_chunks, b"").unwrap();
    let refused = tablet
        .put_chunk(&id(&chunk), chunk.clone())
        .await
        .unwrap_err();
    assert_eq!(refused, (507, Refusal::Storage));

    let metrics = support::client().get(format!("{}/metrics", process.metrics));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("senim_requests_total"), "{metrics}");
    process.signal("-TERM");
    let (_, log) = process.end();
    assert!(
        log.contains("listening") && log.contains("blobs-unavailable"),
        "{log}"
    );
    let token = tablet.token.unwrap();
    let mut secrets = vec![
        token.to_string(),
        tablet.key().to_string(),
        stranger.key().to_string(),
        mailbox(0x5e).to_string(),
        id(&envelope).to_string(),
        id(&chunk).to_string(),
        ORG.to_string(),
        challenge.nonce.to_string(),
        "127.0.0.1".into(),
    ];
    secrets.extend(
        secrets
            .clone()
            .iter()
            .filter_map(|secret| secret.get(..8))
            .map(Into::into),
    );
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} in the log: {log}");
        assert!(
            !metrics.contains(secret.as_str()),
            "{secret} in the metrics"
        );
    }
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|at| at == part);
    let disk = support::everything_in(&data);
    assert!(holds(&disk, &envelope), "the scan sees what is there");
    assert!(!holds(&disk, token.as_bytes()), "no token on the disk");
    let mut passing = Vec::new();
    for name in ["passing.db", "passing.db-wal"] {
        passing.extend(std::fs::read(data.join(name)).unwrap_or_default());
    }
    assert!(
        holds(&passing, blake3::hash(token.as_bytes()).as_bytes()),
        "the session is there"
    );
    assert!(
        !holds(&passing, tablet.key().as_bytes()),
        "whose it is, is not"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_lists_and_blocks_devices_and_hears_what_is_wrong() {
    let (folder, mut tablets) = prepared(2);
    let data = folder.path().join("data");
    let short: Vec<String> = tablets
        .iter()
        .map(|tablet| tablet.key().to_string()[..12].to_owned())
        .collect();
    let process = Process::start(&data);
    log_in(&mut tablets, &process).await;
    let (status, text, _) = said(&run(&data, &["device", "list"]));
    assert_eq!((status, text.lines().count()), (Some(0), 2));
    for short in &short {
        assert!(
            text.contains(&format!("{short} org a1a1a1a1 admitted")),
            "{text}"
        );
    }
    assert_eq!(said(&run(&data, &["device", "list", "--org", "b2"])).1, "");
    let blocked = said(&run(&data, &["device", "block", &short[1]]));
    assert_eq!(
        blocked,
        (Some(0), format!("{} blocked\n", short[1]), String::new())
    );
    let refused = tablets[1]
        .exchange(&tablets[1].request())
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        (401, Refusal::NotAdmitted),
        "while the server runs"
    );
    let unblocked = said(&run(&data, &["device", "unblock", &short[1]]));
    assert_eq!(unblocked.0, Some(0));
    tablets[1].exchange(&tablets[1].request()).await.unwrap();
    for (args, status, code) in [
        (
            &["device", "block", "00000000"][..],
            1,
            "error: device-unknown: ",
        ),
        (&["device", "block", "00"], 1, "error: device-key: "),
        (&["org", "add", "/nonexistent"], 1, "error: list-file: "),
        (&["backup"], 1, "error: not-built-yet: "),
        (&["restore"], 1, "error: not-built-yet: "),
        (&["gc"], 1, "error: not-built-yet: "),
        (
            &["serve", "--listen", "0.0.0.0:0"],
            1,
            "error: plain-http: ",
        ),
        (&["serve", "--tls-cert", "x"], 1, "error: tls-files: "),
        (
            &["serve", "--origin", "https://Relay.example/"],
            1,
            "error: origin: ",
        ),
        (
            &["healthcheck", "--metrics-listen", "127.0.0.1:1"],
            1,
            "error: not-ready: ",
        ),
        (&["serve", "--listen", "here"], 2, "error: "),
        (&["fly"], 2, "error: "),
    ] {
        let (got, _, error) = said(&run(&data, args));
        assert_eq!(got, Some(status), "{args:?}: {error}");
        assert!(error.starts_with(code), "{args:?}: {error}");
    }
    let inner = process.metrics.strip_prefix("http://").unwrap();
    let healthy = said(&run(&data, &["healthcheck", "--metrics-listen", inner]));
    assert_eq!(healthy, (Some(0), "ready\n".into(), String::new()));
    assert_eq!(said(&run(&data, &["migrate"])).0, Some(0));
}

#[test]
fn settings_come_from_file_environment_and_flags_in_that_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("senim.toml");
    std::fs::write(
        &file,
        "readers = 2\nwakes = 2\nburst_per_ip = 2\norigin = [\"https://a:1\"]\n",
    )
    .unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "postgres://user:hunter2@host/db\n").unwrap();
    let show = |edit: &dyn Fn(&mut Command)| {
        let mut command = Command::new(PROGRAM);
        command.args(["config", "show", "--wakes", "4"]);
        command.env("SENIM_CONFIG", &file);
        edit(&mut command);
        said(&command.output().unwrap())
    };
    let (status, text, _) = show(&|command| {
        command
            .env("SENIM_WAKES", "3")
            .env("SENIM_BURST_PER_IP", "3");
        command.env("SENIM_TRUSTED_PROXY", "10.0.0.1, 10.0.0.2");
        command.env("SENIM_PASSPHRASE_FILE", "/another/program's");
        command.env("SENIM_STORE_FILE", &secret);
    });
    assert_eq!(status, Some(0));
    let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["readers"], 2, "file");
    assert_eq!(shown["burst_per_ip"], 3, "environment over file");
    assert_eq!(shown["wakes"], 4, "flag over environment");
    assert_eq!(shown["burst_per_key"], 1000, "default");
    assert_eq!(shown["origin"], serde_json::json!(["https://a:1"]));
    assert_eq!(
        shown["trusted_proxy"],
        serde_json::json!(["10.0.0.1", "10.0.0.2"])
    );
    assert_eq!(shown["store"], "<redacted>");
    assert!(!text.contains("hunter2"));
    let (status, _, error) = show(&|command| {
        command.env("SENIM_READERS", "many-hunter2");
    });
    assert_eq!(status, Some(1));
    assert!(
        error.starts_with("error: config-value: ") && error.contains("readers"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
    std::fs::write(&file, "reders = 2\n").unwrap();
    assert_eq!(show(&|_| ()).0, Some(1), "a name that is no setting");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_what_was_damaged() {
    use sqlx::{ConnectOptions, Connection};
    let (folder, mut tablets) = prepared(1);
    let data = folder.path().join("data");
    let process = Process::start(&data);
    log_in(&mut tablets, &process).await;
    let chunk = sealed(Kind::Chunk, mailbox(1), 2, 500);
    tablets[0]
        .put(&[record(1, 1), record(1, 2), record(1, 3)])
        .await;
    tablets[0]
        .put_chunk(&id(&chunk), chunk.clone())
        .await
        .unwrap();
    process.kill();
    let (status, text, _) = said(&run(&data, &["verify"]));
    assert_eq!(
        (status, &*text),
        (Some(0), "envelopes 3 roster 0 keyboxes 0 chunks 1\n")
    );
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("senim.db"));
    for (damage, named) in [
        (
            "UPDATE envelopes SET body = CAST(substr(body, 1, 299) || x'00' AS BLOB) WHERE seq = 2",
            "1 damaged bodies, 0 gaps",
        ),
        (
            "DELETE FROM envelopes WHERE seq = 2",
            "0 damaged bodies, 2 gaps",
        ),
    ] {
        let mut connection = options.connect().await.unwrap();
        sqlx::query(damage).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let (status, _, error) = said(&run(&data, &["verify"]));
        assert_eq!(status, Some(1));
        assert!(
            error.starts_with("error: store-damaged: ") && error.contains(named),
            "{error}"
        );
    }
    let name = id(&chunk).to_string();
    let file = data
        .join("chunks")
        .join(ORG.to_string())
        .join(&name[..2])
        .join(&name);
    std::fs::remove_file(file).unwrap();
    let (_, _, error) = said(&run(&data, &["verify"]));
    assert!(error.contains("1 chunks lost"), "{error}");
}
