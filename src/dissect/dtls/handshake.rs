//! Handshake messages and their fragments (RFC 6347, section 4.2.2).
//!
//! The bodies are those of TLS, which is why that reads them here too.
//!
//! A fragment is read as it stands in its record. Putting fragments together is for whoever keeps
//! them; what was put together is read here again.

use super::extension::Extensions;
use super::hello::{self, ClientHello, Random, ServerHello};
use super::list::{self, Prefix};
use super::names::HandshakeType;
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink};
use crate::base::span::Octets;

/// A handshake message or a part of one.
#[derive(Debug, Clone, Copy)]
pub struct Fragment<'a> {
    /// Type of the message.
    pub kind: HandshakeType,
    /// Length of the whole message.
    pub length: u32,
    /// Number of the message among those of its sender.
    pub message_seq: u16,
    /// Where in the message this part stands.
    pub offset: u32,
    /// The part.
    pub body: Octets<'a>,
}

/// A whole handshake message.
#[derive(Debug, Clone, Copy)]
pub enum Handshake<'a> {
    /// The client begins.
    ClientHello(ClientHello<'a>),
    /// The server answers, or asks for another ClientHello.
    ServerHello(ServerHello<'a>),
    /// A chain of certificates.
    Certificate(Certificates<'a>),
    /// What the server takes and seals, from DTLS 1.3 on.
    EncryptedExtensions(Extensions<'a>),
    /// Another message, or one that is not laid out as its type asks.
    Other,
}

/// What carries the messages, on which the layout of a few of them depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Datagrams: DTLS, whose ClientHello may have to bring a cookie.
    Datagrams,
    /// A stream: TLS.
    Stream,
}

/// The certificates of a chain, that of its owner first.
#[derive(Debug, Clone, Copy)]
pub struct Certificates<'a> {
    chain: &'a [u8],
    /// Whether extensions follow each, as from TLS 1.3 on.
    extended: bool,
}

impl<'a> Certificates<'a> {
    pub(super) const fn with_extensions(chain: &'a [u8]) -> Self {
        Self {
            chain,
            extended: true,
        }
    }

    /// The certificates in DER.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let Self {
            chain: mut rest,
            extended,
        } = *self;
        std::iter::from_fn(move || {
            let ([a, b, c], after) = rest.split_first_chunk()?;
            let len = u32::from_be_bytes([0, *a, *b, *c]);
            let (certificate, left) = after.split_at_checked(len as usize)?;
            rest = left;
            if extended {
                let (len, after) = left.split_first_chunk()?;
                rest = after.get(usize::from(u16::from_be_bytes(*len))..)?;
            }
            Some(certificate)
        })
    }
}

impl<'a> Fragment<'a> {
    /// Whether it is a whole message, captured to its end.
    pub const fn is_whole(&self) -> bool {
        self.offset == 0 && self.body.wire_len == self.length && !self.body.is_cut()
    }

    /// Reads the message, where it is whole.
    pub fn message(&self) -> Option<Handshake<'a>> {
        self.is_whole()
            .then(|| parse(self.kind, Carrier::Datagrams, self.body))
    }

    /// Whether a `HelloRetryRequest` begins here, which has the type of a ServerHello.
    pub fn begins_retry(&self) -> bool {
        self.kind == HandshakeType::SERVER_HELLO
            && self.offset == 0
            && hello::begins_retry(self.body.captured)
    }

    /// Random of the hello that begins here.
    pub fn random(&self) -> Option<Random> {
        let hello = matches!(
            self.kind,
            HandshakeType::CLIENT_HELLO | HandshakeType::SERVER_HELLO
        );
        (hello && self.offset == 0)
            .then(|| hello::random(self.body.captured))
            .flatten()
    }
}

/// Reads a whole message, as it came or put together.
pub fn parse(kind: HandshakeType, carrier: Carrier, octets: Octets<'_>) -> Handshake<'_> {
    read(kind, carrier, &mut Cursor::new(octets, &mut Quiet)).unwrap_or(Handshake::Other)
}

/// The messages and parts of messages in the content of a record, up to the first that cannot be
/// read.
pub fn fragments(octets: Octets<'_>) -> impl Iterator<Item = Fragment<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut quiet = Quiet;
        let mut cursor = Cursor::new(octets.after(at), &mut quiet);
        if cursor.left() == 0 {
            return None;
        }
        let fragment = fragment(&mut cursor).ok()?;
        at = at.saturating_add(cursor.taken());
        Some(fragment)
    })
}

/// Reads header and body of a fragment; labels the body where its beginning is at hand.
pub(super) fn fragment<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<Fragment<'a>, Malformed> {
    let at = cursor.position();
    let kind = HandshakeType(cursor.u8(Field::DtlsHandshakeType)?);
    let length = cursor.u24(Field::DtlsHandshakeLength)?;
    let message_seq = cursor.u16(Field::DtlsMessageSeq)?;
    let offset = cursor.u24(Field::DtlsFragmentOffset)?;
    let len = cursor.u24(Field::DtlsFragmentLength)?;
    if len > cursor.left() {
        return Err(Malformed::Length {
            field: Field::DtlsFragmentLength,
            value: len,
            at,
        });
    }
    let mut inside = cursor.sub(len);
    let body = inside.ahead();
    if S::ACTIVE && offset == 0 {
        // What is broken, or goes on in another fragment, ends the reading; the rest is named below.
        let _ = read(kind, Carrier::Datagrams, &mut inside);
    }
    if inside.left() > 0 {
        inside.rest(Field::DtlsHandshakeBody);
    }
    Ok(Fragment {
        kind,
        length,
        message_seq,
        offset,
        body,
    })
}

