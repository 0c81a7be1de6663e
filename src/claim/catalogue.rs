//! What each claim says, how it is decided, and what stands behind it.

/// A statement that packets can prove or refute.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub id: &'static str,
    /// What it is judged for: each path, each leg.
    pub scope: &'static str,
    /// The statement.
    pub statement: &'static str,
    /// When it holds.
    pub holds: &'static str,
    /// What refutes it.
    pub violated: &'static str,
    /// When it cannot be told, and what would decide.
    pub inconclusive: &'static str,
    /// What a verdict does not say.
    pub does_not_say: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// The claims that can be judged, the proof first.
pub const CATALOGUE: &[Claim] = &[
    FORWARDS,
    OUTSIDE,
    MEDIA,
    RTCP,
    HEADER,
    SPEECH,
    PEERS,
    ACCOUNT,
    LEG,
    SIGNALLING,
    CERTIFICATE,
    SERVER,
    LAYER,
    RELAY_ONLY,
];

/// The claim with this name.
pub fn find(id: &str) -> Option<&'static Claim> {
    CATALOGUE.iter().find(|claim| claim.id == id)
}

pub(super) const FORWARDS: Claim = Claim {
    id: "relay-forwards-unchanged",
    scope: "path",
    statement: "All that left the relay on this path entered it, octet for octet.",
    holds: "a DTLS handshake both ways or 100 media datagrams were found leaving exactly as they \
            had entered, none altered, and none that had not entered; on a TCP connection to a \
            peer, all octets that left, at least 1,000, are those that had entered, in order",
    violated: "one datagram left altered, or left without having entered while the entering leg \
               was captured whole; the latter is doubted where more left unexplained than matched; \
               on a TCP connection, an octet that left is not the one that entered in its place",
    inconclusive: "only one leg was captured, frames were cut, packets were lost or left out by a \
                   filter, or too little passed: capture all interfaces of the relay, whole, from \
                   before the call",
    does_not_say: "that no copy was kept, or what the peer does with it",
    source: "RFC 8656 sections 11.2, 12.6; RFC 6062 section 5.4; RFC 7667 section 3.2.1.1",
};

pub(super) const OUTSIDE: Claim = Claim {
    id: "relay-outside-key-agreement",
    scope: "path",
    statement: "The handshake that keys the media passes through the relay, and none ends there.",
    holds: "a complete DTLS handshake was seen on both legs with the same random numbers of client \
            and server, and every datagram of it left exactly as it had entered",
    violated: "the two legs of the path carry different handshakes: each ends at the relay; or the \
               handshake runs to an address of the relay's own host at which it relays for nobody",
    inconclusive: "the media seems sealed but its handshake was not captured, or only on one leg, \
                   or not to its end, or a datagram of the path left altered",
    does_not_say: "who is at the other end of the handshake: compare fingerprints for that",
    source: "RFC 5764 section 3; RFC 8656 section 12.6; RFC 8827 section 6.5",
};

pub(super) const MEDIA: Claim = Claim {
    id: "media-sealed",
    scope: "stream",
    statement: "No octet of media payload is readable by the observer, but for headers that an \
                end-to-end layer leaves in clear.",
    holds: "a handshake or signalling that agrees on SRTP keys was seen for this stream, no \
            structure stands in its payload, and the observer holds no key of it, or an \
            end-to-end layer is shown inside what its key opens",
    violated: "the payload has the structure of a codec, the cipher agreed on is NULL, or the \
               observer reads the key in signalling",
    inconclusive: "no agreement on keys was captured, the payload is too little to test, or the \
                   handshake ends at the observer's own server or host and its keys are not given, \
                   or open what no mark shows to be sealed once more",
    does_not_say: "who else holds the key: an endpoint may share it, a server at the end of the \
                   handshake has it",
    source: "RFC 3711 section 3.1; RFC 5764 section 4.1; RFC 7667 section 6",
};

