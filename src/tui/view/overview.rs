//! The overview: what is read and what is sealed, side by side, and how the claims stand.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph};

use super::list::{cut, thousands};
use crate::claim::{CATALOGUE, Verdict};
use crate::exposure::{Octets, Visibility};
use crate::report::live::{Exposed, Judged};
use crate::tui::app::App;
use crate::tui::snapshot::Snapshot;
use crate::tui::theme::Theme;

/// Draws the overview.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    snapshot: &Snapshot,
    theme: Theme,
) {
    let claims = (area.height / 3).clamp(4, CATALOGUE.len() as u16 + 1);
    let rows = [
        Constraint::Length(4),
        Constraint::Fill(1),
        Constraint::Length(claims),
    ];
    let [bar, middle, claims] = Layout::vertical(rows).areas(area);
    let who = snapshot.observer.text();
    frame.render_widget(octets(snapshot, bar, theme), bar);
    let halves = [Constraint::Percentage(56), Constraint::Fill(1)];
    let [reads, cannot] = Layout::horizontal(halves).areas(middle);
    let titles = [format!("{who} READS"), format!("{who} CANNOT read")];
    let [left, right] = titles.map(|title| format!(" {title} "));
    let (readable, rest): (Vec<_>, Vec<_>) = items(snapshot)
        .into_iter()
        .partition(|item| item.visibility == Visibility::Readable);
    frame.render_widget(list(&readable, &left, reads, snapshot, theme), reads);
    frame.render_widget(list(&rest, &right, cannot, snapshot, theme), cannot);
    frame.render_widget(verdicts(app, snapshot, claims, theme), claims);
}

/// The bar: a part for each kind of octets, as wide as its share.
fn octets(snapshot: &Snapshot, area: Rect, theme: Theme) -> Paragraph<'static> {
    let width = usize::from(area.width.saturating_sub(2));
    let sums = shares(&snapshot.octets);
    let all: u64 = sums.iter().map(|(.., sum)| sum).sum();
    let mut bar = Vec::new();
    for (name, visibility, sum) in sums.iter().filter(|(.., sum)| *sum > 0) {
        let cells = (*sum as usize * width) / all.max(1) as usize;
        let (letter, style) = match visibility {
            Some(visibility) => (Theme::letter(*visibility), theme.visibility(*visibility)),
            None => ('t', theme.faint()),
        };
        let percent = sum * 100 / all.max(1);
        let words = format!(" {name} {percent} % ");
        let text = if cells > words.len() + 2 {
            words
        } else {
            String::new()
        };
        let letters = letter.to_string().repeat(cells.saturating_sub(text.len()));
        bar.push(Span::styled(format!("{letters}{text}"), style));
    }
    let percent = |of: Option<Visibility>| {
        let sum: u64 = sums
            .iter()
            .filter(|(_, v, _)| *v == of)
            .map(|(.., sum)| sum)
            .sum();
        sum * 100 / all.max(1)
    };
    let words = format!(
        "readable {} %   sealed {} %   tags {} %   not understood {} %",
        percent(Some(Visibility::Readable)),
        percent(Some(Visibility::Hidden)),
        percent(None),
        percent(Some(Visibility::Unknown)),
    );
    let title = format!(" octets, as {} sees them ", snapshot.observer.text());
    let lines = vec![Line::from(bar), Line::from(words)];
    Paragraph::new(lines).block(Block::new().borders(Borders::ALL).title(title))
}

