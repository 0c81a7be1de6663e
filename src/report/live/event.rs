//! What is told while a capture goes on.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::exposed::Exposed;
use super::part::{Granted, Judged, Part};
use crate::base::time::Timestamp;
use crate::capture::Loss;
use crate::exposure::Vantage;
use crate::flow::Topology;

/// Something that changed.
#[derive(Debug, Clone)]
pub struct Event {
    /// Capture time at which it was told.
    pub time: Timestamp,
    /// The call; `None` where it is about the whole capture.
    pub call: Option<u64>,
    /// What it was.
    pub what: What,
}

/// What changed.
#[derive(Debug, Clone)]
pub enum What {
    /// A server granted an allocation, or one was found by what it carries.
    AllocationCreated(Granted),
    /// Media or a handshake passes between parties.
    CallBegan(Talk),
    /// A path is proven: all that left the relay had entered it.
    PathProven(Judged),
    /// An observer reads something of a call that it had not read of it before.
    ExposureFirstSeen(Vantage, Exposed),
    /// A claim was judged for the first time, or otherwise than before: the former verdict.
    ClaimChanged(Option<&'static str>, Judged),
    /// A call fell silent.
    CallEnded(Arc<Part>),
    /// A call that had ended was let go: it is no longer in the report.
    CallForgotten,
    /// Packets were lost.
    PacketsLost(Loss),
}

/// Who speaks with whom, and by which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// The parties.
    pub parties: Option<Vec<IpAddr>>,
    /// How they are joined.
    pub topology: Topology,
    /// The relay, or the server of media.
    pub server: Option<SocketAddr>,
}

impl What {
    /// Its name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AllocationCreated(_) => "allocation-created",
            Self::CallBegan(_) => "call-began",
            Self::PathProven(_) => "path-proven",
            Self::ExposureFirstSeen(..) => "exposure-first-seen",
            Self::ClaimChanged(..) => "claim-changed",
            Self::CallEnded(_) => "call-ended",
            Self::CallForgotten => "call-forgotten",
            Self::PacketsLost(_) => "packets-lost",
        }
    }
}