pub(super) const RTCP: Claim = Claim {
    id: "rtcp-sealed",
    scope: "RTCP sender on a flow",
    statement: "Every RTCP packet of this sender is sealed.",
    holds: "the SRTCP trailer of every packet stands in the same place and counts, with its \
            encryption flag set",
    violated: "one packet is a whole RTCP compound in clear, the encryption flag is not set, or \
               the observer reads the key in signalling",
    inconclusive: "too few packets for their trailer to count, or packets with neither",
    does_not_say: "that sizes, times and the first eight octets of each report are hidden",
    source: "RFC 3711 section 3.4; RFC 7714 section 9; RFC 5764 section 4.1.2",
};

pub(super) const HEADER: Claim = Claim {
    id: "only-srtp-header-readable",
    scope: "path",
    statement: "Of RTP datagrams nothing but the fixed header, the contributing sources and the \
                profile and length of the extension is readable.",
    holds: "all media of the path is sealed and no packet carries a readable extension element",
    violated: "a packet carries an extension element in clear, or payload in clear or under a key \
               that the observer reads in signalling",
    inconclusive: "it cannot be told of every stream of the path that its payload is sealed",
    does_not_say: "that the fixed header is harmless: it tells streams, losses, clocks and sizes",
    source: "RFC 3711 sections 3.1, 9.4; RFC 8285; RFC 9335",
};

pub(super) const SPEECH: Claim = Claim {
    id: "no-speech-activity",
    scope: "audio stream",
    statement: "Nothing that is readable tells who speaks when.",
    holds: "the payload is sealed and no packet of the stream carries a readable extension element",
    violated: "an audio level is readable, or the sound itself, perhaps with a key that the \
               observer reads in signalling",
    inconclusive: "an extension element is readable whose meaning is not known, or it cannot be \
                   told that the payload is sealed",
    does_not_say: "what sizes and pauses between packets still tell: with a variable bit rate they \
                   follow speech too",
    source: "RFC 6464 sections 3, 6; RFC 6562; RFC 8834 section 5.2.2",
};

pub(super) const PEERS: Claim = Claim {
    id: "peers-not-identified",
    scope: "path",
    statement: "The observer cannot tell which addresses talk to each other.",
    holds: "the observer sees only the leg to the peer, all on it was understood, and nothing \
            names the client",
    violated: "a message names the peer to somebody who sees the client, or the bare leg is seen \
               beside the client's",
    inconclusive: "the peer was named before the capture began",
    does_not_say: "who the people behind the addresses are",
    source: "RFC 8656 sections 18.3, 21.1.6",
};

pub(super) const ACCOUNT: Claim = Claim {
    id: "account-not-named",
    scope: "leg",
    statement: "No TURN user name is readable on this leg.",
    holds: "requests without a readable name were granted",
    violated: "a USERNAME is readable; for the relay also a USERHASH, behind which it knows the \
               name",
    inconclusive: "no request was granted while the leg was captured",
    does_not_say: "that the account cannot be told by the address, or by the service that issued it",
    source: "RFC 8489 sections 14.3, 14.4; RFC 8656 section 21.1.6",
};

pub(super) const LEG: Claim = Claim {
    id: "client-leg-encrypted",
    scope: "leg",
    statement: "The leg between client and relay is TLS or DTLS.",
    holds: "TURN was recognised inside TLS or DTLS records: they were opened, their handshake says \
            so, or 64 of them, half or more of all, came within 5 ms of datagrams of one peer and \
            each as long as ChannelData makes it, which by accident happens less than once in 10^12",
    violated: "a TURN message is readable on the leg",
    inconclusive: "the server speaks TURN elsewhere and records are as long as its messages, and \
                   nothing else shows that they are: give the keys, or capture the peer's side too",
    does_not_say: "anything of the leg between relay and peer, or of what the relay itself reads",
    source: "RFC 8656 sections 3.1, 21.1.6; RFC 7350",
};

pub(super) const SIGNALLING: Claim = Claim {
    id: "keys-not-in-signalling",
    scope: "capture",
    statement: "No signalling in this capture, or given beside it, carries a media key in clear.",
    holds: "session descriptions were read whole, or given and are of a call here, and none has an \
            a=crypto line",
    violated: "a session description carries a key in a=crypto",
    inconclusive: "signalling was seen, and no session description whole, or connections whose \
                   octets are not read, or one was given that nothing binds to a call here",
    does_not_say: "what other signalling carried, or who could read it on its way",
    source: "RFC 4568 sections 6.1, 6.2; RFC 8826 section 4.3.1; RFC 8827 section 6.5",
};

