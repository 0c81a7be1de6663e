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
    /// When it holds, when it is violated, when it cannot be told.
    pub rule: &'static str,
    /// What a verdict does not say.
    pub does_not_say: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// The claims that can be judged.
pub const CATALOGUE: &[Claim] = &[FORWARDS, PEERS, ACCOUNT];

pub(super) const FORWARDS: Claim = Claim {
    id: "relay-forwards-unchanged",
    scope: "path",
    statement: "All that left the relay on this path entered it, octet for octet.",
    rule: "Holds where a DTLS handshake both ways or 100 media datagrams were found leaving exactly \
           as they had entered, none altered, and none that had not entered. Violated by one \
           datagram that left altered, or that left without having entered while the entering leg \
           was captured whole, which is doubted \
           where more left unexplained than matched. Inconclusive with one leg, cut frames, lost packets, a filter that left packets out, or \
           too little.",
    does_not_say: "that no copy was kept, or what the peer does with it",
    source: "RFC 8656 sections 11.2, 12.6; RFC 7667 section 3.2.1.1",
};

pub(super) const PEERS: Claim = Claim {
    id: "peers-not-identified",
    scope: "path",
    statement: "The observer cannot tell which addresses talk to each other.",
    rule: "Violated by a message that names the peer to somebody who sees the client, or by the \
           bare leg beside the client's. Holds for somebody who sees only the leg to the peer, \
           where all on it was understood and nothing names the client. Inconclusive where the \
           peer was named before the capture began.",
    does_not_say: "who the people behind the addresses are",
    source: "RFC 8656 sections 18.3, 21.1.6",
};

pub(super) const ACCOUNT: Claim = Claim {
    id: "account-not-named",
    scope: "leg",
    statement: "No TURN user name is readable on this leg.",
    rule: "Violated by a readable USERNAME; for the relay also by a USERHASH, behind which it \
           knows the name. Holds where requests without a readable name were granted. \
           Inconclusive where none was granted while the leg was captured.",
    does_not_say: "that the account cannot be told by the address, or by the service that issued it",
    source: "RFC 8489 sections 14.3, 14.4; RFC 8656 section 21.1.6",
};

/// The claim with this name.
pub fn find(id: &str) -> Option<&'static Claim> {
    CATALOGUE.iter().find(|claim| claim.id == id)
}
