//! Messages cut from the octets of one direction.

use super::backlog::Backlog;
use super::{Carries, Event};
use crate::base::anomaly::Anomaly;
use crate::base::span::{Octets, Piece};
use crate::dissect::framing::{
    Beginning, Framing, LONGEST, Next, Search, beginning, behind_hellos, binds, is_ms_data, search,
};
use crate::dissect::stun::names::Class;

/// Octets in the middle of a stream after which it is none of ours: connectivity checks, which
/// would have told, come every few seconds (RFC 7675, section 5.1).
const SEARCHED: usize = 1 << 20;

/// Reads one direction of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader {
    backlog: Backlog,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// At the first octet of the stream.
    #[default]
    Beginning,
    /// In the middle: so many octets were searched for a message.
    Searching(usize),
    /// At the first octet of a message.
    Following,
    /// Behind the request to be joined to a peer, or the answer that grants it: what follows is
    /// the peer's or for it, once that is granted.
    Behind,
}

/// A message, as far as the capture holds it, and the pieces of which it was made.
pub(super) type Cut<'a> = (Framing, u32, &'a [u8], &'a [Piece]);

impl Reader {
    /// Takes the next octets, of which `begun` tells whether all before them were seen.
    pub(super) fn run(&mut self, begun: bool, number: u64, octets: Octets<'_>) {
        if !begun && self.state == State::Beginning {
            self.state = State::Searching(0);
        }
        self.backlog.push(number, octets);
    }

    /// Octets are missing: those that wait for them, which are counted, are no message any more.
    pub(super) fn gap(&mut self) -> u64 {
        let lost = self.backlog.len() as u64;
        self.backlog.clear();
        self.state = State::Searching(0);
        lost
    }

