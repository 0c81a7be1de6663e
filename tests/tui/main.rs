//! The screens, driven by real key events, and what keys do to the state behind them.
//!
//! With `UPDATE_GOLDEN=1` the screens are drawn anew: look at each before it is committed.

#[path = "../common/mod.rs"]
mod common;
mod names;
mod seat;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use relayscope::base::told::Name;
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::redact::Redactor;
use relayscope::tui::{Action, App, BINDINGS, Effect, Phase, Saving, Theme, View, draw, value};

use seat::Seat;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

/// Every view, and what stands behind its rows.
const TOUR: &[(&str, &str)] = &[
    ("overview", "1"),
    ("overview, everything", "Enter"),
    ("overview of the first call", "Esc j"),
    ("relay", "Esc 2"),
    ("relay, allocation with its paths", "j Enter"),
    ("flows", "3"),
    ("flows, the first", "Enter"),
    ("streams", "4"),
    ("streams, the first", "Enter"),
    ("packets", "5"),
    ("claims", "6"),
    ("claims, the first", "Enter"),
    ("claims, the packet that proves it", "Enter"),
    ("packet octet by octet", "Enter PageDown"),
    ("back at the claim", "Esc Esc"),
    ("claims about speech", "/ s p e e c h Enter"),
    ("another observer, what changed is marked", "Esc o"),
    ("its overview", "1"),
    ("overview, and the next observer", "o"),
    ("help", "?"),
];

/// What is seen where there is little to see.
const SHORT: &[(&str, &str)] = &[
    ("overview", "1"),
    ("relay", "2"),
    ("flows", "3"),
    ("streams", "4"),
    ("packets", "5"),
    ("claims", "6"),
];

/// Where keys are held by whoever looks.
const KEYED: &[(&str, &str)] = &[
    ("relay, with a server of media", "2"),
    ("the server", "Enter"),
    ("one of its legs", "Esc j Enter"),
    ("packet of a stream, sealed and opened", "4 Enter Enter"),
    ("the same octet by octet", "Enter End"),
];

/// Compares the screens of a tour at every size with those that were looked at and committed.
fn compare(name: &str, tour: &[(&str, &str)], seat: impl Fn() -> Seat) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
    let mut seats = SIZES.map(|size| (size, seat(), String::new()));
    for (title, keys) in tour {
        for (size, seat, text) in &mut seats {
            seat.press(keys);
            let rule = "=".repeat(usize::from(size.0));
            let screen = seat.screen(*size);
            writeln!(text, "{title} [{keys}]\n{rule}\n{screen}{rule}\n").expect("memory");
        }
    }
    for ((width, height), _, text) in seats {
        let file = folder.join(format!("{name}-{width}x{height}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&folder).expect("writable");
            fs::write(&file, &text).expect("writable");
        }
        let expected = fs::read_to_string(&file).expect("committed screens");
        assert!(text == expected, "{} differs:\n{text}", file.display());
    }
}

#[test]
fn a_sealed_call_has_its_screens() {
    compare("one-client-relayed", TOUR, || {
        Seat::whole("one-client-relayed.pcap")
    });
}

#[test]
fn a_call_in_clear_has_its_screens() {
    compare("unencrypted-media", TOUR, || {
        Seat::whole("unencrypted-media.pcap")
    });
}

#[test]
fn a_server_of_media_has_its_screens_with_its_keys() {
    compare("media-server", KEYED, || {
        Seat::keyed("media-server.pcap", "media-server.keys")
    });
}

#[test]
fn an_empty_capture_has_its_screens() {
    compare("empty", SHORT, || {
        Seat::at(Tracker::default(), None, 0, Phase::Whole)
    });
}

#[test]
fn a_capture_that_is_still_read_has_its_screens() {
    let phase = Phase::Loading(60_000, Some(480_000));
    compare("loading", SHORT, || {
        Seat::before("one-client-relayed.pcap", 300, phase)
    });
}

/// The text of the row that is chosen in a table.
fn chosen(seat: &Seat) -> Vec<String> {
    let (table, list) = (seat.app.table(&seat.snapshot), seat.app.list());
    let row = &table.rows[table.place(list.chosen, list.row)];
    (0..table.columns.len())
        .map(|column| value(&seat.snapshot, row, column).text)
        .collect()
}

