//! ChannelData messages (RFC 8656, section 12.4), and the framing of MS-TURN that stands where they
//! do. The rest of TURN is STUN.

use crate::base::anomaly::{Anomalies, Anomaly};
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::Sink;
use crate::base::span::Octets;
use crate::dissect::stun;

/// Octets in front of the data: channel and length.
pub const HEADER: u32 = 4;

/// Number of a channel; 0x4000 to 0x4FFF may be bound (RFC 8656, section 12), to 0x7FFF RFC 5766.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelNumber(pub u16);

impl std::fmt::Display for ChannelNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

impl ChannelNumber {
    /// No channel: the mark of MS-TURN's framing at a port that many allocations share.
    pub const MULTIPLEXED: Self = Self(0xFF10);

    /// Whether RFC 8656 reserves it: such messages need more evidence to be believed.
    pub const fn is_reserved(self) -> bool {
        self.0 > 0x4FFF
    }
}

/// One ChannelData message in a datagram.
#[derive(Debug, Clone, Copy)]
pub struct ChannelData<'a> {
    /// Channel that stands for the peer.
    pub channel: ChannelNumber,
    /// The datagram that is carried, without padding.
    pub data: Octets<'a>,
    /// What is odd about it.
    pub anomalies: Anomalies,
}

/// Reads ChannelData in a datagram and labels header and padding, not the data.
///
/// `None` where the channel number is none or the length does not end the datagram: up to three
/// octets of padding may follow the data (RFC 8656, section 12.5).
pub fn parse<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Option<ChannelData<'a>> {
    let [c0, c1, l0, l1, ..] = octets.captured else {
        return None;
    };
    let channel = ChannelNumber(u16::from_be_bytes([*c0, *c1]));
    let len = u32::from(u16::from_be_bytes([*l0, *l1]));
    let padding = octets.wire_len.checked_sub(len.checked_add(HEADER)?)?;
    if !(0x4000..0x8000).contains(&channel.0) || padding > 3 {
        return None;
    }
    let mut cursor = Cursor::new(octets, sink);
    cursor.u16(Field::StunChannel).ok()?;
    cursor.u16(Field::ChannelLength).ok()?;
    let data = cursor.inside(len);
    if padding > 0 {
        cursor.rest(Field::ChannelPadding);
    }
    let mut anomalies = Anomalies::default();
    if channel.is_reserved() {
        anomalies.insert(Anomaly::ChannelReserved);
    }
    Some(ChannelData {
        channel,
        data,
        anomalies,
    })
}

/// Reads the framing with which a peer reaches one of the allocations behind a port that they
/// share ([MS-TURN] 3.1.12): mark, length, session identifier, datagram.
///
/// `None` where the length does not end the datagram, or where no STUN with the magic cookie
/// follows: the mark alone proves nothing.
pub fn multiplexed<'a, S: Sink>(octets: Octets<'a>, sink: &mut S) -> Option<ChannelData<'a>> {
    let [0xFF, 0x10, l0, l1, rest @ ..] = octets.captured else {
        return None;
    };
    let len = u32::from(u16::from_be_bytes([*l0, *l1]));
    let is_stun = rest.get(12..16) == Some(&stun::MAGIC_COOKIE.to_be_bytes());
    if octets.wire_len.checked_sub(4)? != len || !is_stun {
        return None;
    }
    let mut cursor = Cursor::new(octets, sink);
    let name = |_| Some("MS-TURN framing of a shared port");
    cursor.named_u16(Field::StunChannel, name).ok()?;
    cursor.u16(Field::ChannelLength).ok()?;
    cursor.octets(8, Field::StunMsSession).ok()?;
    Some(ChannelData {
        channel: ChannelNumber::MULTIPLEXED,
        data: cursor.ahead(),
        anomalies: Anomalies::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;

    #[test]
    fn the_length_must_end_the_datagram_but_for_padding() {
        let read =
            |octets: &[u8]| parse(Octets::whole(octets, 0), &mut Quiet).map(|m| m.data.wire_len);
        assert_eq!(read(&[0x40, 0, 0, 2, 1, 2]), Some(2));
        assert_eq!(read(&[0x40, 0, 0, 2, 1, 2, 0, 0]), Some(2));
        assert_eq!(read(&[0x40, 0, 0, 2, 1, 2, 0, 0, 0, 0]), None);
        assert_eq!(read(&[0x40, 0, 0, 3, 1, 2]), None);
        assert_eq!(read(&[0x3f, 0, 0, 2, 1, 2]), None);
    }

    #[test]
    fn the_framing_of_a_shared_port_carries_stun_after_its_session() {
        let mut octets = vec![0xFF, 0x10, 0, 28, 1, 2, 3, 4, 5, 6, 7, 8];
        octets.extend([0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42]);
        octets.extend([9; 12]);
        let read = |octets: &[u8]| {
            multiplexed(Octets::whole(octets, 0), &mut Quiet).map(|m| m.data.offset)
        };
        assert_eq!(read(&octets), Some(12));
        octets[16] = 0;
        assert_eq!(read(&octets), None);
    }
}
