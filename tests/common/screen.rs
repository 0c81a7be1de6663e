//! Programs on a terminal that the test looks at.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::KeyCode;
use relayscope::tui::{Action, BINDINGS};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use serde_json::Value;

/// Time in which everything must have happened.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program on a terminal.
pub(crate) struct Screen {
    child: Child,
    keyboard: File,
    /// The other side of the terminal: its modes are asked for here.
    terminal: File,
    shown: Arc<Mutex<vt100::Parser>>,
}

impl Screen {
    /// The program with these arguments, on a terminal of this kind.
    pub(crate) fn start(args: &[&str], size: (u16, u16), term: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relayscope"));
        command.args(args).current_dir(env!("CARGO_TARGET_TMPDIR"));
        Self::of(command.env("TERM", term), size)
    }

    /// This program, on a terminal of so many rows and columns.
    pub(crate) fn of(command: &mut Command, (rows, columns): (u16, u16)) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).expect("ours");
        unlockpt(&keyboard).expect("ours");
        let name = ptsname(&keyboard, Vec::new()).expect("a name");
        let name = name.to_str().expect("text");
        let terminal = File::options().read(true).write(true).open(name);
        let terminal = terminal.expect("the other side");
        resize(&terminal, rows, columns);
        let side = || Stdio::from(terminal.try_clone().expect("the same"));
        let child = command
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

    pub(crate) fn wait_for(&self, what: &str, there: impl Fn(&vt100::Screen) -> bool) {
        let begun = Instant::now();
        while !there(self.shown.lock().expect("whole").screen()) {
            assert!(begun.elapsed() < PATIENCE, "no {what}:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn text(&self) -> String {
        self.shown.lock().expect("whole").screen().contents()
    }

    pub(crate) fn press(&mut self, octets: &[u8]) {
        self.keyboard.write_all(octets).expect("it is there");
    }

    /// Presses every key of the help but the last one, on every view, and says that a report is
    /// wanted once; the screen stays whole.
    pub(crate) fn press_every_key(&mut self) {
        for (place, view) in (0..).zip(b"123456") {
            let keys = BINDINGS.iter().filter(|binding| match binding.action {
                Action::Quit => false,
                Action::Export => place == 0,
                _ => true,
            });
            for binding in keys {
                for key in binding.keys {
                    self.press(&[*view]);
                    self.press_and_look(*key, binding.names);
                    if binding.action == Action::Filter {
                        // Else the other keys would be its letters.
                        self.press_and_look(KeyCode::Enter, "end of a filter");
                    }
                }
            }
        }
    }

    fn press_and_look(&mut self, key: KeyCode, name: &str) {
        self.press(&octets(key));
        // A lone escape is known for one only when nothing follows it.
        let wait = if key == KeyCode::Esc { 150 } else { 30 };
        thread::sleep(Duration::from_millis(wait));
        let text = self.text();
        let first = text.lines().next().unwrap_or_default();
        assert!(first.contains("observer: "), "{name}:\n{text}");
    }

    /// Gives the terminal another size, and tells the program.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let mut shown = self.shown.lock().expect("whole");
        shown.screen_mut().set_size(rows, columns);
        resize(&self.terminal, rows, columns);
        self.signal(Signal::WINCH);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for the end, and looks whether the terminal is as it was.
    pub(crate) fn end(mut self) -> ExitStatus {
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

    pub(crate) fn is_given_back(&self) {
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

/// The report that was written from the screen to this folder; it is taken away.
pub(crate) fn exported(folder: &Path) -> Option<Value> {
    let mut files = folder.read_dir().expect("a folder").filter_map(Result::ok);
    let ours = |name: &str| name.starts_with("relayscope-report-") && name.ends_with("Z.json");
    let path = files
        .find(|file| file.file_name().to_str().is_some_and(ours))?
        .path();
    let report = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
    std::fs::remove_file(path).ok()?;
    Some(report)
}
