//! A call that is captured, spoken again with sockets of this machine.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use relayscope::base::label::Quiet;
use relayscope::decode;

use super::namespace::ip;
use super::{capture, each_packet};

/// The call.
pub(crate) const CALL: &str = "one-client-relayed.pcap";

/// How many times faster than it was captured.
const HASTE: i64 = 4;

/// A datagram of a call: nanoseconds since its first, sender, receiver, octets.
pub(crate) type Spoken = (i64, SocketAddr, SocketAddr, Vec<u8>);

/// What the parties of the call say, in its order.
pub(crate) fn call() -> Vec<Spoken> {
    let mut spoken = Vec::new();
    let mut first = None;
    each_packet(&capture(CALL), |packet| {
        let decoded = decode::frame(packet, &mut Quiet);
        if let (Some(ends), Some(datagram)) = (decoded.five_tuple(), decoded.datagram()) {
            let since = packet.time.nanos_since(*first.get_or_insert(packet.time));
            spoken.push((since, ends.src, ends.dst, datagram.captured.to_vec()));
        }
    });
    spoken
}

/// Says it again on the loopback interface, which is given the addresses of all parties.
pub(crate) fn say(spoken: &[Spoken]) {
    let addresses: BTreeSet<IpAddr> = spoken.iter().map(|(_, from, ..)| from.ip()).collect();
    for address in addresses {
        assert!(ip(&[
            "address",
            "replace",
            &format!("{address}/32"),
            "dev",
            "lo"
        ]));
    }
    let ends = spoken.iter().flat_map(|(_, from, to, _)| [*from, *to]);
    let sockets: HashMap<_, _> = ends
        .map(|end| (end, UdpSocket::bind(end)))
        .filter_map(|(end, socket)| Some((end, socket.ok()?)))
        .collect();
    let begun = Instant::now();
    for (since, from, to, octets) in spoken {
        let due = Duration::from_nanos((since / HASTE).unsigned_abs());
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        sockets[from].send_to(octets, to).expect("sent");
    }
}
