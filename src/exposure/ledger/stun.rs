//! What STUN tells: TURN's requests and answers, and connectivity checks.
//!
//! One row for each attribute: what it is called in the report, the display-filter name, the row
//! of the table of exposures, and how its value is shown.

use super::{Reader, What};
use crate::base::addr::Direction;
use crate::base::time::utc;
use crate::base::told::{Name, Told};
use crate::dissect::stun::names::AttributeType as T;
use crate::exposure::leg::Leg;
use crate::flow::{Level, Seen, SeenValue};

/// How the value of an attribute is shown.
#[derive(Clone, Copy)]
enum Show {
    /// As it is: a product, a number with a meaning.
    Plain,
    /// As a name of this kind.
    Named(Name),
    /// Not the value: only that it is there.
    Presence(&'static str),
    /// By a function of its number.
    Number(fn(u64) -> String),
}

struct Row(T, What, Show);

macro_rules! rows {
    ($($kind:ident, $item:literal, $field:literal, $place:literal, $show:expr;)+) => {
        &[$(Row(T::$kind, ($item, $field, $place), $show)),+]
    };
}

use Show::{Named, Number, Plain, Presence};

/// TURN's own messages.
const TURN: &[Row] = rows! {
    USERNAME, "account", "stun.att.username", "1: USERNAME", Named(Name::User);
    USERHASH, "account hash", "stun.att.userhash", "1: USERHASH", Named(Name::Id);
    REALM, "realm", "stun.att.realm", "1: REALM", Named(Name::Realm);
    NONCE, "nonce", "stun.att.nonce", "1: NONCE", Named(Name::Nonce);
    MESSAGE_INTEGRITY, "password check", "stun.att.hmac", "1: MESSAGE-INTEGRITY", Presence("HMAC-SHA1: a weak password can be guessed");
    MESSAGE_INTEGRITY_SHA256, "password check", "stun.att.hmac_sha256", "1: MESSAGE-INTEGRITY", Presence("HMAC-SHA256: a weak password can be guessed");
    XOR_PEER_ADDRESS, "peer", "stun.xor_peer_address", "1: XOR-PEER-ADDRESS", Plain;
    XOR_RELAYED_ADDRESS, "relayed address", "stun.xor_relayed_address", "1: XOR-RELAYED-ADDRESS", Plain;
    CHANNEL_NUMBER, "channel", "stun.channel", "1: CHANNEL-NUMBER", Number(channel);
    LIFETIME, "lifetime", "stun.att.lifetime", "1: LIFETIME", Number(seconds);
    REQUESTED_TRANSPORT, "transport to the peer", "stun.att.transport", "1: REQUESTED-TRANSPORT", Number(transport);
    REQUESTED_ADDRESS_FAMILY, "address family", "stun.att.family", "1: REQUESTED-TRANSPORT", Number(family);
    ADDITIONAL_ADDRESS_FAMILY, "address family", "stun.att.family", "1: REQUESTED-TRANSPORT", Number(family);
    EVEN_PORT, "even port", "stun.att.even-port", "1: REQUESTED-TRANSPORT", Presence("an RTP and RTCP pair of ports");
    RESERVATION_TOKEN, "reservation", "stun.att.reserve-next", "1: REQUESTED-TRANSPORT", Named(Name::Id);
    DONT_FRAGMENT, "do not fragment", "stun.att.dont-fragment", "1: REQUESTED-TRANSPORT", Presence("asked for");
    ICMP, "path errors", "stun.att.icmp", "1: ICMP", Number(hex);
    ERROR_CODE, "refusals", "stun.att.error", "1: ERROR-CODE", Plain;
    ALTERNATE_SERVER, "other server", "stun.att.alternate-server", "1: ALTERNATE-SERVER", Plain;
    ALTERNATE_DOMAIN, "other server", "stun.att.alternate-domain", "1: ALTERNATE-SERVER", Named(Name::Host);
    THIRD_PARTY_AUTHORIZATION, "authorisation server", "stun.att.third-party", "1: THIRD-PARTY-AUTHORIZATION", Named(Name::Host);
    ACCESS_TOKEN, "access token", "stun.att.access-token", "1: ACCESS-TOKEN", Named(Name::Nonce);
    MOBILITY_TICKET, "mobility ticket", "stun.att.mobility-ticket", "1: MOBILITY-TICKET", Named(Name::Nonce);
    CONNECTION_ID, "TCP connection", "stun.att.connection-id", "1: CONNECTION-ID", Number(hex);
    PASSWORD_ALGORITHMS, "password hashes", "stun.att.pw_alg", "1: PASSWORD-ALGORITHMS", Presence("those that the server knows");
    TRANSACTION_TRANSMIT_COUNTER, "losses", "stun.att.transmit-counter", "1: TRANSACTION_TRANSMIT_COUNTER", Number(hex);
    ORIGIN, "web page", "stun.att.origin", "1: ORIGIN", Named(Name::Host);
};

/// Connectivity checks.
const ICE: &[Row] = rows! {
    USERNAME, "ICE user names", "stun.att.username", "2: USERNAME", Named(Name::IceUser);
    PRIORITY, "candidate", "stun.att.priority", "2: PRIORITY", Number(priority);
    ICE_CONTROLLING, "who called", "stun.att.tie-breaker", "2: ICE-CONTROLLING", Presence("controls the checks, as a caller does");
    ICE_CONTROLLED, "who was called", "stun.att.tie-breaker", "2: ICE-CONTROLLING", Presence("is controlled, as a called side is");
    USE_CANDIDATE, "call is up", "stun.att.use-candidate", "2: USE-CANDIDATE", Presence("the path was chosen");
    GOOG_NETWORK_INFO, "network", "stun.att.google.network_cost", "2: GOOG-NETWORK-INFO", Number(network);
    GOOG_MISC_INFO, "libwebrtc", "stun.att.google.misc", "2: GOOG-LAST-ICE-CHECK-RECEIVED", Presence("hints of the version");
    META_DTLS_IN_STUN, "handshake in checks", "stun.att.dtls", "2: META-DTLS-IN-STUN", Presence("DTLS travels in connectivity checks");
    XOR_MAPPED_ADDRESS, "address the other sees", "stun.xor_mapped_address", "2: XOR-MAPPED-ADDRESS", Plain;
    MESSAGE_INTEGRITY, "ICE password check", "stun.att.hmac", "2: MESSAGE-INTEGRITY", Presence("22 random characters or more: not to be guessed");
};

/// Either.
const BOTH: &[Row] = rows! {
    CHANGE_REQUEST, "NAT test", "stun.att.change-request", "3: CHANGE-REQUEST", Number(hex);
    RESPONSE_PORT, "NAT test", "stun.att.response-port", "3: CHANGE-REQUEST", Plain;
    RESPONSE_ORIGIN, "server's address", "stun.att.other_address", "3: CHANGE-REQUEST", Plain;
    OTHER_ADDRESS, "server's other address", "stun.att.other_address", "3: CHANGE-REQUEST", Plain;
    ECN_CHECK, "ECN", "stun.att.ecn-check", "3: ECN-CHECK", Number(hex);
};

const WAYS: [Direction; 2] = [Direction::AToB, Direction::BToA];

impl Reader<'_> {
    /// TURN's own messages on a client's leg.
    pub(super) fn turn(&mut self, leg: &Leg<'_>) {
        let (seen, from_client) = (&leg.flow.outer.seen, leg.outwards());
        self.rows(seen, TURN);
        self.mapped(seen, leg);
        self.expiry(seen);
        for direction in WAYS {
            let client = direction == from_client;
            let item = if client {
                "client software"
            } else {
                "server software"
            };
            let what = (item, "stun.att.software", "1: SOFTWARE");
            self.values(seen, direction, &Row(T::SOFTWARE, what, Plain));
        }
    }

