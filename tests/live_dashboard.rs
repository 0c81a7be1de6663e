//! The dashboard on live traffic: the real binary on a terminal, in a network namespace.
#![cfg(unix)]

mod common;

use std::fs::{self, Permissions};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use common::namespace::{in_namespace, ip, skip};
use common::report_of_capture;
use common::screen::{Screen, exported};
use common::spoken::{call, say};
use rustix::process::{Signal, WaitOptions, waitpid};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A terminal of the least size that is fully used.
const SIZE: (u16, u16) = (24, 80);

#[test]
fn a_call_that_passes_is_on_every_view_and_reported_as_its_file() {
    let name = "a_call_that_passes_is_on_every_view_and_reported_as_its_file";
    in_namespace(name, || {
        let folder = folder();
        let [saved, file] = ["saved.pcapng", "report.json"].map(|name| folder.path().join(name));
        let [to, out] = [&saved, &file].map(|path| path.to_string_lossy());
        let args = ["--write", &to, "--format", "json", "-o", &out];
        let mut screen = live(folder.path(), &args);
        let spoken = call();
        say(&spoken);
        for (key, there) in [
            ("1", "rec 2,833  drops 0"),
            ("1", "relay-forwards-unchanged       1401 of 1401"),
            ("2", "10.77.0.10:3478  Coturn-4.6.1"),
            ("3", "dtls-srtp"),
            ("4", "audio"),
            ("5", "21 12 a4 42"),
            ("6", "media-sealed"),
        ] {
            screen.press(key.as_bytes());
            screen.wait_for(there, |screen| screen.contents().contains(there));
        }
        screen.press(b"/account\r");
        screen.wait_for("claim", |screen| {
            screen.contents().contains(">✘ account-not-named")
        });
        screen.press(b"\r");
        screen.wait_for("evidence", |screen| {
            screen.contents().contains("Enter: to packet ")
        });
        screen.press(b"\r");
        screen.wait_for("packet that proves it", |screen| {
            screen.contents().contains("the relay reads R ")
        });
        screen.press_every_key();
        screen.press(b"q");
        assert_eq!(screen.end().code(), Some(0));
        let exported = exported(folder.path()).expect("a report was written");
        assert_eq!(exported["capture"]["packets"], spoken.len());
        let (mut live, (mut read, _)) = (report(&file), report_of_capture(&saved, None));
        assert_eq!(live["capture"]["sources"].take(), json!(["lo"]));
        assert_eq!(read["capture"]["sources"].take(), json!(["saved.pcapng"]));
        for of in [&mut live, &mut read] {
            of["capture"]["interfaces"][0]["source"].take();
        }
        assert_eq!(live, read);
    });
}

#[test]
fn it_ends_in_good_order_however_it_ends() {
    in_namespace("it_ends_in_good_order_however_it_ends", || {
        let folder = folder();
        for (args, signal, key) in [
            (&[][..], Some(Signal::TERM), ""),
            (&[], Some(Signal::INT), ""),
            (&[], Some(Signal::HUP), ""),
            (&[], None, "\x03"),
            (&["--duration", "3s"], None, ""),
        ] {
            let mut screen = live(folder.path(), args);
            screen.press(key.as_bytes());
            if let Some(signal) = signal {
                screen.signal(signal);
            }
            screen.wait_for("report", |screen| {
                let text = screen.contents();
                text.contains("relay-only") && !screen.alternate_screen()
            });
            assert_eq!(screen.end().code(), Some(0), "{args:?} {signal:?}");
        }
    });
}

#[test]
fn the_screen_stands_still_while_the_capture_goes_on() {
    let name = "the_screen_stands_still_while_the_capture_goes_on";
    in_namespace(name, || {
        let folder = folder();
        let saved = folder.path().join("saved.pcapng");
        let mut screen = live(folder.path(), &["--write", &saved.to_string_lossy()]);
        screen.press(b" ");
        screen.wait_for("pause", |screen| screen.contents().contains("PAUSED"));
        send(1, 100);
        screen.wait_for("recording", |screen| screen.contents().contains("rec 1 "));
        assert!(screen.text().contains(" 0 pkt"), "{}", screen.text());
        screen.press(b" ");
        screen.wait_for("what passed meanwhile", |screen| {
            screen.contents().contains(" 1 pkt")
        });
        screen.press(b"q");
        assert!(screen.end().success());
    });
}

#[test]
fn a_report_is_written_where_it_was_started() {
    in_namespace("a_report_is_written_where_it_was_started", || {
        let folder = folder();
        let mut screen = live(folder.path(), &[]);
        screen.press(b"e");
        screen.wait_for("word", |screen| {
            screen.contents().contains("the report is in ")
        });
        assert!(exported(folder.path()).is_some());
        screen.press(b"q");
        assert!(screen.end().success());
    });
}

