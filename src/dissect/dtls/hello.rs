//! ClientHello, ServerHello and the two ways in which a server asks for another ClientHello
//! (RFC 6347, section 4.2; RFC 9147, section 5.3).

use super::extension::{self, ExtensionValue, Extensions, Hello};
use super::handshake::Carrier;
use super::list::{self, Numbers, Prefix};
use super::names::{ExtensionType, SrtpProfile, Version};
use super::suites::CipherSuite;
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::Sink;
use crate::base::span::Octets;

/// Random of a hello: with that of the other side it names one handshake.
pub type Random = [u8; 32];

/// The random by which a ServerHello of DTLS 1.3 is a `HelloRetryRequest`: SHA-256 of that word
/// (RFC 8446, section 4.1.3).
const RETRY: Random = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];

/// The message by which a client begins.
#[derive(Debug, Clone, Copy)]
pub struct ClientHello<'a> {
    /// Highest version up to 1.2; higher ones stand in an extension.
    pub version: Version,
    /// Its random.
    pub random: Random,
    /// Session that it wants to resume, mostly empty.
    pub session_id: &'a [u8],
    /// Cookie that it was told to bring, empty at first and over TLS.
    pub cookie: &'a [u8],
    /// Its extensions.
    pub extensions: Extensions<'a>,
    suites: Numbers<'a>,
}

/// The message by which a server answers, or asks for another ClientHello.
#[derive(Debug, Clone, Copy)]
pub struct ServerHello<'a> {
    /// Its random.
    pub random: Random,
    /// The cipher suite that it takes.
    pub suite: CipherSuite,
    /// Its extensions.
    pub extensions: Extensions<'a>,
    legacy_version: Version,
}

impl<'a> ClientHello<'a> {
    /// Cipher suites in the order of preference.
    pub fn suites(&self) -> impl Iterator<Item = CipherSuite> + use<'a> {
        self.suites.iter().map(CipherSuite)
    }

    /// Versions in the order of preference; that of the message where no extension lists them.
    pub fn versions(&self) -> Vec<Version> {
        match self.extensions.find(ExtensionType::SUPPORTED_VERSIONS) {
            Some(ExtensionValue::Numbers(versions)) => versions.iter().map(Version).collect(),
            _ => vec![self.version],
        }
    }

    /// Name of the service that is called, where it is told.
    pub fn server_name(&self) -> Option<&'a [u8]> {
        match self.extensions.find(ExtensionType::SERVER_NAME) {
            Some(ExtensionValue::ServerName(name)) => Some(name),
            _ => None,
        }
    }
}

impl ServerHello<'_> {
    /// The version that the server takes.
    pub fn version(&self) -> Version {
        match self.extensions.find(ExtensionType::SUPPORTED_VERSIONS) {
            Some(ExtensionValue::Version(version)) => version,
            _ => self.legacy_version,
        }
    }

    /// Whether it is a `HelloRetryRequest`.
    pub fn is_retry(&self) -> bool {
        self.random == RETRY
    }
}

impl<'a> Extensions<'a> {
    /// SRTP profiles in the order of preference, and the master key identifier.
    pub fn use_srtp(&self) -> Option<(impl Iterator<Item = SrtpProfile> + use<'a>, &'a [u8])> {
        match self.find(ExtensionType::USE_SRTP) {
            Some(ExtensionValue::UseSrtp(profiles, mki)) => {
                Some((profiles.iter().map(SrtpProfile), mki))
            }
            _ => None,
        }
    }
}

/// The random in the first octets of a hello, where these are at hand.
pub(super) fn random(body: &[u8]) -> Option<Random> {
    body.get(2..)?.first_chunk().copied()
}

/// Whether the first octets of a ServerHello are those of a `HelloRetryRequest`.
pub(super) fn begins_retry(body: &[u8]) -> bool {
    random(body) == Some(RETRY)
}

pub(super) fn client<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    carrier: Carrier,
) -> Result<ClientHello<'a>, Malformed> {
    use Prefix::{One, Two};
    let (version, random) = version_and_random(cursor)?;
    let session_id = list::opaque(
        cursor,
        One(Field::DtlsSessionIdLength),
        Field::DtlsSessionId,
    )?;
    let cookie = match carrier {
        Carrier::Stream => &[],
        Carrier::Datagrams => {
            list::opaque(cursor, One(Field::DtlsCookieLength), Field::DtlsCookie)?
        }
    };
    let suites = list::numbers(cursor, Two(Field::DtlsSuitesLength), Field::DtlsSuite)?;
    let compressions = One(Field::DtlsCompressionsLength);
    list::octets(cursor, compressions, Field::DtlsCompression)?;
    Ok(ClientHello {
        version,
        random,
        session_id,
        cookie,
        suites,
        extensions: extensions(cursor, Hello::Client)?,
    })
}