#[test]
fn the_selection_stays_on_the_same_thing_when_rows_come_and_go() {
    let mut seat = Seat::before("one-client-relayed.pcap", 90, Phase::Live);
    seat.press("4 j j");
    let ssrc = chosen(&seat)[1].clone();
    seat.press("s s s");
    assert_eq!(chosen(&seat)[1], ssrc);
    let whole = Seat::whole("one-client-relayed.pcap");
    let before = seat.app.table(&seat.snapshot).rows.len();
    seat.snapshot = whole.snapshot;
    assert!(seat.app.table(&seat.snapshot).rows.len() > before);
    assert_eq!(chosen(&seat)[1], ssrc);
    seat.press("j k");
    assert_eq!(chosen(&seat)[1], ssrc);
}

#[test]
fn evidence_is_two_keys_away_and_two_keys_back() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("6 j j");
    let claim = chosen(&seat);
    let first = seat.app.table(&seat.snapshot).rows[2].packet;
    assert_eq!(
        seat.press("Enter Enter"),
        [Effect::Look(first.expect("evidence"))]
    );
    assert_eq!(
        (seat.app.view, Some(seat.app.packet)),
        (View::Packets, first)
    );
    seat.press("j j Esc");
    assert_eq!((seat.app.view, seat.app.list().open), (View::Claims, true));
    assert_eq!(chosen(&seat), claim);
    seat.press("Esc");
    assert_eq!((seat.app.view, seat.app.list().open), (View::Claims, false));
}

#[test]
fn a_filter_takes_letters_and_leaves_them_to_the_keys_again() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    assert_eq!(seat.press("6 / q o e"), []);
    assert_eq!(seat.app.filter, "qoe");
    assert!(seat.screen((80, 24)).contains("no row has this text"));
    seat.press("Esc / r t c p Enter");
    let table = seat.app.table(&seat.snapshot);
    let mut rows = table.rows.iter();
    assert!(!table.rows.is_empty());
    assert!(rows.all(|row| value(&seat.snapshot, row, 1).text == "rtcp-sealed"));
    assert_eq!(seat.press("q"), [Effect::Quit]);
}

#[test]
fn a_packet_is_found_by_its_number() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    assert_eq!(
        seat.press("5 / 4 0 Enter"),
        [Effect::Look(1), Effect::Look(40)]
    );
    assert_eq!(seat.press("/ 0 Enter"), []);
    assert!(seat.screen((80, 24)).contains("1 to 2838"));
    assert_eq!(seat.press("End j k"), [2838, 2838, 2837].map(Effect::Look));
}

#[test]
fn a_packet_that_is_still_read_again_is_named() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("5");
    let page = seat.snapshot.page.clone();
    seat.press("End");
    seat.snapshot.page = page;
    for size in SIZES {
        let screen = seat.screen(size);
        assert!(screen.contains("\n>  2838\n"), "{screen}");
        assert!(screen.contains("reading packet 2,838"), "{screen}");
        assert!(!screen.contains("reads R"), "{screen}");
    }
}

#[test]
fn octets_of_a_leg_that_is_not_seen_are_not_said_to_be_read() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("5");
    assert!(seat.screen((80, 24)).contains("\n 0000 R "));
    let look = seat.snapshot.page.look.as_mut().expect("a packet");
    look.seen = false;
    let screen = seat.screen((80, 24));
    assert!(screen.contains("does not see this leg"), "{screen}");
    assert!(screen.contains("\n 0000 - "), "{screen}");
    assert!(!screen.contains("\n 0000 R "), "{screen}");
}

#[test]
fn what_cannot_be_told_is_not_said_to_be_out_of_reach() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("1");
    assert!(seat.screen((80, 24)).contains("and CANNOT read"));
    seat.judge(Some(Vantage::Sfu));
    let screen = seat.screen((80, 24));
    assert!(screen.contains("? sound"), "{screen}");
    assert!(screen.contains(" CANNOT read, ? may read "), "{screen}");
}

