//! Octets of a stream that belong to no message yet.

use crate::base::span::{Octets, Piece};

/// Octets in order, with where each of them came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog {
    /// Octets that the capture does not hold are zero here, so that all keep their places.
    octets: Vec<u8>,
    pieces: Vec<Piece>,
    /// Octets and pieces in front that have been taken.
    gone: (usize, usize),
    /// The pieces that were taken last.
    taken: Vec<Piece>,
}

impl Backlog {
    /// Adds what comes next, from this frame.
    pub(super) fn push(&mut self, number: u64, octets: Octets<'_>) {
        let (octets_gone, pieces_gone) = std::mem::take(&mut self.gone);
        self.octets.drain(..octets_gone);
        self.pieces.drain(..pieces_gone);
        self.octets.extend_from_slice(octets.captured);
        let missing = octets.wire_len as usize - octets.captured.len();
        self.octets.resize(self.octets.len() + missing, 0);
        self.pieces.push(Piece {
            number,
            offset: octets.offset,
            wire_len: octets.wire_len,
            captured: octets.captured.len() as u32,
        });
    }

    /// The octets ahead, up to the first that the capture does not hold.
    pub(super) fn ahead(&self) -> &[u8] {
        let all = self.octets.get(self.gone.0..).unwrap_or_default();
        all.get(..whole(self.waiting())).unwrap_or(all)
    }

    /// Octets ahead, captured or not.
    pub(super) const fn len(&self) -> usize {
        self.octets.len() - self.gone.0
    }

    /// Octets up to the end of the first piece that the capture does not hold whole.
    pub(super) fn to_the_cut(&self) -> usize {
        let cut = |piece: &Piece| piece.captured < piece.wire_len;
        let pieces = self.waiting();
        let end = pieces
            .iter()
            .position(cut)
            .map_or(pieces.len(), |at| at + 1);
        let until = pieces.iter().take(end);
        until.map(|piece| piece.wire_len as usize).sum()
    }

    /// Whether octets of this frame are among them.
    pub(super) fn holds(&self, number: u64) -> bool {
        self.waiting().iter().any(|piece| piece.number == number)
    }

    /// Takes the next `len` octets: those that the capture holds before its first gap, and the
    /// pieces of all of them.
    pub(super) fn take(&mut self, len: usize) -> (&[u8], &[Piece]) {
        let len = len.min(self.len());
        let mut left = len as u32;
        self.taken.clear();
        while left > 0
            && let Some(piece) = self.pieces.get_mut(self.gone.1)
        {
            let part = piece.split(left);
            left -= part.wire_len;
            self.taken.push(part);
            if piece.wire_len == 0 {
                self.gone.1 += 1;
            }
        }
        let start = self.gone.0;
        self.gone.0 += len;
        let end = start + whole(&self.taken);
        (self.octets.get(start..end).unwrap_or_default(), &self.taken)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.octets.clear();
        self.pieces.clear();
        self.gone = (0, 0);
    }

    fn waiting(&self) -> &[Piece] {
        self.pieces.get(self.gone.1..).unwrap_or_default()
    }
}

/// Octets that the capture holds before the first that it does not hold.
fn whole(pieces: &[Piece]) -> usize {
    let mut sum = 0;
    for piece in pieces {
        sum += piece.captured as usize;
        if piece.captured < piece.wire_len {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Backlog {
        let mut backlog = Backlog::default();
        backlog.push(1, Octets::whole(b"abc", 10));
        let cut = Octets {
            captured: b"d",
            offset: 20,
            wire_len: 3,
        };
        backlog.push(2, cut);
        backlog.push(3, Octets::whole(b"g", 30));
        backlog
    }

    #[test]
    fn every_octet_knows_its_frame() {
        let mut backlog = filled();
        let (octets, pieces) = backlog.take(2);
        assert_eq!((octets, pieces.len()), (&b"ab"[..], 1));
        assert!(backlog.holds(1) && backlog.len() == 5);
        let (octets, pieces) = backlog.take(2);
        assert_eq!(octets, b"cd");
        let places: Vec<_> = pieces.iter().map(|p| (p.number, p.offset)).collect();
        assert_eq!(places, [(1, 12), (2, 20)]);
        assert!(!backlog.holds(1) && backlog.holds(2));
    }

    #[test]
    fn what_the_capture_does_not_hold_keeps_its_place() {
        let mut backlog = filled();
        assert_eq!(backlog.ahead(), b"abcd");
        assert_eq!((backlog.len(), backlog.to_the_cut()), (7, 6));
        let (octets, pieces) = backlog.take(7);
        assert_eq!((octets, pieces.len()), (&b"abcd"[..], 3));
        backlog.push(4, Octets::whole(b"h", 0));
        assert_eq!(backlog.ahead(), b"h");
    }
}
