//! The same datagram on one interface after the other.

use super::*;
use crate::base::label::Quiet;
use crate::capture::LinkType;
use crate::decode;

/// 192.0.2.1:4660 to 198.51.100.2:3478 with this identification, and these octets.
fn ipv4(id: u8, payload: &[u8]) -> Vec<u8> {
    let len = payload.len() as u8;
    let mut packet = vec![0x45, 0, 0, 28 + len, 0, id, 0x40, 0, 64, 17, 0, 0];
    packet.extend([192, 0, 2, 1, 198, 51, 100, 2]);
    packet.extend([0x12, 0x34, 0x0d, 0x96, 0, 8 + len, 0xab, 0xcd]);
    packet.extend(payload);
    packet
}

/// `[2001:db8::1]:4660` to `[2001:db8::2]:3478` with these octets.
fn ipv6(payload: &[u8]) -> Vec<u8> {
    let len = 8 + payload.len() as u8;
    let end = |last| [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    let mut packet = vec![0x60, 0, 0, 0, 0, len, 17, 64];
    packet.extend([end(1), end(2)].concat());
    packet.extend([0x12, 0x34, 0x0d, 0x96, 0, len, 0xab, 0xcd]);
    packet.extend(payload);
    packet
}

/// A segment with this sequence number and no octets.
fn tcp(seq: u8) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0];
    packet.extend([192, 0, 2, 1, 198, 51, 100, 2]);
    packet.extend([0x12, 0x34, 0x0d, 0x96, 0, 0, 0, seq, 0, 0, 0, 2]);
    packet.extend([0x50, 0x10, 0, 1, 0, 0, 0, 0]);
    packet
}

/// Frames of several interfaces, and what was said of them.
struct Capture {
    copies: Copies,
    link: u16,
    /// Octets at the end of each frame that are not captured.
    cut: usize,
}

impl Capture {
    fn of(link: u16, interfaces: usize) -> Self {
        let mut copies = Copies::default();
        copies.expect_interfaces(interfaces);
        Self {
            copies,
            link,
            cut: 0,
        }
    }

    fn is_copy(&mut self, interface: u32, micros: i64, octets: &[u8]) -> bool {
        let time = Timestamp(micros * 1000);
        let packet = RawPacket {
            number: 1,
            time,
            wire_len: octets.len() as u32,
            link: LinkType(self.link),
            interface,
            octets: &octets[..octets.len() - self.cut],
        };
        let decoded = decode::frame(&packet, &mut Quiet);
        self.copies.is_copy(&packet, &decoded, time)
    }
}

const RAW: u16 = 101;

#[test]
fn the_same_datagram_on_another_interface_is_a_copy_whatever_hops_change() {
    let mut capture = Capture::of(RAW, 3);
    let first = ipv4(7, b"datagram");
    let mut routed = first.clone();
    routed[8] = 63;
    routed[26..28].fill(0);
    assert!(!capture.is_copy(0, 0, &first));
    assert!(capture.is_copy(1, 50, &routed));
    assert!(capture.is_copy(2, 60, &routed));
    assert_eq!(capture.copies.found, 2);
}

#[test]
fn the_same_octets_on_the_same_interface_are_a_second_datagram() {
    for datagram in [ipv4(7, b"datagram"), ipv6(b"datagram"), tcp(1)] {
        let mut capture = Capture::of(RAW, 2);
        let seen = [(0, 0), (1, 1), (0, 2), (1, 3), (1, 4)];
        let said = seen.map(|(interface, at)| capture.is_copy(interface, at, &datagram));
        assert_eq!(said, [false, true, false, true, false]);
    }
}

#[test]
fn what_differs_is_no_copy() {
    let first = ipv4(7, b"datagram");
    let mut port = first.clone();
    port[21] = 0x35;
    for other in [ipv4(8, b"datagram"), ipv4(7, b"datagraM"), port] {
        let mut capture = Capture::of(RAW, 2);
        assert!(!capture.is_copy(0, 0, &first));
        assert!(!capture.is_copy(1, 1, &other));
    }
    let mut capture = Capture::of(RAW, 2);
    assert!(!capture.is_copy(0, 0, &tcp(1)));
    assert!(!capture.is_copy(1, 1, &tcp(2)));
}

