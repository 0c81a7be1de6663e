//! SRTP and SRTCP opened with the keys of their sender (RFC 3711, 6188, 7714 and 9335).
//!
//! A master key says nothing of whom it belongs to: it is that of the stream whose tags verify
//! under it. What does not verify is not opened. Key derivation rates other than zero, which
//! nobody uses, and elements that are encrypted one by one (RFC 6904) are not opened.

mod context;
mod counter;
mod cryptex;
mod list;
mod master;
mod rollover;
mod suite;
mod transform;

pub use context::{ReportIndex, SrtpContext};
pub use list::SrtpKeys;
pub use master::MasterKey;
pub use rollover::Rollover;
pub use suite::SrtpSuite;
