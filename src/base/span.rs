//! Where octets stand in a frame.

/// A half-open range of octets, counted from the first octet of the frame.
///
/// The same count holds for messages inside TURN: a span always says where to look in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First octet.
    pub start: u32,
    /// First octet after the span.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to, not including, `end`; empty where `end` lies before `start`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self {
            start,
            end: if end < start { start } else { end },
        }
    }

    /// Length in octets.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether it holds no octet.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// Octets of one frame with the place where they stand and the length that they had on the wire.
///
/// A frame cut by the snap length holds fewer octets than the wire carried: `captured` is what
/// there is, `wire_len` what there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Octets<'a> {
    /// The octets that the capture holds.
    pub captured: &'a [u8],
    /// Position of the first octet in the frame.
    pub offset: u32,
    /// Octets on the wire, at least as many as were captured.
    pub wire_len: u32,
}

impl<'a> Octets<'a> {
    /// Octets that were captured whole, from position `offset` of their frame.
    pub const fn whole(captured: &'a [u8], offset: u32) -> Self {
        Self {
            captured,
            offset,
            wire_len: captured.len() as u32,
        }
    }

    /// Whether the capture holds fewer octets than the wire carried.
    pub const fn is_cut(&self) -> bool {
        (self.captured.len() as u32) < self.wire_len
    }

    /// What these octets cover on the wire.
    pub const fn span(&self) -> Span {
        Span::new(self.offset, self.offset.saturating_add(self.wire_len))
    }

    /// The part from octet `skip` on, `wire_len` octets long on the wire at most.
    #[must_use]
    pub fn part(&self, skip: u32, wire_len: u32) -> Self {
        let skip = skip.min(self.wire_len);
        let wire_len = wire_len.min(self.wire_len.saturating_sub(skip));
        let rest = self.captured.get(skip as usize..).unwrap_or_default();
        let captured = rest.get(..wire_len as usize).unwrap_or(rest);
        Self {
            captured,
            offset: self.offset.saturating_add(skip),
            wire_len,
        }
    }

    /// The part from octet `skip` to the end.
    #[must_use]
    pub fn after(&self, skip: u32) -> Self {
        self.part(skip, self.wire_len)
    }
}

/// Octets of a message that stand in one frame, where others of it stand in others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Number of the frame.
    pub number: u64,
    /// Where its first octet stands there.
    pub offset: u32,
    /// Octets on the wire.
    pub wire_len: u32,
    /// Octets that the capture holds of these.
    pub captured: u32,
}

impl Piece {
    /// Takes at most `len` octets from its front.
    pub(crate) fn split(&mut self, len: u32) -> Self {
        let len = len.min(self.wire_len);
        let front = Self {
            wire_len: len,
            captured: self.captured.min(len),
            ..*self
        };
        self.offset = self.offset.saturating_add(len);
        self.wire_len = self.wire_len.saturating_sub(len);
        self.captured = self.captured.saturating_sub(front.captured);
        front
    }

    /// Where the octets of `span` stand, counted from the first of `pieces`.
    pub fn cut(pieces: &[Self], span: Span) -> impl Iterator<Item = Self> + '_ {
        let mut at = 0_u32;
        pieces.iter().filter_map(move |piece| {
            let start = at;
            at = at.saturating_add(piece.wire_len);
            let mut rest = *piece;
            rest.split(span.start.saturating_sub(start));
            let front = rest.split(span.end.saturating_sub(start.max(span.start)));
            (front.wire_len > 0).then_some(front)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_cut_frame_keeps_the_length_it_had_on_the_wire() {
        let octets = Octets {
            captured: &[1, 2, 3, 4],
            offset: 10,
            wire_len: 100,
        };
        let part = octets.part(2, 50);
        assert_eq!(part.captured, [3, 4]);
        assert_eq!((part.offset, part.wire_len), (12, 50));
        assert!(part.is_cut());
    }

    #[test]
    fn a_span_of_a_message_stands_in_the_frames_that_it_reaches() {
        let piece = |number, offset, wire_len| Piece {
            number,
            offset,
            wire_len,
            captured: wire_len,
        };
        let pieces = [piece(3, 42, 10), piece(5, 34, 10), piece(6, 34, 10)];
        let cut = |start, end| Piece::cut(&pieces, Span::new(start, end)).collect::<Vec<_>>();
        assert_eq!(cut(0, 30), pieces);
        assert_eq!(cut(12, 15), [piece(5, 36, 3)]);
        assert_eq!(cut(8, 21), [piece(3, 50, 2), pieces[1], piece(6, 34, 1)]);
        assert_eq!(cut(10, 10), []);
    }

    #[test]
    fn a_part_beyond_the_end_is_empty() {
        let part = Octets::whole(&[1, 2], 0).after(7);
        assert!(part.captured.is_empty() && part.wire_len == 0);
    }
}