#[test]
fn one_call_is_shown_alone_and_all_again() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("3 End c");
    assert_eq!(seat.app.table(&seat.snapshot).rows.len(), 1);
    seat.press("c");
    assert_eq!(seat.app.table(&seat.snapshot).rows.len(), 4);
    seat.press("1 j j");
    assert_eq!(seat.app.call, Some(2));
    seat.press("k k k");
    assert_eq!(seat.app.call, None);
}

#[test]
fn what_changed_is_marked_until_the_next_key() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("3 o");
    let marked = |screen: String| screen.lines().filter(|line| line.starts_with('*')).count();
    assert_eq!(seat.snapshot.observer, Vantage::PathPeer);
    // The three legs of clients are no longer seen.
    assert_eq!(marked(seat.screen((80, 24))), 3);
    seat.press("j");
    assert_eq!(marked(seat.screen((80, 24))), 0);
}

#[test]
fn what_the_observer_does_not_see_shows_no_level() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    assert!(seat.screen((80, 24)).contains('▁'));
    seat.judge(Some(Vantage::Signalling));
    for keys in ["1", "4", "Enter"] {
        seat.press(keys);
        assert!(!seat.screen((80, 24)).contains('▁'), "{keys}");
    }
}

#[test]
fn what_keys_open_is_shown_to_who_may_hold_them_and_never_where_octets_are_hidden() {
    let opened = |seat: &mut Seat| {
        seat.press("4 4 Enter Enter");
        seat.screen((80, 24))
    };
    let mut seat = Seat::keyed("media-server.pcap", "media-server.keys");
    for observer in Vantage::ALL {
        seat.judge(Some(observer));
        let screen = opened(&mut seat);
        let is_shown = screen.contains("│ opened: ");
        assert_eq!(
            is_shown,
            observer.may_hold_keys(),
            "{observer:?}:\n{screen}"
        );
    }
    seat.judge(Some(Vantage::Sfu));
    seat.snapshot.redactor = Arc::new(Redactor::keyed([7; 64]));
    assert!(!opened(&mut seat).contains("opened: "));
    let mut seat = Seat::whole("media-server.pcap");
    assert!(!opened(&mut seat).contains("opened: "));
}

/// Every state in which each view is met: as it is shown, opened, filtered, under the help.
const STATES: [&str; 4] = ["", "Enter", "/ 1 Enter", "?"];

#[test]
fn every_key_works_on_every_view_in_every_state() {
    let begun = Seat::before("one-client-relayed.pcap", 120, Phase::Live);
    let empty = Seat::at(Tracker::default(), None, 0, Phase::Whole);
    for mut seat in [begun, empty] {
        for (view, state) in (1..=6).flat_map(|view| STATES.map(|state| (view, state))) {
            for binding in BINDINGS {
                seat.app = App::default();
                seat.press(&format!("{view} {state}"));
                let before = seat.screen((80, 24));
                let effect = seat.press_key(binding.keys[0]);
                for size in SIZES {
                    seat.screen(size);
                }
                let is_seen = seat.screen((80, 24)) != before || effect.is_some();
                let name = binding.names;
                assert!(
                    is_seen || may_rest(binding.action),
                    "{view} {state}: {name}"
                );
            }
        }
    }
}

/// Whether an action may find that there is nothing to do, without a word.
const fn may_rest(action: Action) -> bool {
    matches!(
        action,
        Action::Show(_)
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Back
            | Action::Enter
    )
}

#[test]
fn what_is_done_under_the_help_is_seen() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("4 ? s");
    assert_eq!((seat.app.help, seat.app.list().sort), (None, Some(0)));
    seat.press("? j");
    assert_eq!(seat.app.help, Some(1));
    seat.press("c");
    assert_eq!((seat.app.help, seat.app.call), (None, Some(1)));
}

#[test]
fn what_is_not_read_any_more_is_told_with_the_next_observer() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("1 o");
    let screen = seat.screen((120, 40));
    let footer = screen.lines().last().expect("a footer");
    assert!(footer.contains("not read now: client, account"), "{footer}");
}

