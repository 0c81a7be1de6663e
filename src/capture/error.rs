//! What can go wrong with a capture, in one line each: what, where, what to do.
//!
//! What the system says to it is the source of the error, and printed with it.

use std::borrow::Cow;
use std::fmt;
use std::io;

use crate::base::label::printable;

/// Why a capture could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot open {path}: give the path of a capture that may be read")]
    Open {
        /// Name as given.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A folder was given.
    #[error("{path} is a directory: give the capture files in it")]
    Directory {
        /// Name as given.
        path: String,
    },
    /// The file has no octet.
    #[error("{path} is empty: a capture has a file header even without packets")]
    Empty {
        /// Name as given.
        path: String,
    },
    /// The file is no capture.
    #[error(
        "{path} is no packet capture: it begins with {found}; \
         pcap and pcapng are read, also compressed with gzip or zstd"
    )]
    Foreign {
        /// Name as given.
        path: String,
        /// The first octets in hexadecimal.
        found: String,
    },
    /// The same file was given more than once.
    #[error("{path} is given twice: its packets would count twice, so give it once")]
    Twice {
        /// Name as given the second time.
        path: String,
    },
    /// The system fails while reading.
    #[error("cannot read on in {path}")]
    Read {
        /// Name as given.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Standard input must be read twice, and cannot be kept.
    #[error("cannot keep standard input in a temporary file: set TMPDIR to a folder with room")]
    Keep {
        /// What the system says.
        source: io::Error,
    },
    /// The filter cannot be used.
    #[error(
        "cannot use the filter '{filter}' on {link} packets: {message}; \
         filters are written as for tcpdump, see pcap-filter(7)"
    )]
    Filter {
        /// The filter as given.
        filter: String,
        /// Name of the link type.
        link: String,
        /// What libpcap says.
        message: String,
    },
    /// The filter asks for lengths that cannot be given.
    #[error(
        "cannot use the filter '{filter}': it asks for the length of frames, and packet {number} \
         was cut when captured; filter without len, less and greater"
    )]
    FilterLength {
        /// The filter as given.
        filter: String,
        /// The packet.
        number: u64,
    },
    /// The system does not list its interfaces.
    #[error("cannot list the interfaces of this machine: {message}")]
    Devices {
        /// What libpcap says.
        message: String,
    },
    /// No interface was named, and none is fit to be taken.
    #[error(
        "no interface is up and has an address: name one of {names} with -i, see also \
         relayscope interfaces"
    )]
    NoDefaultDevice {
        /// The interfaces there are.
        names: String,
    },
    /// There is no interface of this name.
    #[error("there is no interface {name}: there are {names}")]
    NoSuchDevice {
        /// Name as given.
        name: String,
        /// The interfaces there are.
        names: String,
    },
    /// This user may not capture.
    #[error(
        "not permitted to capture on {name}: the capability CAP_NET_RAW is missing; run it as \
         root with sudo relayscope live ..., or give it to the program once with \
         sudo setcap cap_net_raw+ep $(command -v relayscope)"
    )]
    NotPermitted {
        /// The interface.
        name: String,
    },
    /// The interface cannot be captured on.
    #[error("cannot capture on {name}: {message}")]
    Device {
        /// The interface.
        name: String,
        /// What libpcap says.
        message: String,
    },
}

/// What libpcap says, in one line.
pub(super) fn said(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => printable(message.as_bytes()),
        other => other.to_string(),
    }
}

/// A file that ends before its end, or an interface that went away. What came before was analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedEarly {
    /// Name of the file without its folder, or of the interface.
    pub file: String,
    /// Position in the file, after decompression, of the record that could not be read; `None` for
    /// an interface.
    pub offset: Option<u64>,
    /// Whole packets before it.
    pub packets: u64,
    /// What is wrong there.
    pub reason: Cow<'static, str>,
}

impl fmt::Display for EndedEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            offset,
            packets,
            reason,
        } = self;
        write!(f, "{file} {reason}")?;
        if let Some(offset) = offset {
            write!(f, " at octet {offset}")?;
        }
        match packets {
            0 => write!(f, "; there is no packet before it")?,
            1 => write!(f, "; the packet before it was analysed")?,
            _ => write!(f, "; the {packets} packets before it were analysed")?,
        }
        match offset {
            Some(_) => write!(f, ": for the rest, copy or capture the file again"),
            None => Ok(()),
        }
    }
}
