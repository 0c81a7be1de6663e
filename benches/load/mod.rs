//! A capture of many calls at once through one relay, made in memory of one that is shipped.
//!
//! Every packet of the model is copied for each call. What would make two copies one call, or name
//! the same thing twice, is made its own in each: addresses of clients and peers and relayed ports
//! (also inside STUN), transaction ids, ICE user names, DTLS randoms, SSRCs. Lengths stay, so that
//! every copy is dissected, compared and judged as the model is. MESSAGE-INTEGRITY is not made
//! anew: nobody who only looks on can check it.

mod copy;

use std::iter;
use std::path::Path;

use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{Block, FileSource, KeptPacket, PacketSource as _, RawPacket};
use relayscope::decode;
use relayscope::flow::Tracker;

use copy::Copied;

/// The call that is copied, and its packets from which a load is made: all its streams have begun
/// there, and been believed.
const MODEL: &str = "captures/one-client-relayed.pcap";
const PACKETS: usize = 500;
/// Nanoseconds between the beginnings of two calls.
const STAGGER: i64 = 20_000_000;

/// Many calls at once.
pub(crate) struct Load {
    model: Vec<KeptPacket>,
    calls: u16,
}

impl Load {
    /// So many calls.
    pub(crate) fn of(calls: u16) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(MODEL);
        let mut source = FileSource::open(&file).expect("the shipped capture");
        let (mut model, mut block) = (Vec::new(), Block::default());
        while model.len() < PACKETS && source.next_block(&mut block).expect("readable") {
            model.extend(block.packets().map(|packet| KeptPacket::from(&packet)));
        }
        model.truncate(PACKETS);
        Self { model, calls }
    }

    /// Calls `take` with every packet, in the order of time.
    pub(crate) fn each_packet(&self, mut take: impl FnMut(&RawPacket<'_>)) {
        let mut order: Vec<_> = (0..self.calls)
            .flat_map(|call| iter::repeat(call).zip(&self.model))
            .map(|(call, model)| {
                (
                    model.packet().time.0 + i64::from(call) * STAGGER,
                    call,
                    model,
                )
            })
            .collect();
        order.sort_by_key(|(time, call, _)| (*time, *call));
        for (number, (time, call, model)) in (1..).zip(order) {
            let model = model.packet();
            let octets = Copied(call).frame(model.octets);
            take(&RawPacket {
                number,
                time: Timestamp(time),
                octets: &octets,
                ..model
            });
        }
    }

    /// All of it followed to its end.
    pub(crate) fn tracked(&self) -> Tracker {
        let mut tracker = Tracker::default();
        self.each_packet(|packet| tracker.packet(packet, &decode::frame(packet, &mut Quiet)));
        tracker.finish();
        tracker
    }
}
