//! What is known of a capture beside its packets.
//!
//! All of it is bounded; what did not fit is counted.

use super::{EndedEarly, LinkType, Losses};

/// Link types that are kept: more are a mistake.
const LINKS: usize = 64;

/// Comments that are kept, and the characters of each.
const COMMENTS: usize = 256;
const COMMENT_LENGTH: usize = 1000;

/// Secrets that are kept, and their octets together.
const SECRETS: usize = 1024;
const SECRET_OCTETS: usize = 16 << 20;

/// What is known of a capture beside its packets.
#[derive(Debug, Clone, Default)]
pub struct CaptureSummary {
    /// Names of the files, without their folders, or of the interfaces.
    pub sources: Vec<String>,
    /// First link types that occurred, in the order of their first packet.
    pub link_types: Vec<LinkType>,
    /// The interfaces, in the order in which packets count them.
    pub interfaces: Vec<Interface>,
    /// First comments on sections, interfaces and packets.
    pub comments: Vec<Comment>,
    /// Comments that were not kept.
    pub more_comments: u64,
    /// Decryption secrets that stand in the files.
    pub secrets: Vec<Secrets>,
    /// Blocks of secrets that were not kept.
    pub more_secrets: u64,
    /// When packets were lost, as far as it is told.
    pub losses: Losses,
    /// Where and why files ended before their end, and interfaces before they were told to.
    pub ended_early: Vec<EndedEarly>,
    /// The filter that chose the packets.
    pub filter: Option<Choice>,
}

/// Where packets were captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Place of its file in [`CaptureSummary::sources`].
    pub source: usize,
    /// Its name, where the file tells it.
    pub name: Option<String>,
    /// What its frames begin with.
    pub link: LinkType,
    /// Octets that were captured of each frame; `None` where there was no limit.
    pub snap_len: Option<u32>,
    /// Packets that were lost on it; `None` where the file does not say.
    pub dropped: Option<u64>,
}

/// What somebody wrote into a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// On what.
    pub on: Commented,
    /// The words, printable.
    pub text: String,
}

/// What a comment is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commented {
    /// A section of a file: the whole file, mostly.
    Section,
    /// An interface, by its place.
    Interface(u32),
    /// A packet, by its number.
    Packet(u64),
}

/// Keys that stand in a capture, to open it with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The kind, as registered: 0x544c534b is a TLS key log.
    pub kind: u32,
    /// The octets as they stand.
    pub octets: Vec<u8>,
}

/// A filter, and what it left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// The filter as given.
    pub filter: String,
    /// Packets that it left out; `None` where the kernel took them out and did not count.
    pub hidden: Option<u64>,
}

impl CaptureSummary {
    /// Packets that the capturing side says it lost; `None` where no file says.
    pub fn dropped(&self) -> Option<u64> {
        let told = self.interfaces.iter().filter_map(|i| i.dropped);
        told.reduce(u64::saturating_add)
    }

    /// Packets that a filter left out, at least: where nobody counted, one is believed.
    pub fn hidden(&self) -> u64 {
        let choice = self.filter.as_ref();
        choice.map_or(0, |choice| choice.hidden.unwrap_or(1))
    }

    pub(super) fn add_comment(&mut self, comment: Comment) {
        if self.comments.len() < COMMENTS {
            self.comments.push(comment);
        } else {
            self.more_comments += 1;
        }
    }

    pub(super) fn add_secrets(&mut self, secrets: Secrets) {
        let kept: usize = self.secrets.iter().map(|kept| kept.octets.len()).sum();
        if self.secrets.len() < SECRETS && kept + secrets.octets.len() <= SECRET_OCTETS {
            self.secrets.push(secrets);
        } else {
            self.more_secrets += 1;
        }
    }

    /// Keeps the link type of a packet.
    pub fn add_link(&mut self, link: LinkType) {
        if !self.link_types.contains(&link) && self.link_types.len() < LINKS {
            self.link_types.push(link);
        }
    }
}

impl Commented {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Section => "section",
            Self::Interface(_) => "interface",
            Self::Packet(_) => "packet",
        }
    }

    /// The number of the interface or packet.
    pub fn number(self) -> Option<u64> {
        match self {
            Self::Section => None,
            Self::Interface(place) => Some(place.into()),
            Self::Packet(number) => Some(number),
        }
    }
}

impl Comment {
    pub(super) fn new(on: Commented, octets: &[u8]) -> Self {
        let text = crate::base::label::printable(octets);
        let text = text.chars().take(COMMENT_LENGTH).collect();
        Self { on, text }
    }
}

/// Secrets never print themselves.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("kind", &format_args!("{:#010x}", self.kind))
            .field("octets", &self.octets.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut summary = CaptureSummary::default();
        for _ in 0..COMMENTS + 2 {
            summary.add_comment(Comment::new(Commented::Section, b"hello"));
        }
        assert_eq!(
            (summary.comments.len(), summary.more_comments),
            (COMMENTS, 2)
        );
        for len in [SECRET_OCTETS, 1] {
            summary.add_secrets(Secrets {
                kind: 1,
                octets: vec![0; len],
            });
        }
        assert_eq!((summary.secrets.len(), summary.more_secrets), (1, 1));
    }

    #[test]
    fn secrets_do_not_print_themselves() {
        let secrets = Secrets {
            kind: 0x544C_534B,
            octets: b"CLIENT_RANDOM".to_vec(),
        };
        let printed = format!("{secrets:?}");
        assert_eq!(printed, "Secrets { kind: 0x544c534b, octets: 13 }");
    }

    #[test]
    fn losses_are_unknown_until_an_interface_tells_them() {
        let mut summary = CaptureSummary::default();
        assert_eq!(summary.dropped(), None);
        for dropped in [None, Some(2), Some(3)] {
            summary.interfaces.push(Interface {
                source: 0,
                name: None,
                link: LinkType::ETHERNET,
                snap_len: None,
                dropped,
            });
        }
        assert_eq!(summary.dropped(), Some(5));
    }
}
