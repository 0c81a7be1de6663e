//! The pcapng format (draft-ietf-opsawg-pcapng): sections, interfaces, blocks.

use super::file::Step;
use super::pcap::word;
use super::{CaptureSummary, Frame, LinkType};
use crate::base::time::Timestamp;

/// What the blocks so far said.
#[derive(Debug, Default)]
pub(super) struct Pcapng {
    big_endian: bool,
    /// All interfaces of the file; those of the current section begin at `section`.
    interfaces: Vec<Interface>,
    section: usize,
    /// Time of the last packet that had one: that of those after it that have none.
    time: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: LinkType,
    snap_len: u32,
    /// Units of time in a second.
    resolution: u128,
    offset_seconds: i64,
    dropped: u64,
}

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const BYTE_ORDER: u32 = 0x1A2B_3C4D;

impl Pcapng {
    pub(super) fn step(&mut self, ahead: &[u8], summary: &mut CaptureSummary) -> Step {
        if ahead.is_empty() {
            return Step::Need(0);
        }
        let (Some(kind), Some(order)) = (word(ahead, 0, true), word(ahead, 8, false)) else {
            return Step::Need(12);
        };
        if kind == SECTION_HEADER {
            self.big_endian = order == BYTE_ORDER.swap_bytes();
            if !self.big_endian && order != BYTE_ORDER {
                return Step::Broken("has a section of unknown byte order");
            }
            self.section = self.interfaces.len();
        }
        let big = self.big_endian;
        let kind = word(ahead, 0, big).unwrap_or_default();
        let len = word(ahead, 4, big).unwrap_or_default() as usize;
        if len < 12 || !len.is_multiple_of(4) {
            return Step::Broken("has a block of an impossible length");
        }
        let Some(block) = ahead.get(..len) else {
            return Step::Need(len);
        };
        let body = block.get(8..len - 4).unwrap_or_default();
        let frame = match kind {
            1 => {
                self.interface(body);
                None
            }
            2 => self.packet(body, usize::from(half(body, 0, big).unwrap_or_default())),
            3 => self.simple(body),
            5 => {
                self.statistics(body, summary);
                None
            }
            6 => self.packet(body, word(body, 0, big).unwrap_or_default() as usize),
            // A journal entry or a custom block is no packet, but other viewers number it as one.
            9 | 0x0BAD | 0x4000_0BAD => Some(self.other(body)),
            _ => None,
        };
        match (kind, frame) {
            (2 | 3 | 6, None) => Step::Broken("has a packet block without its interface"),
            (_, Some(frame)) => {
                self.time = frame.time;
                Step::Packet(frame, len)
            }
            (_, None) => Step::Skip(len),
        }
    }

    fn interface(&mut self, body: &[u8]) {
        let big = self.big_endian;
        let mut interface = Interface {
            link: LinkType(half(body, 0, big).unwrap_or_default()),
            snap_len: word(body, 4, big).unwrap_or_default(),
            resolution: 1_000_000,
            offset_seconds: 0,
            dropped: 0,
        };
        for (code, value) in options(body.get(8..).unwrap_or_default(), big) {
            match (code, value) {
                (9, [exponent, ..]) => {
                    let base: u128 = if exponent & 0x80 == 0 { 10 } else { 2 };
                    let power = u32::from(exponent & 0x7F).min(if base == 2 { 100 } else { 30 });
                    interface.resolution = base.pow(power);
                }
                (14, value) => {
                    let seconds = value.first_chunk::<8>().copied().unwrap_or_default();
                    interface.offset_seconds = if big {
                        i64::from_be_bytes(seconds)
                    } else {
                        i64::from_le_bytes(seconds)
                    };
                }
                _ => {}
            }
        }
        self.interfaces.push(interface);
    }

    /// An enhanced packet block, or the obsolete packet block, which differs in its first word.
    fn packet(&self, body: &[u8], interface: usize) -> Option<Frame> {
        let big = self.big_endian;
        let index = self.section.checked_add(interface)?;
        let interface = self.interfaces.get(index)?;
        let units = u64::from(word(body, 4, big)?) << 32 | u64::from(word(body, 8, big)?);
        let captured = word(body, 12, big)?;
        body.get(20..)?.get(..captured as usize)?;
        Some(Frame {
            number: 0,
            time: interface.time(units),
            wire_len: word(body, 16, big)?.max(captured),
            link: interface.link,
            interface: index as u32,
            start: 28,
            len: captured as usize,
        })
    }

