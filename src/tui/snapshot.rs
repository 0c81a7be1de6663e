//! What the dashboard shows at one moment. It is owned, so that analysis goes on meanwhile.

use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::base::told::Told;
use crate::exposure::{Vantage, Visibility};
use crate::report::Opened;
use crate::report::live::Part;
use crate::report::redact::Redactor;

/// What is known at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The files, or the interfaces.
    pub source: Told,
    /// How far the analysis is.
    pub phase: Phase,
    /// For whom everything is judged.
    pub observer: Vantage,
    /// Frames that were read.
    pub packets: u64,
    /// Number of the last of them, which is more where a filter left some out.
    pub last: u64,
    /// First and last frame.
    pub life: Option<(Timestamp, Timestamp)>,
    /// Frames that were lost; `None` where nobody says.
    pub dropped: Option<u64>,
    /// How far a recording of them is; `None` where there is none.
    pub saving: Option<Saving>,
    /// How many calls are judged as they are now, and how many there are, while that is not the
    /// same: all sums speak of the former.
    pub judging: Option<(usize, usize)>,
    /// The calls, in the order of appearance.
    pub parts: Vec<Arc<Part>>,
    /// The packets around the one that is chosen.
    pub page: Page,
    /// What shows names and addresses, or hides them.
    pub redactor: Arc<Redactor>,
}

impl Snapshot {
    /// Whether it says what was asked for since the one before it.
    pub fn answers(&self, before: &Self) -> bool {
        let asked = |snapshot: &Self| {
            let phase = snapshot.phase == Phase::Paused;
            (snapshot.observer, snapshot.page.asked, phase)
        };
        asked(self) != asked(before)
    }

    /// Whether a file is being played back.
    pub const fn is_played(&self) -> bool {
        matches!(self.phase, Phase::Playing(_))
    }
}

/// How far the analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A file is being read: octets so far, and all of them where that is known.
    Loading(u64, Option<u64>),
    /// A file is played back: times as fast as it was.
    Playing(u32),
    /// A file was read to its end.
    Whole,
    /// Frames come from interfaces.
    Live,
    /// The screen stands still; what is captured goes on being read.
    Paused,
    /// The interfaces are gone, or the time is over.
    Ended,
}

/// How far a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// So many packets are in it.
    Packets(u64),
    /// It ended before the capture did.
    Failed,
}

/// Some packets, and one of them octet by octet.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The number that was asked for.
    pub asked: u64,
    /// A line for each packet.
    pub rows: Vec<PacketRow>,
    /// The chosen one.
    pub look: Option<Look>,
    /// Why a packet that was asked for is not here.
    pub missing: Option<Told>,
}

/// One packet in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketRow {
    /// Its number.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// From whom to whom.
    pub ends: Told,
    /// What it is.
    pub words: Told,
}

/// One packet octet by octet.
#[derive(Debug, Clone)]
pub struct Look {
    /// Its number.
    pub number: u64,
    /// The call that it belongs to.
    pub call: Option<u64>,
    /// The octets that were captured; zeros where they are not shown.
    pub octets: Vec<u8>,
    /// Whether the observer sees the leg at all; where it does not, it reads nothing of this.
    pub seen: bool,
    /// What they are, from front to back.
    pub regions: Vec<LookRegion>,
}

/// Octets of one packet that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookRegion {
    /// The first of them.
    pub start: usize,
    /// The one behind the last.
    pub end: usize,
    /// Display-filter name of the field.
    pub field: &'static str,
    /// What it says.
    pub words: Told,
    /// Whether its octets are not shown: secrets, and what is redacted.
    pub masked: bool,
    /// Whether the observer reads it; `None` where only keys can check it, or it was not captured.
    pub visibility: Option<Visibility>,
    /// What the keys of the observer make of it, where it is sealed on the wire.
    pub opened: Option<Opened>,
}
