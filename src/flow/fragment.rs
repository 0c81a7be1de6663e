//! What fragments bring: a packet is taken at the frame with which it is whole.
//!
//! Until then its octets count for no flow, and as not understood.

use super::{Flow, Tracker, flow_of};
use crate::base::addr::{FiveTuple, FlowKey};
use crate::base::anomaly::Anomaly;
use crate::base::label::Quiet;
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::decode::Decoded;
use crate::decode::fragment::{Arrived, Torn, WITHIN, Whole};

impl Tracker {
    /// Takes a frame with a fragment, and the packet that is whole with it.
    pub(super) fn fragment(
        &mut self,
        packet: &RawPacket<'_>,
        decoded: &Decoded<'_>,
        now: Timestamp,
    ) {
        self.elsewhere.other_frame(packet, &mut self.labels);
        let mut arrived = self.fragments.frame(packet, decoded);
        while let Some(whole) = self.arrived(packet, arrived) {
            let inside = whole.read(&mut Quiet);
            for anomaly in inside.anomalies.iter() {
                self.odd(anomaly, packet.number);
            }
            let held = self.elsewhere.give_up(&whole);
            if let Some(ends) = inside.five_tuple() {
                self.whole(packet, (&whole, held), (&inside, ends), now);
                return;
            }
            self.elsewhere.whole(&whole, &mut self.labels);
            arrived = self.fragments.inside(packet, &inside, &whole);
        }
    }

    /// Tells what was odd about a fragment; returns the packet that is whole with it.
    fn arrived(&mut self, packet: &RawPacket<'_>, arrived: Arrived) -> Option<Whole> {
        for anomaly in arrived.odd.iter() {
            self.odd(anomaly, packet.number);
        }
        self.lost_fragments(&arrived.lost, packet.time);
        arrived.whole
    }

    /// Takes a packet with UDP or TCP, of which `held` octets were captured.
    fn whole(
        &mut self,
        packet: &RawPacket<'_>,
        (whole, held): (&Whole, u64),
        (decoded, ends): (&Decoded<'_>, FiveTuple),
        now: Timestamp,
    ) {
        let (key, direction) = ends.key();
        if self.copies.is_copy(packet, decoded, now) {
            let flow = self.flows.get_mut(&key);
            let volume = flow.map_or(&mut self.elsewhere, |flow| &mut flow.volume);
            volume.copies += held;
            return;
        }
        let flow = flow_of(key, packet.time, (&mut self.flows, &mut self.made));
        let elsewhere = flow.add(packet, whole.on_wire, decoded, direction);
        flow.volume.whole(whole, &mut self.labels);
        if elsewhere {
            self.odd(Anomaly::OtherNetwork, packet.number);
        }
        self.carried(packet, decoded, (ends, key, direction));
    }

    /// Nothing that leaves a relay is its own while a packet waits for its fragments, unless these
    /// come no more.
    #[cold]
    pub(super) fn wait_for_fragments(&mut self, time: Timestamp, now: Timestamp) {
        let lost = self.fragments.expire(time);
        self.lost_fragments(&lost, time);
        self.comparison.interrupt(now);
    }

    /// Fragments that will not be put together: what they carried was missed.
    fn lost_fragments(&mut self, numbers: &[u64], time: Timestamp) {
        for number in numbers {
            self.odd(Anomaly::IpFragment, *number);
        }
        if !numbers.is_empty() {
            self.comparison.interrupt(time);
        }
    }

    /// The capture has ended: what waits stays without its other fragments.
    pub(super) fn settle_fragments(&mut self) {
        let lost = self.fragments.finish();
        self.lost_fragments(&lost, self.totals.last.unwrap_or_default());
    }

    /// Where packets in fragments passed of which it is not known what they carried.
    pub const fn torn(&self) -> &Torn {
        self.fragments.torn()
    }

    /// Whether such a packet may have been one of this flow. Whose packets came through tunnels is
    /// not known of their fragments.
    pub fn is_torn(&self, key: &FlowKey) -> bool {
        let torn = self.torn();
        let between = || [key.a, key.b].iter().all(|end| torn.has(end.ip()));
        let tunnelled = || self.flow(key).is_some_and(Flow::is_tunnelled);
        !torn.is_empty() && (between() || tunnelled())
    }

    /// Forgets such packets of before, unless a flow that stays may have had one.
    pub(super) fn forget_torn(&mut self, since: Timestamp) {
        let began = self.flows.values().map(|flow| flow.first).min();
        let since = began.map_or(since, |began| began.min(since));
        self.fragments.forget_torn(since.before(WITHIN));
    }
}
