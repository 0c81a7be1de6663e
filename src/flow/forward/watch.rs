//! One stream, watched until it is known whether its sender passes it on.

use super::{Arrivals, Packet, Step, Trail};
use crate::base::addr::{Direction, FlowKey};
use crate::flow::stream::StreamKey;

/// Where the packets of a stream come from, as far as their lengths tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// Not decided.
    #[default]
    Open,
    /// The host that sends it received it, as this stream, and passes it on.
    Forwarded {
        /// The stream that it received, or one of several layers of it.
        of: StreamKey,
        /// Whether SSRC, numbers and lengths are the same.
        as_it_was: bool,
        /// How long it takes, in microseconds: the median of the packets by which it was found.
        delay: u32,
    },
    /// Nothing that its sender received in the capture has its lengths.
    Own,
}

/// Packets that a pair is decided on, and of these such as differ in length from the one before.
const PACKETS: u32 = 30;
const CHANGED: u32 = 15;
/// Packets after which no pair is expected any more.
const ALL: u32 = 100;
/// Parts of ten that must have one difference of length in a right pair, and may in a wrong one.
const RIGHT: u32 = 9;
const WRONG: u32 = 5;
/// Flows and streams of each that are compared at a time.
const FLOWS: usize = 8;
const STREAMS: usize = 8;

/// A stream that the host received, with the offset between both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pairing {
    of: StreamKey,
    /// What must be taken from the numbers, and from the lengths.
    seq: u16,
    len: i32,
}

/// All pairings with the streams of one flow: layers of one picture, among which a server chooses.
#[derive(Debug, Clone)]
struct Leg {
    flow: FlowKey,
    direction: Direction,
    pairings: Vec<Pairing>,
    compared: u32,
    equal: u32,
    changed: u32,
    changed_equal: u32,
    /// Of those that changed, how many in a row have the right length now, and had at most.
    row: u32,
    longest_row: u32,
    /// How long the first packets that have the same length took, in microseconds.
    delays: Vec<u32>,
}

/// What is gathered until it is decided.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Watch {
    packets: u32,
    /// Packets that ended lengths by which others were sought.
    sought: u32,
    legs: Vec<Leg>,
}

impl Watch {
    /// Takes the next packet of the watched stream; `trail` finds those of others. Returns the
    /// source once it is known.
    pub(in crate::flow) fn add<'t>(
        &mut self,
        (key, packet, step): (&StreamKey, Packet, Step),
        arrivals: &Arrivals,
        trail: impl Fn(&StreamKey) -> Option<&'t Trail>,
    ) -> Source {
        self.packets += 1;
        self.sought += u32::from(step.lengths.is_some());
        for leg in &mut self.legs {
            leg.compare(packet, step, &trail);
        }
        let host = key.flow.ends(key.direction).0.ip();
        if let Some(lengths) = step.lengths {
            for (of, received) in arrivals.like(host, lengths, (key, packet)) {
                self.pair(Pairing {
                    of,
                    seq: packet.seq.wrapping_sub(received.seq),
                    len: i32::from(packet.len) - i32::from(received.len),
                });
            }
        }
        self.decide(key)
    }

    fn pair(&mut self, pairing: Pairing) {
        let flow = pairing.of.flow;
        if let Some(leg) = self.legs.iter_mut().find(|leg| leg.flow == flow) {
            if leg.pairings.first() != Some(&pairing) {
                // The latest stands first, the one that fell out of use last goes.
                leg.pairings.retain(|known| *known != pairing);
                leg.pairings.insert(0, pairing);
                leg.pairings.truncate(STREAMS);
            }
        } else if self.legs.len() < FLOWS {
            self.legs.push(Leg {
                flow,
                direction: pairing.of.direction,
                pairings: vec![pairing],
                compared: 0,
                equal: 0,
                changed: 0,
                changed_equal: 0,
                row: 0,
                longest_row: 0,
                delays: Vec::new(),
            });
        }
    }

    fn decide(&mut self, key: &StreamKey) -> Source {
        let mut right = self.legs.iter().filter(|leg| leg.is_right());
        let right = right.next().filter(|_| right.next().is_none());
        if let Some(leg) = right {
            let others = |other: &&Leg| other.flow != leg.flow;
            let alone = self.legs.iter().filter(others).all(Leg::is_wrong);
            // What comes from the host to which it goes is not passed on: both are alike by chance.
            let (sender, _) = leg.flow.ends(leg.direction);
            let (_, receiver) = key.flow.ends(key.direction);
            let onward = sender.ip() != receiver.ip();
            if let Some(pairing) = leg.pairings.first().filter(|_| alone && onward) {
                return Source::Forwarded {
                    of: pairing.of,
                    as_it_was: pairing.of.ssrc == key.ssrc && pairing.seq == 0 && pairing.len == 0,
                    delay: leg.delay(),
                };
            }
        }
        if self.packets < ALL || self.sought < CHANGED {
            return Source::Open;
        }
        if self.legs.len() < FLOWS && self.legs.iter().all(Leg::is_wrong) {
            return Source::Own;
        }
        // Two of them alike, too few yet of one, or no room for others: what follows decides.
        *self = Self::default();
        Source::Open
    }
}

