//! What is open works on.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::thread;
use std::time::Duration;

use relayscope::run::confine::Confinement;
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, openpt};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

use super::{LOOPBACK, assert_all_done};

pub(super) fn what_is_open_works_on(place: &Path) {
    let mut status = File::open("/proc/self/status").expect("a process has a status");
    let mut output = File::create_new(place.join("output")).expect("a new file");
    let (receiver, sender) = connected();
    assert_all_done(&Confinement::new().close());
    output.write_all(b"frame").expect("an open file is written");
    output.sync_all().expect("and brought to the disk");
    assert_eq!(output.metadata().expect("an open file is known").len(), 5);
    sender.send(b"to a reader").expect("an open socket sends");
    let mut octets = [0; 32];
    assert_eq!(receiver.recv(&mut octets).expect("and receives"), 11);
    let mut text = String::new();
    status.read_to_string(&mut text).expect("a status is text");
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    for (name, value) in [
        ("CapPrm:\t", "0000000000000000"),
        ("CapEff:\t", "0000000000000000"),
        ("CapInh:\t", "0000000000000000"),
        ("CapAmb:\t", "0000000000000000"),
        ("NoNewPrivs:\t", "1"),
        ("Seccomp:\t", "2"),
    ] {
        assert_eq!(line(name), Some(value), "{name}");
    }
}

pub(super) fn a_terminal_is_set_and_no_more(_: &Path) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    let modes = tcgetattr(&terminal).expect("it has modes");
    assert_all_done(&Confinement::new().drawing().close());
    let mut raw = modes.clone();
    raw.make_raw();
    for modes in [raw, modes] {
        tcsetattr(&terminal, OptionalActions::Now, &modes).expect("it is set");
    }
    let size = tcgetwinsize(&terminal).expect("it has a size");
    // As what types into it: requests that stand in no list.
    let tried = tcsetwinsize(&terminal, size);
    assert_eq!(tried.err(), Some(Errno::PERM));
}

pub(super) fn metrics_are_served(_: &Path) {
    let listener = TcpListener::bind(LOOPBACK).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let mut asking = TcpStream::connect(address).expect("a connection");
    asking.write_all(b"GET").expect("it is asked");
    assert_all_done(&Confinement::new().listening().close());
    let served = thread::spawn(move || -> io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut asked = [0; 3];
        stream.read_exact(&mut asked)?;
        stream.write_all(b"200")?;
        stream.shutdown(Shutdown::Write)
    });
    let mut answer = String::new();
    asking.read_to_string(&mut answer).expect("it is answered");
    assert_eq!(answer, "200");
    served.join().expect("no panic").expect("it is served");
    let tried = TcpStream::connect(address).map_err(|error| error.kind());
    assert_eq!(tried.err(), Some(ErrorKind::PermissionDenied));
}

pub(super) fn frames_and_losses_are_still_read(_: &Path) {
    let device = pcap::Capture::from_device("lo").expect("a name");
    let device = device.promisc(true).timeout(50).buffer_size(1 << 20);
    let mut device = match device.open() {
        Ok(device) => device,
        Err(error) => return println!("nothing is captured here: {error}"),
    };
    let (_receiver, sender) = connected();
    let before = device.stats().expect("counters");
    let counters = Path::new("/sys/class/net/lo/statistics");
    let counted = counters.exists();
    let plan = Confinement::new()
        .counting("lo")
        .counting("no-such-interface");
    assert_all_done(&plan.close());
    let mut seen = 0;
    while seen == 0 {
        sender.send(b"a datagram on loopback").expect("it is sent");
        match device.next_packet() {
            Ok(_) => seen += 1,
            Err(pcap::Error::TimeoutExpired) => {}
            Err(error) => panic!("a frame is read: {error}"),
        }
    }
    let after = device.stats().expect("counters are still read");
    assert!(after.received > before.received);
    assert_eq!(after.if_dropped, before.if_dropped);
    if counted {
        File::open(counters.join("rx_missed_errors")).expect("where libpcap reads losses");
    }
    let tried = File::open("/etc/passwd").map_err(|error| error.kind());
    assert_eq!(tried.err(), Some(ErrorKind::PermissionDenied));
    let tried = File::create(counters.join("rx_packets"));
    assert!(tried.is_err(), "counters are only read");
}

/// Two sockets on loopback, of which the first hears what the second sends.
fn connected() -> (UdpSocket, UdpSocket) {
    let receiver = UdpSocket::bind(LOOPBACK).expect("a free port");
    let sender = UdpSocket::bind(LOOPBACK).expect("a free port");
    let address = receiver.local_addr().expect("it is bound");
    sender.connect(address).expect("loopback");
    (receiver, sender)
}
