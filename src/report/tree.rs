//! A tree of JSON in which addresses and names stay values until they are written.
//!
//! It is built with [`json!`](super::tree::json) as if it were text, and written through the
//! redactor of the report. A bare `String` has no place in it: whoever adds a member says what it
//! is, so that none can be forgotten where names are hidden.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use super::redact::Redactor;
use crate::base::time::Timestamp;
use crate::base::told::Told;

/// A value of JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// Not known.
    Null,
    /// True or false.
    Bool(bool),
    /// A number that is not negative.
    Number(u64),
    /// A number that may be negative.
    Signed(i64),
    /// A chance, to four digits.
    Chance(f64),
    /// A moment or a time span, exact to the last digit.
    Time(Timestamp),
    /// A text.
    Text(Told),
    /// A list.
    List(Vec<Self>),
    /// An object, its members in the order of the contract.
    Object(Vec<(&'static str, Self)>),
}

impl Tree {
    /// Writes the value as the redactor shows it.
    pub(super) fn write(&self, redactor: &Redactor, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Null => write!(out, "null"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Signed(number) => write!(out, "{number}"),
            Self::Chance(chance) => write!(out, "{chance:.3e}"),
            Self::Time(time) => write!(out, "{time}"),
            Self::Text(told) => Ok(serde_json::to_writer(out, &redactor.show(told))?),
            Self::List(values) => {
                let mut comma = "[";
                for value in values {
                    write!(out, "{comma}")?;
                    value.write(redactor, out)?;
                    comma = ",";
                }
                write!(out, "{}", if values.is_empty() { "[]" } else { "]" })
            }
            Self::Object(members) => {
                let mut comma = "{";
                for (name, value) in members {
                    write!(out, "{comma}\"{name}\":")?;
                    value.write(redactor, out)?;
                    comma = ",";
                }
                write!(out, "{}", if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

/// A [`Tree`] that looks like the JSON that it becomes; `null`, objects and lists nest.
macro_rules! json {
    (null) => { $crate::report::tree::Tree::Null };
    ({ $($members:tt)* }) => { $crate::report::tree::json!(@object [] $($members)*) };
    ([ $($value:tt),* $(,)? ]) => {
        $crate::report::tree::Tree::List(vec![$($crate::report::tree::json!($value)),*])
    };
    (@object [ $($done:expr),* ]) => {
        $crate::report::tree::Tree::Object(vec![ $($done),* ])
    };
    (@object [ $($done:expr),* ] $name:literal : null $(, $($rest:tt)*)?) => {
        $crate::report::tree::json!(
            @object [ $($done,)* ($name, $crate::report::tree::Tree::Null) ] $($($rest)*)?)
    };
    (@object [ $($done:expr),* ] $name:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::report::tree::json!(
            @object [ $($done,)* ($name, $crate::report::tree::json!({ $($inner)* })) ]
            $($($rest)*)?)
    };
    (@object [ $($done:expr),* ] $name:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::report::tree::json!(
            @object [ $($done,)* ($name, $crate::report::tree::Tree::from($value)) ]
            $($($rest)*)?)
    };
    ($value:expr) => { $crate::report::tree::Tree::from($value) };
}
pub(super) use json;

macro_rules! from {
    ($($kind:ty => |$value:ident| $tree:expr;)+) => {
        $(impl From<$kind> for Tree {
            fn from($value: $kind) -> Self { $tree }
        })+
    };
}

from! {
    bool => |value| Self::Bool(value);
    u8 => |number| Self::Number(number.into());
    u16 => |number| Self::Number(number.into());
    u32 => |number| Self::Number(number.into());
    u64 => |number| Self::Number(number);
    i64 => |number| Self::Signed(number);
    f64 => |chance| Self::Chance(chance);
    usize => |number| Self::Number(number as u64);
    Timestamp => |time| Self::Time(time);
    SocketAddr => |address| Self::Text(address.into());
    IpAddr => |address| Self::Text(address.into());
    &'static str => |words| Self::Text(words.into());
    Told => |told| Self::Text(told);
    Vec<Self> => |values| Self::List(values);
}

impl<T: Copy> From<&T> for Tree
where
    Self: From<T>,
{
    fn from(value: &T) -> Self {
        Self::from(*value)
    }
}

impl<T> From<Option<T>> for Tree
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

impl<T, const N: usize> From<[T; N]> for Tree
where
    Self: From<T>,
{
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<T> FromIterator<T> for Tree
where
    Self: From<T>,
{
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Self::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::told::Name;

    fn written(tree: &Tree, redactor: &Redactor) -> String {
        let mut out = Vec::new();
        tree.write(redactor, &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn it_is_written_as_it_was_built() {
        let tree = json!({
            "a": [1_u64, 2], "b": null, "c": { "d": "a \"word\"", "e": {} },
            "f": Timestamp(1_700_000_000_250_000_000), "g": None::<u64>, "h": [0_u64; 0],
        });
        assert_eq!(
            written(&tree, &Redactor::off()),
            r#"{"a":[1,2],"b":null,"c":{"d":"a \"word\"","e":{}},"f":1700000000.25,"g":null,"h":[]}"#
        );
    }

    #[test]
    fn addresses_and_names_are_hidden_where_it_is_written() {
        let address = SocketAddr::from(([192, 0, 2, 1], 5000));
        let tree = json!({ "peer": address, "user": Name::User.of("alice"), "word": "kept" });
        let hidden = written(&tree, &Redactor::keyed([7; 64]));
        assert!(
            !hidden.contains("192.0.2.1") && !hidden.contains("alice"),
            "{hidden}"
        );
        assert!(
            hidden.contains(":5000") && hidden.contains("kept"),
            "{hidden}"
        );
    }
}
