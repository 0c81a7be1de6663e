//! Names of RTCP packet types, source description items, feedback messages and report blocks.

use std::fmt;

/// Type of an RTCP packet; numbers without a name survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketType(pub u8);

impl PacketType {
    /// Sender report (RFC 3550, section 6.4.1).
    pub const SR: Self = Self(200);
    /// Receiver report (RFC 3550, section 6.4.2).
    pub const RR: Self = Self(201);
    /// Source description (RFC 3550, section 6.5).
    pub const SDES: Self = Self(202);
    /// Goodbye (RFC 3550, section 6.6).
    pub const BYE: Self = Self(203);
    /// Defined by the application (RFC 3550, section 6.7).
    pub const APP: Self = Self(204);
    /// Transport layer feedback (RFC 4585, section 6.2).
    pub const RTPFB: Self = Self(205);
    /// Payload-specific feedback (RFC 4585, section 6.3).
    pub const PSFB: Self = Self(206);
    /// Extended report (RFC 3611).
    pub const XR: Self = Self(207);

    /// Its registered abbreviation.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            192 => "FIR",
            193 => "NACK",
            194 => "SMPTETC",
            195 => "IJ",
            200 => "SR",
            201 => "RR",
            202 => "SDES",
            203 => "BYE",
            204 => "APP",
            205 => "RTPFB",
            206 => "PSFB",
            207 => "XR",
            208 => "AVB",
            209 => "RSI",
            210 => "TOKEN",
            211 => "IDMS",
            212 => "RGRS",
            213 => "SNM",
            _ => return None,
        })
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// Kind of a source description item (RFC 3550, section 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SdesType(pub u8);

impl SdesType {
    /// Canonical name of the end point.
    pub const CNAME: Self = Self(1);
    /// Private extension: a prefix, then its value.
    pub const PRIV: Self = Self(8);

    /// Its registered abbreviation.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "END",
            1 => "CNAME",
            2 => "NAME",
            3 => "EMAIL",
            4 => "PHONE",
            5 => "LOC",
            6 => "TOOL",
            7 => "NOTE",
            8 => "PRIV",
            9 => "H323-CADDR",
            10 => "APSI",
            11 => "RGRP",
            12 => "RtpStreamId",
            13 => "RepairedRtpStreamId",
            14 => "CCID",
            15 => "MID",
            _ => return None,
        })
    }
}

/// Name of a transport layer feedback message.
pub(super) const fn transport_feedback(format: u8) -> Option<&'static str> {
    Some(match format {
        1 => "Generic NACK",
        3 => "TMMBR",
        4 => "TMMBN",
        5 => "RTCP-SR-REQ",
        6 => "RAMS",
        7 => "TLLEI",
        8 => "RTCP-ECN-FB",
        9 => "PAUSE-RESUME",
        10 => "DBI",
        11 => "CCFB",
        15 => "transport-wide congestion control",
        _ => return None,
    })
}

/// Name of a payload-specific feedback message.
pub(super) const fn payload_feedback(format: u8) -> Option<&'static str> {
    Some(match format {
        1 => "PLI",
        2 => "SLI",
        3 => "RPSI",
        4 => "FIR",
        5 => "TSTR",
        6 => "TSTN",
        7 => "VBCM",
        8 => "PSLEI",
        9 => "ROI",
        10 => "LRR",
        15 => "AFB",
        _ => return None,
    })
}

/// Name of a block of an extended report (RFC 3611, section 4).
pub(super) const fn report_block(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "Loss RLE",
        2 => "Duplicate RLE",
        3 => "Packet Receipt Times",
        4 => "Receiver Reference Time",
        5 => "DLRR",
        6 => "Statistics Summary",
        7 => "VoIP Metrics",
        8 => "RTCP XP",
        9 => "Texas Instruments Extended VoIP Quality",
        10 => "Post-repair Loss RLE",
        11 => "Multicast Acquisition",
        12 => "IDMS",
        13 => "ECN Summary",
        14 => "Measurement Information",
        15 => "Packet Delay Variation",
        16 => "Delay",
        17 => "Burst/Gap Loss Summary",
        18 => "Burst/Gap Discard Summary",
        19 => "Frame Impairment Statistics Summary",
        20 => "Burst/Gap Loss",
        21 => "Burst/Gap Discard",
        _ => return None,
    })
}
