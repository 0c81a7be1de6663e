//! The overview: what is read and what is sealed, side by side, and how the claims stand.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::fit::{cut, fit};
use super::{Shown, bar, opened, streams};
use crate::exposure::Visibility;
use crate::flow::Topology;
use crate::report::live::{Exposed, Judged, StreamRow};
use crate::report::text::{counted, thousands};
use crate::tui::summary::{Standing, Summary, item_row};
use crate::tui::table::{Row, Tone};
use crate::tui::theme::{IDLE, letter, mark};

/// Width and height from which on there is room for boxes.
const BOXES: (u16, u16) = (60, 16);
/// Columns of the names of items and of claims.
const ITEM: usize = 15;
const CLAIM: usize = 30;
/// Tenths of a second of a level meter.
const METER: usize = 8;

/// Draws the overview; returns by how many lines it can be scrolled where it is opened.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, shown: Shown<'_>) -> usize {
    let summary = shown.app.summary(shown.snapshot);
    let scene = Scene {
        shown,
        summary: &summary,
    };
    if shown.app.list().open {
        return scene.everything(frame, area);
    }
    if area.width < BOXES.0 || area.height < BOXES.1 {
        scene.bare(frame, area);
    } else {
        scene.boxes(frame, area);
    }
    0
}

/// What all parts of the overview are drawn from.
struct Scene<'s> {
    shown: Shown<'s>,
    summary: &'s Summary,
}

