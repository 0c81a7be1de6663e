//! What guards the payload of a stream on the wire, and why we think so.
//!
//! Structure in the payload refutes sealing, whatever was agreed. Tags that verify with a key prove
//! it; an agreement on keys that was seen shows it, where nothing refutes it. That a payload merely
//! looks sealed shows nothing: it is unknown, and what is unknown counts as exposed.

use hashbrown::HashMap;

use super::Basis;
use super::agreement::Agreements;
use crate::base::sample::Sample;
use crate::dissect::dtls::names::Version;
use crate::flow::{
    Association, Crypto, KeySource, OpenedMedia, PayloadJudgement, RtpStream, Scene,
    SessionDescription, StreamKey, Structure,
};
use crate::keys::SrtpSuite;

/// What guards a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A cipher whose keys were agreed on in sight.
    Sealed,
    /// Nothing: it is readable.
    Clear,
    /// It cannot be told.
    Unknown,
}

impl State {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
        }
    }
}

/// Who agreed on the keys of a stream.
#[derive(Debug, Clone, Copy)]
pub enum Agreement<'t> {
    /// The two ends of a DTLS handshake.
    Handshake(&'t Association),
    /// Whoever wrote, carried or read a session description with the key in it.
    Description(&'t SessionDescription),
}

/// Why a payload is not known to be sealed, or not known more exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// No handshake and no description with keys was captured for it.
    NoAgreement,
    /// The handshake was not seen to its end.
    HandshakeOpen,
    /// The handshake agrees on no SRTP profile.
    NoProfile,
    /// The handshake seals its choice, and nothing yet shows that the media is SRTP.
    ChoiceSealed,
}

impl Doubt {
    /// The doubt in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoAgreement => "no agreement on its keys was captured",
            Self::HandshakeOpen => "the handshake was not seen to its end",
            Self::NoProfile => "the handshake agrees on no SRTP profile",
            Self::ChoiceSealed => {
                "DTLS 1.3 seals the choice of SRTP, and too little shows that it was taken"
            }
        }
    }
}

/// How the payload of one stream is guarded.
#[derive(Debug, Clone)]
pub struct Protection<'t> {
    /// What guards it.
    pub state: State,
    /// Why we think so; `None` where it is unknown.
    pub basis: Option<Basis>,
    /// Name of the SRTP profile or crypto suite, where it is readable.
    pub profile: Option<String>,
    /// Octets of the tag at the end of each packet, where they are known.
    pub tag_octets: Option<u32>,
    /// Who agreed on the keys.
    pub agreement: Option<Agreement<'t>>,
    /// What the octets say.
    pub octets: Option<PayloadJudgement>,
    /// What keys opened of it, where any verified a tag.
    pub opened: Option<&'t OpenedMedia>,
    /// Why it is not known, or not better.
    pub doubt: Option<Doubt>,
}

impl Protection<'_> {
    /// Whether every packet of `stream` verified with its key.
    pub fn is_verified(&self, stream: &RtpStream) -> bool {
        let opened = self.opened.map(|opened| opened.authenticated.total());
        opened == Some(stream.packets.total())
    }

    /// The packets that show structure.
    pub fn structured(&self) -> Sample {
        let judged = self.octets.as_ref();
        judged
            .map(|judged| judged.evidence.clone())
            .unwrap_or_default()
    }

    /// Whether the tests found the payload as a cipher leaves it, on packets captured whole.
    pub fn is_uniform(&self) -> bool {
        self.octets.as_ref().is_some_and(|judged| {
            matches!(judged.structure, Structure::Uniform { .. }) && judged.cut == 0
        })
    }

    /// Whether some payload was captured in part.
    pub fn is_cut(&self) -> bool {
        self.octets.as_ref().is_some_and(|judged| judged.cut > 0)
    }
}

/// What guards the payload of every stream that is believed, and the agreements behind it: worked
/// out once for a report.
#[derive(Debug)]
pub struct Protections<'t> {
    /// Who agreed on keys.
    pub agreements: Agreements<'t>,
    streams: HashMap<StreamKey, Protection<'t>>,
}

impl<'t> Protections<'t> {
    /// Judges all streams.
    pub fn new(scene: &Scene<'t>) -> Self {
        let agreements = Agreements::new(scene);
        let streams = scene
            .streams
            .iter()
            .map(|stream| (stream.key, protection(&agreements, stream)));
        Self {
            streams: streams.collect(),
            agreements,
        }
    }

    /// What guards this stream; `None` where it is not believed.
    pub fn of(&self, stream: &RtpStream) -> Option<&Protection<'t>> {
        self.streams.get(&stream.key)
    }
}

/// What guards the payload of `stream` on the wire.
pub(super) fn protection<'t>(agreements: &Agreements<'t>, stream: &'t RtpStream) -> Protection<'t> {
    let octets = stream.payload.judgement();
    let structured = octets
        .as_ref()
        .is_some_and(|judged| matches!(judged.structure, Structure::Structured { .. }));
    let uniform = octets
        .as_ref()
        .is_some_and(|judged| matches!(judged.structure, Structure::Uniform { .. }));
    let opened = stream.opened();
    let (agreement, agreed) = agreement(agreements, (stream, opened), uniform);
    let mut found = Protection {
        state: State::Unknown,
        basis: None,
        profile: None,
        tag_octets: None,
        agreement,
        octets,
        opened,
        doubt: None,
    };
    let basis = if opened.is_some() {
        Basis::Keyed
    } else {
        Basis::Negotiated
    };
    match agreed {
        _ if structured => {
            found.state = State::Clear;
            found.basis = Some(Basis::Shape);
        }
        Err(doubt) => found.doubt = Some(doubt),
        Ok(terms) => {
            found.state = if terms.null {
                State::Clear
            } else {
                State::Sealed
            };
            found.basis = Some(basis);
            found.profile = terms.profile;
            found.tag_octets = terms.tag_octets;
        }
    }
    found
}

