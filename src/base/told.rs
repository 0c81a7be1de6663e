//! Words for reports in which whatever names somebody stays a value until it is written.
//!
//! What is found is told in sentences that mix words with addresses and names. Kept apart, each
//! can be replaced where a report is redacted; melted into one text, none could be found again.
//! Hence a [`Told`] takes no bare `String` and prints nothing itself: the report's writer asks its
//! redactor to.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

/// Kind of a name: what is replaced when it is hidden, and how its stand-in begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Name {
    /// User name of an account at a server.
    User,
    /// Two ICE user name fragments, `remote:local` (RFC 8445, section 7.2.2).
    IceUser,
    /// Realm: an operator or an application.
    Realm,
    /// Canonical name of a participant (RFC 3550, section 6.5.1).
    Cname,
    /// SIP or other URI of a party.
    Uri,
    /// Name of a host or domain.
    Host,
    /// Name in a certificate.
    Subject,
    /// Fingerprint of a certificate.
    Fingerprint,
    /// Nonce, ticket or token of a server.
    Nonce,
    /// Identifier of a transaction or session.
    Id,
    /// Name of a file.
    File,
    /// Any other text.
    Text,
    /// Octets that may hold anything, in hexadecimal.
    Octets,
}

impl Name {
    /// This text as a name of this kind.
    pub fn of(self, text: impl Into<String>) -> Told {
        Told(vec![Part::Named(self, text.into())])
    }

    /// The word for this kind.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::IceUser => "ufrag",
            Self::Realm => "realm",
            Self::Cname => "cname",
            Self::Uri => "uri",
            Self::Host => "host",
            Self::Subject => "subject",
            Self::Fingerprint => "fingerprint",
            Self::Nonce => "nonce",
            Self::Id => "id",
            Self::File => "file",
            Self::Text => "text",
            Self::Octets => "octets",
        }
    }
}

/// A piece of what is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Words and numbers that name nobody.
    Plain(Cow<'static, str>),
    /// An address with its port.
    Address(SocketAddr),
    /// An address without a port.
    Ip(IpAddr),
    /// Address of a network card (EUI-48).
    Card([u8; 6]),
    /// A name.
    Named(Name, String),
}

/// Something told in a report: words, addresses and names, each still what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Told(Vec<Part>);

impl Told {
    /// Text that names nobody: words of ours, protocol names, numbers, products.
    pub fn plain(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Part::Plain(text.into())])
    }

    /// The same, with `more` at its end.
    #[must_use]
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    /// All of these with `between` each two.
    pub fn joined(all: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        let mut told = Self::default();
        for (place, each) in all.into_iter().enumerate() {
            if place > 0 {
                told = told.and(between);
            }
            told = told.and(each);
        }
        told
    }

    /// The pieces from front to back.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// What stands one after the other: `told![client, " talks to ", peer]`.
macro_rules! told {
    ($($part:expr),+ $(,)?) => {
        $crate::base::told::Told::default()$(.and($part))+
    };
}
pub(crate) use told;

impl From<&'static str> for Told {
    fn from(words: &'static str) -> Self {
        Self::plain(words)
    }
}

impl From<SocketAddr> for Told {
    fn from(address: SocketAddr) -> Self {
        Self(vec![Part::Address(address)])
    }
}

impl From<IpAddr> for Told {
    fn from(address: IpAddr) -> Self {
        Self(vec![Part::Ip(address)])
    }
}

impl From<[u8; 6]> for Told {
    fn from(card: [u8; 6]) -> Self {
        Self(vec![Part::Card(card)])
    }
}

impl From<u64> for Told {
    fn from(number: u64) -> Self {
        Self::plain(number.to_string())
    }
}

impl From<&Self> for Told {
    fn from(told: &Self) -> Self {
        told.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_stay_what_they_are() {
        let peer = SocketAddr::from(([192, 0, 2, 1], 5000));
        let told = told![peer, " is ", Name::User.of("alice"), ", packet ", 7];
        assert_eq!(
            told.parts(),
            [
                Part::Address(peer),
                Part::Plain(" is ".into()),
                Part::Named(Name::User, "alice".into()),
                Part::Plain(", packet ".into()),
                Part::Plain("7".into()),
            ]
        );
    }

    #[test]
    fn a_list_is_joined_between_its_entries_only() {
        let names = ["a", "b"].map(|name| Name::User.of(name));
        assert_eq!(Told::joined(names, ", ").parts().len(), 3);
        assert_eq!(Told::joined([], ", "), Told::default());
    }
}
