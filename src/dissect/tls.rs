//! TLS records and what of them is in clear (RFC 5246, section 6.2; RFC 8446, section 5).
//!
//! One record at a time, put in order by whoever follows the connection. What the records before
//! it say of it is told by the caller as [`Before`]. The handshake is that of DTLS, and read there.

use super::dtls::handshake::{self, Carrier, Handshake};
use super::dtls::names::{AlertDescription, ContentType, HandshakeType, Version};
use crate::base::anomaly::{Anomalies, Anomaly, Malformed};
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::{Octets, Span};

/// Octets of the header: type, version, length.
pub const HEADER: u32 = 5;

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Content type; under keys of TLS 1.3 always that of data.
    pub content: ContentType,
    /// Version in the header. TLS 1.3 writes 1.2 there.
    pub version: Version,
    /// What stands after the header, in clear or sealed.
    pub body: Octets<'a>,
    /// Whether keys are in use.
    pub sealed: bool,
    /// What is odd.
    pub anomalies: Anomalies,
}

/// What the records before this one, of the same sender, say of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before<'m> {
    /// Whether it uses keys: up to TLS 1.2, whether its `ChangeCipherSpec` passed.
    pub keyed: bool,
    /// A handshake message that has not ended, as far as it came.
    pub open: &'m [u8],
}

/// A whole handshake message in a stream.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its type.
    pub kind: HandshakeType,
    /// What stands after type and length.
    pub body: Octets<'a>,
    /// Octets of all of it.
    pub len: u32,
}

/// Type, version and length of the body of the record that seems to begin here.
///
/// `None` where none does: a type from 20 to 24, a version from SSL 3.0 to TLS 1.3, and a length
/// that a record may have.
pub fn header(octets: &[u8]) -> Option<(ContentType, Version, u32)> {
    let [content @ 20..=24, 3, minor @ 0..=4, high, low, ..] = octets else {
        return None;
    };
    let len = u16::from_be_bytes([*high, *low]);
    let version = Version(u16::from_be_bytes([3, *minor]));
    (len <= LONGEST).then_some((ContentType(*content), version, len.into()))
}

/// Reads the record at the front and labels all of it.
///
/// # Errors
/// [`Malformed`] where no record begins here, or where it ends beyond the octets.
pub fn parse<'a, S: Sink>(
    octets: Octets<'a>,
    before: Before<'_>,
    sink: &mut S,
) -> Result<Record<'a>, Malformed> {
    let mut sink = OverTls(sink);
    let mut cursor = Cursor::new(octets, &mut sink);
    let at = cursor.position();
    let Some((content, version, len)) = header(octets.captured) else {
        let first = octets.captured.first().copied().unwrap_or_default();
        return Err(Malformed::Value {
            field: Field::TlsType,
            value: first.into(),
            at,
        });
    };
    if len.saturating_add(HEADER) > octets.wire_len {
        return Err(Malformed::Length {
            field: Field::TlsLength,
            value: len,
            at,
        });
    }
    cursor.u8(Field::DtlsType)?;
    cursor.u16(Field::DtlsVersion)?;
    cursor.u16(Field::DtlsLength)?;
    let mut inside = cursor.sub(len);
    let mut record = Record {
        content,
        version,
        body: inside.ahead(),
        sealed: before.keyed || content == ContentType::APPLICATION_DATA,
        anomalies: Anomalies::default(),
    };
    record.anomalies = record.oddities(before.open);
    if S::ACTIVE {
        label(&mut inside, &record, before.open);
    }
    Ok(record)
}

impl Record<'_> {
    /// Whether it is a handshake in clear.
    pub fn is_handshake(&self) -> bool {
        !self.sealed && self.content == ContentType::HANDSHAKE
    }

    /// The alert in clear.
    pub fn alert(&self) -> Option<AlertDescription> {
        match self.body.captured {
            [_, alert] if !self.sealed && self.content == ContentType::ALERT => {
                Some(AlertDescription(*alert))
            }
            _ => None,
        }
    }

    /// Empty handshake records, and others between the parts of a message, are forbidden
    /// (RFC 8446, section 5.1).
    fn oddities(&self, open: &[u8]) -> Anomalies {
        let mut odd = Anomalies::default();
        if self.is_handshake() && self.body.wire_len == 0 {
            odd.insert(Anomaly::TlsEmptyRecord);
        }
        if !open.is_empty() && !self.is_handshake() {
            odd.insert(Anomaly::TlsInterleaved);
        }
        odd
    }
}

