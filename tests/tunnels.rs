//! A call says the same in every tunnel and in fragments as it says bare.

mod common;

use common::wrapped::{Order, Tunnel, fragmented};
use common::{Record, records, report_of_records};
use relayscope::base::anomaly::Anomaly;
use relayscope::base::label::Quiet;
use relayscope::base::time::Timestamp;
use relayscope::capture::{LinkType, RawPacket};
use relayscope::decode;
use relayscope::flow::Tracker;
use serde_json::{Value, json};

const CALLS: [&str; 2] = ["one-client-relayed.pcap", "ipv6-client-ipv4-peer.pcap"];

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}

/// What a report says of a call, but for the octets around it and the numbers of frames.
fn said(report: &Value) -> Value {
    let only = |part: &str, names: &[&str]| -> Value {
        let entry = |entry: &Value| {
            names
                .iter()
                .map(|name| entry[name].clone())
                .collect::<Value>()
        };
        each(&report[part]).map(entry).collect()
    };
    let claims = each(&report["claims"]).map(|claim| {
        let total = &claim["evidence"]["total"];
        json!([
            claim["id"],
            claim["scope"],
            claim["verdict"],
            claim["gap"],
            total
        ])
    });
    let streams = each(&report["streams"]).map(|stream| {
        let state = &stream["protection"]["state"];
        let (packets, octets) = (&stream["packets"], &stream["octets"]);
        json!([
            stream["ssrc"],
            stream["src"],
            packets,
            octets,
            stream["lost"],
            state
        ])
    });
    let classes = [
        "sealed",
        "clear_control",
        "clear_media_header",
        "unknown",
        "tag",
    ];
    let octets = classes.iter().map(|class| report["octets"][class].clone());
    json!({
        "summary": report["summary"],
        "paths": report["paths"],
        "sessions": report["sessions"],
        "allocations": only("allocations", &["client", "server", "relayed", "username", "state"]),
        "associations": only("associations", &["client", "server", "version", "profile"]),
        "flows": only("flows", &["transport", "a", "b", "kind", "packets", "first", "last"]),
        "claims": claims.collect::<Value>(),
        "streams": streams.collect::<Value>(),
        "anomalies": only("anomalies", &["kind"]),
        "octets": octets.collect::<Value>(),
    })
}

fn assert_alike(bare: &Value, other: &Value, how: &str) {
    let (bare, other) = (said(bare), said(other));
    for (part, value) in bare.as_object().expect("an object") {
        assert_eq!(value, &other[part], "{part}, {how}");
    }
}

#[test]
fn a_call_in_any_tunnel_is_told_as_the_bare_call() {
    for name in CALLS {
        let call = records(name);
        let bare = report_of_records(&call);
        for tunnel in Tunnel::ALL {
            let report = report_of_records(&tunnel.wrapped(&call));
            assert_alike(&bare, &report, &format!("{name} {tunnel:?}"));
        }
    }
}

#[test]
fn a_call_in_fragments_is_told_as_the_bare_call() {
    for name in CALLS {
        let call = records(name);
        let bare = report_of_records(&call);
        for order in [Order::Straight, Order::Backwards] {
            for most in [8, 64] {
                let report = report_of_records(&fragmented(&call, most, order));
                assert_alike(&bare, &report, &format!("{name} {most} {order:?}"));
            }
        }
    }
}

#[test]
fn fragments_that_come_twice_are_no_second_packets() {
    let call = records(CALLS[0]);
    let twice = fragmented(&call, 64, Order::Doubled);
    let mut said = [&call, &twice].map(|records| said(&report_of_records(records)));
    for said in &mut said {
        // Those that came again are not understood.
        said["octets"] = Value::Null;
    }
    assert_eq!(said[0], said[1]);
}

