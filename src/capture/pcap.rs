//! The pcap format (draft-ietf-opsawg-pcap): one link type, records one after the other.

use super::file::Step;
use super::{Frame, Interface, LinkType, Order};
use crate::base::time::Timestamp;

/// How to read the records of one file.
#[derive(Debug, Clone)]
pub(super) struct Pcap {
    big_endian: bool,
    nanoseconds: bool,
    /// Octets of a record header: 16, or 24 in the form of Kuznetzov's patches.
    record_header: usize,
    link: LinkType,
    snap_len: u32,
    header_read: bool,
}

const FILE_HEADER: usize = 24;

/// The longest frame that other readers believe; snap lengths are not larger either.
pub(super) const LONGEST_FRAME: u32 = 262_144;

/// Links whose frames are longer: D-Bus, USB and EBHSCR.
const LONG_LINKS: [u16; 3] = [231, 249, 279];

impl Pcap {
    /// Reads the magic number and link type; `None` where this is no pcap file.
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        let magic = *head.first_chunk::<4>()?;
        let (big_endian, magic) = match u32::from_le_bytes(magic) {
            known @ (0xA1B2_C3D4 | 0xA1B2_3C4D | 0xA1B2_CD34) => (false, known),
            _ => (true, u32::from_be_bytes(magic)),
        };
        let (nanoseconds, record_header) = match magic {
            0xA1B2_C3D4 => (false, 16),
            0xA1B2_3C4D => (true, 16),
            0xA1B2_CD34 => (false, 24),
            _ => return None,
        };
        // The upper half of the word tells how long the frame check sequence is, which stays on
        // the frame: it stands past what its headers count, like padding.
        let link = LinkType(word(head, 20, big_endian).unwrap_or_default() as u16);
        let snap_len = word(head, 16, big_endian).unwrap_or_default();
        Some(Self {
            big_endian,
            nanoseconds,
            record_header,
            link,
            snap_len,
            header_read: false,
        })
    }

    /// The one interface of the file.
    pub(super) fn interface(&self) -> Interface {
        Interface {
            source: 0,
            name: None,
            link: self.link,
            snap_len: (self.snap_len > 0).then_some(self.snap_len),
            dropped: None,
        }
    }

    pub(super) fn step(&mut self, ahead: &[u8]) -> Step {
        if !self.header_read {
            if ahead.len() < FILE_HEADER {
                return if ahead.is_empty() {
                    Step::Need(0)
                } else {
                    Step::Need(FILE_HEADER)
                };
            }
            self.header_read = true;
            return Step::Skip(FILE_HEADER);
        }
        let field = |at| word(ahead, at, self.big_endian);
        let (Some(seconds), Some(fraction), Some(captured), Some(wire_len)) =
            (field(0), field(4), field(8), field(12))
        else {
            return Step::Need(self.record_header);
        };
        if captured > LONGEST_FRAME && !LONG_LINKS.contains(&self.link.0) {
            return Step::Broken("has a packet of an impossible length");
        }
        let len = self.record_header.saturating_add(captured as usize);
        if ahead.len() < len {
            return Step::Need(len);
        }
        let nanos = if self.nanoseconds { 1 } else { 1000 };
        let time = Timestamp(i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * nanos);
        let frame = Frame {
            number: 0,
            time,
            order: Order::Timed,
            wire_len: wire_len.max(captured),
            link: self.link,
            interface: 0,
            start: self.record_header,
            len: captured as usize,
        };
        Step::Packet(frame, len)
    }
}

/// The 32-bit word at `at`.
pub(super) fn word(octets: &[u8], at: usize, big_endian: bool) -> Option<u32> {
    let word = *octets.get(at..)?.first_chunk::<4>()?;
    Some(if big_endian {
        u32::from_be_bytes(word)
    } else {
        u32::from_le_bytes(word)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use crate::capture::{Block, FileSource, PacketSource};

    /// A file with frames of one octet each, one a microsecond after the other.
    fn file(magic: u32, big: bool, packets: u8) -> Vec<u8> {
        let word = |n: u32| {
            if big {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let mut out = word(magic).to_vec();
        out.extend(if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] });
        out.extend([word(0), word(0), word(65535), word(1)].concat());
        for n in 0..packets {
            out.extend([word(7), word(n.into()), word(1), word(60)].concat());
            if magic == 0xA1B2_CD34 {
                out.extend([0; 8]);
            }
            out.push(n);
        }
        out
    }

    pub(in crate::capture) fn read(octets: Vec<u8>) -> (Vec<(u64, String, u8)>, Option<String>) {
        let input = Box::new(std::io::Cursor::new(octets));
        let mut source = FileSource::from_reader(input, "dir/test.pcap").expect("a capture");
        let (mut block, mut out) = (Block::default(), Vec::new());
        while source.next_block(&mut block).expect("readable") {
            out.extend(block.packets().map(|p| {
                (
                    p.number,
                    p.time.to_string(),
                    p.octets.first().copied().unwrap_or_default(),
                )
            }));
        }
        (
            out,
            source
                .summary()
                .ended_early
                .first()
                .map(ToString::to_string),
        )
    }

    #[test]
    fn both_byte_orders_and_all_forms_are_read() {
        for (magic, second) in [
            (0xA1B2_C3D4, "7.000001"),
            (0xA1B2_3C4D, "7.000000001"),
            (0xA1B2_CD34, "7.000001"),
        ] {
            for big in [false, true] {
                let (packets, early) = read(file(magic, big, 2));
                assert_eq!(packets, [(1, "7".into(), 0), (2, second.into(), 1)]);
                assert_eq!(early, None);
            }
        }
    }

    #[test]
    fn a_file_cut_anywhere_gives_every_whole_packet() {
        let whole = file(0xA1B2_C3D4, false, 3);
        for cut in 24..whole.len() {
            let (packets, early) = read(whole[..cut].to_vec());
            assert_eq!(packets.len(), (cut - 24) / 17);
            assert_eq!(early.is_some(), (cut - 24) % 17 != 0, "cut at {cut}");
        }
        let (_, early) = read(whole[..50].to_vec());
        let told = "test.pcap ends in the middle of a packet record at octet 41; the packet before it was \
                    analysed: for the rest, copy or capture the file again";
        assert_eq!(early.as_deref(), Some(told));
        let (_, early) = read(whole[..23].to_vec());
        let told = "test.pcap ends in the middle of its header at octet 0; there is no packet before \
                    it: for the rest, copy or capture the file again";
        assert_eq!(early.as_deref(), Some(told));
    }

    #[test]
    fn the_length_of_a_check_sequence_is_no_link_type() {
        let mut file = file(0xA1B2_C3D4, false, 1);
        file[23] = 0x24;
        let input = Box::new(std::io::Cursor::new(file));
        let source = FileSource::from_reader(input, "test.pcap").expect("a capture");
        let interfaces = &source.summary().interfaces;
        assert_eq!(interfaces[0].link, crate::capture::LinkType::ETHERNET);
        assert_eq!(interfaces[0].snap_len, Some(65535));
    }

    #[test]
    fn an_impossible_length_keeps_what_came_before() {
        let mut broken = file(0xA1B2_C3D4, false, 2);
        let at = broken.len() - 17 + 8;
        broken[at..at + 4].copy_from_slice(&[0xFF; 4]);
        let (packets, early) = read(broken);
        assert_eq!(packets.len(), 1);
        assert!(early.expect("told").contains("impossible length"));
    }
}
