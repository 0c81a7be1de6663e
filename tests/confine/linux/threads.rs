//! Threads, before and after, and signals.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::{Uid, setuid};
use relayscope::run::confine::{Confinement, Layer};

use super::{GROUP, LOOPBACK, assert_all_done, is_open};

pub(super) fn threads_begin_and_end_and_panic_as_ever(_: &Path) {
    assert_all_done(&Confinement::new().close());
    let named = thread::Builder::new().name("analysis".to_owned());
    let sum = named.spawn(|| {
        thread::sleep(Duration::from_millis(1));
        (0..1 << 20).collect::<Vec<u32>>().len()
    });
    let sum = sum.expect("a thread begins");
    assert_eq!(sum.join().expect("and ends"), 1 << 20);
    let panics = thread::spawn(|| panic!("as it should"));
    assert!(panics.join().is_err(), "a panic is caught");
    let tried = thread::spawn(|| UdpSocket::bind(LOOPBACK).map_err(|error| error.kind()));
    let tried = tried.join().expect("no panic");
    assert_eq!(tried.err(), Some(ErrorKind::PermissionDenied));
}

pub(super) fn threads_that_were_there_are_limited_too(_: &Path) {
    let (go, gone) = mpsc::channel::<()>();
    let earlier = thread::spawn(move || {
        gone.recv().expect("a word");
        let kind = |error: io::Error| error.kind();
        [
            UdpSocket::bind(LOOPBACK).map(drop).map_err(kind),
            File::open("/etc/passwd").map(drop).map_err(kind),
            setuid(Uid::from_raw(0)).map_err(|e| kind(e.into())),
        ]
    });
    let steps = Confinement::new().close();
    go.send(()).expect("it waits");
    let tried = earlier.join().expect("no panic");
    assert_eq!(tried, [Err(ErrorKind::PermissionDenied); 3]);
    assert!(
        is_open(&steps, Layer::Files),
        "Landlock is said not to hold for them"
    );
}

pub(super) fn signals_reach_nobody_else(_: &Path) {
    assert_all_done(&Confinement::new().close());
    // What ends by a signal of its own must be able to send it.
    raise(Signal::SIGWINCH).expect("to itself");
    // A handler leaves its word in a pair of sockets, where a thread waits for it.
    let (mut handler, mut waiting) = UnixStream::pair().expect("a pair");
    let mut word = [0];
    handler.write_all(b"X").expect("it is left");
    waiting.read_exact(&mut word).expect("it is found");
    assert!(kill(GROUP, None).is_err(), "to others");
}
