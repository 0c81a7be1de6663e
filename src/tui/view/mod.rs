//! What is drawn: the frame around every view, and one file for each view.

mod bar;
mod claims;
mod dump;
mod fit;
mod flows;
mod help;
mod list;
mod opened;
mod overview;
mod packets;
mod relay;
mod servers;
mod streams;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::app::{App, Before, Room, View};
use super::keys::BINDINGS;
use super::snapshot::{Phase, Saving, Snapshot};
use super::table::{About, Cell, Row, Table};
use super::theme::Theme;
use crate::report::text::thousands;
use fit::{cut, fit};

/// Below this nothing can be shown that helps.
const LEAST: (u16, u16) = (40, 12);
/// Width from which on names are not shortened.
const WIDE: u16 = 72;

/// What every view is drawn from.
#[derive(Clone, Copy)]
struct Shown<'s> {
    app: &'s App,
    snapshot: &'s Snapshot,
    theme: Theme,
}

/// Draws the screen; notes in `app` what room there is.
pub fn draw(frame: &mut Frame<'_>, app: &mut App, snapshot: &Snapshot, theme: Theme) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let words = format!("relayscope needs {} columns and {} rows", LEAST.0, LEAST.1);
        let lines = fit::wrapped(&words, area.width.into());
        let lines: Vec<_> = lines.into_iter().map(Line::from).collect();
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [title, tabs, body, footer] = Layout::vertical(rows).areas(area);
    frame.render_widget(title_line(snapshot, theme, title.width), title);
    frame.render_widget(tab_line(app, theme, tabs.width), tabs);
    let shown = Shown {
        app,
        snapshot,
        theme,
    };
    let beyond = self::body(frame, body, shown);
    app.room = Room {
        width: area.width,
        height: body.height.into(),
        beyond,
    };
    frame.render_widget(footer_line(app, snapshot, theme, footer.width), footer);
    theme.settle(frame.buffer_mut());
}

/// Returns by how many lines it can be scrolled.
fn body(frame: &mut Frame<'_>, area: Rect, shown: Shown<'_>) -> usize {
    if let Some(scroll) = shown.app.help {
        return help::draw(frame, area, scroll, shown.theme);
    }
    match shown.app.view {
        View::Overview => overview::draw(frame, area, shown),
        View::Packets => packets::draw(frame, area, shown),
        _ => list::draw(frame, area, shown),
    }
}

/// What a view lists; the overview and the packets are no tables.
pub(super) fn table(view: View, snapshot: &Snapshot) -> Table {
    match view {
        View::Overview | View::Packets => Table::default(),
        View::Relay => relay::table(snapshot),
        View::Flows => flows::table(snapshot),
        View::Streams => streams::table(snapshot),
        View::Claims => claims::table(snapshot),
    }
}

/// The value of a row in a column, counted from 0; an empty one where there is none.
pub fn value(snapshot: &Snapshot, row: &Row, column: usize) -> Cell {
    let value = match row.about {
        _ if row.is_line && column > 0 => None,
        About::Nothing => None,
        About::Relay(server) => Some(relay::server_value(snapshot, server)),
        About::Allocation(place) => relay::allocation_value(snapshot, place),
        About::Path(place) => relay::path_value(snapshot, place),
        About::Side(place, to_peer) => relay::side_value(snapshot, (place, to_peer), column),
        About::Server(place) => servers::value(snapshot, place),
        About::Leg(place, leg) => servers::leg_value(snapshot, (place, leg)),
        About::LegSide(place, leg, to_server) => {
            servers::side_value(snapshot, (place, leg, to_server), column)
        }
        About::Flow(place) => flows::value(snapshot, place, column),
        About::Stream(place) => streams::value(snapshot, place, column),
        About::Claim(place) => claims::value(snapshot, place, column),
        About::Idle(place) => claims::idle_value(place, column),
    };
    value.unwrap_or_default()
}

/// A row shown whole: what each of its lines is, and says.
fn detail(snapshot: &Snapshot, row: &Row) -> Vec<(&'static str, String)> {
    let detail = match row.about {
        About::Nothing => None,
        About::Relay(server) => Some(relay::server_detail(snapshot, server)),
        About::Allocation(place) => relay::detail(snapshot, place),
        About::Path(place) | About::Side(place, _) => relay::path_detail(snapshot, place),
        About::Server(place) => servers::detail(snapshot, place),
        About::Leg(place, leg) | About::LegSide(place, leg, _) => {
            servers::leg_detail(snapshot, (place, leg))
        }
        About::Flow(place) => flows::detail(snapshot, place),
        About::Stream(place) => streams::detail(snapshot, place),
        About::Claim(place) => claims::detail(snapshot, place),
        About::Idle(place) => claims::idle_detail(place),
    };
    detail.unwrap_or_default()
}