    /// A simple packet block: no time, and its captured length follows from the snap length.
    fn simple(&self, body: &[u8]) -> Option<Frame> {
        let interface = self.interfaces.get(self.section)?;
        let wire_len = word(body, 0, self.big_endian)?;
        let limit = if interface.snap_len == 0 {
            wire_len
        } else {
            interface.snap_len
        };
        let len = (wire_len.min(limit) as usize).min(body.len().checked_sub(4)?);
        let index = self.section as u32;
        let (link, time) = (interface.link, self.time);
        Some(Frame {
            number: 0,
            time,
            wire_len,
            link,
            interface: index,
            start: 12,
            len,
        })
    }

    /// A block that holds no packet.
    fn other(&self, body: &[u8]) -> Frame {
        Frame {
            number: 0,
            time: self.time,
            wire_len: body.len() as u32,
            link: LinkType::NONE,
            interface: 0,
            start: 8,
            len: body.len(),
        }
    }

    /// Interface statistics: what interface and system dropped, counted from the beginning.
    fn statistics(&mut self, body: &[u8], summary: &mut CaptureSummary) {
        let big = self.big_endian;
        let dropped = options(body.get(12..).unwrap_or_default(), big)
            .filter(|(code, _)| matches!(code, 5 | 7))
            .filter_map(|(_, value)| value.first_chunk::<8>())
            .map(|count| {
                if big {
                    u64::from_be_bytes(*count)
                } else {
                    u64::from_le_bytes(*count)
                }
            })
            .reduce(u64::saturating_add);
        let index = word(body, 0, big).map(|index| self.section.saturating_add(index as usize));
        let interface = index.and_then(|index| self.interfaces.get_mut(index));
        if let (Some(interface), Some(dropped)) = (interface, dropped) {
            interface.dropped = dropped;
            summary.dropped = Some(self.interfaces.iter().map(|i| i.dropped).sum());
        }
    }
}

impl Interface {
    fn time(&self, units: u64) -> Timestamp {
        let nanos = u128::from(units).saturating_mul(1_000_000_000) / self.resolution;
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        Timestamp(nanos.saturating_add(self.offset_seconds.saturating_mul(1_000_000_000)))
    }
}

fn half(octets: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let half = *octets.get(at..)?.first_chunk::<2>()?;
    Some(if big_endian {
        u16::from_be_bytes(half)
    } else {
        u16::from_le_bytes(half)
    })
}

/// Code and value of each option; values are padded to four octets.
fn options(mut rest: &[u8], big: bool) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (code, len) = (half(rest, 0, big)?, usize::from(half(rest, 2, big)?));
        let value = rest.get(4..)?.get(..len)?;
        rest = rest.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
        (code != 0).then_some((code, value))
    })
}

#[cfg(test)]
mod tests {
    use super::super::pcap::tests::read;

    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let len = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes(), len.as_slice(), &body, &len].concat()
    }

    fn section() -> Vec<u8> {
        let mut body = 0x1A2B_3C4D_u32.to_le_bytes().to_vec();
        body.extend([1, 0, 0, 0]);
        body.extend([0xFF; 8]);
        block(0x0A0D_0D0A, &body)
    }

    fn interface(resolution: u8) -> Vec<u8> {
        block(
            1,
            &[
                1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0,
            ],
        )
    }

    fn packet(interface: u8, units: u32, octet: u8) -> Vec<u8> {
        let mut body = vec![interface, 0, 0, 0, 0, 0, 0, 0];
        body.extend(units.to_le_bytes());
        body.extend([1, 0, 0, 0, 60, 0, 0, 0, octet]);
        block(6, &body)
    }

    #[test]
    fn each_interface_has_its_own_resolution() {
        let file = [
            section(),
            interface(3),
            interface(0x81),
            packet(0, 1500, 7),
            packet(1, 3, 8),
        ];
        let (packets, early) = read(file.concat());
        assert_eq!(packets, [(1, "1.5".into(), 7), (2, "1.5".into(), 8)]);
        assert_eq!(early, None);
    }

    #[test]
    fn a_second_section_counts_its_interfaces_anew() {
        let file = [
            section(),
            interface(6),
            section(),
            interface(9),
            packet(0, 5, 1),
        ];
        assert_eq!(read(file.concat()).0, [(1, "0.000000005".into(), 1)]);
    }

    #[test]
    fn a_packet_without_its_interface_ends_the_file() {
        let file = [section(), interface(6), packet(0, 5, 1), packet(9, 5, 1)].concat();
        let (packets, early) = read(file);
        assert_eq!(packets.len(), 1);
        assert!(early.expect("told").contains("without its interface"));
    }
}