/// The message at the front of octets of the handshake protocol; `None` where it has not ended.
pub fn message(octets: Octets<'_>) -> Option<Message<'_>> {
    let [kind, a, b, c, ..] = octets.captured else {
        return None;
    };
    let len = u32::from_be_bytes([0, *a, *b, *c]);
    let body = octets.part(PREFIX, len);
    (body.wire_len == len && !body.is_cut()).then_some(Message {
        kind: HandshakeType(*kind),
        body,
        len: len.saturating_add(PREFIX),
    })
}

impl<'a> Message<'a> {
    /// Reads it.
    pub fn read(&self) -> Handshake<'a> {
        handshake::parse(self.kind, Carrier::Stream, self.body)
    }
}

/// Labels the inside of a record.
fn label<S: Sink>(cursor: &mut Cursor<'_, '_, S>, record: &Record<'_>, open: &[u8]) {
    // What is broken ends the reading of its record; the rest of it is named below.
    let _ = match record.content {
        _ if record.sealed => Ok(()),
        ContentType::HANDSHAKE => handshakes(cursor, open),
        ContentType::ALERT if cursor.left() == 2 => cursor
            .u8(Field::DtlsAlertLevel)
            .and_then(|_| cursor.u8(Field::DtlsAlert))
            .map(drop),
        ContentType::CHANGE_CIPHER_SPEC => cursor.u8(Field::DtlsCcs).map(drop),
        _ => Ok(()),
    };
    if cursor.left() > 0 {
        cursor.rest(if record.sealed {
            Field::DtlsSealed
        } else {
            Field::DtlsFragment
        });
    }
}

/// The messages of a record: the rest of the one that is open, then those that begin here, each as
/// far as this record holds it.
fn handshakes<S: Sink>(cursor: &mut Cursor<'_, '_, S>, open: &[u8]) -> Result<(), Malformed> {
    let rest = missing(open, cursor.ahead().captured);
    if rest > 0 {
        cursor.sub(rest).rest(Field::DtlsHandshakeBody);
    }
    while cursor.left() > 0 {
        let kind = HandshakeType(cursor.u8(Field::DtlsHandshakeType)?);
        let len = cursor.u24(Field::DtlsHandshakeLength)?;
        let mut inside = cursor.sub(len);
        // What is broken, or goes on in another record, ends the reading of the message.
        let _ = handshake::read(kind, Carrier::Stream, &mut inside);
        if inside.left() > 0 {
            inside.rest(Field::DtlsHandshakeBody);
        }
    }
    Ok(())
}

/// Octets that an open message still needs; all of `next` where not even its length is known.
fn missing(open: &[u8], next: &[u8]) -> u32 {
    if open.is_empty() {
        return 0;
    }
    let mut prefix = open.iter().chain(next).skip(1).copied();
    let (Some(a), Some(b), Some(c)) = (prefix.next(), prefix.next(), prefix.next()) else {
        return u32::MAX;
    };
    let len = u32::from_be_bytes([0, a, b, c]).saturating_add(PREFIX);
    len.saturating_sub(open.len() as u32)
}

/// Names fields of the handshake as those of TLS.
struct OverTls<'s, S>(&'s mut S);

impl<S: Sink> Sink for OverTls<'_, S> {
    const ACTIVE: bool = S::ACTIVE;

    fn mark(&mut self, span: Span, field: Field, value: Value) {
        self.0.mark(span, field.over_tls(), value);
    }

    fn fact(&mut self, span: Span, field: Field, value: Value) {
        self.0.fact(span, field.over_tls(), value);
    }
}

/// Longest body: 2^14 octets of content, and 2048 by which sealing may lengthen it (RFC 5246,
/// section 6.2.3; RFC 8446 allows 256).
const LONGEST: u16 = (1 << 14) + 2048;

