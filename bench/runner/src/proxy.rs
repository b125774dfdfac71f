//! A TCP proxy on loopback that counts what passes: for machines where no network namespace can be made.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A port that is free now.
pub(crate) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Passes connections on to loopback `server_port`. Returns the counter of bytes both ways, and the port to connect to.
pub(crate) fn start(server_port: u16) -> std::io::Result<(Arc<AtomicU64>, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let sum = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sum);
    std::thread::spawn(move || {
        for tablet in listener.incoming().flatten() {
            // A connection that the server refuses is closed to the tablet too, by dropping it.
            if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server_port)) {
                join(tablet, server, &counter);
            }
        }
    });
    Ok((sum, port))
}

fn join(tablet: TcpStream, server: TcpStream, sum: &Arc<AtomicU64>) {
    let ends = (tablet.try_clone(), server.try_clone());
    if let (Ok(tablet_too), Ok(server_too)) = ends {
        for (from, to) in [(tablet, server), (server_too, tablet_too)] {
            let sum = Arc::clone(sum);
            std::thread::spawn(move || pass(from, to, &sum));
        }
    }
}

/// Ends with the connection: a failed read or write is the peer's to see, as a closed connection.
fn pass(mut from: TcpStream, mut to: TcpStream, sum: &AtomicU64) {
    let _needless_on_a_closed_socket = to.set_nodelay(true);
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        sum.fetch_add(u64::try_from(length).unwrap_or(0), Ordering::Relaxed);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _already_closed = to.shutdown(Shutdown::Write);
}