    /// Behind a gap, a message begins with the next octets: nothing before them is part of one.
    pub(super) fn resume(&mut self, out: &mut impl FnMut(Event<Cut<'_>>)) {
        if matches!(self.state, State::Searching(_)) {
            out(Event::Lost(self.gap()));
            self.state = State::Following;
            out(Event::Resumed);
        }
    }

    /// Octets that wait.
    pub(super) const fn held(&self) -> usize {
        self.backlog.len()
    }

    /// Octets that wait and are not the beginning of a message.
    pub(super) fn open(&self) -> usize {
        match self.state {
            State::Following => 0,
            State::Beginning | State::Searching(_) | State::Behind => self.backlog.len(),
        }
    }

    /// Whether octets of this frame wait.
    pub(super) fn holds(&self, number: u64) -> bool {
        self.backlog.holds(number)
    }

    /// Cuts all messages that are whole.
    pub(super) fn read(&mut self, carries: &mut Carries, out: &mut impl FnMut(Event<Cut<'_>>)) {
        while self.backlog.len() > 0 {
            let goes_on = match (self.state, *carries) {
                (_, Carries::Tls | Carries::Other) | (State::Behind, Carries::Joining) => return,
                (State::Behind, Carries::Joined) => self.pass(out),
                (State::Behind, _) => {
                    self.state = State::Following;
                    true
                }
                (State::Beginning | State::Following, Carries::Joining | Carries::Joined) => {
                    self.state = State::Following;
                    self.follow(Framing::Turn, carries, out)
                }
                // Nobody can tell where the octets of the peer begin.
                (State::Searching(_), Carries::Joining | Carries::Joined) => {
                    *carries = Carries::Other;
                    return;
                }
                (State::Beginning, Carries::Undecided) => self.begin(carries),
                (State::Beginning | State::Following, Carries::Messages(framing)) => {
                    self.state = State::Following;
                    self.follow(framing, carries, out)
                }
                (State::Searching(_) | State::Following, _) => self.search(carries, out),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Tells by its first message what a connection carries.
    fn begin(&self, carries: &mut Carries) -> bool {
        *carries = match beginning(self.backlog.ahead()) {
            Beginning::Short if self.is_cut() => Carries::Other,
            Beginning::Short => return false,
            Beginning::Foreign => Carries::Other,
            Beginning::Of(framing) => Carries::Messages(framing),
        };
        true
    }

    /// Cuts the next message.
    fn follow(
        &mut self,
        framing: Framing,
        carries: &mut Carries,
        out: &mut impl FnMut(Event<Cut<'_>>),
    ) -> bool {
        let len = match framing.next(self.backlog.ahead()) {
            Next::Message(len) if len <= LONGEST => len,
            Next::Short if !self.is_cut() => return false,
            Next::Nothing if framing == Framing::Tls => return self.leave_tls(carries, out),
            _ => return self.lose(out),
        };
        if self.backlog.len() < len as usize {
            return false;
        }
        let (octets, pieces) = self.backlog.take(len as usize);
        if framing == Framing::MsTurn && is_ms_data(octets) {
            out(Event::Lost(len.into()));
            return true;
        }
        match binds(octets).filter(|_| framing == Framing::Turn) {
            Some(Class::Request) => {
                self.state = State::Behind;
                if *carries != Carries::Joined {
                    *carries = Carries::Joining;
                }
            }
            Some(Class::Success) => {
                self.state = State::Behind;
                *carries = Carries::Joined;
            }
            Some(Class::Error) if *carries == Carries::Joining => {
                *carries = Carries::Messages(framing);
            }
            _ => {}
        }
        out(Event::Message((framing, len, octets, pieces)));
        true
    }

    /// Tells that the next octets are no message in the framing of those before. The search goes
    /// on behind the first of them: what it finds may be what was no message.
    fn lose(&mut self, out: &mut impl FnMut(Event<Cut<'_>>)) -> bool {
        out(Event::Odd(Anomaly::StreamLost));
        self.backlog.take(1);
        out(Event::Lost(1));
        self.state = State::Searching(0);
        true
    }

    /// Records of TLS have ended: perhaps they only were to look like TLS.
    fn leave_tls(&mut self, carries: &mut Carries, out: &mut impl FnMut(Event<Cut<'_>>)) -> bool {
        match behind_hellos(self.backlog.ahead()) {
            Beginning::Of(framing) => {
                *carries = Carries::Messages(framing);
                true
            }
            Beginning::Short if !self.is_cut() => false,
            Beginning::Short | Beginning::Foreign => self.lose(out),
        }
    }

    /// Hands on what comes from the peer, or goes to it.
    fn pass(&mut self, out: &mut impl FnMut(Event<Cut<'_>>)) -> bool {
        let len = self.backlog.len();
        let (octets, pieces) = self.backlog.take(len);
        out(Event::Passed((Framing::Turn, len as u32, octets, pieces)));
        true
    }

    /// Looks for the first message in the middle of a stream.
    fn search(&mut self, carries: &mut Carries, out: &mut impl FnMut(Event<Cut<'_>>)) -> bool {
        let State::Searching(searched) = self.state else {
            return false;
        };
        let known = match *carries {
            Carries::Messages(framing) => Some(framing),
            _ => None,
        };
        match search(self.backlog.ahead(), known) {
            Search::Found(at, framing) => {
                self.backlog.take(at);
                out(Event::Lost(at as u64));
                *carries = Carries::Messages(framing);
                self.state = State::Following;
                out(Event::Resumed);
                true
            }
            Search::From(at) => {
                let cut = self.is_cut();
                let past = if cut { self.backlog.to_the_cut() } else { at };
                self.backlog.take(past);
                out(Event::Lost(past as u64));
                let searched = searched.saturating_add(past);
                self.state = State::Searching(searched);
                match known {
                    None if searched > SEARCHED => *carries = Carries::Other,
                    Some(Framing::Tls) if searched > SEARCHED => *carries = Carries::Tls,
                    _ => {}
                }
                cut
            }
        }
    }

    /// Whether octets ahead are not in the capture.
    fn is_cut(&self) -> bool {
        self.backlog.ahead().len() < self.backlog.len()
    }
}