/// Type and length in front of a handshake message.
const PREFIX: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::{Labels, Quiet};

    fn record(content: u8, body: &[u8]) -> Vec<u8> {
        let len = (body.len() as u16).to_be_bytes();
        [&[content, 3, 3], len.as_slice(), body].concat()
    }

    /// A ClientHello that offers TLS 1.3, names a server and says that it wants TURN.
    fn client_hello() -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 2, 0x13, 0x01, 1, 0, 0, 32]);
        body.extend([0, 0, 0, 7, 0, 5, 0, 0, 2, b'a', b'b']);
        body.extend([0, 43, 0, 3, 2, 3, 4]);
        body.extend([0, 16, 0, 12, 0, 10, 9]);
        body.extend(b"stun.turn");
        let len = body.len();
        let extensions = len - 34 - 9;
        body[42] = extensions as u8;
        [&[1, 0, 0, len as u8], body.as_slice()].concat()
    }

    fn whole(octets: &[u8]) -> Octets<'_> {
        Octets::whole(octets, 0)
    }

    fn labelled(octets: &[u8], before: Before<'_>) -> Labels {
        let mut labels = Labels::default();
        parse(whole(octets), before, &mut labels).expect("a record");
        labels
    }

    fn text(labels: &Labels, octets: &[u8], field: Field) -> Option<String> {
        let fact = labels.facts().iter().find(|fact| fact.field == field);
        fact.and_then(|fact| fact.text(octets))
    }

    #[test]
    fn a_client_hello_is_read_and_its_fields_have_the_names_of_tls() {
        let octets = record(22, &client_hello());
        let record = parse(whole(&octets), Before::default(), &mut Quiet).expect("a record");
        let message = message(record.body).expect("a whole message");
        let Handshake::ClientHello(hello) = message.read() else {
            panic!("a ClientHello");
        };
        assert_eq!(hello.server_name(), Some(b"ab".as_slice()));
        assert_eq!(hello.versions(), [Version::TLS_1_3]);
        let labels = labelled(&octets, Before::default());
        let len = octets.len() as u32;
        let regions = labels.regions(len, len);
        assert!(regions.iter().all(|r| r.field.key().starts_with("tls.")));
        let name = text(&labels, &octets, Field::TlsServerName);
        assert_eq!(name.as_deref(), Some("ab"));
        let protocol = text(&labels, &octets, Field::TlsAlpn);
        assert_eq!(protocol.as_deref(), Some("stun.turn"));
    }

    #[test]
    fn a_message_goes_on_in_the_next_record_wherever_it_was_cut() {
        let hello = client_hello();
        for cut in 1..hello.len() {
            let (open, rest) = hello.split_at(cut);
            let next = [rest, &[14, 0, 0, 0]].concat();
            let octets = record(22, &next);
            let keyed = false;
            let labels = labelled(&octets, Before { keyed, open });
            let kind = text(&labels, &octets, Field::TlsHandshakeType);
            assert_eq!(kind.as_deref(), Some("14"), "{cut}");
        }
    }

    #[test]
    fn what_uses_keys_is_sealed_whatever_its_type() {
        let octets = record(22, &[9; 40]);
        let keyed = Before {
            keyed: true,
            open: &[],
        };
        let labels = labelled(&octets, keyed);
        let sealed = labels.regions(45, 45).last().map(|region| region.field);
        assert_eq!(sealed, Some(Field::TlsSealed));
        let data = record(23, &[9; 40]);
        let read = parse(whole(&data), Before::default(), &mut Quiet).expect("a record");
        assert!(read.sealed && !read.is_handshake());
    }

    #[test]
    fn what_the_standard_forbids_between_parts_of_a_message_is_odd() {
        let open = Before {
            keyed: false,
            open: &[1],
        };
        let alert = record(21, &[2, 40]);
        let read = parse(whole(&alert), open, &mut Quiet).expect("a record");
        assert!(read.anomalies.contains(Anomaly::TlsInterleaved));
        assert_eq!(read.alert().map(|alert| alert.0), Some(40));
        let empty = record(22, &[]);
        let read = parse(whole(&empty), Before::default(), &mut Quiet).expect("a record");
        assert!(read.anomalies.contains(Anomaly::TlsEmptyRecord));
    }

    #[test]
    fn other_octets_and_records_that_are_too_long_are_none() {
        for bad in [&b"GET / HTTP/1.1"[..], &[22, 3, 9, 0, 1, 0], &[22, 3]] {
            assert!(parse(whole(bad), Before::default(), &mut Quiet).is_err());
        }
        assert!(header(&[23, 3, 3, 0x48, 1]).is_none());
        let short = record(23, &[9; 40]);
        assert!(parse(whole(&short[..44]), Before::default(), &mut Quiet).is_err());
    }
}