pub(super) const CERTIFICATE: Claim = Claim {
    id: "certificate-matches-signalling",
    scope: "association",
    statement: "The certificates of the handshake are those that signalling announced.",
    holds: "the SHA-256 of the certificates of both ends is one of a=fingerprint of that end, or \
            of --fingerprint",
    violated: "a certificate is none of those that were announced for its end",
    inconclusive: "no fingerprint is known of an end, its certificate was not captured, or DTLS \
                   1.3 seals it: give --sdp or --fingerprint, or compare at the two ends",
    does_not_say: "that signalling was honest: it can swap both fingerprints",
    source: "RFC 5763 section 5; RFC 8122 sections 5, 6.2; RFC 8827 section 6.5",
};

pub(super) const SERVER: Claim = Claim {
    id: "server-without-media-keys",
    scope: "server",
    statement: "No handshake that keys media ends at this server, and no key passes it in clear.",
    holds: "every handshake on every path of the relay passed through whole, and none was seen \
            that has an address of the server at its end",
    violated: "the two legs of a path carry different handshakes, one that offers SRTP ends at a \
               server that forwards or mixes media, or at an address of a relay that is surely no \
               relayed one, or signalling that its host carries brings a key in clear",
    inconclusive: "media passed whose handshake was not captured whole on both legs, or one ends \
                   at an address that may be a relayed one whose client is not in the capture, or \
                   at a host that may be a party as well as a server",
    does_not_say: "that nobody gave the server a key by another way, or that what it opens is not \
                   sealed once more: see end-to-end-layer",
    source: "RFC 7667 sections 3.2.1.1, 6; RFC 5764 section 3",
};

pub(super) const LAYER: Claim = Claim {
    id: "end-to-end-layer",
    scope: "stream that is in clear, or whose keys end at the observer or were given",
    statement: "What the hop leaves in clear, or its keys open, is sealed once more, frame by \
                frame.",
    holds: "all packets were opened, and each of 20 frames or more ends with an IV and the number \
            of its key or begins with a header of SFrame that counts, or the codec that was \
            announced refuses them; and of 80 frames of sound or 64 of pictures the octets behind \
            the codec's header are spread as a cipher spreads them",
    violated: "the frames are those of a codec, and readable behind its header",
    inconclusive: "the keys of the hop are not given, frames are too few or of a codec of which it \
                   is not known where its header ends, some bear no mark, or all are as a cipher \
                   leaves them and bear none: give the server's key log, and capture more",
    does_not_say: "who holds the keys of a layer inside: whoever wrote the program of the parties \
                   may; or that such a layer hides all: what it leaves in clear is listed for \
                   whoever holds the keys of the hop",
    source: "RFC 9605 sections 4.3, 7; RFC 6716 section 3; RFC 7741 section 4; RFC 7667 section 6",
};

pub(super) const RELAY_ONLY: Claim = Claim {
    id: "relay-only",
    scope: "session",
    statement: "The parties exchanged datagrams only through relays, and neither learnt the \
                other's own address.",
    holds: "every datagram between the parties passed through a relay on both sides, and no \
            message names one party's address to the other, in a capture made at a party, which \
            --observer endpoint says",
    violated: "a datagram passed between the parties' own addresses, or a message, or a session \
               description that was given, carried one party's own address to the other",
    inconclusive: "the capture shows the relay's side, where a direct datagram would not pass, or \
                   nothing tells where it was made: capture at a party, and ask with \
                   --observer endpoint",
    does_not_say: "what signalling outside this capture told",
    source: "RFC 8828 section 3; RFC 8445 section 5.1; RFC 8656 section 21.1.6",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        for claim in CATALOGUE {
            let found = CATALOGUE.iter().filter(|other| other.id == claim.id);
            assert_eq!(found.count(), 1, "{}", claim.id);
        }
    }
}