impl Scene<'_> {
    fn boxes(&self, frame: &mut Frame<'_>, area: Rect) {
        let [top, reads, cannot, bottom] = self.areas(area);
        let (snapshot, theme) = (self.shown.snapshot, self.shown.theme);
        let who = snapshot.observer.text();
        let title = format!(" octets, as {who} sees them ");
        let calls = cut(
            &format!(" {} ", self.calls()),
            usize::from(area.width).saturating_sub(title.len() + 2),
        );
        let block = boxed(title.into()).title_top(Line::from(calls).right_aligned());
        let inner = block.inner(top);
        frame.render_widget(block, top);
        let lines = bar::lines(self.summary, snapshot, inner.width, theme);
        frame.render_widget(Paragraph::new(lines.to_vec()), inner);
        let titled = |words: String, visibility| {
            let style = theme.visibility(visibility).patch(theme.heading());
            Line::styled(words, style)
        };
        let title = titled(format!(" {who} READS "), Visibility::Readable);
        self.boxed(frame, reads, title, "more [Enter]", |width| {
            self.reads(width)
        });
        let (title, visibility) = self.cannot_title();
        let title = titled(title.to_owned(), visibility);
        self.boxed(frame, cannot, title, "more [Enter]", |width| {
            self.cannot(width)
        });
        let title = self.claims_title().into();
        self.boxed(frame, bottom, title, "more [6]", |width| self.claims(width));
    }

    /// The boxes share their borders: each begins on the last line of the one above.
    fn areas(&self, area: Rect) -> [Rect; 4] {
        let room = area.height.saturating_sub(6);
        let claims = (room * 7 / 15).min(self.summary.claims.len() as u16);
        let left = area.width * 21 / 40;
        let top = Rect { height: 4, ..area };
        let middle = Rect {
            y: area.y + 3,
            height: room - claims + 2,
            ..area
        };
        let reads = Rect {
            width: left + 1,
            ..middle
        };
        let cannot = Rect {
            x: area.x + left,
            width: area.width - left,
            ..middle
        };
        let bottom = Rect {
            y: middle.bottom() - 1,
            height: claims + 2,
            ..area
        };
        [top, reads, cannot, bottom]
    }

    fn boxed(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        title: Line<'static>,
        more: &'static str,
        lines: impl FnOnce(usize) -> Vec<Line<'static>>,
    ) {
        let block = boxed(title);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let mut lines = self.filtered(lines(inner.width.into()));
        let room = usize::from(inner.height);
        let hidden = lines.len().saturating_sub(room);
        if hidden > 0 {
            lines.truncate(room.saturating_sub(1));
            let words = format!("  and {} {more}", hidden + 1);
            lines.push(Line::styled(words, self.shown.theme.faint()));
        }
        frame.render_widget(Paragraph::new(lines), inner);
    }

    /// Only the lines with the text of the filter; a word where there is none.
    fn filtered(&self, mut lines: Vec<Line<'static>>) -> Vec<Line<'static>> {
        let filter = self.shown.app.filter.to_lowercase();
        lines.retain(|line| line.to_string().to_lowercase().contains(&filter));
        if lines.is_empty() {
            lines.push(Line::styled(" nothing", self.shown.theme.faint()));
        }
        lines
    }

    /// The essentials, without boxes.
    fn bare(&self, frame: &mut Frame<'_>, area: Rect) {
        let rows = [
            Constraint::Length(2),
            Constraint::Fill(3),
            Constraint::Fill(2),
            Constraint::Fill(2),
        ];
        let [octets, reads, cannot, claims] = Layout::vertical(rows).areas(area);
        let width = usize::from(area.width);
        let lines = bar::lines(
            self.summary,
            self.shown.snapshot,
            area.width,
            self.shown.theme,
        );
        frame.render_widget(Paragraph::new(lines.to_vec()), octets);
        frame.render_widget(Paragraph::new(self.filtered(self.reads(width))), reads);
        frame.render_widget(Paragraph::new(self.filtered(self.cannot(width))), cannot);
        let [holds, violated, open] = self.summary.tally();
        let title = format!("claims [6]: ✔ {holds}  ✘ {violated}  ? {open}");
        let mut lines = vec![Line::styled(title, self.shown.theme.heading())];
        lines.extend(self.filtered(self.claims(width)));
        frame.render_widget(Paragraph::new(lines), claims);
    }

    /// Who talks to whom, where it is one call.
    fn calls(&self) -> String {
        let show = |told: std::net::IpAddr| self.shown.snapshot.redactor.show(told);
        match self.summary.talks.as_slice() {
            [] => "no call".to_owned(),
            [(parties, topology)] => match (parties.as_slice(), topology) {
                ([one, other], Topology::Direct | Topology::Relayed | Topology::Unknown) => {
                    format!("{} ↔ {}", show(*one), show(*other))
                }
                (parties, topology) => format!("{} parties, {}", parties.len(), topology.name()),
            },
            all => format!("{} calls", thousands(all.len() as u64)),
        }
    }

    fn reads(&self, width: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        let mut speakers = Some(&self.summary.speakers);
        for item in &self.summary.items {
            if item.visibility != Visibility::Readable {
                continue;
            }
            if item.item == "who speaks"
                && let Some(speakers) = speakers.take().filter(|all| !all.is_empty())
            {
                let meters = speakers.iter();
                lines.extend(meters.map(|stream| self.speaker(item, stream, width)));
            } else {
                lines.push(self.item(item, width));
            }
        }
        lines
    }

    /// What cannot be told may be read.
    fn cannot_title(&self) -> (&'static str, Visibility) {
        let any = |wanted| {
            let mut items = self.summary.items.iter();
            items.any(|item| item.visibility == wanted)
        };
        let is_open = any(Visibility::Unknown) || self.summary.not_understood > 0;
        match (any(Visibility::Hidden), is_open) {
            (true, true) => (" CANNOT read, ? may read ", Visibility::Unknown),
            (false, true) => (" and ? MAY read ", Visibility::Unknown),
            (_, false) => (" and CANNOT read ", Visibility::Hidden),
        }
    }

    fn cannot(&self, width: usize) -> Vec<Line<'static>> {
        let items = self.summary.items.iter();
        let rest = items.filter(|item| item.visibility != Visibility::Readable);
        let lines = rest.map(|item| self.item(item, width));
        lines.chain(self.not_understood()).collect()
    }

    /// Octets that nobody understood: whoever sees them may.
    fn not_understood(&self) -> Option<Line<'static>> {
        let octets = Some(self.summary.not_understood).filter(|octets| *octets > 0)?;
        let visibility = Visibility::Unknown;
        let name = fit("not understood", ITEM, false);
        Some(Line::from(vec![
            Span::styled(letter(visibility), self.shown.theme.visibility(visibility)),
            Span::raw(format!(" {name} {}", counted(octets, "octet"))),
        ]))
    }

    /// Somebody whose loudness is in clear.
    fn speaker(&self, item: &Exposed, stream: &StreamRow, width: usize) -> Line<'static> {
        let from = self.shown.snapshot.redactor.show(stream.from.ip());
        let level = stream.levels.last().map_or(127, |(_, level)| *level);
        let level = format!("-{level}");
        let value = format!("{} {level:>4} {from}", streams::meter(stream, METER));
        self.told(item, &value, "", width)
    }

    fn item(&self, item: &Exposed, width: usize) -> Line<'static> {
        let is_read = item.visibility == Visibility::Readable;
        if item.values > 1 && !is_read {
            // One of several sealed things tells less than how much there is of them.
            let [values, packets] = [item.values, item.packets].map(thousands);
            return self.told(item, &format!("{values} in {packets} packets"), "", width);
        }
        let value = self.shown.snapshot.redactor.show(item.value());
        self.told(item, &value, &more(item), width)
    }

    /// One line; the value is cut, and what stands behind it is not.
    fn told(&self, item: &Exposed, value: &str, behind: &str, width: usize) -> Line<'static> {
        let visibility = item.visibility;
        let name = fit(item.item, ITEM, false);
        let room = width.saturating_sub(ITEM + 3 + behind.len());
        let value = cut(value, room);
        let changed = self.changed(&item_row(item));
        Line::from(vec![
            Span::styled(letter(visibility), self.shown.theme.visibility(visibility)),
            Span::raw(format!("{changed}{name} {value}{behind}")),
        ])
    }

    fn changed(&self, row: &Row) -> &'static str {
        if self.shown.app.is_changed(row, self.shown.snapshot) {
            "*"
        } else {
            " "
        }
    }

    fn claims_title(&self) -> String {
        let [holds, violated, open] = self.summary.tally();
        format!(" claims: ✔ {holds} hold  ✘ {violated} violated  ? {open} open ")
    }

    fn claims(&self, width: usize) -> Vec<Line<'static>> {
        let all = self.summary.claims.iter();
        all.map(|standing| self.claim(standing, width)).collect()
    }

    /// The verdict that weighs most, and what was found.
    fn claim(&self, standing: &Standing, width: usize) -> Line<'static> {
        let row = standing.row();
        let changed = self.changed(&row);
        let id = fit(standing.claim.id, CLAIM, false);
        let Some(judged) = &standing.heaviest else {
            let words = format!("{IDLE}{changed}{id} not exercised");
            return Line::styled(cut(&words, width), self.shown.theme.tone(Tone::Faint));
        };
        let words = format!("{changed}{id} {}", self.found(standing, judged));
        Line::from(vec![
            Span::styled(
                mark(&judged.judgement.verdict),
                self.shown.theme.tone(row.state),
            ),
            Span::raw(cut(&words, width.saturating_sub(1))),
        ])
    }

    fn found(&self, standing: &Standing, judged: &Judged) -> String {
        let found = self.shown.snapshot.redactor.show(&judged.judgement.found);
        let all: u64 = standing.counts.iter().sum();
        if all < 2 {
            return found;
        }
        let [holds, violated, open] = standing.counts;
        let same = match judged.judgement.verdict.name() {
            "holds" => holds,
            "violated" => violated,
            _ => open,
        };
        format!("{same} of {all}: {found}")
    }

    /// Every item with its values.
    fn everything(&self, frame: &mut Frame<'_>, area: Rect) -> usize {
        let filter = self.shown.app.filter.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&filter);
        let items = self.summary.items.iter().filter_map(|item| {
            let title = format!("{} {}", letter(item.visibility), item.item);
            let mut values = self.values(item);
            if !has(&title) {
                values.retain(|value| has(value));
            }
            (!values.is_empty()).then(|| (title, values.join("\n")))
        });
        let items: Vec<_> = items.collect();
        let lines = opened::lines(&items, area.width, self.shown.theme);
        let lines = self.filtered(lines);
        opened::scrolled(frame, area, lines, self.shown.app.list().scroll)
    }

    /// Each value with its packet, and how many are not listed.
    fn values(&self, item: &Exposed) -> Vec<String> {
        let sure = item.inference;
        let sure = sure.map_or_else(String::new, |sure| format!(" ({})", sure.name()));
        let listed = item.listed.iter().map(|found| {
            let value = self.shown.snapshot.redactor.show(&found.value);
            let packet = found.packet;
            let packet = packet.map_or_else(String::new, |number| format!(", packet {number}"));
            format!("{value}{sure}{packet}")
        });
        let mut values: Vec<_> = listed.collect();
        let more = item.values.saturating_sub(values.len() as u64);
        if more > 0 {
            values.push(format!("and {} more, not listed", thousands(more)));
        }
        values
    }
}

/// How many values there are beside the one that is shown.
fn more(item: &Exposed) -> String {
    match item.values {
        0 | 1 => String::new(),
        count => format!(" +{}", thousands(count - 1)),
    }
}

fn boxed(title: Line<'static>) -> Block<'static> {
    Block::bordered()
        .merge_borders(MergeStrategy::Exact)
        .title(title)
}