#[test]
fn so_it_is_with_fragments_in_tunnels_and_tunnels_in_fragments() {
    let mut call = records(CALLS[0]);
    // An error that comes in fragments is not kept.
    call.retain(|record| record.octets[23] != 1);
    let bare = report_of_records(&call);
    for tunnel in [Tunnel::Gre, Tunnel::Gtp, Tunnel::Vxlan, Tunnel::In6] {
        let inside = tunnel.wrapped(&fragmented(&call, 48, Order::Straight));
        assert_alike(
            &bare,
            &report_of_records(&inside),
            &format!("{tunnel:?} in"),
        );
        let outside = fragmented(&tunnel.wrapped(&call), 40, Order::Backwards);
        assert_alike(
            &bare,
            &report_of_records(&outside),
            &format!("{tunnel:?} out"),
        );
        let both = fragmented(&inside, 40, Order::Straight);
        assert_alike(
            &bare,
            &report_of_records(&both),
            &format!("{tunnel:?} both"),
        );
    }
}

#[test]
fn the_same_addresses_in_another_network_are_told() {
    let call = records(CALLS[0]);
    let half = call.len() / 2;
    for tunnel in [Tunnel::Vlan, Tunnel::Vxlan, Tunnel::GreWithKey, Tunnel::Gtp] {
        let mut moved = tunnel.wrapped(&call);
        moved[half..].clone_from_slice(&call[half..]);
        let report = report_of_records(&moved);
        let mut anomalies = each(&report["anomalies"]);
        let told = anomalies.any(|odd| odd["kind"] == "same-addresses-in-another-network");
        assert!(told, "{tunnel:?}");
    }
}

#[test]
fn a_fragment_that_is_missing_is_told_and_refutes_nothing() {
    let call = fragmented(&records(CALLS[0]), 64, Order::Straight);
    let is_fragment = |record: &Record| record.octets[20] & 0x3f | record.octets[21] != 0;
    let missing = call.iter().enumerate();
    let missing = missing.filter(|(at, record)| at % 50 != 7 || !is_fragment(record));
    let missing: Vec<_> = missing.map(|(_, record)| record.clone()).collect();
    let report = report_of_records(&missing);
    let mut anomalies = each(&report["anomalies"]);
    assert!(anomalies.any(|odd| odd["kind"] == "ip-fragment"));
    let mut claims = each(&report["claims"]);
    let forwards = claims.find(|claim| claim["id"] == "relay-forwards-unchanged");
    let forwards = forwards.expect("judged");
    assert_ne!(
        forwards["verdict"], "violated",
        "{forwards} {}",
        report["paths"]
    );
}

#[test]
fn what_one_fragment_less_hides_makes_nothing_hold() {
    let call = fragmented(&records(CALLS[0]), 64, Order::Straight);
    let verdict = |records: &[Record]| {
        let report = report_of_records(records);
        let mut claims = each(&report["claims"]);
        let forwards = claims.find(|claim| claim["id"] == "relay-forwards-unchanged");
        forwards.expect("judged")["verdict"].clone()
    };
    assert_eq!(verdict(&call), "holds");
    let is_later = |record: &Record| record.octets[20] & 0x1f | record.octets[21] != 0;
    let later: Vec<_> = (0..call.len()).filter(|at| is_later(&call[*at])).collect();
    for at in later.iter().step_by(later.len() / 8) {
        let mut less = call.clone();
        less.remove(*at);
        assert_eq!(verdict(&less), "inconclusive", "without {at}");
    }
}

#[test]
fn a_packet_is_given_up_in_its_time_though_no_fragment_comes_any_more() {
    let mut lone = fragmented(&records(CALLS[0]), 64, Order::Straight);
    let first = lone.iter().position(|record| record.octets[20] & 0x20 != 0);
    let first = lone.swap_remove(first.expect("a fragment"));
    let mut tracker = Tracker::default();
    let take = |tracker: &mut Tracker, number: u64, seconds: i64, octets: &[u8]| {
        let packet = RawPacket {
            number,
            time: Timestamp(seconds * 1_000_000_000),
            wire_len: octets.len() as u32,
            link: LinkType::ETHERNET,
            interface: 0,
            octets,
        };
        tracker.packet(&packet, &decode::frame(&packet, &mut Quiet));
    };
    take(&mut tracker, 1, 0, &first.octets);
    let bare = &records(CALLS[0])[0].octets;
    take(&mut tracker, 2, 29, bare);
    assert!(tracker.torn().is_empty());
    take(&mut tracker, 3, 31, bare);
    assert_eq!(tracker.torn().len(), 2);
    assert!(tracker.anomalies().contains_key(&Anomaly::IpFragment));
}