pub(super) fn server<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<ServerHello<'a>, Malformed> {
    let (legacy_version, random) = version_and_random(cursor)?;
    let session_id = Prefix::One(Field::DtlsSessionIdLength);
    list::opaque(cursor, session_id, Field::DtlsSessionId)?;
    let suite = CipherSuite(cursor.u16(Field::DtlsSuite)?);
    cursor.u8(Field::DtlsCompression)?;
    let hello = if random == RETRY {
        Hello::Retry
    } else {
        Hello::Server
    };
    Ok(ServerHello {
        random,
        suite,
        extensions: extensions(cursor, hello)?,
        legacy_version,
    })
}

/// RFC 6347, section 4.2.1.
pub(super) fn verify_request<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<(), Malformed> {
    cursor.u16(Field::DtlsHelloVersion)?;
    let cookie = Prefix::One(Field::DtlsCookieLength);
    list::opaque(cursor, cookie, Field::DtlsCookie).map(drop)
}

fn version_and_random<S: Sink>(
    cursor: &mut Cursor<'_, '_, S>,
) -> Result<(Version, Random), Malformed> {
    let version = Version(cursor.u16(Field::DtlsHelloVersion)?);
    let random = cursor.octets(32, Field::DtlsRandom)?;
    let random = random.first_chunk().copied().unwrap_or_default();
    Ok((version, random))
}

/// The extensions; a hello of old has none, and not even their length.
pub(super) fn extensions<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    hello: Hello,
) -> Result<Extensions<'a>, Malformed> {
    let octets = if cursor.left() == 0 {
        &[]
    } else {
        let prefix = Prefix::Two(Field::DtlsExtensionsLength);
        list::vector(cursor, prefix, |inside| {
            extension::read(inside, hello).map(drop)
        })?
    };
    let octets = Octets::whole(octets, 0);
    Ok(Extensions { octets, hello })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;

    fn start(random: Random) -> Vec<u8> {
        [&[0xFE, 0xFD], random.as_slice(), &[0]].concat()
    }

    #[test]
    fn a_hello_of_old_has_no_extensions() {
        let mut body = start([7; 32]);
        body.extend([2, 9, 9, 0, 2, 0xC0, 0x2B, 1, 0]);
        let mut quiet = Quiet;
        let mut cursor = Cursor::new(Octets::whole(&body, 0), &mut quiet);
        let hello = client(&mut cursor, Carrier::Datagrams).expect("a hello");
        assert_eq!(hello.cookie, [9, 9]);
        assert_eq!(hello.suites().collect::<Vec<_>>(), [CipherSuite(0xC02B)]);
        assert_eq!(hello.versions(), [Version::DTLS_1_2]);
        assert_eq!(hello.extensions.iter().count(), 0);
    }

    #[test]
    fn a_server_hello_with_the_fixed_random_asks_for_another() {
        let mut body = start(RETRY);
        body.extend([0x13, 0x01, 0, 0, 12]);
        body.extend([0, 43, 0, 2, 0xFE, 0xFC, 0, 51, 0, 2, 0, 23]);
        let mut quiet = Quiet;
        let hello = server(&mut Cursor::new(Octets::whole(&body, 0), &mut quiet)).expect("a hello");
        assert!(hello.is_retry() && begins_retry(&body));
        assert_eq!(hello.version(), Version::DTLS_1_3);
        let group = hello.extensions.find(ExtensionType::KEY_SHARE);
        assert_eq!(
            group,
            Some(ExtensionValue::Group(super::super::names::Group(23)))
        );
    }

    #[test]
    fn a_hello_that_ends_too_early_is_none() {
        let mut quiet = Quiet;
        let body = start([7; 32]);
        for end in 0..body.len() {
            let octets = Octets::whole(&body[..end], 0);
            assert!(client(&mut Cursor::new(octets, &mut quiet), Carrier::Datagrams).is_err());
        }
    }
}
