//! Stand-ins for whatever names somebody, the same throughout one run.
//!
//! Every writer shows what is told through a [`Redactor`]; one that is off shows it as it is. The
//! key is made anew for each run and never leaves it, so the stand-ins of two reports cannot be
//! tied together, and nobody can try out names. What is kept, because the evidence is checked with
//! it: ports, times, sizes, SSRCs, RTP numbers, products, and whether an address is private.

mod address;
mod field;

use std::fmt;

use getrandom::Error;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::base::label::hex;
use crate::base::told::{Name, Part, Told};

pub(super) use field::{says, shows_octets};

/// Shows what is told, as it is or with stand-ins for addresses, names and identifiers.
#[derive(Clone, Default)]
pub struct Redactor(Option<Hmac<Sha256>>);

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redactor").field(&self.is_on()).finish()
    }
}

impl Redactor {
    /// Shows everything as it is.
    pub fn off() -> Self {
        Self::default()
    }

    /// Hides names and addresses under a key of this run.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn with_random_key() -> Result<Self, Error> {
        let mut key = [0; 64];
        getrandom::fill(&mut key)?;
        Ok(Self::keyed(key))
    }

    /// Hides names and addresses under this key.
    pub fn keyed(key: [u8; 64]) -> Self {
        Self(Some(Hmac::new(&key.into())))
    }

    /// Whether anything is hidden.
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What is told, in words that may be written.
    pub fn show(&self, told: impl Into<Told>) -> String {
        let told = told.into();
        told.parts().iter().map(|part| self.part(part)).collect()
    }

    fn part(&self, part: &Part) -> String {
        let Some(key) = &self.0 else {
            return as_it_is(part);
        };
        match part {
            Part::Plain(_) => as_it_is(part),
            Part::Address(address) => {
                let mut hidden = *address;
                hidden.set_ip(address::hidden(key, address.ip()));
                hidden.to_string()
            }
            Part::Ip(address) => address::hidden(key, *address).to_string(),
            Part::Card(card) => colons(address::hidden_card(key, *card)),
            Part::Named(kind, text) => name(key, *kind, text),
        }
    }
}

fn as_it_is(part: &Part) -> String {
    match part {
        Part::Plain(text) => text.clone().into_owned(),
        Part::Address(address) => address.to_string(),
        Part::Ip(address) => address.to_string(),
        Part::Card(card) => colons(*card),
        Part::Named(_, text) => text.clone(),
    }
}

fn colons(card: [u8; 6]) -> String {
    card.map(|octet| format!("{octet:02x}")).join(":")
}

/// The stand-in of a name. What it begins with tells its kind, the rest stands for the value
/// alone: a canonical name that is also a user name is seen to be the same.
fn name(key: &Hmac<Sha256>, kind: Name, text: &str) -> String {
    let hidden = |text: &str| match text {
        "" => String::new(),
        text => format!("{}-{}", kind.word(), digest(key, text)),
    };
    match kind {
        // The credentials of a REST interface begin with the moment at which they expire.
        Name::User => match text.split_once(':') {
            Some((expiry, user)) if is_time(expiry) => format!("{expiry}:{}", hidden(user)),
            _ => hidden(text),
        },
        // Each half by itself: the answer carries them the other way round.
        Name::IceUser => text.split(':').map(hidden).collect::<Vec<_>>().join(":"),
        Name::File => match text.find(".pcap") {
            Some(end) => hidden(text) + text.get(end..).unwrap_or_default(),
            None => hidden(text),
        },
        // Content is no identifier: how long it is may be told, and nothing that depends on it.
        Name::Octets => {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            format!("hidden ({} octets)", digits.len() / 2)
        }
        _ => hidden(text),
    }
}

/// Seconds since the epoch in this century: no number that could be a telephone's with its prefix.
fn is_time(text: &str) -> bool {
    text.len() == 10 && text.starts_with(['1', '2']) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Six octets: two of a million names fall together once in five hundred runs.
fn digest(key: &Hmac<Sha256>, text: &str) -> String {
    let hash = keyed(key, b'n', text.as_bytes());
    hex(hash.get(..6).unwrap_or_default())
}

/// A keyed hash; `purpose` keeps names, cards and the two families of addresses apart.
fn keyed(key: &Hmac<Sha256>, purpose: u8, octets: &[u8]) -> [u8; 32] {
    let mut mac = key.clone();
    mac.update(&[purpose]);
    mac.update(octets);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::keyed([7; 64])
    }

    #[test]
    fn a_name_has_one_stand_in_under_one_key_and_another_under_the_next() {
        let alice = redactor().show(Name::User.of("alice"));
        assert_eq!(alice, redactor().show(Name::User.of("alice")));
        assert!(alice.starts_with("user-") && alice.len() == 17, "{alice}");
        assert_ne!(alice, redactor().show(Name::User.of("bob")));
        assert_ne!(alice, Redactor::keyed([8; 64]).show(Name::User.of("alice")));
    }

    #[test]
    fn the_same_value_is_known_again_under_another_kind() {
        let user = redactor().show(Name::User.of("alice"));
        let cname = redactor().show(Name::Cname.of("alice"));
        assert_eq!(user.strip_prefix("user"), cname.strip_prefix("cname"));
    }

    #[test]
    fn an_expiry_is_kept_before_a_hidden_user() {
        let user = redactor().show(Name::User.of("alice@example.test"));
        let whole = redactor().show(Name::User.of("1795427288:alice@example.test"));
        assert_eq!(whole, format!("1795427288:{user}"));
        let number = redactor().show(Name::User.of("4915112345:alice"));
        assert!(!number.contains("4915112345"), "{number}");
    }

    #[test]
    fn ice_fragments_show_their_tie_in_both_orders() {
        let one = redactor().show(Name::IceUser.of("abcd:efgh"));
        let other = redactor().show(Name::IceUser.of("efgh:abcd"));
        let (a, b) = one.split_once(':').expect("two halves");
        assert_eq!(other, format!("{b}:{a}"));
    }

    #[test]
    fn a_file_keeps_its_ending_only() {
        let file = redactor().show(Name::File.of("alice-home.pcapng.gz"));
        assert!(file.starts_with("file-") && file.ends_with(".pcapng.gz"));
        assert!(!file.contains("alice"));
    }

    #[test]
    fn what_is_off_shows_everything_and_no_key_is_ever_printed() {
        let told = Name::User.of("alice").and(" at ").and([2, 0, 0, 0, 0, 1]);
        assert_eq!(Redactor::off().show(told), "alice at 02:00:00:00:00:01");
        assert_eq!(format!("{:?}", redactor()), "Redactor(true)");
    }
}
