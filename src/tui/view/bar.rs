//! The bar of octets: a part for each kind, as wide as its share, filled with its letter.

use ratatui::text::{Line, Span};

use super::fit::wrapped;
use crate::exposure::Visibility;
use crate::tui::snapshot::Snapshot;
use crate::tui::summary::{Share, Summary};
use crate::tui::theme::{Theme, letter};

/// The bar, and what its letters come to.
pub(super) fn lines(
    summary: &Summary,
    snapshot: &Snapshot,
    width: u16,
    theme: Theme,
) -> [Line<'static>; 2] {
    let shares = &summary.shares;
    if shares.is_empty() {
        let words = format!(" {} sees no octet of this", snapshot.observer.text());
        let mut words = wrapped(&words, width.into()).into_iter();
        return [(); 2].map(|()| Line::styled(words.next().unwrap_or_default(), theme.faint()));
    }
    [bar(shares, width.into(), theme), sums(shares, width < 60)]
}

fn bar(shares: &[Share], width: usize, theme: Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let all = total(shares);
    for ((name, visibility, sum), cells) in shares.iter().zip(widths(shares, width)) {
        if !spans.is_empty() {
            spans.push(Span::raw("│"));
        }
        let (letter, style) = match visibility {
            Some(visibility) => (letter(*visibility), theme.visibility(*visibility)),
            None => ("t", theme.faint()),
        };
        let words = [
            format!(" {name} {} ", percent(*sum, all)),
            format!(" {name} "),
        ];
        let fits = words.into_iter().find(|words| words.len() < cells);
        let words = fits.unwrap_or_default();
        let before = letter.repeat((cells - words.len()).div_ceil(2));
        let behind = letter.repeat((cells - words.len()) / 2);
        spans.push(Span::styled(format!("{before}{words}{behind}"), style));
    }
    Line::from(spans)
}

/// Columns of each part, of which none vanishes; one column stands between two.
fn widths(shares: &[Share], width: usize) -> Vec<usize> {
    let room = width.saturating_sub(shares.len().saturating_sub(1));
    let all = total(shares);
    let part = |sum: u64| (u128::from(sum) * room as u128 / u128::from(all)) as usize;
    let mut widths: Vec<_> = shares.iter().map(|(.., sum)| part(*sum).max(1)).collect();
    let taken: usize = widths.iter().sum();
    if let Some(widest) = widths.iter_mut().max() {
        *widest = (*widest + room).saturating_sub(taken).max(1);
    }
    widths
}

fn sums(shares: &[Share], is_narrow: bool) -> Line<'static> {
    let all = total(shares);
    let of = |wanted: fn(&Share) -> bool| {
        let sum = shares.iter().filter(|share| wanted(share));
        percent(sum.map(|(.., sum)| sum).sum(), all)
    };
    let readable = of(|(_, visibility, _)| *visibility == Some(Visibility::Readable));
    let hidden = of(|(_, visibility, _)| *visibility == Some(Visibility::Hidden));
    let unknown = of(|(_, visibility, _)| *visibility == Some(Visibility::Unknown));
    let tags = of(|(name, ..)| *name == "tags");
    let mut words = if is_narrow {
        format!(" R reads {readable}  h hidden {hidden}  ? {unknown}")
    } else {
        format!(" R readable {readable}   h hidden {hidden}   t tags {tags}   ? not told {unknown}")
    };
    if shares.iter().any(|(name, ..)| *name == "not captured") {
        let cut = of(|(name, ..)| *name == "not captured");
        words += "   cut ";
        words += &cut;
    }
    Line::from(words)
}

fn total(shares: &[Share]) -> u64 {
    let sum: u64 = shares.iter().map(|(.., sum)| sum).sum();
    sum.max(1)
}

/// Whole percents; what is there is never shown as nothing, nor what lacks a little as all.
fn percent(sum: u64, all: u64) -> String {
    match (sum * 100 + all / 2) / all.max(1) {
        0 if sum > 0 => "<1%".to_owned(),
        100 if sum < all => ">99%".to_owned(),
        percent => format!("{percent}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_column_and_all_fill_the_bar() {
        let shares = [
            ("control", Some(Visibility::Readable), 1),
            ("sealed", Some(Visibility::Hidden), 9_999),
            ("tags", None, 3_000),
        ];
        let widths = widths(&shares, 78);
        assert!(widths.iter().all(|width| *width > 0));
        assert_eq!(widths.iter().sum::<usize>() + 2, 78);
    }

    #[test]
    fn little_is_not_nothing_and_nearly_all_is_not_all() {
        assert_eq!(percent(1, 1000), "<1%");
        assert_eq!(percent(999, 1000), ">99%");
        assert_eq!((percent(0, 7), percent(7, 7)), ("0%".into(), "100%".into()));
    }
}
