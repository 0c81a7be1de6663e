//! The real binary on a terminal of its own: every key, and how it ends.
#![cfg(unix)]

mod common;

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::{env, thread};

use common::capture;
use common::screen::{Screen, exported};
use relayscope::tui::terminal::{self, Taken};
use rustix::process::{Signal, WaitOptions, waitpid};

/// The call that is shown.
const CALL: &str = "one-client-relayed.pcap";
/// How its packets are counted on the screen.
const COUNTED: &str = "2,838 p";
/// The call is on the screen, whole.
fn of_call() -> Screen {
    let file = capture(CALL);
    let screen = Screen::start(&[&file.to_string_lossy()], (24, 80), "xterm");
    screen.wait_for("the packets", |screen| screen.contents().contains(COUNTED));
    screen
}

#[test]
fn every_key_of_the_help_is_answered_and_the_end_is_clean() {
    let mut screen = of_call();
    screen.press_every_key();
    screen.press(b"q");
    assert_eq!(screen.end().code(), Some(0));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let report = exported(folder).expect("a report was written");
    assert_eq!(report["capture"]["packets"], 2838);
}

#[test]
fn a_packet_is_read_again_from_the_file() {
    let mut screen = of_call();
    screen.press(b"5");
    screen.press(b"G");
    screen.wait_for("last packet", |screen| screen.contents().contains("2838 "));
    screen.press(b"g");
    // The cookie of a Binding request.
    screen.wait_for("first packet", |screen| {
        screen.contents().contains("21 12 a4 42")
    });
    screen.press(b"q");
    assert!(screen.end().success());
}

#[test]
fn keys_that_are_given_open_what_is_shown() {
    let [file, keys] = ["media-server.pcap", "media-server.keys"].map(capture);
    let args = [&file.to_string_lossy(), "--keylog", &keys.to_string_lossy()];
    let mut screen = Screen::start(&args, (24, 80), "xterm");
    screen.wait_for("the packets", |screen| {
        screen.contents().contains("2,489 p")
    });
    for (keys, there) in [
        (
            "1",
            "media-sealed                   10 of 10: 0xfeb8d5e2 from 10.77.1.2:46820 op",
        ),
        ("2", "forwards media (SFU)  holds the keys of its legs"),
        ("\r", "1,042 packets, 1,042 opened by keys"),
        ("4\r", "an SFU reads it; 431 packets opened by"),
        // The configuration of Opus in the first octet, which no cipher left (RFC 6716).
        ("\r", " 003e R e0 e8 b0 c7 50 ee 01 42 86 c7 51 │ 78 0b"),
    ] {
        screen.press(keys.as_bytes());
        screen.wait_for(there, |screen| screen.contents().contains(there));
    }
    screen.press(b"q");
    assert!(screen.end().success());
}

#[test]
fn a_key_log_that_is_not_there_is_told_and_the_terminal_is_never_taken() {
    let file = capture(CALL);
    let args = [&file.to_string_lossy(), "--keylog", "no-such.keys"];
    let screen = Screen::start(&args, (24, 80), "xterm");
    screen.wait_for("reason", |screen| {
        let text = screen.contents();
        text.contains("cannot read the key log no-such.keys")
    });
    assert_eq!(screen.end().code(), Some(2));
}

#[test]
fn a_signal_ends_it_and_the_terminal_is_as_before() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let screen = of_call();
        screen.signal(signal);
        assert_eq!(screen.end().signal(), Some(signal.as_raw()));
    }
}

#[test]
fn the_terminal_is_given_back_while_it_is_stopped() {
    let mut screen = of_call();
    for stop in [b"\x1a".as_slice(), b""] {
        if stop.is_empty() {
            screen.signal(Signal::TSTP);
        } else {
            screen.press(stop);
        }
        let (_, status) = waitpid(Some(screen.pid()), WaitOptions::UNTRACED)
            .expect("a child")
            .expect("it stops");
        assert!(status.stopped());
        screen.is_given_back();
        screen.signal(Signal::CONT);
        screen.wait_for("screen after going on", |screen| {
            screen.alternate_screen() && screen.contents().contains(COUNTED)
        });
    }
    screen.press(b"q");
    assert!(screen.end().success());
}

#[test]
fn another_size_is_drawn_at_once() {
    let mut screen = of_call();
    screen.resize(40, 120);
    screen.wait_for("footer in the last row", |screen| {
        let rows: Vec<_> = screen.rows(0, 120).collect();
        rows.last().is_some_and(|row| row.contains("observer"))
    });
    screen.press(b"q");
    assert!(screen.end().success());
}

#[test]
fn a_terminal_without_a_screen_gets_the_report() {
    let file = capture(CALL);
    let screen = Screen::start(&[&file.to_string_lossy()], (500, 200), "dumb");
    screen.wait_for("report", |screen| {
        let text = screen.contents();
        text.contains("forwarded 1,401 of 1,401 datagrams octet for octet")
    });
    assert!(screen.end().success());
}

#[test]
fn what_is_no_capture_is_told_and_the_terminal_is_never_taken() {
    let screen = Screen::start(&["no-such-file.pcap"], (24, 80), "xterm");
    screen.wait_for("reason", |screen| {
        screen.contents().contains("no-such-file.pcap")
    });
    assert_eq!(screen.end().code(), Some(2));
}

/// Set where a test is the program that panics.
const PANICS: &str = "RELAYSCOPE_PANICS";

#[test]
fn a_panic_is_told_on_a_terminal_that_was_given_back() {
    if env::var_os(PANICS).is_some() {
        let mut taken = Taken::take().expect("a terminal");
        let words = |frame: &mut ratatui::Frame<'_>| frame.render_widget("drawn", frame.area());
        taken.draw(words).expect("a terminal");
        terminal::input().expect("a key");
        let panics = thread::spawn(|| panic!("nobody thought of that"));
        panics.join().expect_err("it panics");
        taken.draw(words).expect("a terminal that is left alone");
        panic!("after all");
    }
    let mut command = Command::new(env::current_exe().expect("this test"));
    let name = "a_panic_is_told_on_a_terminal_that_was_given_back";
    command.args(["--exact", name, "--nocapture"]);
    command.env(PANICS, "1").env("RUST_BACKTRACE", "0");
    let mut screen = Screen::of(command.env("TERM", "xterm"), (24, 80));
    screen.wait_for("screen", |screen| {
        screen.alternate_screen() && screen.contents().contains("drawn")
    });
    screen.press(b"x");
    screen.wait_for("reason", |screen| {
        let text = screen.contents();
        text.contains("nobody thought of that") && text.contains("after all")
    });
    assert!(!screen.text().contains("drawn"), "{}", screen.text());
    assert_eq!(screen.end().code(), Some(101));
}

#[test]
fn a_capture_is_played_back_and_sought_in() {
    let file = capture(CALL);
    let args = [&file.to_string_lossy(), "--speed", "2"];
    let mut screen = Screen::start(&args, (24, 80), "xterm");
    screen.wait_for("speed, and packets", |screen| {
        let text = screen.contents();
        text.contains("  x2  ") && !text.contains("  0 pkt") && !text.contains(COUNTED)
    });
    screen.press(b"h");
    screen.wait_for("way back", |screen| {
        screen.contents().contains("ten seconds back")
    });
    screen.press(b"l");
    screen.wait_for("end", |screen| {
        let text = screen.contents();
        text.contains(COUNTED) && !text.contains("  x2  ")
    });
    screen.press(b"q");
    assert!(screen.end().success());
}
