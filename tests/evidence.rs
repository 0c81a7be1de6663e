//! What a report points at is there: every packet that a verdict names exists and belongs to what
//! the verdict speaks of, and every octet of the capture is counted once.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use common::{captures, each_packet, each_view, report_of_capture};
use relayscope::capture::{FileSource, PacketSource as _};
use relayscope::exposure::Vantage;
use relayscope::report::{Question, Report, json};
use relayscope::run::track;
use serde_json::Value;

/// Two ends, the lower first.
type Ends = [String; 2];

fn ends(one: &str, other: &str) -> Ends {
    let mut both = [one.to_owned(), other.to_owned()];
    both.sort();
    both
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn each(value: &Value) -> impl Iterator<Item = &Value> + '_ {
    value.as_array().expect("a list").iter()
}

/// What is seen of a packet without a report.
struct Packet {
    /// Its ends, where there is UDP or TCP.
    both: Option<Ends>,
    signalling: bool,
}

/// A capture beside its reports: its packets, and the ends of each leg, by its number.
struct Beside {
    packets: BTreeMap<u64, Packet>,
    legs: BTreeMap<u64, Ends>,
}

fn beside(path: &Path) -> Beside {
    let mut source = FileSource::open(path).expect("a capture");
    let tracker = track(&mut source).expect("readable");
    let legs = tracker.legs().into_iter();
    let legs = legs.map(|leg| {
        let (client, server) = (leg.ends.src.to_string(), leg.ends.dst.to_string());
        (leg.id, ends(&client, &server))
    });
    let legs = legs.collect();
    let mut packets = BTreeMap::new();
    each_view(path, &tracker, |packet, view| {
        let both = view
            .ends
            .map(|both| ends(&both.src.to_string(), &both.dst.to_string()));
        let signalling = view.layers.contains(&"sip");
        packets.insert(packet.number, Packet { both, signalling });
    });
    Beside { packets, legs }
}

/// The member of a list of the report with this number.
fn member<'r>(report: &'r Value, list: &str, id: &Value) -> &'r Value {
    each(&report[list])
        .find(|member| member["id"] == *id)
        .expect("what the scope names")
}

fn flow(report: &Value, id: &Value) -> Ends {
    let flow = member(report, "flows", id);
    ends(text(&flow["a"]), text(&flow["b"]))
}

/// The pairs of ends between which packets of a path run: the legs of its clients, and between
/// relay and peer.
fn of_path(report: &Value, path: &Value) -> Vec<Ends> {
    let mut all = vec![ends(text(&path["client"]), text(&path["server"]))];
    if let (Some(relayed), Some(peer)) = (path["relayed"].as_str(), path["peer"].as_str()) {
        all.push(ends(relayed, peer));
    }
    if let Some(client) = path["peer_client"].as_str() {
        // It may speak with the relay at another port.
        let held = |of: &&Value| each(&of["relayed"]).any(|relayed| *relayed == path["peer"]);
        let mut held = each(&report["allocations"]).filter(held);
        let own = held
            .find(|of| of["client"] == client)
            .expect("its allocation");
        all.push(ends(client, text(&own["server"])));
    }
    all
}

/// Between whom the packets of a verdict may run; `None` where it speaks of the whole capture.
fn scope(report: &Value, legs: &BTreeMap<u64, Ends>, judged: &Value) -> Option<Vec<Ends>> {
    let id = &judged["scope"]["id"];
    let number = id.as_u64().unwrap_or_default() as usize;
    let paths = |keep: &dyn Fn(&Value) -> bool| -> Vec<Ends> {
        let paths = each(&report["paths"]).filter(|path| keep(path));
        paths.flat_map(|path| of_path(report, path)).collect()
    };
    Some(match text(&judged["scope"]["kind"]) {
        "capture" => return None,
        "path" => of_path(report, member(report, "paths", id)),
        "leg" => vec![legs[&id.as_u64().expect("a number")].clone()],
        "stream" => vec![flow(report, &report["streams"][number - 1]["flow"])],
        "association" => vec![flow(report, &member(report, "associations", id)["flow"])],
        "rtcp-sender" => vec![flow(report, &report["rtcp_senders"][number - 1]["flow"])],
        "server" => {
            let server = &report["servers"][number - 1];
            let host = ip(text(&server["address"]));
            let here = |path: &Value| ip(text(&path["server"])) == host;
            let mut all = paths(&here);
            if server["role"] != "turn" {
                let flows = each(&report["flows"]);
                let flows = flows.map(|flow| ends(text(&flow["a"]), text(&flow["b"])));
                all.extend(flows.filter(|both| both.iter().any(|end| ip(end) == host)));
            }
            all
        }
        "session" => {
            let session = member(report, "sessions", id);
            let mut all = paths(&|path| each(&session["paths"]).any(|id| path["id"] == *id));
            let parties: Vec<IpAddr> = each(&session["parties"])
                .map(|p| text(p).parse().expect("an address"))
                .collect();
            let direct =
                each(&report["flows"]).map(|flow| ends(text(&flow["a"]), text(&flow["b"])));
            all.extend(direct.filter(|both| both.iter().all(|end| parties.contains(&ip(end)))));
            all
        }
        other => panic!("an unknown scope: {other}"),
    })
}

