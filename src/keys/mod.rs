//! Keys that were given, and what they open.
//!
//! A key log names its secrets by the random of a ClientHello, so it fits one handshake or none.
//! What opened is authenticated: a wrong key opens nothing. No key is printed, and every one is
//! wiped when it is dropped. Suites with CBC or CCM are not opened.

mod cipher;
mod derive;
mod exporter;
mod integrity;
mod log;
mod opener;
mod problem;
mod srtp;
mod suite;

pub use derive::Hash;
pub use exporter::srtp_masters;
pub use integrity::authenticates;
pub use log::{KeyLog, SessionSecrets};
pub use opener::{DatagramOpener, NotOpened, Opened, Opener, datagram_openers, openers};
#[cfg(test)]
pub(crate) use opener::{MASTER, RANDOMS, sealed_record};
pub use problem::{Fault, Problem, Problems};
pub use srtp::{MasterKey, ReportIndex, Rollover, SrtpContext, SrtpKeys, SrtpSuite};
