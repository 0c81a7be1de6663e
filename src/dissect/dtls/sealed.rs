//! Handshake messages that DTLS 1.3 seals, once they were opened (RFC 8446, section 4).

use super::extension::{self, Hello};
use super::handshake::{Certificates, Handshake};
use super::hello;
use super::list::{self, Prefix};
use super::names::HandshakeType;
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink};
use crate::base::span::Octets;

/// Reads a whole message of a sealed handshake, as it came or put together: what the server takes
/// and did not say in its ServerHello, or a chain of certificates, each with extensions behind it.
pub fn parse(kind: HandshakeType, octets: Octets<'_>) -> Handshake<'_> {
    let mut quiet = Quiet;
    let mut cursor = Cursor::new(octets, &mut quiet);
    let read = match kind {
        HandshakeType::ENCRYPTED_EXTENSIONS => {
            hello::extensions(&mut cursor, Hello::Server).map(Handshake::EncryptedExtensions)
        }
        HandshakeType::CERTIFICATE => certificates(&mut cursor).map(Handshake::Certificate),
        _ => return Handshake::Other,
    };
    read.unwrap_or(Handshake::Other)
}

/// RFC 8446, section 4.4.2.
fn certificates<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<Certificates<'a>, Malformed> {
    list::opaque(
        cursor,
        Prefix::One(Field::DtlsCertificateContextLength),
        Field::DtlsCertificateContext,
    )?;
    let prefix = Prefix::Three(Field::DtlsCertificatesLength);
    let chain = list::vector(cursor, prefix, |inside| {
        let len = Prefix::Three(Field::DtlsCertificateLength);
        list::opaque(inside, len, Field::DtlsCertificate)?;
        let prefix = Prefix::Two(Field::DtlsExtensionsLength);
        list::vector(inside, prefix, |inside| {
            extension::read(inside, Hello::Server).map(drop)
        })
        .map(drop)
    })?;
    Ok(Certificates::with_extensions(chain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::dtls::names::SrtpProfile;

    #[test]
    fn the_rest_of_the_answer_tells_the_profile() {
        let body = [0, 9, 0, 14, 0, 5, 0, 2, 0, 7, 0];
        let read = parse(HandshakeType::ENCRYPTED_EXTENSIONS, Octets::whole(&body, 0));
        let Handshake::EncryptedExtensions(extensions) = read else {
            panic!("extensions");
        };
        let (mut profiles, mki) = extensions.use_srtp().expect("use_srtp");
        assert_eq!((profiles.next(), mki), (Some(SrtpProfile(7)), &[][..]));
    }

    #[test]
    fn a_chain_is_cut_into_its_certificates_without_their_extensions() {
        let chain = [0, 0, 2, 7, 7, 0, 4, 0, 18, 0, 0, 0, 0, 1, 8, 0, 0];
        let body = [&[1, 9, 0, 0, 17][..], &chain].concat();
        let read = parse(HandshakeType::CERTIFICATE, Octets::whole(&body, 0));
        let Handshake::Certificate(chain) = read else {
            panic!("a chain");
        };
        assert_eq!(chain.iter().collect::<Vec<_>>(), [&[7, 7][..], &[8]]);
    }

    #[test]
    fn what_overruns_is_another_message() {
        let body = [0, 0, 0, 9, 0, 0, 2, 7];
        let read = parse(HandshakeType::CERTIFICATE, Octets::whole(&body, 0));
        assert!(matches!(read, Handshake::Other));
    }
}