impl Leg {
    fn compare<'t>(
        &mut self,
        packet: Packet,
        step: Step,
        trail: &impl Fn(&StreamKey) -> Option<&'t Trail>,
    ) {
        let (mut found, mut equal) = (false, None);
        for pairing in &self.pairings {
            let received =
                trail(&pairing.of).and_then(|trail| trail.at(packet.seq.wrapping_sub(pairing.seq)));
            let Some(received) = received.filter(|received| packet.may_be(*received)) else {
                continue;
            };
            found = true;
            if i32::from(packet.len) == i32::from(received.len) + pairing.len {
                equal = Some(packet.micros.wrapping_sub(received.micros));
            }
        }
        self.delays
            .extend(equal.filter(|_| self.delays.len() < ALL as usize));
        let equal = equal.is_some();
        self.compared += u32::from(found);
        self.equal += u32::from(equal);
        self.changed += u32::from(found && step.changed);
        self.changed_equal += u32::from(equal && step.changed);
        if found && step.changed {
            self.row = if equal { self.row + 1 } else { 0 };
            self.longest_row = self.longest_row.max(self.row);
        }
    }

    fn delay(&self) -> u32 {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        delays.get(delays.len() / 2).copied().unwrap_or_default()
    }

    const fn is_right(&self) -> bool {
        self.compared >= PACKETS
            && self.changed >= CHANGED
            && self.equal * 10 >= self.compared * RIGHT
            && self.changed_equal * 10 >= self.changed * RIGHT
    }

    /// Whether too few are alike, of all and of those that tell something. Where many in a row
    /// were, it may be passed on now and then, as by a server that passes on who speaks.
    const fn is_wrong(&self) -> bool {
        let few = self.equal * 10 <= self.compared * WRONG
            || self.changed >= CHANGED && self.changed_equal * 10 <= self.changed * WRONG;
        few && self.longest_row < CHANGED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::Transport;
    use crate::dissect::rtp::Ssrc;
    use std::collections::HashMap;

    /// The stream from one end to another.
    fn stream(from: &str, to: &str, number: u32) -> StreamKey {
        let (src, dst) = (from.parse().expect("address"), to.parse().expect("address"));
        let ends = crate::base::addr::FiveTuple {
            src,
            dst,
            transport: Transport::Udp,
        };
        let (flow, direction) = ends.key();
        StreamKey {
            flow,
            direction,
            relayed: false,
            ssrc: Ssrc(number),
        }
    }

    const SERVER: &str = "10.0.0.9:4000";

    /// What is known of a stream that a server sends, where the streams in `received` came a
    /// millisecond before each of its packets; each with what stands for the lengths of its packets.
    fn source(sent: (&StreamKey, &[u16]), received: &[(StreamKey, Vec<u16>)]) -> Source {
        let (mut arrivals, mut watch) = (Arrivals::default(), Watch::default());
        let mut trails = HashMap::<StreamKey, Trail>::new();
        let mut own = Trail::default();
        for (at, len) in (0..).zip(sent.1) {
            for (key, lengths) in received {
                let packet = Packet {
                    seq: at,
                    len: lengths[usize::from(at)],
                    micros: u32::from(at) * 20_000,
                };
                let step = trails.entry(*key).or_default().add(packet);
                if let Some(lengths) = step.lengths {
                    let (_, host) = key.flow.ends(key.direction);
                    arrivals.arrive(host.ip(), lengths, *key, packet);
                }
            }
            let packet = Packet {
                seq: at + 777,
                len: *len,
                micros: u32::from(at) * 20_000 + 1_000,
            };
            let step = own.add(packet);
            let found = watch.add((sent.0, packet, step), &arrivals, |of| trails.get(of));
            if found != Source::Open {
                return found;
            }
        }
        Source::Open
    }

    /// Lengths that follow no other.
    fn lengths(of: u16) -> Vec<u16> {
        let mut state = u32::from(of) + 1;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            60 + (state >> 27) as u16
        };
        (0..300).map(|_| next()).collect()
    }

    fn longer(lengths: &[u16], by: u16) -> Vec<u16> {
        lengths.iter().map(|len| len + by).collect()
    }

    fn alice() -> StreamKey {
        stream("10.0.0.1:5000", SERVER, 1)
    }

    fn to_bob() -> StreamKey {
        stream(SERVER, "10.0.0.2:5000", 7)
    }

    #[test]
    fn a_stream_with_longer_tags_is_the_one_that_came() {
        let of_carol = (stream("10.0.0.3:5000", SERVER, 3), lengths(9));
        let sent = longer(&lengths(1), 6);
        let found = source((&to_bob(), &sent), &[(alice(), lengths(1)), of_carol]);
        let expected = Source::Forwarded {
            of: alice(),
            as_it_was: false,
            delay: 1_000,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_has_lengths_of_its_own_was_not_received() {
        let found = source((&to_bob(), &lengths(5)), &[(alice(), lengths(1))]);
        assert_eq!(found, Source::Own);
    }

    #[test]
    fn two_that_are_alike_are_not_told_apart() {
        let of_carol = (stream("10.0.0.3:5000", SERVER, 3), lengths(1));
        let found = source((&to_bob(), &lengths(1)), &[(alice(), lengths(1)), of_carol]);
        assert_eq!(found, Source::Open);
    }

    #[test]
    fn what_is_passed_on_in_turns_is_not_its_senders_own() {
        let all = [lengths(1), lengths(9), lengths(17)];
        let turns = (0..300).map(|at| all[at / 25 % 3][at] + 6);
        let sources = ["10.0.0.1:5000", "10.0.0.3:5000", "10.0.0.4:5000"];
        let received = sources.into_iter().zip(all.clone());
        let received = received.map(|(from, lengths)| (stream(from, SERVER, 3), lengths));
        let received: Vec<_> = received.collect();
        let turns: Vec<_> = turns.collect();
        assert_eq!(source((&to_bob(), &turns), &received), Source::Open);
    }

    #[test]
    fn equal_lengths_tell_nothing() {
        let found = source((&to_bob(), &[172; 300]), &[(alice(), vec![160; 300])]);
        assert_eq!(found, Source::Open);
    }

    #[test]
    fn nobody_is_sent_what_came_from_the_same_host() {
        let back = stream(SERVER, "10.0.0.1:6000", 7);
        let found = source((&back, &lengths(1)), &[(alice(), lengths(1))]);
        assert_eq!(found, Source::Open);
    }
}
