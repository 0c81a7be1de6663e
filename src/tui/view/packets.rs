//! Packets: a list around the chosen one, and its octets by what the observer reads of them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::list::cut;
use crate::tui::app::App;
use crate::tui::snapshot::{Look, LookRegion, PacketRow, Snapshot};
use crate::tui::theme::Theme;

/// Octets in a line of the dump.
const OCTETS: usize = 14;

/// Draws the packets.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    snapshot: &Snapshot,
    theme: Theme,
) {
    let page = &snapshot.page;
    if let Some(missing) = &page.missing {
        let words = format!(" {}", snapshot.redactor.show(missing));
        frame.render_widget(Line::styled(words, theme.open()), area);
        return;
    }
    let listed = (area.height / 3).max(3);
    let rows = [Constraint::Length(listed), Constraint::Fill(1)];
    let [list, octets] = Layout::vertical(rows).areas(area);
    frame.render_widget(self::list(app, snapshot, list, theme), list);
    if let Some(look) = page.look.as_ref().filter(|look| look.number == app.packet) {
        frame.render_widget(self::octets(look, snapshot, octets, theme), octets);
    }
}

fn list(app: &App, snapshot: &Snapshot, area: Rect, theme: Theme) -> Paragraph<'static> {
    let room = usize::from(area.height);
    let rows = &snapshot.page.rows;
    let chosen = rows.iter().position(|row| row.number == app.packet);
    let first = chosen.unwrap_or(0).saturating_sub(room / 2);
    let line = |row: &PacketRow| {
        let since = snapshot
            .life
            .map_or(0, |(first, _)| row.time.nanos_since(first));
        let (millis, sign) = (
            since.unsigned_abs() / 1_000_000,
            if since < 0 { "-" } else { "" },
        );
        let words = format!(
            "{:>7} {sign}{:>5}.{:03} s  {}  {}",
            row.number,
            millis / 1000,
            millis % 1000,
            snapshot.redactor.show(&row.ends),
            snapshot.redactor.show(&row.words)
        );
        let style = if row.number == app.packet {
            theme.chosen()
        } else {
            Style::new()
        };
        Line::styled(cut(&words, usize::from(area.width), theme), style)
    };
    Paragraph::new(
        rows.iter()
            .skip(first)
            .take(room)
            .map(line)
            .collect::<Vec<_>>(),
    )
}

fn octets(look: &Look, snapshot: &Snapshot, area: Rect, theme: Theme) -> Paragraph<'static> {
    let mut lines = Vec::new();
    for region in &look.regions {
        let words = format!("{} {}", region.field, snapshot.redactor.show(&region.words));
        let octets = look
            .octets
            .get(region.start..region.end.min(look.octets.len()));
        let mut rest = Some(words);
        for (place, row) in octets.unwrap_or_default().chunks(OCTETS).enumerate() {
            let at = region.start + place * OCTETS;
            lines.push(dump(
                at,
                row,
                region,
                rest.take().unwrap_or_default(),
                area.width,
                theme,
            ));
        }
        if let Some(words) = rest {
            // Beyond what was captured.
            lines.push(dump(region.start, &[], region, words, area.width, theme));
        }
    }
    Paragraph::new(lines)
}

/// One line: offset, letter, octets, field.
fn dump(
    at: usize,
    octets: &[u8],
    region: &LookRegion,
    words: String,
    width: u16,
    theme: Theme,
) -> Line<'static> {
    let (letter, style) = match region.visibility {
        Some(visibility) => (Theme::letter(visibility), theme.visibility(visibility)),
        None => ('t', theme.faint()),
    };
    let hex: String = octets.iter().map(|octet| format!(" {octet:02x}")).collect();
    let room = usize::from(width).saturating_sub(9 + OCTETS * 3);
    Line::from(vec![
        Span::styled(format!(" {at:04x} "), theme.faint()),
        Span::styled(format!("{letter}{hex:<dump$} ", dump = OCTETS * 3), style),
        Span::raw(cut(&words, room, theme)),
    ])
}
