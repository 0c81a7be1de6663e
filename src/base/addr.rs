//! Addresses, and flows between them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;

/// Transport protocol of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// User Datagram Protocol (RFC 768).
    Udp,
    /// Transmission Control Protocol (RFC 9293).
    Tcp,
    /// TLS over TCP (RFC 8446): what runs inside, as whoever holds the keys reads it.
    Tls,
    /// DTLS over UDP (RFC 6347): what runs inside, as whoever holds the keys reads it.
    Dtls,
}

impl Transport {
    /// Its name in reports: `udp`, `tcp`, `tls` or `dtls`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Dtls => "dtls",
        }
    }

    /// Whether what it carries was sealed on the wire, and opened.
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::Tls | Self::Dtls)
    }
}

/// Source, destination and protocol of one packet, as seen: it has a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiveTuple {
    /// Sender.
    pub src: SocketAddr,
    /// Receiver.
    pub dst: SocketAddr,
    /// Protocol above IP.
    pub transport: Transport,
}

/// The two ends of a flow without a direction, the lower address first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowKey {
    /// The lower of the two addresses.
    pub a: SocketAddr,
    /// The higher of the two addresses.
    pub b: SocketAddr,
    /// Protocol above IP.
    pub transport: Transport,
}

/// Looked up several times per packet: a number for each end instead of one for each part of it.
impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for end in [&self.a, &self.b] {
            let port = u64::from(end.port()) << 2 | self.transport as u64;
            match end {
                SocketAddr::V4(end) => state.write_u64(u64::from(end.ip().to_bits()) << 18 | port),
                SocketAddr::V6(end) => {
                    state.write_u128(end.ip().to_bits());
                    state.write_u64(port);
                }
            }
        }
    }
}

/// Direction of a packet in its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From `a`, the lower address of the [`FlowKey`], to `b`.
    AToB,
    /// From `b` to `a`.
    BToA,
}

impl Direction {
    /// Index into an array of two: 0 for `a` to `b`.
    pub const fn index(self) -> usize {
        match self {
            Self::AToB => 0,
            Self::BToA => 1,
        }
    }

    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::AToB => Self::BToA,
            Self::BToA => Self::AToB,
        }
    }
}

impl FlowKey {
    /// The flow of what is opened of this one, between the same ends.
    #[must_use]
    pub const fn inside(self) -> Self {
        let transport = match self.transport {
            Transport::Udp | Transport::Dtls => Transport::Dtls,
            Transport::Tcp | Transport::Tls => Transport::Tls,
        };
        Self { transport, ..self }
    }

    /// The flow on the wire of which this one was opened, between the same ends.
    #[must_use]
    pub const fn around(self) -> Self {
        let transport = match self.transport {
            Transport::Udp | Transport::Dtls => Transport::Udp,
            Transport::Tcp | Transport::Tls => Transport::Tcp,
        };
        Self { transport, ..self }
    }
}

impl FiveTuple {
    /// The flow of this packet and its direction in it.
    pub fn key(&self) -> (FlowKey, Direction) {
        if self.src.cmp(&self.dst) == Ordering::Greater {
            (
                FlowKey {
                    a: self.dst,
                    b: self.src,
                    transport: self.transport,
                },
                Direction::BToA,
            )
        } else {
            (
                FlowKey {
                    a: self.src,
                    b: self.dst,
                    transport: self.transport,
                },
                Direction::AToB,
            )
        }
    }
}

impl FlowKey {
    /// Source, destination and protocol of a packet that goes in `direction`.
    pub const fn five_tuple(&self, direction: Direction) -> FiveTuple {
        let (src, dst) = self.ends(direction);
        FiveTuple {
            src,
            dst,
            transport: self.transport,
        }
    }

    /// Sender and receiver of a packet that goes in `direction`.
    pub const fn ends(&self, direction: Direction) -> (SocketAddr, SocketAddr) {
        match direction {
            Direction::AToB => (self.a, self.b),
            Direction::BToA => (self.b, self.a),
        }
    }
}