/// Reads the body of a message, as far as it is at hand.
pub(in crate::dissect) fn read<'a, S: Sink>(
    kind: HandshakeType,
    carrier: Carrier,
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<Handshake<'a>, Malformed> {
    match kind {
        HandshakeType::CLIENT_HELLO => {
            return hello::client(cursor, carrier).map(Handshake::ClientHello);
        }
        HandshakeType::SERVER_HELLO => return hello::server(cursor).map(Handshake::ServerHello),
        HandshakeType::CERTIFICATE => return certificates(cursor).map(Handshake::Certificate),
        HandshakeType::HELLO_VERIFY_REQUEST => hello::verify_request(cursor)?,
        HandshakeType::CERTIFICATE_REQUEST => certificate_request(cursor)?,
        HandshakeType::NEW_SESSION_TICKET => {
            cursor.u32(Field::DtlsTicketLifetime)?;
            let prefix = Prefix::Two(Field::DtlsTicketLength);
            list::opaque(cursor, prefix, Field::DtlsTicket)?;
        }
        _ => {}
    }
    Ok(Handshake::Other)
}

/// RFC 5246, section 7.4.2.
fn certificates<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<Certificates<'a>, Malformed> {
    let prefix = Prefix::Three(Field::DtlsCertificatesLength);
    let chain = list::vector(cursor, prefix, |inside| {
        let len = inside.u24(Field::DtlsCertificateLength)?;
        if len > inside.captured_left() {
            inside.skip(inside.captured_left(), Field::DtlsCertificate)?;
        }
        inside.octets(len, Field::DtlsCertificate).map(drop)
    })?;
    Ok(Certificates {
        chain,
        extended: false,
    })
}

/// RFC 5246, section 7.4.4; DTLS 1.0 lists no signature algorithms (RFC 4346, section 7.4.4).
fn certificate_request<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    let types = Prefix::One(Field::DtlsCertificateTypesCount);
    list::octets(cursor, types, Field::DtlsCertificateType)?;
    let [high, low, ..] = cursor.ahead().captured else {
        return Ok(());
    };
    let first = u32::from(u16::from_be_bytes([*high, *low]));
    // With nothing after it, the first vector is that of the authorities.
    if first.saturating_add(2) != cursor.left() {
        let prefix = Prefix::Two(Field::DtlsSignaturesLength);
        list::numbers(cursor, prefix, Field::DtlsSignature)?;
    }
    let prefix = Prefix::Two(Field::DtlsAuthoritiesLength);
    list::vector(cursor, prefix, |inside| {
        let prefix = Prefix::Two(Field::DtlsAuthorityLength);
        list::opaque(inside, prefix, Field::DtlsAuthority).map(drop)
    })
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Labels;

    /// A fragment of message 3 of this type, with its labels.
    fn labelled(kind: u8, length: u8, offset: u8, body: &[u8]) -> Labels {
        let mut octets = vec![
            kind,
            0,
            0,
            length,
            0,
            3,
            0,
            0,
            offset,
            0,
            0,
            body.len() as u8,
        ];
        octets.extend(body);
        let mut labels = Labels::default();
        fragment(&mut Cursor::new(Octets::whole(&octets, 0), &mut labels)).expect("a fragment");
        let len = octets.len() as u32;
        let regions = labels.regions(len, len);
        assert!(regions.iter().all(|region| region.field != Field::Unparsed));
        labels
    }

    fn count(labels: &Labels, field: Field) -> usize {
        let regions = labels.regions(u32::MAX, u32::MAX);
        regions.iter().filter(|r| r.field == field).count()
    }

    #[test]
    fn a_chain_is_cut_into_its_certificates() {
        let body = [0, 0, 9, 0, 0, 2, 7, 7, 0, 0, 1, 8];
        let read = parse(
            HandshakeType::CERTIFICATE,
            Carrier::Datagrams,
            Octets::whole(&body, 0),
        );
        let Handshake::Certificate(chain) = read else {
            panic!("a chain");
        };
        assert_eq!(chain.iter().collect::<Vec<_>>(), [&[7, 7][..], &[8]]);
        let labels = labelled(11, 12, 0, &body);
        assert_eq!(count(&labels, Field::DtlsCertificate), 2);
    }

    #[test]
    fn a_first_fragment_is_labelled_as_far_as_it_goes() {
        let labels = labelled(11, 12, 0, &[0, 0, 9, 0, 0, 6, 7, 7]);
        assert_eq!(count(&labels, Field::DtlsCertificate), 1);
        let later = labelled(11, 12, 8, &[8, 8, 8, 8]);
        assert_eq!(count(&later, Field::DtlsHandshakeBody), 1);
        assert_eq!(count(&later, Field::DtlsCertificatesLength), 0);
    }

    #[test]
    fn a_certificate_request_is_read_with_and_without_signature_algorithms() {
        let with = labelled(13, 8, 0, &[1, 64, 0, 2, 4, 3, 0, 0]);
        assert_eq!(count(&with, Field::DtlsSignature), 1);
        assert_eq!(count(&with, Field::DtlsAuthoritiesLength), 1);
        let without = labelled(13, 8, 0, &[1, 64, 0, 4, 0, 2, 1, 1]);
        assert_eq!(count(&without, Field::DtlsSignature), 0);
        assert_eq!(count(&without, Field::DtlsAuthority), 1);
    }

    #[test]
    fn what_is_not_laid_out_as_its_type_asks_is_another_message() {
        let read = parse(
            HandshakeType::CLIENT_HELLO,
            Carrier::Datagrams,
            Octets::whole(&[1, 2, 3], 0),
        );
        assert!(matches!(read, Handshake::Other));
    }
}