/// Kinds of octets in the order of the bar.
fn shares(octets: &Octets) -> [(&'static str, Option<Visibility>, u64); 7] {
    let readable = Some(Visibility::Readable);
    [
        ("addressing", readable, octets.clear_addressing),
        ("control", readable, octets.clear_control),
        ("media headers", readable, octets.clear_media_header),
        ("media", readable, octets.clear_content),
        ("not understood", Some(Visibility::Unknown), octets.unknown),
        ("sealed", Some(Visibility::Hidden), octets.sealed),
        ("tags", None, octets.tag),
    ]
}

/// The items of all calls, each once, in the order of the first call that has it.
fn items(snapshot: &Snapshot) -> Vec<&Exposed> {
    let mut seen = std::collections::BTreeSet::new();
    let all = snapshot.parts.iter().flat_map(|part| &part.exposures);
    all.filter(|item| seen.insert((item.item, item.visibility)))
        .collect()
}

fn list(
    items: &[&Exposed],
    title: &str,
    area: Rect,
    snapshot: &Snapshot,
    theme: Theme,
) -> Paragraph<'static> {
    let width = usize::from(area.width.saturating_sub(2));
    let room = usize::from(area.height.saturating_sub(1));
    let mut lines: Vec<_> = items
        .iter()
        .take(room)
        .map(|item| {
            let value = snapshot.redactor.show(&item.value);
            let words = format!("{:<15} {value}", cut(item.item, 15, theme));
            let letter = Theme::letter(item.visibility);
            Line::from(vec![
                Span::styled(letter.to_string(), theme.visibility(item.visibility)),
                Span::raw(cut(&words, width.saturating_sub(1), theme)),
            ])
        })
        .collect();
    if items.len() > room
        && let Some(last) = lines.last_mut()
    {
        *last = Line::styled(
            format!(" and {} more", items.len() - room + 1),
            theme.faint(),
        );
    }
    let borders = Borders::LEFT | Borders::RIGHT | Borders::TOP;
    Paragraph::new(lines).block(Block::new().borders(borders).title(title.to_owned()))
}

/// One line for each claim: the verdict that weighs most, over all calls.
fn verdicts(app: &App, snapshot: &Snapshot, area: Rect, theme: Theme) -> Paragraph<'static> {
    let mut heaviest = BTreeMap::<&str, (&Judged, usize)>::new();
    for judged in snapshot.parts.iter().flat_map(|part| &part.claims) {
        let weight = |of: &Judged| super::claims::weight(&of.judgement.verdict);
        let known = heaviest
            .entry(judged.judgement.claim.id)
            .or_insert((judged, 0));
        known.1 += 1;
        if weight(judged) < weight(known.0) {
            known.0 = judged;
        }
    }
    let width = usize::from(area.width);
    let room = usize::from(area.height.saturating_sub(1));
    let mut lines = Vec::new();
    for claim in CATALOGUE {
        let line = match heaviest.get(claim.id) {
            Some((judged, count)) => verdict(judged, *count, snapshot, width, theme),
            None => Line::styled(format!(" . {:<29} not exercised", claim.id), theme.faint()),
        };
        lines.push((heaviest.get(claim.id).is_none(), line));
    }
    // Those that the capture exercises come first.
    lines.sort_by_key(|(idle, _)| *idle);
    let hidden = lines.len().saturating_sub(room);
    let title = if hidden > 0 {
        format!(" claims, {hidden} more [6] ")
    } else {
        " claims [6] ".to_owned()
    };
    let changed = app.before.filter(|before| *before != snapshot.observer);
    let title = match changed {
        Some(before) => format!("{title}- before: {} ", before.name()),
        None => title,
    };
    let lines = lines.into_iter().map(|(_, line)| line).take(room);
    let block = Block::new().borders(Borders::TOP).title(title);
    Paragraph::new(lines.collect::<Vec<_>>()).block(block)
}

fn verdict(
    judged: &Judged,
    count: usize,
    snapshot: &Snapshot,
    width: usize,
    theme: Theme,
) -> Line<'static> {
    let judgement = &judged.judgement;
    let style = match judgement.verdict {
        Verdict::Holds(_) => theme.good(),
        Verdict::Violated(_) => theme.bad(),
        Verdict::Inconclusive(..) => theme.open(),
    };
    let more = if count > 1 {
        format!(" (of {})", thousands(count as u64))
    } else {
        String::new()
    };
    let found = snapshot.redactor.show(&judgement.found);
    let words = format!("{:<29}{more} {found}", judgement.claim.id);
    Line::from(vec![
        Span::styled(format!(" {} ", theme.mark(&judgement.verdict)), style),
        Span::raw(cut(&words, width.saturating_sub(4), theme)),
    ])
}