fn ip(address: &str) -> IpAddr {
    address.parse::<SocketAddr>().expect("an address").ip()
}

#[test]
fn every_verdict_points_at_packets_of_what_it_speaks_of_or_says_what_it_lacks() {
    for path in captures() {
        let Beside { packets, legs } = beside(&path);
        for (observer, report) in reports(&path) {
            for judged in each(&report["claims"]) {
                let told = format!("{}: {judged}", path.display());
                assert_eq!(judged["observer"], observer.name(), "{told}");
                let numbers: Vec<_> = each(&judged["evidence"]["packets"])
                    .map(|number| number.as_u64().expect("a number"))
                    .collect();
                let scope = scope(&report, &legs, judged);
                for number in &numbers {
                    let packet = packets.get(number).expect(&told);
                    let both = packet.both.as_ref().expect(&told);
                    // What was agreed in signalling is shown where it was said.
                    let inside = scope.as_ref().is_none_or(|all| all.contains(both));
                    assert!(inside || packet.signalling, "packet {number}: {told}");
                }
                counted(judged, &numbers, &told);
                assert_eq!(judged["display_filter"], filter(&numbers), "{told}");
            }
        }
    }
}

/// The report for each observer.
fn reports(path: &Path) -> Vec<(Vantage, Value)> {
    let mut source = FileSource::open(path).expect("a capture");
    let tracker = track(&mut source).expect("readable");
    let report = |observer| {
        let question = Question {
            observer: Some(observer),
            ..Question::default()
        };
        let mut out = Vec::new();
        json::write(
            &Report::new(source.summary(), &tracker, &question),
            &mut out,
        )
        .expect("memory");
        (observer, serde_json::from_slice(&out).expect("JSON"))
    };
    Vantage::ALL.into_iter().map(report).collect()
}

/// The packets are the first 32, each once; without any, and only so, it may be that nothing is
/// said. What cannot be told says why, and nothing else does.
fn counted(judged: &Value, numbers: &[u64], told: &str) {
    let once = numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len();
    assert!(once && numbers.len() <= 32, "{told}");
    let total = judged["evidence"]["total"].as_u64().expect("a count");
    assert!(total >= numbers.len() as u64, "{told}");
    assert!(total <= 32 || numbers.len() == 32, "{told}");
    let open = judged["verdict"] == "inconclusive";
    assert!(open || total > 0, "no verdict without a packet: {told}");
    assert_eq!(judged["gap"].is_string(), open, "{told}");
}

/// The filter that shows exactly these packets in other tools.
fn filter(numbers: &[u64]) -> Value {
    if numbers.is_empty() {
        return Value::Null;
    }
    let numbers: Vec<_> = numbers.iter().map(u64::to_string).collect();
    format!("frame.number in {{{}}}", numbers.join(", ")).into()
}

#[test]
fn every_octet_of_every_frame_is_counted_once() {
    for path in captures() {
        let (mut wire, mut bare) = (0, 0);
        let (mut frames, mut in_flows) = (0_u64, 0);
        each_packet(&path, |packet| {
            wire += u64::from(packet.wire_len);
            frames += 1;
        });
        let (report, _) = report_of_capture(&path, None);
        assert_eq!(report["capture"]["octets"], wire, "{}", path.display());
        assert_eq!(report["octets"]["total"], wire, "{}", path.display());
        assert_eq!(members(&report["octets"]), wire, "{}", path.display());
        for flow in each(&report["flows"]) {
            let octets = &flow["octets_by_protection"];
            assert_eq!(octets["total"], members(octets), "{flow}");
            bare += members(octets);
            // What runs inside TLS or DTLS is counted in messages, and its frames around it.
            if flow["transport"] == "tls" || flow["transport"] == "dtls" {
                assert_eq!(members(octets), 0, "{flow}");
                continue;
            }
            in_flows += each(&flow["packets"])
                .map(|n| n.as_u64().expect("a count"))
                .sum::<u64>();
        }
        // Frames of no flow: ARP, IGMP, ICMP and what is no IP.
        let mut elsewhere = 0;
        let packets = beside(&path).packets;
        each_packet(&path, |packet| {
            if packets[&packet.number].both.is_none() {
                elsewhere += u64::from(packet.wire_len);
                frames -= 1;
            }
        });
        assert_eq!(bare + elsewhere, wire, "{}", path.display());
        assert_eq!(in_flows, frames, "{}", path.display());
    }
}

/// The sum of all members but the total.
fn members(octets: &Value) -> u64 {
    let all = octets.as_object().expect("octets").iter();
    let parts = all.filter(|(name, _)| *name != "total");
    parts
        .map(|(_, count)| count.as_u64().expect("a count"))
        .sum()
}
