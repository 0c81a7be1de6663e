//! One direction of a data connection: what enters the relay, put beside what leaves it.

use std::collections::VecDeque;

use super::Doubt;
use crate::base::sample::Sample;
use crate::base::span::Octets;

/// On which side of the relay octets were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// They enter it.
    Entering,
    /// They leave it.
    Leaving,
}

/// Octets of one direction, compared one by one in the order of their streams, whichever is
/// captured first.
#[derive(Debug, Clone, Default)]
pub struct Course {
    entering: Ahead,
    leaving: Ahead,
    /// Octets that left as they had entered.
    pub unchanged: u64,
    /// Frames of these, on either side.
    pub packets: Sample,
    /// The frames of the first octet that left otherwise than it had entered.
    altered: Option<(u64, u64)>,
    /// Why nothing was compared from some octet on.
    pub(super) doubt: Option<Doubt>,
    /// Whether octets of either stream came twice, of which the receiver may have taken the others.
    pub(super) again: bool,
}

/// Octets of one stream that wait for those of the other.
#[derive(Debug, Clone, Default)]
struct Ahead {
    octets: VecDeque<u8>,
    /// The frames in which they stand, each with how many of them.
    frames: VecDeque<(u64, usize)>,
    /// All octets that came, compared or not.
    total: u64,
}

impl Course {
    /// Octets that entered the relay.
    pub const fn entered(&self) -> u64 {
        self.entering.total
    }

    /// Octets that left it.
    pub const fn left(&self) -> u64 {
        self.leaving.total
    }

    /// The frames of the first octet that left otherwise than it had entered, unless octets came
    /// twice.
    pub fn altered(&self) -> Option<(u64, u64)> {
        self.altered.filter(|_| !self.again)
    }

    /// Why it is not known whether all that left had entered.
    pub fn doubt(&self) -> Option<Doubt> {
        let again = self.altered.filter(|_| self.again);
        let more = self.left() > self.unchanged && self.altered.is_none();
        self.doubt
            .or(again.map(|_| Doubt::Again))
            .or(more.then_some(Doubt::LeftOnly))
    }

    /// Octets that wait.
    pub(super) fn held(&self) -> usize {
        self.entering.octets.len() + self.leaving.octets.len()
    }

    /// Takes the next octets of one side.
    pub(super) fn take(&mut self, point: Point, number: u64, octets: Octets<'_>) {
        let ahead = match point {
            Point::Entering => &mut self.entering,
            Point::Leaving => &mut self.leaving,
        };
        ahead.total += u64::from(octets.wire_len);
        if self.doubt.is_some() || self.altered.is_some() {
            return;
        }
        if octets.is_cut() {
            self.give_up(Doubt::Cut);
            return;
        }
        ahead.octets.extend(octets.captured);
        ahead.frames.push_back((number, octets.captured.len()));
        self.compare();
    }

    /// Compares no more: the first reason counts.
    pub(super) fn give_up(&mut self, doubt: Doubt) {
        self.doubt.get_or_insert(doubt);
        self.forget_waiting();
    }

    /// Lets go what waits.
    pub(super) fn forget_waiting(&mut self) {
        for ahead in [&mut self.entering, &mut self.leaving] {
            ahead.octets = VecDeque::new();
            ahead.frames = VecDeque::new();
        }
    }

    fn compare(&mut self) {
        while let (Some((enters, one)), Some((leaves, other))) =
            (self.entering.frames.front(), self.leaving.frames.front())
        {
            let len = *one.min(other);
            let same = self.entering.front(len).eq(self.leaving.front(len));
            if !same {
                self.altered = Some((*enters, *leaves));
                self.forget_waiting();
                return;
            }
            self.unchanged += len as u64;
            let taken = [&mut self.entering, &mut self.leaving].map(|ahead| ahead.drop(len));
            for number in taken.into_iter().flatten() {
                self.packets.add(number);
            }
        }
    }
}

impl Ahead {
    fn front(&self, len: usize) -> impl Iterator<Item = &u8> {
        self.octets.iter().take(len)
    }

    /// Drops the first octets, which stand in one frame; returns its number if they were its last.
    fn drop(&mut self, len: usize) -> Option<u64> {
        self.octets.drain(..len.min(self.octets.len()));
        let (number, left) = self.frames.front_mut()?;
        *left = left.saturating_sub(len);
        let (number, left) = (*number, *left);
        if left == 0 {
            self.frames.pop_front();
        }
        (left == 0).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(parts: &[(Point, &[u8])]) -> Course {
        let mut course = Course::default();
        for ((point, octets), number) in parts.iter().zip(1..) {
            course.take(*point, number, Octets::whole(octets, 0));
        }
        course
    }

    #[test]
    fn the_same_octets_are_unchanged_however_they_are_cut() {
        use Point::{Entering, Leaving};
        let course = took(&[
            (Entering, b"ab"),
            (Leaving, b"a"),
            (Leaving, b"bcd"),
            (Entering, b"cde"),
        ]);
        assert_eq!((course.entered(), course.left()), (5, 4));
        assert_eq!((course.unchanged, course.altered()), (4, None));
        assert_eq!((course.doubt(), course.held()), (None, 1));
        assert_eq!(course.packets.packets(), [2, 1, 3]);
    }

    #[test]
    fn one_other_octet_ends_it_and_names_its_frames() {
        use Point::{Entering, Leaving};
        let mut course = took(&[(Entering, b"ab"), (Entering, b"cd"), (Leaving, b"abXd")]);
        assert_eq!((course.unchanged, course.altered()), (2, Some((2, 3))));
        assert_eq!((course.doubt(), course.held()), (None, 0));
        course.again = true;
        assert_eq!(
            (course.altered(), course.doubt()),
            (None, Some(Doubt::Again))
        );
    }

    #[test]
    fn what_left_and_never_entered_is_doubted() {
        let course = took(&[(Point::Leaving, b"a")]);
        assert_eq!(course.doubt(), Some(Doubt::LeftOnly));
    }

    #[test]
    fn nothing_is_compared_behind_octets_that_were_not_captured() {
        let mut course = took(&[(Point::Entering, b"ab")]);
        let cut = Octets {
            wire_len: 3,
            ..Octets::whole(b"ab", 0)
        };
        course.take(Point::Leaving, 2, cut);
        course.take(Point::Leaving, 3, Octets::whole(b"X", 0));
        assert_eq!((course.left(), course.unchanged), (4, 0));
        assert_eq!((course.altered(), course.doubt()), (None, Some(Doubt::Cut)));
    }
}
