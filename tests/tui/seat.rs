//! A capture on the screen, and somebody who presses keys.

use std::sync::Arc;
use std::{fs, iter};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use relayscope::base::label::Quiet;
use relayscope::base::told::{Name, Told};
use relayscope::capture::CaptureSummary;
use relayscope::decode;
use relayscope::exposure::{Lens, Vantage};
use relayscope::flow::Tracker;
use relayscope::report::Question;
use relayscope::report::live::Board;
use relayscope::report::redact::Redactor;
use relayscope::tui::{App, Effect, Page, Phase, Reader, Snapshot, Theme, action, draw};

use crate::common::{capture, each_packet};

/// A capture on the screen, and who sits before it.
pub(crate) struct Seat {
    pub(crate) app: App,
    pub(crate) snapshot: Snapshot,
    tracker: Tracker,
    source: Option<&'static str>,
    pub(crate) theme: Theme,
}

impl Seat {
    /// The whole capture, with the key log beside it.
    pub(crate) fn keyed(source: &'static str, log: &str) -> Self {
        let mut tracker = Tracker::default();
        let keys = fs::read(capture(log)).expect("a key log");
        tracker.take_keys(log, &keys);
        Self::with(tracker, source, u64::MAX, Phase::Whole)
    }

    pub(crate) fn before(source: &'static str, most: u64, phase: Phase) -> Self {
        Self::with(Tracker::default(), source, most, phase)
    }

    fn with(mut tracker: Tracker, source: &'static str, most: u64, phase: Phase) -> Self {
        let mut packets = 0;
        each_packet(&capture(source), |packet| {
            if packets < most {
                packets += 1;
                tracker.packet(packet, &decode::frame(packet, &mut Quiet));
            }
        });
        tracker.finish();
        Self::at(tracker, Some(source), packets, phase)
    }

    pub(crate) fn at(
        tracker: Tracker,
        source: Option<&'static str>,
        packets: u64,
        phase: Phase,
    ) -> Self {
        let totals = tracker.totals();
        let snapshot = Snapshot {
            source: Name::File.of(source.unwrap_or("empty.pcap")),
            phase,
            observer: Vantage::Relay,
            packets,
            last: packets,
            life: totals.first.zip(totals.last),
            dropped: None,
            saving: None,
            judging: None,
            parts: Vec::new(),
            page: Page::default(),
            redactor: Arc::new(Redactor::off()),
        };
        let mut seat = Self {
            app: App::default(),
            snapshot,
            tracker,
            source,
            theme: Theme::of(false, "en_GB.UTF-8"),
        };
        seat.judge(None);
        seat
    }

    pub(crate) fn whole(source: &'static str) -> Self {
        Self::before(source, u64::MAX, Phase::Whole)
    }

    pub(crate) fn judge(&mut self, observer: Option<Vantage>) {
        let question = Question {
            observer,
            ..Question::default()
        };
        let mut board = Board::new(question);
        let (summary, now) = (CaptureSummary::default(), self.tracker.totals().last);
        board.update(
            &self.tracker,
            &summary,
            (now.unwrap_or_default(), usize::MAX),
        );
        let snapshot = &mut self.snapshot;
        snapshot.observer = board.observer();
        snapshot.parts = board.parts().map(Arc::clone).collect();
    }

    /// Presses keys as a terminal reports them, and does what is to be done outside of the screen.
    pub(crate) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let codes = keys.split_whitespace().map(code);
        codes.filter_map(|code| self.press_key(code)).collect()
    }

    pub(crate) fn press_key(&mut self, code: KeyCode) -> Option<Effect> {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let asked = action(key, self.app.typing);
        let asked = asked.unwrap_or_else(|| panic!("{code:?} is bound"));
        let effect = self.app.update(asked, &self.snapshot);
        match effect {
            Some(Effect::Observe(observer, _)) => self.judge(Some(observer)),
            Some(Effect::Look(number)) => self.snapshot.page = self.page(number),
            _ => {}
        }
        self.screen((80, 24));
        effect
    }

    fn page(&self, number: u64) -> Page {
        let mut page = Page {
            asked: number,
            ..Page::default()
        };
        let Some(source) = self.source else {
            page.missing = Some(Told::plain("the capture has no packet"));
            return page;
        };
        let mut lens = Lens::new(&self.tracker);
        let seen = self.snapshot.packets;
        each_packet(&capture(source), |packet| {
            if packet.number <= seen {
                lens.look(packet);
            }
        });
        lens.end();
        let packets: Vec<_> = iter::from_fn(|| lens.settled()).collect();
        let reader = Reader {
            tracker: &self.tracker,
            parts: &self.snapshot.parts,
            redactor: &self.snapshot.redactor,
            from: 0,
        };
        reader.page(number, &packets)
    }

    pub(crate) fn screen(&mut self, (width, height): (u16, u16)) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("memory");
        let drawn = terminal.draw(|frame| draw(frame, &mut self.app, &self.snapshot, self.theme));
        let screen = drawn.expect("memory").buffer;
        let mut text = String::new();
        for y in 0..height {
            let mut line = String::new();
            let mut skipped = 0;
            for x in 0..width {
                let symbol = screen[(x, y)].symbol();
                if skipped == 0 {
                    line.push_str(symbol);
                    skipped = ratatui::text::Span::raw(symbol).width();
                }
                skipped = skipped.saturating_sub(1);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn code(name: &str) -> KeyCode {
    match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Space" => KeyCode::Char(' '),
        "PageDown" => KeyCode::PageDown,
        "End" => KeyCode::End,
        letter => KeyCode::Char(letter.chars().next().expect("a letter")),
    }
}
