//! What can go wrong with a capture, in one line each: what, where, what to do.
//!
//! What the system says to it is the source of the error, and printed with it.

use std::fmt;
use std::io;

/// Why a capture could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot open {path}")]
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
}

/// A file that ends before its end. What stood before was analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedEarly {
    /// Name of the file without its folder.
    pub file: String,
    /// Position in the file, after decompression, of the record that could not be read.
    pub offset: u64,
    /// Whole packets before it.
    pub packets: u64,
    /// What is wrong there.
    pub reason: &'static str,
}

impl fmt::Display for EndedEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            offset,
            packets,
            reason,
        } = self;
        write!(f, "{file} {reason} at octet {offset}; ")?;
        match packets {
            0 => write!(f, "there is no packet before it")?,
            1 => write!(f, "the packet before it was analysed")?,
            _ => write!(f, "the {packets} packets before it were analysed")?,
        }
        write!(f, ": for the rest, copy or capture the file again")
    }
}
