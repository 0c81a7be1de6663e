//! The name of every octet that can be read.
//!
//! One table: the display-filter key where a usual one exists, what the field is,
//! how its number prints, what kind of octets they are, and what they reveal. Values with names
//! (message types, attributes, cipher suites) stand with their protocol in `dissect`.

macro_rules! fields {
    ($($name:ident, $key:expr, $text:literal, $format:expr, $class:ident, $reveals:literal;)+) => {
        /// A named field of a frame.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Field { $(#[doc = $text] $name),+ }

        impl Field {
            /// Every field, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Display-filter name, the usual one where there is one.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }

            /// What the field is, in words.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// How its number is written.
            pub const fn format(self) -> Format {
                match self { $(Self::$name => $format),+ }
            }

            /// What kind of octets it holds.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class),+ }
            }

            /// What it tells whoever reads it; empty where that is only the form of the message.
            pub const fn reveals(self) -> &'static str {
                match self { $(Self::$name => $reveals),+ }
            }
        }
    };
}

mod table;

pub use table::Field;

/// How the number in a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Decimal.
    Dec,
    /// Hexadecimal with this many digits at least, after `0x`.
    Hex(u8),
}

/// What kind of octets a field holds, before it is asked who can read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Link, network and transport headers.
    Addressing,
    /// STUN, TURN, DTLS handshake and record headers, RTCP as far as it is readable, signalling.
    Control,
    /// Headers of media packets: the RTP header and its extensions.
    MediaHeader,
    /// What an application carries: media, data. Whether it is sealed is judged elsewhere.
    Payload,
    /// Authentication tags and other octets that only keys can check.
    Tag,
    /// A key or a password in clear. No writer prints it.
    Secret,
    /// Not understood. Doubt counts as exposure.
    Unknown,
    /// Cut off by the snap length of the capture.
    NotCaptured,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_names_one_field() {
        let keys: BTreeSet<_> = Field::ALL.iter().map(|field| field.key()).collect();
        assert_eq!(keys.len(), Field::ALL.len());
    }
}