    /// Until when a name is good that is made of a time and a user (TURN REST).
    fn expiry(&mut self, seen: &Seen) {
        let what = ("account expires", "stun.att.username", "1: USERNAME");
        let names = WAYS.iter().filter_map(|way| seen.of(T::USERNAME, *way));
        for (value, packets) in names.flat_map(|attribute| &attribute.values) {
            let name = value.text();
            let time = name.split_once(':').and_then(|(time, _)| time.parse().ok());
            if let Some(seconds) = time {
                self.push(what, Told::plain(utc(seconds)), packets);
            }
        }
    }

    /// The client's address as the server tells it, where a translator stands between them.
    fn mapped(&mut self, seen: &Seen, leg: &Leg<'_>) {
        let what = (
            "mapped address",
            "stun.xor_mapped_address",
            "1: XOR-MAPPED-ADDRESS",
        );
        for kind in [T::XOR_MAPPED_ADDRESS, T::MAPPED_ADDRESS] {
            let told = WAYS.iter().filter_map(|way| seen.of(kind, *way));
            let values = told.flat_map(|attribute| &attribute.values);
            for (value, packets) in values {
                if let SeenValue::Address(address) = value
                    && *address != leg.near
                {
                    self.push(what, (*address).into(), packets);
                }
            }
        }
    }

