//! TLS from PEM files, and new files without a restart.

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

use std::path::Path;
use std::time::Duration;

use support::Tablet;
use support::process::{Process, add_org, serve_command};

/// Writes a new certificate and key; the certificate.
fn renew(folder: &Path) -> rcgen::Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    certificate
}

fn trusting(certificate: &rcgen::Certificate) -> reqwest::Client {
    drop(support::client());
    let root = reqwest::Certificate::from_der(certificate.der()).unwrap();
    let builder = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10));
    builder.tls_certs_only([root]).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn https_with_files_that_are_read_again_on_hangup() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = renew(folder.path());
    let mut aigul = Tablet::new(1, "");
    let added = add_org(
        &data,
        &support::signed_list(support::ORG, 1, &[&aigul], &aigul),
    );
    assert!(added.status.success());
    let mut command = serve_command(&data);
    command
        .arg("--tls-cert")
        .arg(folder.path().join("cert.pem"));
    command.arg("--tls-key").arg(folder.path().join("key.pem"));
    let process = Process::spawn(command);
    assert!(
        process.base.starts_with("https://127.0.0.1:"),
        "{}",
        process.base
    );
    aigul.base.clone_from(&process.base);
    aigul.http = trusting(&first);
    aigul.log_in().await.unwrap();
    aigul.put(&[support::record(1, 1)]).await;
    let plain = process.base.replace("https", "http");
    assert!(
        support::client().get(plain).send().await.is_err(),
        "no plain http beside it"
    );

    // Damaged files change nothing.
    std::fs::write(folder.path().join("cert.pem"), "nothing").unwrap();
    process.signal("-HUP");
    tokio::time::sleep(Duration::from_millis(200)).await;
    aigul.http = trusting(&first);
    aigul.put(&[support::record(1, 2)]).await;
    let second = renew(folder.path());
    process.signal("-HUP");
    let url = format!("{}/healthz", process.base);
    for attempt in 0.. {
        if trusting(&second).get(&url).send().await.is_ok() {
            break;
        }
        assert!(attempt < 50, "the new certificate never came");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        trusting(&first).get(&url).send().await.is_err(),
        "the old one is gone"
    );
}
