//! What is drawn: the frame around every view, and one file for each view.

mod claims;
mod flows;
mod help;
mod list;
mod overview;
mod packets;
mod relay;
mod streams;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::app::{App, View};
use super::keys::BINDINGS;
use super::snapshot::{Phase, Snapshot};
use super::table::Table;
use super::theme::Theme;

/// Below this nothing can be shown that helps.
const LEAST: (u16, u16) = (40, 12);

/// Draws the screen; notes in `app` how many rows its body has.
pub fn draw(frame: &mut Frame<'_>, app: &mut App, snapshot: &Snapshot, theme: Theme) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let words = format!("relayscope needs {} columns and {} rows", LEAST.0, LEAST.1);
        frame.render_widget(Line::from(words), area);
        return;
    }
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [title, tabs, body, footer] = Layout::vertical(rows).areas(area);
    app.height = usize::from(body.height.saturating_sub(1));
    frame.render_widget(title_line(snapshot, theme, title.width), title);
    frame.render_widget(tab_line(app, theme, tabs.width), tabs);
    self::body(frame, body, app, snapshot, theme);
    frame.render_widget(footer_line(app, snapshot, theme), footer);
}

fn body(frame: &mut Frame<'_>, area: Rect, app: &App, snapshot: &Snapshot, theme: Theme) {
    if app.help {
        help::draw(frame, area, theme);
        return;
    }
    match app.view {
        View::Overview => overview::draw(frame, area, app, snapshot, theme),
        View::Packets => packets::draw(frame, area, app, snapshot, theme),
        _ => list::draw(frame, area, app, snapshot, theme),
    }
}

/// What a view lists; the overview and the packets are no tables.
pub(super) fn table(view: View, snapshot: &Snapshot) -> Option<Table> {
    match view {
        View::Overview | View::Packets => None,
        View::Relay => Some(relay::table(snapshot)),
        View::Flows => Some(flows::table(snapshot)),
        View::Streams => Some(streams::table(snapshot)),
        View::Claims => Some(claims::table(snapshot)),
    }
}

/// Program, source, how far it is, and for whom.
fn title_line(snapshot: &Snapshot, theme: Theme, width: u16) -> Line<'static> {
    let source = snapshot.redactor.show(&snapshot.source);
    let observer = format!("observer: {} [o]", snapshot.observer.name());
    let phase = phase(snapshot);
    let left = format!(" relayscope  {source}");
    let right = format!("{phase}  {observer} ");
    let room = usize::from(width).saturating_sub(right.chars().count());
    let left = list::cut(&left, room, theme);
    Line::from(vec![
        Span::styled(format!("{left:<room$}"), theme.heading()),
        Span::raw(right),
    ])
}

fn phase(snapshot: &Snapshot) -> String {
    let seconds = snapshot
        .life
        .map_or(0, |(first, last)| last.since(first).as_millis());
    let counted = format!(
        "{}.{} s  {} pkt",
        seconds / 1000,
        seconds % 1000 / 100,
        list::thousands(snapshot.packets)
    );
    match snapshot.phase {
        Phase::Loading(read, Some(all)) if all > 0 => {
            format!("loading {} %  {counted}", read.saturating_mul(100) / all)
        }
        Phase::Loading(..) => format!("loading  {counted}"),
        Phase::Playing(speed) => format!("x{speed}  {counted}"),
        Phase::Live => format!("live  {counted}"),
        Phase::Paused => format!("PAUSED  {counted}"),
        Phase::Ended => format!("ended  {counted}"),
        Phase::Whole => counted,
    }
}

fn tab_line(app: &App, theme: Theme, width: u16) -> Line<'static> {
    let mut spans = Vec::new();
    for (number, view) in (1..).zip(View::ALL) {
        let name = if width < 72 {
            view.name().get(..3).unwrap_or_default()
        } else {
            view.name()
        };
        let style = if view == app.view {
            theme.chosen()
        } else {
            ratatui::style::Style::new()
        };
        spans.push(Span::raw(" "));
        spans.push(Span::styled(format!("{number} {name}"), style));
    }
    Line::from(spans)
}

/// What was told, what is typed, or the keys that matter.
fn footer_line(app: &App, snapshot: &Snapshot, theme: Theme) -> Line<'static> {
    if let Some(message) = &app.message {
        return Line::styled(format!(" {message}"), theme.heading());
    }
    if app.typing {
        return Line::styled(format!(" /{}_", app.filter), theme.heading());
    }
    let mut words = String::new();
    if !app.filter.is_empty() {
        words = format!(" filter '{}' [Esc]", app.filter);
    }
    for binding in BINDINGS.iter().filter(|binding| !binding.short.is_empty()) {
        words = format!("{words} {} {} ", binding.names, binding.short);
    }
    if let Some(dropped) = snapshot.dropped {
        words = format!("{words} drops {}", list::thousands(dropped));
    }
    Line::from(words)
}