    /// Connectivity checks, bare or carried by TURN.
    pub(super) fn checks(&mut self, level: &Level) {
        self.rows(&level.seen, ICE);
        let what = ("software", "stun.att.software", "1: SOFTWARE");
        for direction in WAYS {
            self.values(&level.seen, direction, &Row(T::SOFTWARE, what, Plain));
        }
        let consent = ("consent checks", "stun.type", "2: consent checks");
        let words = format!("{}: the call lives as long", level.ice.total());
        self.push(consent, Told::plain(words), &level.ice);
    }

    fn rows(&mut self, seen: &Seen, rows: &[Row]) {
        for row in rows.iter().chain(BOTH) {
            for direction in WAYS {
                self.values(seen, direction, row);
            }
        }
        self.vendors(seen);
    }

    fn values(&mut self, seen: &Seen, direction: Direction, Row(kind, what, show): &Row) {
        let Some(attribute) = seen.of(*kind, direction) else {
            return;
        };
        if let Presence(words) = show {
            self.push(*what, Told::plain(*words), &attribute.packets());
            return;
        }
        for (value, packets) in &attribute.values {
            self.push(*what, shown(value, *show), packets);
        }
        if attribute.others.total() > 0 {
            self.push(*what, Told::plain("and other values"), &attribute.others);
        }
    }

    /// Attributes that only products of one maker send.
    fn vendors(&mut self, seen: &Seen) {
        for (name, number, attribute) in seen.all() {
            let known = TURN
                .iter()
                .chain(ICE)
                .chain(BOTH)
                .any(|row| row.0.0 == number);
            let vendor = number >= 0xC000 || name.starts_with("MS-") || name.starts_with("0x");
            if vendor && !known {
                let what = ("product", "stun.att.type", "1: vendor");
                let words = format!("attribute {name}");
                self.push(what, Told::plain(words), &attribute.packets());
            }
        }
    }
}

fn shown(value: &SeenValue, show: Show) -> Told {
    match (value, show) {
        (SeenValue::Address(address), _) => Told::from(*address),
        (SeenValue::Number(number), Number(words)) => Told::plain(words(*number)),
        (_, Named(name)) => name.of(value.text()),
        (SeenValue::Octets(_), _) => Name::Octets.of(value.text()),
        _ => Told::plain(value.text()),
    }
}

fn hex(number: u64) -> String {
    format!("{number:#x}")
}

fn channel(number: u64) -> String {
    format!("{number:#06x}, stands for one peer")
}

fn seconds(number: u64) -> String {
    match number {
        0 => "0 s: the end".to_owned(),
        _ => format!("{number} s"),
    }
}

fn transport(number: u64) -> String {
    match number {
        6 => "TCP".to_owned(),
        17 => "UDP".to_owned(),
        other => format!("protocol {other}"),
    }
}

fn family(number: u64) -> String {
    match number {
        1 => "IPv4".to_owned(),
        2 => "IPv6".to_owned(),
        other => format!("family {other}"),
    }
}

/// Type and rank of a candidate (RFC 8445, section 5.1.2.1).
fn priority(number: u64) -> String {
    let kind = match number >> 24 {
        126 => "host",
        110 => "peer-reflexive",
        100 => "server-reflexive",
        0 => "relayed",
        _ => "of another type",
    };
    format!("{kind}, rank {}", number >> 8 & 0xFFFF)
}

/// What libwebrtc says of the network of the sender (`rtc_base/network_constants.h`).
fn network(number: u64) -> String {
    let cost = number & 0xFFFF;
    let kind = match cost {
        0..=10 => "wired or Wi-Fi",
        11..=249 => "low",
        250..=499 => "cellular, 5G",
        500..=899 => "cellular, 4G",
        900..=909 => "cellular",
        910..=979 => "cellular, 3G",
        980..=998 => "cellular, 2G",
        _ => "the dearest",
    };
    format!("network {}, cost {cost}: {kind}", number >> 16)
}
