//! Dialects: messages that only the programs of one maker send, and the STUN of RFC 3489.
//!
//! A mark tells whose dialect a message is in, and by what. What is proprietary is recognised and
//! not read: its octets stay unparsed, and nothing follows from a name but the name.

mod framing;

use super::rtp::Rtp;
use super::stun::Stun;

pub use framing::{Own, Wrapped, own};

/// A dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// STUN of RFC 3489, without the magic cookie.
    Rfc3489,
    /// [MS-TURN], the relays of Teams and Skype.
    MsTurn,
    /// [MS-ICE2], the connectivity checks of Teams and Skype.
    MsIce2,
    /// WhatsApp.
    WhatsApp,
    /// Zoom.
    Zoom,
    /// Discord.
    Discord,
}

/// What shows a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A whole message without the magic cookie (RFC 3489, section 11.1).
    NoCookie,
    /// The attribute that begins every message of MS-TURN ([MS-TURN] 2.2.2.1).
    MsCookie,
    /// The framing of messages over TCP ([MS-TURN] 2.1.4).
    MsOverTcp,
    /// The framing of a port that many allocations share ([MS-TURN] 3.1.12).
    MsSharedPort,
    /// CANDIDATE-IDENTIFIER or IMPLEMENTATION-VERSION ([MS-ICE2] 2.2).
    MsAttribute,
    /// A method that no registry knows, and WhatsApp sends to its relays.
    WhatsAppMethod,
    /// An attribute likewise.
    WhatsAppAttribute,
    /// The profile 0xDEBE of RTP header extensions.
    WhatsAppExtension,
    /// An attribute that no registry knows, and Zoom sends.
    ZoomAttribute,
    /// RTP behind the two headers that Zoom's servers and their clients put before it.
    ZoomServer,
    /// RTP behind the one header that two of Zoom's clients put before it.
    ZoomPeer,
    /// The question for one's own address, and its answer.
    DiscordDiscovery,
    /// The datagram that keeps the way open.
    DiscordKeepAlive,
}

impl Dialect {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rfc3489 => "rfc3489",
            Self::MsTurn => "ms-turn",
            Self::MsIce2 => "ms-ice2",
            Self::WhatsApp => "whatsapp",
            Self::Zoom => "zoom",
            Self::Discord => "discord",
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rfc3489 => "the STUN of RFC 3489",
            Self::MsTurn => "MS-TURN, as Teams and Skype do",
            Self::MsIce2 => "MS-ICE2, as Teams and Skype do",
            Self::WhatsApp => "WhatsApp's dialect",
            Self::Zoom => "Zoom's dialect",
            Self::Discord => "Discord's dialect",
        }
    }

    /// Whether no document tells how it is to be read.
    pub const fn is_proprietary(self) -> bool {
        matches!(self, Self::WhatsApp | Self::Zoom | Self::Discord)
    }
}

impl Mark {
    /// Whose it is.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::NoCookie => Dialect::Rfc3489,
            Self::MsCookie | Self::MsOverTcp | Self::MsSharedPort => Dialect::MsTurn,
            Self::MsAttribute => Dialect::MsIce2,
            Self::WhatsAppMethod | Self::WhatsAppAttribute | Self::WhatsAppExtension => {
                Dialect::WhatsApp
            }
            Self::ZoomAttribute | Self::ZoomServer | Self::ZoomPeer => Dialect::Zoom,
            Self::DiscordDiscovery | Self::DiscordKeepAlive => Dialect::Discord,
        }
    }

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoCookie => "no-cookie",
            Self::MsCookie => "magic-cookie",
            Self::MsOverTcp => "tcp-framing",
            Self::MsSharedPort => "shared-port",
            Self::MsAttribute | Self::WhatsAppAttribute | Self::ZoomAttribute => "attribute",
            Self::WhatsAppMethod => "method",
            Self::WhatsAppExtension => "header-extension",
            Self::ZoomServer => "server-framing",
            Self::ZoomPeer => "peer-framing",
            Self::DiscordDiscovery => "address-discovery",
            Self::DiscordKeepAlive => "keep-alive",
        }
    }

    /// What it is, for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoCookie => "messages without the magic cookie",
            Self::MsCookie => "the cookie of MS-TURN",
            Self::MsOverTcp => "its framing over TCP",
            Self::MsSharedPort => "the framing of a shared port",
            Self::MsAttribute => "attributes of MS-ICE2",
            Self::WhatsAppAttribute | Self::ZoomAttribute => "attributes of its own",
            Self::WhatsAppMethod => "methods of its own",
            Self::WhatsAppExtension => "header extensions of its own",
            Self::ZoomServer => "the framing of its servers",
            Self::ZoomPeer => "the framing between two clients",
            Self::DiscordDiscovery => "its question for one's own address",
            Self::DiscordKeepAlive => "its keep-alive",
        }
    }
}