/// What was agreed on.
struct Terms {
    profile: Option<String>,
    tag_octets: Option<u32>,
    /// Whether the cipher is none.
    null: bool,
}

fn agreement<'t>(
    agreements: &Agreements<'t>,
    (stream, opened): (&RtpStream, Option<&OpenedMedia>),
    uniform: bool,
) -> (Option<Agreement<'t>>, Result<Terms, Doubt>) {
    let (agreement, agreed) = seen_agreement(agreements, stream, uniform);
    let Some(key) = opened.and_then(OpenedMedia::key) else {
        return (agreement, agreed);
    };
    // Beside a key that was given, only an agreement on SRTP can be the one that made it.
    let on_srtp = matches!(agreed, Ok(_) | Err(Doubt::ChoiceSealed));
    let seen = agreement.filter(|_| key.source == KeySource::Given && on_srtp);
    let agreement = agreements.of_key(key, &stream.key).or(seen);
    let suite = key.master.suite;
    let terms = Terms {
        profile: Some(name(suite, agreement)),
        tag_octets: Some(suite.tag_len() as u32),
        null: suite.is_null(),
    };
    (agreement, Ok(terms))
}

/// What a suite is called by those who agreed on it.
fn name(suite: SrtpSuite, agreement: Option<Agreement<'_>>) -> String {
    let Some(Agreement::Handshake(association)) = agreement else {
        return suite.name().to_owned();
    };
    let offered = association.offered_profiles.as_deref().unwrap_or_default();
    let mut profiles = association.profile.iter().chain(offered);
    let chosen = profiles.find(|profile| SrtpSuite::of_profile(**profile) == Some(suite));
    chosen.map_or_else(|| suite.name().to_owned(), ToString::to_string)
}

/// Who agreed on the keys of a stream, as far as that was seen, and on what.
fn seen_agreement<'t>(
    agreements: &Agreements<'t>,
    stream: &RtpStream,
    uniform: bool,
) -> (Option<Agreement<'t>>, Result<Terms, Doubt>) {
    if let Some(association) = agreements.handshake_of(stream) {
        let terms = terms(agreements, stream, (association, uniform));
        return (Some(Agreement::Handshake(association)), terms);
    }
    let Some((description, line)) = key_line(agreements, stream) else {
        return (None, Err(Doubt::NoAgreement));
    };
    let suite = line.suite.to_ascii_uppercase();
    let terms = Terms {
        tag_octets: tag_of(&suite),
        null: suite.contains("NULL") || line.unencrypted,
        profile: Some(line.suite.clone()),
    };
    (Some(Agreement::Description(description)), Ok(terms))
}

/// The key line with which the sender of a stream seals: its own, and of several the one with the
/// tag that the other side took (RFC 4568, section 5.1.2).
fn key_line<'t>(
    agreements: &Agreements<'t>,
    stream: &RtpStream,
) -> Option<(&'t SessionDescription, &'t Crypto)> {
    let (src, dst) = stream.ends();
    let (description, media) = agreements.keyed_at(src)?;
    let line = match media.crypto.as_slice() {
        [only] => only,
        several => {
            let (_, other) = agreements.keyed_at(dst)?;
            let [taken] = other.crypto.as_slice() else {
                return None;
            };
            several.iter().find(|line| line.tag == taken.tag)?
        }
    };
    Some((description, line))
}

/// What a handshake agrees on for a stream.
fn terms(
    agreements: &Agreements<'_>,
    stream: &RtpStream,
    (association, uniform): (&Association, bool),
) -> Result<Terms, Doubt> {
    if !association.is_complete() {
        return Err(Doubt::HandshakeOpen);
    }
    if association.version != Some(Version::DTLS_1_3) || association.opens_choice() {
        let profile = association.profile.ok_or(Doubt::NoProfile)?;
        let name = profile.to_string();
        return Ok(Terms {
            tag_octets: tag_of(&name),
            null: profile.is_null(),
            profile: Some(name),
        });
    }
    let offered = association.offered_profiles.as_deref().unwrap_or_default();
    if offered.is_empty() {
        return Err(Doubt::NoProfile);
    }
    let reports = agreements.counting_reports(stream);
    if offered.iter().any(|profile| profile.is_null()) || reports.is_none() && !uniform {
        return Err(Doubt::ChoiceSealed);
    }
    // Of AEAD the trailer stands before the end of the datagram, of HMAC before its tag.
    let aead = reports.is_some_and(|offset| offset < 10);
    Ok(Terms {
        profile: None,
        tag_octets: aead.then_some(16),
        null: false,
    })
}

/// Octets of the tag of RTP packets by the name of the profile or suite (RFC 3711, 6188, 7714).
fn tag_of(name: &str) -> Option<u32> {
    [("GCM", 16), ("_80", 10), ("_32", 4)]
        .into_iter()
        .find_map(|(part, octets)| name.contains(part).then_some(octets))
}
