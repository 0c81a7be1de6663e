//! What can go wrong with a capture, in one line each: what, where, what to do.

use std::io;

/// Why a capture could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot open {path}: {source}")]
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
    /// The system fails while reading.
    #[error("cannot read on in {path}: {source}")]
    Read {
        /// Name as given.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

/// A file that ends before its end. What stood before was analysed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} {reason} at octet {offset}; the {packets} packets before it were analysed")]
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