/// The marks of a STUN message.
pub fn of_stun<'a>(stun: &Stun<'a>) -> impl Iterator<Item = Mark> + use<'a> {
    let whole = match stun.message_type.0 {
        _ if stun.is_ms_turn() => Some(Mark::MsCookie),
        _ if !stun.id.has_cookie() => Some(Mark::NoCookie),
        0x0800..=0x0802 => Some(Mark::WhatsAppMethod),
        _ => None,
    };
    let of_attribute = |kind| match kind {
        0x0101 | 0x0103 => Some(Mark::ZoomAttribute),
        0x4000..=0x4007 => Some(Mark::WhatsAppAttribute),
        0x8054 | 0x8070 => Some(Mark::MsAttribute),
        _ => None,
    };
    // Without a cookie of either kind, numbers are those of RFC 3489.
    let known = stun.id.has_cookie() || stun.is_ms_turn();
    let attributes = known.then(|| stun.attributes()).into_iter().flatten();
    let attributes = attributes.filter_map(move |attribute| of_attribute(attribute.kind.0));
    whole.into_iter().chain(attributes)
}

/// The mark of an RTP packet.
pub fn of_rtp(rtp: &Rtp<'_>) -> Option<Mark> {
    let (profile, _) = rtp.extension?;
    (profile == 0xDEBE).then_some(Mark::WhatsAppExtension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::dissect::stun;

    /// A message with one attribute of no octets, with or without the magic cookie.
    fn marks(kind: u16, cookie: bool, attribute: u16) -> Vec<&'static str> {
        let mut octets = kind.to_be_bytes().to_vec();
        octets.extend([0, 4]);
        octets.extend(if cookie {
            [0x21, 0x12, 0xA4, 0x42]
        } else {
            [7; 4]
        });
        octets.extend([9; 12]);
        octets.extend(attribute.to_be_bytes());
        octets.extend([0, 0]);
        let stun = stun::parse(Octets::whole(&octets, 0), &mut Quiet).expect("STUN");
        let named = |mark: Mark| [mark.dialect().name(), mark.name()];
        of_stun(&stun).flat_map(named).collect()
    }

    #[test]
    fn stun_without_the_cookie_is_that_of_rfc_3489() {
        assert_eq!(marks(0x0001, false, 0x0006), ["rfc3489", "no-cookie"]);
        assert_eq!(marks(0x0001, false, 0x4000), ["rfc3489", "no-cookie"]);
        assert!(marks(0x0001, true, 0x0006).is_empty());
    }

    #[test]
    fn methods_and_attributes_tell_whose_dialect_it_is() {
        assert_eq!(marks(0x0800, true, 0x0006), ["whatsapp", "method"]);
        assert_eq!(marks(0x0003, true, 0x4000), ["whatsapp", "attribute"]);
        assert_eq!(marks(0x0001, true, 0x0101), ["zoom", "attribute"]);
        assert_eq!(marks(0x0001, true, 0x8070), ["ms-ice2", "attribute"]);
    }

    #[test]
    fn the_ping_of_libwebrtc_is_nobody_s_dialect() {
        assert!(marks(0x0200, true, 0x0008).is_empty());
    }
}
