//! From a key to the redrawn screen, with 700 calls: what the key does to the state of the screen,
//! and the frame that is drawn of it.

mod load;

use std::sync::{Arc, LazyLock};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::Bencher;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use relayscope::base::told::Told;
use relayscope::capture::CaptureSummary;
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::Question;
use relayscope::report::live::{Board, Calls};
use relayscope::report::redact::Redactor;
use relayscope::tui::{self, App, Page, Phase, Snapshot, Theme};

use load::Load;

const CALLS: u16 = 700;
const SIZE: (u16, u16) = (120, 40);

/// Keys that lead somewhere, and the one that is measured there.
const KEYS: &[(&str, &str)] = &[
    ("2", "1"),
    ("1", "j"),
    ("1", "Enter"),
    ("2", "j"),
    ("2", "Enter"),
    ("3", "j"),
    ("3", "Enter"),
    ("4", "j"),
    ("4", "Enter"),
    ("4", "s"),
    ("4 s s s s s s", "j"),
    ("4 /", "7"),
    ("4 / 7", "Enter"),
    ("4", "o"),
    ("6", "j"),
    ("6", "Enter"),
    ("6 /", "r"),
    ("6", "o"),
    ("1", "2"),
    ("1", "3"),
    ("1", "4"),
    ("1", "6"),
];

/// All calls, followed to their end.
static TRACKER: LazyLock<Tracker> = LazyLock::new(|| Load::of(CALLS).tracked());

/// What is shown of them, as the relay sees them.
static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
    let totals = TRACKER.totals();
    let mut board = Board::new(Question::default());
    let now = totals.last.unwrap_or_default();
    board.update(&TRACKER, &CaptureSummary::default(), (now, usize::MAX));
    assert_eq!(board.observer(), Vantage::Relay);
    assert_eq!(board.all_calls(), u64::from(CALLS), "each copy is one call");
    Snapshot {
        source: Told::plain("load"),
        phase: Phase::Whole,
        observer: board.observer(),
        packets: totals.packets,
        last: totals.packets,
        life: totals.first.zip(totals.last),
        dropped: None,
        saving: None,
        judging: None,
        parts: board.parts().cloned().collect(),
        page: Page::default(),
        redactor: Arc::new(Redactor::off()),
    }
});

fn main() {
    LazyLock::force(&SNAPSHOT);
    divan::main();
}

#[divan::bench(args = KEYS, sample_count = 20, sample_size = 1)]
fn key_to_screen(bencher: Bencher<'_, '_>, (before, key): (&str, &str)) {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("memory");
    let mut screen = |app: &mut App| {
        let theme = Theme::of(false, "C.UTF-8");
        let drawn = terminal.draw(|frame| tui::draw(frame, app, &SNAPSHOT, theme));
        drawn.expect("memory");
    };
    let mut app = App::default();
    press(&mut app, before);
    screen(&mut app);
    bencher
        .with_inputs(|| app.clone())
        .bench_local_values(|mut app| {
            press(&mut app, key);
            screen(&mut app);
            app
        });
}

/// What the analysis does for another observer: the first calls, which are shown at once, and all.
#[divan::bench(args = [16, usize::MAX], sample_count = 5, sample_size = 1)]
fn another_observer(bencher: Bencher<'_, '_>, most: usize) {
    let (calls, capture) = (Calls::of(&TRACKER), CaptureSummary::default());
    let now = TRACKER.totals().last.unwrap_or_default();
    let mut board = Board::new(Question::default());
    board.round(&calls, &capture, (now, usize::MAX));
    let mut observers = Vantage::ALL.into_iter().cycle();
    bencher.bench_local(|| {
        board.observe(observers.next().unwrap_or(Vantage::Relay), 0);
        board.round(&calls, &capture, (now, most))
    });
}

/// Presses keys as a terminal reports them.
fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        let code = match key {
            "Enter" => KeyCode::Enter,
            letter => KeyCode::Char(letter.chars().next().expect("a key")),
        };
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let action = tui::action(key, app.typing).expect("a key that is bound");
        app.update(action, &SNAPSHOT);
    }
}
