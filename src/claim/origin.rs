//! Where it began: what was said in the dispute about relays, and which claims answer it.

/// One sentence of the dispute.
#[derive(Debug)]
pub struct Sentence {
    /// What was said.
    pub said: &'static str,
    /// What packets can say to it in general.
    pub answer: &'static str,
    /// The claims that decide it for a capture; none where packets cannot.
    pub claims: &'static [&'static str],
    /// Of whom it speaks.
    pub speaks_of: Subject,
}

/// Of whom a sentence speaks: where nobody of that kind is in a capture, it has no answer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A TURN relay.
    Relay,
    /// A server at which handshakes end.
    MediaServer,
    /// The call itself.
    Call,
}

/// The sentences, in the order of the dispute.
pub const SENTENCES: &[Sentence] = &[
    Sentence {
        said: "A TURN server just forwards.",
        answer: "Provable for each path: what left is compared with what entered.",
        claims: &["relay-forwards-unchanged", "relay-outside-key-agreement"],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "What it forwards is encrypted.",
        answer: "Not a property of TURN: a relay forwards plain media just as willingly. It is \
                 the two ends that encrypt, or do not.",
        claims: &["media-sealed", "rtcp-sealed"],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "Whoever controls the TURN server can watch.",
        answer: "Only where the media is in clear, or a handshake ends at the server.",
        claims: &["media-sealed", "server-without-media-keys"],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "Only metadata leaks, the IP addresses.",
        answer: "More than addresses: account, software, handshake, streams, header extensions, \
                 every size and time.",
        claims: &[
            "account-not-named",
            "only-srtp-header-readable",
            "no-speech-activity",
        ],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "TURN can only see the header of SRTP.",
        answer: "Also its extensions unless they are sealed (RFC 9335), the first octets of each \
                 report, the handshake and the connectivity checks.",
        claims: &["only-srtp-header-readable"],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "TURN cannot identify the peers.",
        answer: "It must know both addresses to forward. Who the people are it learns only from \
                 names.",
        claims: &["peers-not-identified", "account-not-named", "relay-only"],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "A good TURN server runs in TLS mode.",
        answer: "TLS hides the client's leg from others on the way, not from the relay, and not \
                 the leg to the peer.",
        claims: &["client-leg-encrypted"],
        speaks_of: Subject::Relay,
    },
    Sentence {
        said: "An SFU or MCU decrypts and encrypts again, and sees the stream.",
        answer: "True where the handshake ends at the server, unless the ends seal frames once \
                 more inside.",
        claims: &["server-without-media-keys", "media-sealed"],
        speaks_of: Subject::MediaServer,
    },
    Sentence {
        said: "Jitsi tried an SFU with end-to-end encryption.",
        answer: "True, and it can be shown with the keys of a hop: what they open is sealed once \
                 more. The server still reads every header and report, sizes and times, and what \
                 the layer leaves in clear, such as the first octet of sound.",
        claims: &["end-to-end-layer", "media-sealed"],
        speaks_of: Subject::MediaServer,
    },
    Sentence {
        said: "Messengers send the SRTP master secret end to end through signalling.",
        answer: "Where signalling is readable, so is a key in it. Where it is sealed, packets show \
                 only that no handshake passed beside the media; who knows the key they cannot \
                 show.",
        claims: &["keys-not-in-signalling", "certificate-matches-signalling"],
        speaks_of: Subject::Call,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::find;

    #[test]
    fn every_answer_names_claims_of_the_catalogue() {
        for id in SENTENCES.iter().flat_map(|sentence| sentence.claims) {
            assert!(find(id).is_some(), "{id}");
        }
    }
}
