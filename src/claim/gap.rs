//! Why a claim cannot be judged, and what would decide it.

/// Why a claim cannot be judged, and what would decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The relayed address was told before the capture began.
    BeganMidCall,
    /// Only one of the two legs is in the capture.
    OneLeg,
    /// Too few datagrams were compared.
    TooLittle,
    /// Too few octets of connections to a peer were compared.
    TooFewOctets,
    /// The streams differ where octets were sent again.
    SentAgain,
    /// Frames were cut, so that datagrams were compared in part.
    CutFrames,
    /// The capture says that it lost packets.
    Dropped,
    /// A filter left packets out.
    Filtered,
    /// Something left that did not enter while the entering leg may not have been captured whole.
    LeftUnexplained,
    /// The peer was told before the capture began.
    PeerUnknown,
    /// Nobody identified himself on this leg while it was captured.
    NoRequest,
    /// Octets that were not understood may name what is asked for.
    NotUnderstood,
    /// A datagram of the path left altered or never entered, and it may be one of the handshake.
    Altered,
    /// The bounded tables let something go that is needed.
    Evicted,
    /// No handshake and no description with keys was captured for the media.
    NoHandshake,
    /// The handshake was not seen to its end.
    HandshakeOpen,
    /// DTLS 1.3 seals whether SRTP was chosen, and nothing else shows it.
    ChoiceSealed,
    /// DTLS 1.3 seals the certificates.
    CertificatesSealed,
    /// The handshake has no certificate in the capture.
    NoCertificate,
    /// Nobody told the fingerprint that the certificate is to have.
    NoFingerprint,
    /// The observer may be at the end of the handshake, and its keys are not given.
    KeysOfHop,
    /// The key stands in signalling, and not every hop of that is in the capture.
    KeyElsewhere,
    /// Signalling passes beside the leg, and names may stand in what was not captured of it.
    SignallingBeside,
    /// Whether what keys open is all that passed, or is sealed once more, cannot be told.
    Opened(OpenedGap),
    /// The payload is too little to test.
    TooFewPackets,
    /// Packets show neither a whole report nor a trailer.
    NoTrailer,
    /// A trailer is there and has not counted yet.
    NoCount,
    /// An element is readable of which nobody knows what it says.
    UnknownElement,
    /// Signalling without a session description.
    NoDescription,
    /// Nothing in the capture shows that a description which was given is of a call in it.
    NotBound,
    /// A description names an address of its maker, and where it went on to is not in the capture.
    SignallingOnward,
    /// A host may be a server of media, or a party.
    MayBeParty,
    /// Nothing but lengths and their server says that records carry TURN.
    OnlyLengths,
    /// A connection was not read, or not whole, and may carry what is asked for.
    UnreadConnection,
    /// A packet in fragments was not whole, or may be read in several ways.
    Fragments,
    /// The address that was named may be that of another relay.
    PeerMayBeRelay,
    /// The capture was made where datagrams between the parties do not pass.
    RelaySideOnly,
    /// Nothing tells that the capture was made where datagrams between the parties would pass.
    PlaceUnknown,
}

