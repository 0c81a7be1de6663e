//! What is not needed is refused, also where files are made.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::ptrace;
use nix::sys::signal::kill;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use nix::unistd::{Uid, setuid};
use relayscope::run::confine::{Confinement, Layer};

use super::{GROUP, LOOPBACK, assert_all_done, is_open};

pub(super) fn what_is_not_needed_is_refused(place: &Path) {
    let tries = Tries::new(place);
    for (what, error) in tries.all() {
        assert!(error.is_none(), "{what} fails before: {error:?}");
    }
    let steps = Confinement::new().close();
    assert_all_done(&steps);
    for (what, error) in tries.all().into_iter().chain(tries.last()) {
        let refused = error.is_some_and(|e| e.kind() == ErrorKind::PermissionDenied);
        assert!(refused, "{what} is not refused");
    }
}

pub(super) fn files_are_made_only_in_the_output_directory(place: &Path) {
    let [inside, outside] = ["inside", "outside"].map(|name| place.join(name));
    for directory in [&inside, &outside] {
        fs::create_dir(directory).expect("a new directory");
    }
    let steps = Confinement::new().writing_in(&inside).close();
    let (new, named) = (inside.join("new"), inside.join("named"));
    let mut file = File::create_new(&new).expect("a file is made");
    file.write_all(b"frame").expect("it is written");
    fs::rename(&new, &named).expect("it is renamed");
    assert_eq!(fs::read(&named).expect("it is read"), b"frame");
    assert_eq!(fs::read_dir(&inside).expect("it is listed").count(), 1);
    fs::remove_file(&named).expect("it is removed");
    if is_open(&steps, Layer::Files) {
        println!("this kernel has no Landlock of today: files outside are not tried");
        return;
    }
    let (link, moved) = (inside.join("link"), outside.join("moved"));
    let file = File::create_new(inside.join("stays")).expect("a file is made");
    drop(file);
    for (what, tried) in [
        ("made", File::create_new(&moved).map(drop)),
        ("read", fs::read("/etc/passwd").map(drop)),
        ("moved", fs::rename(inside.join("stays"), &moved)),
        ("linked", symlink("/etc", &link)),
        ("talked", UnixDatagram::unbound().map(drop)),
        (
            "opened up",
            fs::set_permissions(&inside, Permissions::from_mode(0o777)),
        ),
        ("started", Command::new("/bin/true").status().map(drop)),
    ] {
        assert!(tried.is_err(), "{what} outside");
    }
}

pub(super) fn reports_are_made_and_nothing_is_read_beside_them(place: &Path) {
    let (earlier, report) = (place.join("earlier"), place.join("report"));
    fs::write(&earlier, b"a secret").expect("a file");
    // Root becomes a user who is chosen without regard to this.
    fs::set_permissions(place, Permissions::from_mode(0o777)).expect("ours");
    let steps = Confinement::new().exporting_to(place).close();
    let made = File::options().write(true).create_new(true).open(&report);
    let mut file = made.expect("a file is made");
    file.write_all(b"report").expect("it is written");
    fs::remove_file(&report).expect("it is removed");
    if is_open(&steps, Layer::Files) {
        println!("this kernel has no Landlock of today: other files are not tried");
        return;
    }
    for (what, tried) in [
        ("read", fs::read(&earlier).map(drop)),
        ("emptied", File::create(&earlier).map(drop)),
        ("listed", fs::read_dir(place).map(drop)),
        ("made outside", File::create_new("/tmp/report").map(drop)),
    ] {
        assert!(tried.is_err(), "{what}");
    }
}

/// What could be done before, and shall not be afterwards.
struct Tries {
    readable: PathBuf,
    made: PathBuf,
    listener: SocketAddr,
    _listening: TcpListener,
    socket: UdpSocket,
}

impl Tries {
    fn new(place: &Path) -> Self {
        let readable = place.join("readable");
        fs::write(&readable, "text").expect("a new file");
        let listening = TcpListener::bind(LOOPBACK).expect("a free port");
        Self {
            readable,
            made: place.join("made"),
            listener: listening.local_addr().expect("it is bound"),
            _listening: listening,
            socket: UdpSocket::bind(LOOPBACK).expect("a free port"),
        }
    }

    /// All that leaves nothing behind, with what it failed with.
    fn all(&self) -> Vec<(&'static str, Option<io::Error>)> {
        let mut tried = vec![
            ("reading a file", File::open(&self.readable).err()),
            ("listing a directory", fs::read_dir("/").err()),
            ("asking for a file", fs::metadata(&self.readable).err()),
            ("making a file", File::create(&self.made).err()),
            (
                "writing a file",
                File::options().append(true).open(&self.readable).err(),
            ),
            (
                "changing permissions",
                fs::set_permissions(&self.readable, Permissions::from_mode(0o600)).err(),
            ),
            ("connecting by TCP", TcpStream::connect(self.listener).err()),
            ("listening", TcpListener::bind(LOOPBACK).err()),
            ("opening UDP", UdpSocket::bind(LOOPBACK).err()),
            ("sending", self.socket.send_to(b"x", self.listener).err()),
            ("opening a local socket", UnixDatagram::unbound().err()),
            (
                "starting a program",
                Command::new("/bin/true").status().err(),
            ),
            ("forking", {
                let forked = Command::new("/bin/true")
                    .uid(Uid::current().as_raw())
                    .status();
                forked.err()
            }),
            ("signalling", kill(GROUP, None).err().map(Into::into)),
        ];
        if Uid::current().is_root() || fs::metadata(&self.readable).is_err() {
            let packets = socket(
                AddressFamily::Packet,
                SockType::Raw,
                SockFlag::empty(),
                SockProtocol::EthAll,
            );
            tried.push(("opening a packet socket", packets.err().map(Into::into)));
        }
        tried
    }

    /// What could not be tried before without harm.
    fn last(&self) -> Vec<(&'static str, Option<io::Error>)> {
        vec![
            ("removing a file", fs::remove_file(&self.readable).err()),
            (
                "becoming root",
                setuid(Uid::from_raw(0)).err().map(Into::into),
            ),
            ("being traced", ptrace::traceme().err().map(Into::into)),
            ("becoming a program", Some(Command::new("/bin/true").exec())),
        ]
    }
}
