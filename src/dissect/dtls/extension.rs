//! Extensions of ClientHello and ServerHello (RFC 8446, section 4.2; RFC 5764, section 4.1.1).

use super::list::{self, Numbers, Prefix, Texts};
use super::names::{ExtensionType, Group, Version};
use crate::base::anomaly::Malformed;
use crate::base::cursor::Cursor;
use crate::base::field::Field;
use crate::base::label::{Quiet, Sink, Value};
use crate::base::span::Octets;

/// In which hello an extension stands: several are laid out anew in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hello {
    /// The client asks.
    Client,
    /// The server answers.
    Server,
    /// The server asks for another ClientHello (RFC 8446, section 4.1.4).
    Retry,
}

/// One extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its type.
    pub kind: ExtensionType,
    /// What it says.
    pub value: ExtensionValue<'a>,
}

/// What an extension says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionValue<'a> {
    /// Name of the service; empty where the server only says that it took it.
    ServerName(&'a [u8]),
    /// Groups, signature algorithms or versions, in order of preference.
    Numbers(Numbers<'a>),
    /// The version that the server takes.
    Version(Version),
    /// SRTP profiles, and the master key identifier, mostly empty.
    UseSrtp(Numbers<'a>, &'a [u8]),
    /// Application protocols.
    Alpn(Texts<'a>),
    /// The group of the server's key, or the one that it asks for.
    Group(Group),
    /// Octets whose meaning is not asked for here, or not as their type asks.
    Octets(&'a [u8]),
}

/// The extensions of one hello.
#[derive(Debug, Clone, Copy)]
pub struct Extensions<'a> {
    pub(super) octets: Octets<'a>,
    pub(super) hello: Hello,
}

impl<'a> Extensions<'a> {
    /// The extensions in their order, up to the first that cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let Self { octets, hello } = *self;
        let mut at = 0;
        std::iter::from_fn(move || {
            let mut quiet = Quiet;
            let mut cursor = Cursor::new(octets.after(at), &mut quiet);
            if cursor.left() == 0 {
                return None;
            }
            let extension = read(&mut cursor, hello).ok()?;
            at = at.saturating_add(cursor.taken());
            Some(extension)
        })
    }

    /// What the first extension of this type says.
    pub fn find(&self, wanted: ExtensionType) -> Option<ExtensionValue<'a>> {
        self.iter()
            .find(|extension| extension.kind == wanted)
            .map(|found| found.value)
    }
}

/// Reads one extension; what is not laid out as its type asks is octets.
pub(super) fn read<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    hello: Hello,
) -> Result<Extension<'a>, Malformed> {
    let at = cursor.position();
    let kind = ExtensionType(cursor.u16(Field::DtlsExtensionType)?);
    let len = u32::from(cursor.u16(Field::DtlsExtensionLength)?);
    let cut = len > cursor.left() || len > cursor.captured_left();
    let mut inside = cursor.sub(len);
    let whole = inside.ahead().captured;
    let value = value(kind, hello, &mut inside);
    if inside.left() > 0 {
        inside.rest(Field::DtlsExtensionData);
    }
    if cut {
        return Err(Malformed::Length {
            field: Field::DtlsExtensionLength,
            value: len,
            at,
        });
    }
    let value = value.unwrap_or(ExtensionValue::Octets(whole));
    Ok(Extension { kind, value })
}

fn value<'a, S: Sink>(
    kind: ExtensionType,
    hello: Hello,
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<ExtensionValue<'a>, Malformed> {
    use ExtensionType as T;
    use Field as F;
    use Prefix::{One, Two};
    let client = hello == Hello::Client;
    let octets = match kind {
        T::SERVER_NAME => return server_name(cursor),
        T::USE_SRTP => {
            let prefix = Two(F::DtlsProfilesLength);
            let profiles = list::numbers(cursor, prefix, F::DtlsProfile)?;
            let mki = list::opaque(cursor, One(F::DtlsMkiLength), F::DtlsMki)?;
            return Ok(ExtensionValue::UseSrtp(profiles, mki));
        }
        T::SUPPORTED_GROUPS => {
            let prefix = Two(F::DtlsGroupsLength);
            return list::numbers(cursor, prefix, F::DtlsGroup).map(ExtensionValue::Numbers);
        }
        T::SIGNATURE_ALGORITHMS | T::SIGNATURE_ALGORITHMS_CERT => {
            let prefix = Two(F::DtlsSignaturesLength);
            return list::numbers(cursor, prefix, F::DtlsSignature).map(ExtensionValue::Numbers);
        }
        T::SUPPORTED_VERSIONS if client => {
            let prefix = One(F::DtlsVersionsLength);
            let read = list::numbers(cursor, prefix, F::DtlsSupportedVersion);
            return read.map(ExtensionValue::Numbers);
        }
        T::SUPPORTED_VERSIONS => {
            let version = cursor.u16(F::DtlsSupportedVersion)?;
            return Ok(ExtensionValue::Version(Version(version)));
        }
        T::ALPN => {
            let prefix = Two(F::DtlsAlpnLength);
            let read = list::texts(cursor, prefix, F::DtlsAlpnNameLength, F::DtlsAlpn);
            return read.map(ExtensionValue::Alpn);
        }
        T::KEY_SHARE => return key_share(cursor, hello),
        T::EC_POINT_FORMATS => {
            list::octets(cursor, One(F::DtlsPointFormatsLength), F::DtlsPointFormat)?
        }
        T::PSK_KEY_EXCHANGE_MODES => {
            list::octets(cursor, One(F::DtlsPskModesLength), F::DtlsPskMode)?
        }
        T::COOKIE => list::opaque(cursor, Two(F::DtlsRetryCookieLength), F::DtlsRetryCookie)?,
        T::RENEGOTIATION_INFO => list::opaque(
            cursor,
            One(F::DtlsRenegotiationLength),
            F::DtlsRenegotiation,
        )?,
        T::CONNECTION_ID => {
            list::opaque(cursor, One(F::DtlsConnectionIdLength), F::DtlsConnectionId)?
        }
        T::SESSION_TICKET if cursor.left() > 0 => cursor.octets(cursor.left(), F::DtlsTicket)?,
        T::MAX_FRAGMENT_LENGTH => cursor.value(1, F::DtlsMaxFragment, Value::Octets)?,
        T::RECORD_SIZE_LIMIT => {
            cursor.u16(F::DtlsRecordLimit)?;
            &[]
        }
        _ => cursor.skip(cursor.captured_left(), F::DtlsExtensionData)?,
    };
    Ok(ExtensionValue::Octets(octets))
}