impl Gap {
    /// The gap in a sentence, with what would close it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::BeganMidCall => {
                "the capture began after the relayed address was told: capture from before the call"
            }
            Self::OneLeg => "only one side of the relay was read: capture on all its interfaces",
            Self::TooLittle => {
                "fewer than 100 media datagrams and no DTLS handshake were compared: capture a call"
            }
            Self::TooFewOctets => {
                "fewer than 1,000 octets of the connections were compared: capture more of them"
            }
            Self::SentAgain => {
                "octets were sent again and differ, and which of them the receiver took cannot be \
                 told: capture again"
            }
            Self::CutFrames => {
                "frames were cut, so octets beyond the cut were not examined: capture without -s"
            }
            Self::Dropped => {
                "the capture lost packets then, which may hide a difference: capture again"
            }
            Self::Filtered => {
                "a filter left packets out, which may hide what refutes it: analyse without --filter"
            }
            Self::LeftUnexplained => {
                "datagrams left while what entered was not captured whole: capture from before the \
                 call to its end, on all interfaces"
            }
            Self::PeerUnknown => {
                "no message that names the peer was captured: capture from before the call"
            }
            Self::NoRequest => {
                "no request was granted while this leg was captured: capture from before the call"
            }
            Self::NotUnderstood => "octets that were not understood may name the client",
            Self::Altered => {
                "a datagram of this path left altered or never entered: see relay-forwards-unchanged \
                 for which"
            }
            Self::Evicted => "tables were full and let datagrams go: analyse a shorter capture",
            Self::NoHandshake => {
                "no agreement on keys was captured: capture from before the call, with signalling"
            }
            Self::HandshakeOpen => {
                "the handshake was not captured to its end: capture from before the call"
            }
            Self::ChoiceSealed => {
                "DTLS 1.3 seals the choice of SRTP: capture more of the call, with its reports"
            }
            Self::CertificatesSealed => {
                "DTLS 1.3 seals the certificates: give the secrets of its handshake (--keylog), or \
                 compare fingerprints at the two ends"
            }
            Self::NoCertificate => "no certificate was captured: capture from before the call",
            Self::NoFingerprint => {
                "no fingerprint is known: give --sdp or --fingerprint, or capture the signalling"
            }
            Self::KeysOfHop => {
                "whoever ends the handshake holds the keys: only its keys show what is inside"
            }
            Self::Opened(gap) => gap.text(),
            Self::KeyElsewhere => {
                "the key stands in signalling: capture all hops of it to see who reads it"
            }
            Self::SignallingBeside => {
                "signalling passes between these hosts, and may name the client: capture all of it"
            }
            Self::TooFewPackets => {
                "fewer than 50 packets or 4,000 octets of payload cannot be tested: capture more"
            }
            Self::NoTrailer => "what guards these packets cannot be seen without keys",
            Self::NoCount => "one packet is not enough: capture more of the call",
            Self::UnknownElement => "its meaning was agreed in signalling: capture that too",
            Self::NoDescription => "no session description was captured whole: capture a call",
            Self::NotBound => "nothing binds it to a call here: give that of a captured call",
            Self::MayBeParty => "nothing shows that it is a server: capture all its legs",
            Self::SignallingOnward => "it was not seen reaching the other: capture all its hops",
            Self::OnlyLengths => {
                "only the lengths of its records and its server say that TURN runs inside: give \
                 the keys (--keylog), or capture what the relay sends to the peer too"
            }
            Self::UnreadConnection => {
                "a TCP connection was not read whole, and may carry what is asked for: capture it \
                 from its beginning, and without TLS"
            }
            Self::Fragments => {
                "packets in fragments were not captured whole, or their fragments overlap, and may \
                 carry what is asked for: capture without a filter by port"
            }
            Self::PeerMayBeRelay => {
                "that public address may be another relay's, which only its own capture tells"
            }
            Self::RelaySideOnly => {
                "datagrams between the parties do not pass the relay: capture at a party"
            }
            Self::PlaceUnknown => {
                "packets do not tell where they were captured: if it was at a party, ask with \
                 --observer endpoint"
            }
        }
    }
}

/// Why it cannot be told whether keys open all, or whether what they open is sealed once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedGap {
    /// Tags do not verify with the key of their stream.
    Tags,
    /// The payload is as a cipher leaves it.
    InnerLayer,
    /// Frames without the mark that the others bear.
    Unmarked,
    /// Too few frames were opened.
    TooFewFrames,
    /// Whether the octets behind the codec's header are readable is not known.
    BehindHeader,
    /// A layer leaves the header of the codec in clear.
    CodecHeader,
}

impl OpenedGap {
    const fn text(self) -> &'static str {
        match self {
            Self::Tags => {
                "tags do not verify with the key of the stream: packets may be forged, or in clear"
            }
            Self::InnerLayer => {
                "opened with the keys that were given, what it carries is still as a cipher leaves \
                 it: an end-to-end layer may lie inside"
            }
            Self::Unmarked => {
                "these frames bear no mark of the end-to-end layer that the others bear: they may \
                 be readable"
            }
            Self::TooFewFrames => {
                "fewer than 80 frames of sound or 64 of pictures were opened: capture more of the \
                 call, with the keys of all its handshakes"
            }
            Self::BehindHeader => {
                "whether this codec is readable behind its header cannot be tested: capture more, \
                 with the signalling that names the codec"
            }
            Self::CodecHeader => {
                "an end-to-end layer leaves the codec's header in clear, and its mode may follow \
                 speech"
            }
        }
    }
}