#[test]
fn a_packet_leads_to_its_call() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("5 / 4 0 Enter c 3");
    let only = seat.app.call.expect("the call of packet 40");
    let table = seat.app.table(&seat.snapshot);
    assert!(table.rows.iter().all(|row| row.call == Some(only)));
}

#[test]
fn a_plain_terminal_gets_ascii_without_colours() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.theme = Theme::of(true, "C");
    seat.snapshot.source = Name::File.of("名\u{1b}[31m前.pcap");
    for (title, keys) in TOUR {
        seat.press(keys);
        let screen = seat.screen((80, 24));
        assert!(screen.is_ascii(), "{title}: {screen}");
        assert!(!screen.contains('\u{1b}'), "{title}");
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("memory");
        let drawn = terminal.draw(|frame| draw(frame, &mut seat.app, &seat.snapshot, seat.theme));
        let mut cells = drawn.expect("memory").buffer.content.iter();
        assert!(cells.all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn the_help_names_every_key_also_on_a_small_screen() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.press("?");
    let mut seen = seat.screen((40, 12));
    for _ in 0..60 {
        seat.app.update(Action::Down, &seat.snapshot);
        seen += &seat.screen((40, 12));
    }
    for binding in BINDINGS {
        let named = |line: &str| line.starts_with(&format!(" {} ", binding.names));
        assert!(seen.lines().any(named), "{}", binding.names);
    }
}

#[test]
fn names_and_addresses_are_hidden_on_every_screen() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    seat.snapshot.redactor = Arc::new(Redactor::keyed([7; 64]));
    for (title, keys) in TOUR {
        seat.press(keys);
        let screen = seat.screen((120, 40));
        for named in ["10.77.", "alice", "relay.lab"] {
            assert!(!screen.contains(named), "{title}: {screen}");
        }
    }
}

#[test]
fn sums_that_do_not_speak_of_every_call_say_so() {
    let mut seat = Seat::whole("one-client-relayed.pcap");
    for (phase, word) in [
        (Phase::Whole, ""),
        (Phase::Live, "live"),
        (Phase::Paused, "PAUSED"),
    ] {
        seat.snapshot.phase = phase;
        seat.snapshot.judging = Some((120, 700));
        for size in SIZES {
            let screen = seat.screen(size);
            assert!(screen.contains("judging 120/700"), "{screen}");
            assert!(size.0 < 80 || screen.contains(word), "{screen}");
        }
    }
}

#[test]
fn what_is_told_leaves_the_losses_on_the_screen() {
    let mut seat = Seat::before("one-client-relayed.pcap", 300, Phase::Live);
    seat.snapshot.dropped = Some(1234);
    for (saving, words) in [
        (Some(Saving::Packets(4321)), " rec 4,321  drops 1,234 "),
        (Some(Saving::Failed), " REC FAILED  drops 1,234 "),
        (None, " drops 1,234 "),
    ] {
        seat.snapshot.saving = saving;
        for message in [None, Some("a word ".repeat(20))] {
            seat.app.message = message;
            let screen = seat.screen((80, 24));
            assert!(screen.trim_end().ends_with(words.trim_end()), "{screen}");
        }
    }
}

#[test]
fn every_size_is_drawn() {
    let mut seat = Seat::before("unencrypted-media.pcap", 300, Phase::Live);
    for (_, keys) in TOUR {
        seat.press(keys);
        for size in [
            (1, 1),
            (39, 11),
            (40, 12),
            (59, 15),
            (60, 16),
            (72, 12),
            (300, 100),
        ] {
            seat.screen(size);
        }
    }
}

#[test]
fn what_is_sealed_on_the_wire_is_read_where_the_key_stands_in_signalling() {
    let mut seat = Seat::whole("sip-key-in-signalling.pcap");
    let screen = seat.screen((80, 24));
    assert!(screen.contains("h hidden 0%"), "{screen}");
    assert!(screen.contains("R sealed on the wire"), "{screen}");
    for observer in Vantage::ALL {
        seat.judge(Some(observer));
        for part in &seat.snapshot.parts {
            assert_eq!(part.sealed().iter().sum::<u64>(), part.octets.sealed);
        }
    }
}