/// Names of the service, of which only host names are defined (RFC 6066, section 3). The server
/// answers with nothing.
fn server_name<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
) -> Result<ExtensionValue<'a>, Malformed> {
    let mut first: Option<&[u8]> = None;
    if cursor.left() > 0 {
        list::vector(cursor, Prefix::Two(Field::DtlsNamesLength), |inside| {
            inside.u8(Field::DtlsNameType)?;
            let len = inside.u16(Field::DtlsNameLength)?.into();
            let name = inside.text(len, Field::DtlsServerName)?;
            inside.fact(len, Field::DtlsSni, Value::Text);
            first.get_or_insert(name);
            Ok(())
        })?;
    }
    Ok(ExtensionValue::ServerName(first.unwrap_or_default()))
}

/// Public keys: several from the client, one from the server, or only the group that it asks for.
fn key_share<'a, S: Sink>(
    cursor: &mut Cursor<'a, '_, S>,
    hello: Hello,
) -> Result<ExtensionValue<'a>, Malformed> {
    let group = match hello {
        Hello::Client => {
            let prefix = Prefix::Two(Field::DtlsKeySharesLength);
            let keys = list::vector(cursor, prefix, |inside| public_key(inside).map(drop))?;
            return Ok(ExtensionValue::Octets(keys));
        }
        Hello::Server => public_key(cursor)?,
        Hello::Retry => cursor.u16(Field::DtlsRetryGroup)?,
    };
    Ok(ExtensionValue::Group(Group(group)))
}

/// A public key of the handshake, without its value: it is long and tells nobody anything.
fn public_key<S: Sink>(cursor: &mut Cursor<'_, '_, S>) -> Result<u16, Malformed> {
    let group = cursor.u16(Field::DtlsKeyShareGroup)?;
    let len = cursor.u16(Field::DtlsKeyShareLength)?.into();
    if len > cursor.captured_left() {
        cursor.skip(cursor.captured_left(), Field::DtlsKeyShare)?;
    }
    cursor.skip(len, Field::DtlsKeyShare)?;
    Ok(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Labels;

    fn only(body: &[u8], hello: Hello) -> ExtensionValue<'_> {
        let octets = Octets::whole(body, 0);
        let mut extensions = Extensions { octets, hello }.iter();
        extensions.next().expect("one extension").value
    }

    #[test]
    fn use_srtp_tells_profiles_and_the_key_identifier() {
        let body = [0, 14, 0, 8, 0, 4, 0, 7, 0, 1, 1, 0xAB];
        let ExtensionValue::UseSrtp(profiles, mki) = only(&body, Hello::Client) else {
            panic!("use_srtp");
        };
        assert_eq!(profiles.iter().collect::<Vec<_>>(), [7, 1]);
        assert_eq!(mki, [0xAB]);
    }

    #[test]
    fn versions_are_a_list_from_the_client_and_one_from_the_server() {
        let client = [0, 43, 0, 5, 4, 0xFE, 0xFC, 0xFE, 0xFD];
        let ExtensionValue::Numbers(offered) = only(&client, Hello::Client) else {
            panic!("a list");
        };
        assert_eq!(offered.iter().collect::<Vec<_>>(), [0xFEFC, 0xFEFD]);
        let server = only(&[0, 43, 0, 2, 0xFE, 0xFC], Hello::Server);
        assert_eq!(server, ExtensionValue::Version(Version::DTLS_1_3));
    }

    #[test]
    fn a_server_name_is_told_under_both_of_its_keys() {
        let body = [0, 0, 0, 7, 0, 5, 0, 0, 2, b'a', b'b'];
        assert_eq!(
            only(&body, Hello::Client),
            ExtensionValue::ServerName(b"ab")
        );
        let mut labels = Labels::default();
        let mut cursor = Cursor::new(Octets::whole(&body, 0), &mut labels);
        read(&mut cursor, Hello::Client).expect("an extension");
        let named = |field| labels.facts().iter().any(|fact| fact.field == field);
        assert!(named(Field::DtlsServerName) && named(Field::DtlsSni));
    }

    #[test]
    fn what_does_not_fit_its_type_is_octets() {
        let body = [0, 10, 0, 3, 0, 9, 1];
        assert_eq!(
            only(&body, Hello::Client),
            ExtensionValue::Octets(&[0, 9, 1])
        );
    }

    #[test]
    fn an_extension_beyond_its_message_ends_the_reading() {
        let octets = Octets::whole(&[0, 10, 0, 9, 0, 9, 1], 0);
        let hello = Hello::Client;
        assert_eq!(Extensions { octets, hello }.iter().count(), 0);
    }
}
