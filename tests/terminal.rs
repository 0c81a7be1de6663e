//! The real binary on a terminal of its own: every key, and how it ends.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::capture;
use crossterm::event::KeyCode;
use relayscope::tui::{Action, BINDINGS};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use serde_json::Value;

/// The call that is shown.
const CALL: &str = "one-client-relayed.pcap";
/// How its packets are counted on the screen.
const COUNTED: &str = "2,838 p";
/// Time in which everything must have happened.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program on a terminal.
struct Screen {
    child: Child,
    keyboard: File,
    /// The other side of the terminal: its modes are asked for here.
    terminal: File,
    shown: Arc<Mutex<vt100::Parser>>,
}

impl Screen {
    fn start(args: &[&str], (rows, columns): (u16, u16), term: &str) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).expect("ours");
        unlockpt(&keyboard).expect("ours");
        let name = ptsname(&keyboard, Vec::new()).expect("a name");
        let name = name.to_str().expect("text");
        let terminal = File::options().read(true).write(true).open(name);
        let terminal = terminal.expect("the other side");
        resize(&terminal, rows, columns);
        let side = || Stdio::from(terminal.try_clone().expect("the same"));
        let child = Command::new(env!("CARGO_BIN_EXE_relayscope"))
            .args(args)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .env("TERM", term)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("NO_COLOR")
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .expect("it runs");
        let shown = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let keyboard = File::from(keyboard);
        let mut output = keyboard.try_clone().expect("the same");
        let reader = Arc::clone(&shown);
        thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(read) = output.read(&mut octets) {
                reader.lock().expect("whole").process(&octets[..read]);
            }
        });
        Self {
            child,
            keyboard,
            terminal,
            shown,
        }
    }

    fn of_call() -> Self {
        let file = capture(CALL);
        let screen = Self::start(&[&file.to_string_lossy()], (24, 80), "xterm");
        screen.wait_for("the packets", |screen| screen.contents().contains(COUNTED));
        screen
    }

    fn wait_for(&self, what: &str, there: impl Fn(&vt100::Screen) -> bool) {
        let begun = Instant::now();
        while !there(self.shown.lock().expect("whole").screen()) {
            assert!(begun.elapsed() < PATIENCE, "no {what}:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn text(&self) -> String {
        self.shown.lock().expect("whole").screen().contents()
    }

    fn press(&mut self, octets: &[u8]) {
        self.keyboard.write_all(octets).expect("it is there");
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for the end, and looks whether the terminal is as it was.
    fn end(mut self) -> ExitStatus {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "no end:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        };
        self.is_given_back();
        status
    }

    fn is_given_back(&self) {
        self.wait_for("terminal that was given back", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        let modes = tcgetattr(&self.terminal).expect("a terminal").local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It has ended, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resize(terminal: &File, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).expect("a terminal");
}

/// What a terminal sends for a key.
fn octets(key: KeyCode) -> Vec<u8> {
    let sequence = match key {
        KeyCode::Char(letter) => return letter.to_string().into_bytes(),
        KeyCode::Enter => "\r",
        KeyCode::Esc => "\x1b",
        KeyCode::Backspace => "\x7f",
        KeyCode::Tab => "\t",
        KeyCode::BackTab => "\x1b[Z",
        KeyCode::Up => "\x1b[A",
        KeyCode::Down => "\x1b[B",
        KeyCode::Right => "\x1b[C",
        KeyCode::Left => "\x1b[D",
        KeyCode::Home => "\x1b[H",
        KeyCode::End => "\x1b[F",
        KeyCode::PageUp => "\x1b[5~",
        KeyCode::PageDown => "\x1b[6~",
        other => panic!("no sequence for {other:?}"),
    };
    sequence.as_bytes().to_vec()
}

/// The report that was written from the screen; it is taken away.
fn exported() -> Option<Value> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut files = folder.read_dir().expect("a folder").filter_map(Result::ok);
    let ours = |name: &str| name.starts_with("relayscope-report-") && name.ends_with("Z.json");
    let path = files
        .find(|file| file.file_name().to_str().is_some_and(ours))?
        .path();
    let report = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
    std::fs::remove_file(path).ok()?;
    Some(report)
}

#[test]
fn every_key_of_the_help_is_answered_and_the_end_is_clean() {
    let mut screen = Screen::of_call();
    let keys = BINDINGS
        .iter()
        .filter(|binding| binding.action != Action::Quit);
    for binding in keys {
        for key in binding.keys {
            screen.press(&octets(*key));
            // A lone escape is known for one only when nothing follows it.
            thread::sleep(Duration::from_millis(150));
            let text = screen.text();
            let first = text.lines().next().unwrap_or_default();
            assert!(first.contains("observer: "), "{}:\n{text}", binding.names);
            if binding.action == Action::Filter {
                // Else the other keys would be its letters.
                screen.press(b"\r");
                thread::sleep(Duration::from_millis(150));
            }
        }
    }
    screen.press(b"q");
    assert_eq!(screen.end().code(), Some(0));
    let report = exported().expect("a report was written");
    assert_eq!(report["capture"]["packets"], 2838);
}

#[test]
fn a_packet_is_read_again_from_the_file() {
    let mut screen = Screen::of_call();
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
fn a_signal_ends_it_and_the_terminal_is_as_before() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let screen = Screen::of_call();
        screen.signal(signal);
        assert_eq!(screen.end().signal(), Some(signal.as_raw()));
    }
}

#[test]
fn the_terminal_is_given_back_while_it_is_stopped() {
    let mut screen = Screen::of_call();
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
    let mut screen = Screen::of_call();
    screen
        .shown
        .lock()
        .expect("whole")
        .screen_mut()
        .set_size(40, 120);
    resize(&screen.terminal, 40, 120);
    screen.signal(Signal::WINCH);
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
