//! What can go wrong while a capture is recorded.

use std::io;

/// Why a capture could not be recorded, or no further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A file stands where the capture is to be.
    #[error("{path} is there already: give another name, or remove it first")]
    Exists {
        /// Name of the file.
        path: String,
    },
    /// The file cannot be made.
    #[error("cannot record to {path}")]
    Create {
        /// Name of the file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Standard output is one file.
    #[error("standard output cannot be divided into several files: record to a named file")]
    Undivided,
    /// The system takes no more, such as a full disk.
    #[error("cannot record on to {path}: it holds the {packets} packets before")]
    Write {
        /// Name of the file.
        path: String,
        /// Whole packets that stand in this file.
        packets: u64,
        /// What the system says.
        source: io::Error,
    },
    /// A packet comes from an interface that was not among those to record.
    #[error("packet {number} comes from interface {interface}, which is not recorded")]
    Interface {
        /// Number of the packet.
        number: u64,
        /// Index of the interface.
        interface: u32,
    },
}
