//! A tracker before the first packet.

use std::collections::BTreeMap;

use super::{
    Arrivals, Associations, Bounded, Comparison, Connections, Copies, DtlsOpenings, Early, FLOWS,
    Forgotten, Fragments, KeyLog, Labels, MediaKeys, Openings, Refusals, Remembered, Signalling,
    Totals, Tracker, Turn, Volume, clock, room, tls,
};

impl Default for Tracker {
    fn default() -> Self {
        let room = room::Room::default();
        Self {
            flows: Bounded::new(FLOWS),
            streams: Bounded::new(FLOWS),
            senders: Bounded::new(FLOWS),
            signalling: Signalling::new(room.clone()),
            turn: Turn::new(room.clone()),
            associations: Associations::new(),
            comparison: Comparison::new(),
            connections: Connections::default(),
            copies: Copies::default(),
            arrivals: Arrivals::default(),
            fragments: Fragments::default(),
            tls: Bounded::new(FLOWS),
            keys: KeyLog::default(),
            openings: Openings::default(),
            dtls_openings: DtlsOpenings::default(),
            early_records: Early::default(),
            watch: tls::Watch::default(),
            media_keys: MediaKeys::default(),
            anomalies: BTreeMap::new(),
            totals: Totals::default(),
            elsewhere: Volume::default(),
            refusals: Refusals::default(),
            forgotten: Forgotten::default(),
            remembered: Remembered::default(),
            labels: Labels::default(),
            clock: clock::Clock::default(),
            room,
            made: 0,
        }
    }
}