#[test]
fn a_copy_comes_soon_before_or_after() {
    let datagram = ipv6(b"datagram");
    for (apart, copy) in [
        (100_000, true),
        (-100_000, true),
        (100_001, false),
        (-100_001, false),
    ] {
        let mut capture = Capture::of(RAW, 2);
        assert!(!capture.is_copy(0, 1_000_000, &datagram));
        assert_eq!(capture.is_copy(1, 1_000_000 + apart, &datagram), copy);
    }
}

#[test]
fn a_cut_frame_is_compared_as_far_as_it_was_captured() {
    let first = ipv4(7, b"datagram that is cut");
    let mut capture = Capture::of(RAW, 2);
    assert!(!capture.is_copy(0, 0, &first));
    capture.cut = 3;
    assert!(capture.is_copy(1, 1, &first));
    let mut other = first;
    other[30] ^= 1;
    assert!(!capture.is_copy(1, 1, &other));
}

#[test]
fn fragments_are_left_alone() {
    let mut fragment = ipv4(7, b"datagram");
    fragment[6] = 0x20;
    let mut capture = Capture::of(RAW, 2);
    assert!(!capture.is_copy(0, 0, &fragment));
    assert!(!capture.is_copy(1, 1, &fragment));
}

#[test]
fn a_cooked_header_tells_the_interfaces_of_one_capture() {
    let version_1 = |kind| [&[0, kind][..], &[0, 1, 0, 6], &[0; 8], &[8, 0]].concat();
    let version_2 = |index, kind| {
        let front = [8, 0, 0, 0, 0, 0, 0, index, 0, 1, kind, 6];
        [&front[..], &[0; 8]].concat()
    };
    let datagram = ipv4(7, b"datagram");
    let said = |link, headers: [Vec<u8>; 3]| {
        let mut capture = Capture::of(link, 1);
        headers.map(|header| capture.is_copy(0, 0, &[&header[..], &datagram].concat()))
    };
    let routed = [version_1(0), version_1(4), version_1(4)];
    assert_eq!(said(113, routed), [false, true, false]);
    let routed = [version_2(2, 0), version_2(3, 4), version_2(2, 0)];
    assert_eq!(said(276, routed), [false, true, false]);
}

#[test]
fn nothing_is_kept_of_one_interface() {
    let mut capture = Capture::of(RAW, 1);
    assert!(!capture.is_copy(0, 0, &ipv4(7, b"datagram")));
    assert_eq!(capture.copies.halves[0].size(), 0);
}

#[test]
fn an_address_that_was_translated_is_told_where_the_identification_proves_it() {
    let translated = |id, rewritten: &[(usize, u8)]| {
        let mut capture = Capture::of(RAW, 2);
        let inside = ipv4(id, b"datagram");
        let mut outside = inside.clone();
        for (at, octet) in rewritten {
            outside[*at] = *octet;
        }
        assert!(!capture.is_copy(0, 0, &inside));
        assert!(!capture.is_copy(1, 1, &outside));
        capture.copies.translated
    };
    assert_eq!(translated(7, &[(15, 9), (21, 0x35)]), 1);
    assert_eq!(translated(7, &[(19, 9)]), 1);
    assert_eq!(translated(0, &[(15, 9)]), 0);
    assert_eq!(translated(7, &[(15, 9), (19, 9)]), 0);
    assert_eq!(translated(7, &[(21, 0x35)]), 0);
}

#[test]
fn what_is_past_goes_and_what_does_not_fit_is_counted() {
    let mut capture = Capture::of(RAW, 2);
    for at in 0..50 {
        capture.is_copy(0, i64::from(at) * 50_000, &ipv4(at, b"datagram"));
    }
    let kept = |capture: &Capture| -> usize {
        let halves = capture.copies.halves.iter();
        halves.map(|half| half.datagrams.len()).sum()
    };
    assert!(kept(&capture) < 10);
    assert_eq!(capture.copies.squeezed_out, 0);
    capture.copies.halves[0].octets.resize(CAP, 0);
    capture.is_copy(0, 50 * 50_000, &ipv4(50, b"datagram"));
    assert!(capture.copies.squeezed_out > 0 && kept(&capture) < 10);
}
