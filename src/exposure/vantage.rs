//! Observers, and which legs each of them sees.

/// Somebody who handles a call, or stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vantage {
    /// Somebody on the way between client and relay, or on the way of a call without a relay.
    PathClient,
    /// Whoever runs the relay.
    Relay,
    /// Somebody on the way between relay and peer.
    PathPeer,
    /// Whoever runs a forwarding unit (SFU) at which handshakes end.
    Sfu,
    /// Whoever runs a mixer (MCU) at which handshakes end.
    Mcu,
    /// Whoever runs the signalling server, or reads signalling on its way.
    Signalling,
    /// One of the parties.
    Endpoint,
}

/// Kind of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LegKind {
    /// Between a client and the relay.
    Client,
    /// Between the relay and a peer.
    Peer,
    /// Between two ends without a relay.
    Direct,
    /// Signalling.
    Signalling,
}

impl Vantage {
    /// All of them, in the order of the contract.
    pub const ALL: [Self; 7] = [
        Self::PathClient,
        Self::Relay,
        Self::PathPeer,
        Self::Sfu,
        Self::Mcu,
        Self::Signalling,
        Self::Endpoint,
    ];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PathClient => "path-client",
            Self::Relay => "relay",
            Self::PathPeer => "path-peer",
            Self::Sfu => "sfu",
            Self::Mcu => "mcu",
            Self::Signalling => "signalling",
            Self::Endpoint => "endpoint",
        }
    }

    /// Who that is, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::PathClient => "somebody on the client's path",
            Self::Relay => "the relay",
            Self::PathPeer => "somebody between relay and peer",
            Self::Sfu => "an SFU",
            Self::Mcu => "an MCU",
            Self::Signalling => "the signalling server",
            Self::Endpoint => "a party of the call",
        }
    }

    /// Whether this observer sees a leg of this kind; of signalling it may see a part only.
    ///
    /// A media server is reached like a peer, or like the other end of a leg without a relay.
    pub const fn sees(self, leg: LegKind) -> bool {
        match self {
            Self::PathClient => matches!(leg, LegKind::Client | LegKind::Direct),
            Self::Relay => matches!(leg, LegKind::Client | LegKind::Peer),
            Self::PathPeer => matches!(leg, LegKind::Peer),
            Self::Sfu | Self::Mcu => matches!(leg, LegKind::Peer | LegKind::Direct),
            Self::Signalling => matches!(leg, LegKind::Signalling),
            Self::Endpoint => true,
        }
    }

    /// Whether this observer knows which client stands behind a relayed address.
    pub const fn knows_relayed(self) -> bool {
        matches!(self, Self::Relay | Self::Endpoint)
    }

    /// Whether this observer holds the keys of TLS between a client and its relay: it ends there.
    pub const fn opens_tls(self) -> bool {
        matches!(self, Self::Relay | Self::Endpoint)
    }

    /// Whether a handshake may end at this observer, so that it holds keys of media.
    pub const fn may_hold_keys(self) -> bool {
        matches!(self, Self::Sfu | Self::Mcu | Self::Endpoint)
    }
}