/// Program, source, how far it is, and for whom.
fn title_line(snapshot: &Snapshot, theme: Theme, width: u16) -> Line<'static> {
    let source = snapshot.redactor.show(&snapshot.source);
    let name = snapshot.observer.name();
    let (left, right) = if width < WIDE {
        (
            format!(" {source}"),
            format!("{}  {name} [o] ", phase(snapshot, false)),
        )
    } else {
        let left = format!(" relayscope  {source}");
        (
            left,
            format!("{}  observer: {name} [o] ", phase(snapshot, true)),
        )
    };
    let right = cut(&format!(" {right}"), width.into());
    let room = usize::from(width).saturating_sub(Span::raw(&right).width());
    Line::from(vec![
        Span::styled(fit(&left, room, false), theme.heading()),
        Span::raw(right),
    ])
}

/// How far it is; where there is little room, what matters most of that.
fn phase(snapshot: &Snapshot, wide: bool) -> String {
    let phase = match snapshot.phase {
        Phase::Loading(read, Some(all)) if all > 0 => {
            format!("loading {} %", read.saturating_mul(100) / all)
        }
        Phase::Loading(..) => "loading".to_owned(),
        Phase::Playing(speed) => format!("x{speed}"),
        Phase::Live => "live".to_owned(),
        Phase::Paused => "PAUSED".to_owned(),
        Phase::Ended => "ended".to_owned(),
        Phase::Whole => String::new(),
    };
    let more = snapshot.judging.map_or_else(
        || counted(snapshot),
        |(judged, all)| format!("judging {judged}/{all}"),
    );
    if phase.is_empty() {
        more
    } else if wide {
        format!("{phase}  {more}")
    } else if snapshot.judging.is_some() {
        more
    } else {
        phase
    }
}

/// The time from the first packet to the last, and how many there are.
fn counted(snapshot: &Snapshot) -> String {
    let life = snapshot.life;
    let millis = life.map_or(0, |(first, last)| last.since(first).as_millis());
    let packets = thousands(snapshot.packets);
    format!("{}.{} s  {packets} pkt", millis / 1000, millis % 1000 / 100)
}

fn tab_line(app: &App, theme: Theme, width: u16) -> Line<'static> {
    let mut spans = Vec::new();
    for (number, view) in (1..).zip(View::ALL) {
        let name = if width < WIDE {
            view.name().chars().take(3).collect()
        } else {
            format!(" {}", view.name())
        };
        // Brackets tell the shown one without any style.
        spans.push(if view == app.view {
            Span::styled(format!("[{number}{name}]"), theme.chosen())
        } else {
            Span::raw(format!(" {number}{name} "))
        });
    }
    if let Some(call) = app.call {
        let words = if width < WIDE {
            format!(" c{call}")
        } else {
            format!(" call {call} [Esc]")
        };
        spans.push(Span::styled(words, theme.heading()));
    }
    Line::from(spans)
}

/// What was told, what is typed, or the keys that matter, as many as there is room for; and how the
/// capture goes.
fn footer_line(app: &App, snapshot: &Snapshot, theme: Theme, width: u16) -> Line<'static> {
    let told = if app.typing {
        Some(format!(" /{}_", app.filter))
    } else if let Some(message) = &app.message {
        Some(format!(" {message}"))
    } else {
        let changed = app.before.as_ref();
        let before = changed.filter(|before| before.observer != snapshot.observer);
        before.map(|before| otherwise(before, app, snapshot))
    };
    let right = if told.is_some() && width < WIDE {
        String::new()
    } else {
        going(snapshot)
    };
    let room = usize::from(width).saturating_sub(Span::raw(&right).width());
    let left = match told {
        Some(told) => Span::styled(fit(&told, room, false), theme.heading()),
        None => Span::styled(fit(&keys(app, room), room, false), theme.faint()),
    };
    Line::from(vec![left, Span::raw(right)])
}

/// What is otherwise than for the observer before: the mark of what is shown, and what is gone.
fn otherwise(before: &Before, app: &App, snapshot: &Snapshot) -> String {
    let who = before.observer.text();
    match before.gone(snapshot, app).join(", ") {
        gone if gone.is_empty() => format!(" * otherwise than for {who}, or new"),
        gone => format!(" * otherwise than for {who}; not read now: {gone}"),
    }
}

/// How the recording stands, and what was lost.
fn going(snapshot: &Snapshot) -> String {
    let saving = match snapshot.saving {
        None => String::new(),
        Some(Saving::Packets(packets)) => format!(" rec {} ", thousands(packets)),
        Some(Saving::Failed) => " REC FAILED ".to_owned(),
    };
    let dropped = snapshot
        .dropped
        .map(|dropped| format!(" drops {} ", thousands(dropped)));
    saving + &dropped.unwrap_or_default()
}

/// The filter, and keys as many as there is room for.
fn keys(app: &App, room: usize) -> String {
    let mut keys = String::new();
    if !app.filter.is_empty() {
        keys = format!(" /{} [Esc]", app.filter);
    }
    for binding in BINDINGS.iter().filter(|binding| !binding.short.is_empty()) {
        let next = format!("{keys} {} {} ", binding.names, binding.short);
        if Span::raw(&next).width() > room {
            break;
        }
        keys = next;
    }
    keys
}
