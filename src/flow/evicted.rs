//! What found no room.

use super::Tracker;

impl Tracker {
    /// Whether anything that messages say found no room: what it was may be anything.
    pub fn is_short_of_room(&self) -> bool {
        self.room.refused() > 0
    }

    /// What the bounded tables let go: flows, connections, streams, RTCP senders, calls,
    /// allocations and legs, values for which all of these had no room, compared pairs, waiting
    /// datagrams, associations, handshake messages and keys of media.
    pub fn evicted(&self) -> [(&'static str, u64); 14] {
        let [associations, messages] = self.associations.evicted();
        [
            ("fragments-evicted", self.fragments.squeezed_out()),
            ("flows-evicted", self.flows.evicted()),
            ("connections-evicted", self.connections.evicted()),
            ("tls-handshakes-evicted", self.tls.evicted()),
            ("streams-evicted", self.streams.evicted()),
            ("rtcp-senders-evicted", self.senders.evicted()),
            ("calls-evicted", self.signalling.evicted()),
            (
                "allocations-evicted",
                self.turn.evicted + self.turn.legs.evicted(),
            ),
            ("values-not-kept", self.room.refused()),
            (
                "pairs-evicted",
                self.comparison.evicted() + self.turn.data.evicted(),
            ),
            ("datagrams-not-compared", self.comparison.squeezed_out()),
            associations,
            messages,
            ("media-keys-evicted", self.media_keys_evicted()),
        ]
    }
}