#[test]
fn the_terminal_is_given_back_while_it_is_stopped() {
    let name = "the_terminal_is_given_back_while_it_is_stopped";
    in_namespace(name, || {
        let folder = folder();
        let mut screen = live(folder.path(), &[]);
        screen.press(b"\x1a");
        let (_, status) = waitpid(Some(screen.pid()), WaitOptions::UNTRACED)
            .expect("a child")
            .expect("it stops");
        assert!(status.stopped());
        screen.is_given_back();
        send(1, 100);
        screen.signal(Signal::CONT);
        screen.wait_for("what passed meanwhile", |screen| {
            screen.alternate_screen() && screen.contents().contains(" 1 pkt")
        });
        screen.press(b"q");
        assert!(screen.end().success());
    });
}

#[test]
fn an_interface_that_goes_away_is_told_and_what_was_seen_stays() {
    let name = "an_interface_that_goes_away_is_told_and_what_was_seen_stays";
    in_namespace(name, || {
        if !ip(&["link", "add", "va", "type", "veth", "peer", "name", "vb"]) {
            return skip("this kernel has no veth interfaces");
        }
        assert!(ip(&["link", "set", "va", "up"]));
        let folder = folder();
        let mut screen = start(folder.path(), &["-i", "va"]);
        screen.wait_for("capture", |screen| screen.contents().contains(" drops 0"));
        assert!(ip(&["link", "del", "va"]));
        screen.wait_for("word of it", |screen| {
            let text = screen.contents();
            text.contains("va cannot be captured on any more")
                && text.contains("va (ended early)")
                && text.contains("ended  ")
        });
        // It stays for whoever looks at what was captured.
        screen.press(b"6");
        screen.wait_for("claims", |screen| screen.contents().contains("[6 Claims]"));
        screen.press(b"q");
        screen.wait_for("word of it after the end", |screen| {
            let text = screen.contents();
            !screen.alternate_screen() && text.contains("va cannot be captured on any more")
        });
        assert!(screen.end().success());
    });
}

#[test]
fn a_packet_that_had_to_go_is_told() {
    in_namespace("a_packet_that_had_to_go_is_told", || {
        let folder = folder();
        let mut screen = live(folder.path(), &[]);
        // More octets than are kept, and never more at once than a busy machine has room for.
        for sent in (20..=600).step_by(20) {
            send(20, 60_000);
            screen.wait_for("the packets", |screen| {
                screen.contents().contains(&format!(" {sent} pkt"))
            });
        }
        screen.press(b"5");
        screen.wait_for("word of it", |screen| {
            screen.contents().contains("packet 1 is gone: ")
        });
        screen.press(b"G");
        screen.wait_for("the last packet", |screen| {
            screen.contents().contains(">   600 ")
        });
        screen.press(b"q");
        assert!(screen.end().success());
    });
}

#[test]
fn without_a_dashboard_it_prints_also_on_a_terminal() {
    let name = "without_a_dashboard_it_prints_also_on_a_terminal";
    in_namespace(name, || {
        let folder = folder();
        let args = ["-i", "lo", "--headless", "--duration", "1s"];
        let screen = start(folder.path(), &args);
        screen.wait_for("report", |screen| {
            assert!(!screen.alternate_screen());
            screen.contents().contains("relay-only")
        });
        assert_eq!(screen.end().code(), Some(0));
    });
}

/// A folder in which any user may write: where root can become another one, it does.
fn folder() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("ours");
    folder
}

/// The program, started in this folder.
fn start(folder: &Path, args: &[&str]) -> Screen {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relayscope"));
    command.arg("live").args(args).current_dir(folder);
    Screen::of(command.env("TERM", "xterm"), SIZE)
}

/// The same on the loopback interface, once the kernel keeps packets for it.
fn live(folder: &Path, args: &[&str]) -> Screen {
    let screen = start(folder, &[&["-i", "lo"], args].concat());
    screen.wait_for("capture", |screen| screen.contents().contains(" drops 0"));
    screen
}

/// Sends so many datagrams of so many octets on the loopback interface.
fn send(datagrams: usize, octets: usize) {
    let receiver = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = receiver.local_addr().expect("it is bound");
    for _ in 0..datagrams {
        sender.send_to(&vec![0; octets], address).expect("sent");
    }
}

fn report(file: &Path) -> Value {
    let octets = fs::read(file).expect("the report");
    serde_json::from_slice(&octets).expect("JSON")
}
