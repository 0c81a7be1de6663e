//! RTP streams.

use std::net::SocketAddr;

use hashbrown::HashMap;

use crate::base::time::Timestamp;
use crate::base::told::{Name, Told};
use crate::exposure::{self, Agreement, Doubt, Protection};
use crate::flow::{
    Basis, Extension, Meter, OpenedMedia, RtcpSender, RtpStream, Structure, TrailerKind,
};
use crate::report::Report;
use crate::report::tree::{Tree, json};

pub(super) fn stream(
    report: &Report<'_>,
    paths: &HashMap<(SocketAddr, SocketAddr), u64>,
    (id, stream, sender): (u64, &RtpStream, Option<&RtcpSender>),
) -> Tree {
    let tracker = report.scene.tracker;
    let (src, dst) = stream.key.flow.ends(stream.key.direction);
    let path = paths.get(&stream.ends());
    let codec = stream.codec();
    let jitter = stream.jitter();
    let levels = stream
        .extensions()
        .find_map(|e| Some(levels(&e, e.levels()?)));
    json!({
        "id": id,
        "ssrc": Told::plain(stream.key.ssrc.to_string()),
        "flow": tracker.flow(&stream.key.flow).map(|flow| flow.id),
        "path": path,
        "src": src,
        "dst": dst,
        "payload_types": (0..128_u8).filter(|pt| stream.payload_types >> pt & 1 == 1).collect::<Tree>(),
        "kind": stream.kind().name(),
        "kind_basis": stream.kind_basis().map(Basis::name),
        "repairs": stream.repairs().map(|ssrc| Told::plain(ssrc.to_string())),
        "codec": codec.map(|(name, _)| Told::plain(name.to_owned())),
        "codec_basis": codec.map(|(_, basis)| basis.name()),
        "clock_rate": stream.clock_rate(),
        "clock_basis": stream.clock_basis().map(Basis::name),
        "packets": stream.packets.total(),
        "octets": stream.octets,
        "lost": stream.lost(),
        "reordered": stream.reordered(),
        "duplicated": stream.duplicated(),
        "restarts": stream.restarts(),
        "jitter": jitter.map(|(last, _)| span(last)),
        "jitter_greatest": jitter.map(|(_, greatest)| span(greatest)),
        "first": stream.first,
        "last": stream.last,
        "protection": report.protections.of(stream).map(|of| guard(stream, of)),
        "extensions": stream.extensions().map(|e| extension(&e)).collect::<Tree>(),
        "extensions_sealed": stream.sealed_extensions,
        "extensions_opened": stream.opened().map(|opened| elements(stream, opened)),
        "audio_level": levels,
        "rtcp": sender.map(|sender| json!({ "packets": sender.total(),
            "sealed": sender.sealed.total(), "basis": basis(sender),
            "authenticated": sender.opened().map(|of| of.authenticated.total()) })),
    })
}

/// What guards the payload on the wire.
fn guard(stream: &RtpStream, protection: &Protection<'_>) -> Tree {
    let opened = stream.opened();
    let statistics = protection.octets.as_ref().map(|judged| {
        let structured = match judged.structure {
            Structure::Structured { offsets, .. } => offsets,
            _ => 0,
        };
        let offsets = (0..32_u8).filter(|offset| structured >> offset & 1 == 1);
        json!({ "packets": judged.packets, "structured_offsets": offsets.collect::<Tree>() })
    });
    let key = match protection.agreement {
        Some(Agreement::Handshake(association)) => Some(association.id),
        _ => None,
    };
    json!({
        "state": protection.state.name(),
        "basis": protection.basis.map(exposure::Basis::name),
        "profile": protection.profile.clone().map(Told::plain),
        "tag_octets": protection.tag_octets,
        "statistics": statistics,
        "authenticated": opened.map(|opened| opened.authenticated.total()),
        "opened": opened.map(|opened| opened.decrypted),
        "association": key,
        "doubt": protection.doubt.map(Doubt::text),
    })
}

/// How it is known that reports are sealed.
fn basis(sender: &RtcpSender) -> Option<&'static str> {
    sender.trailer.map(|trailer| match trailer.kind {
        TrailerKind::Sealed if trailer.certain => "trailer-counts",
        TrailerKind::Sealed => "trailer",
        TrailerKind::NullCipher => "null-cipher",
        TrailerKind::Counter => "counter",
    })
}

/// One sender of reports.
pub(super) fn sender(
    report: &Report<'_>,
    paths: &HashMap<(SocketAddr, SocketAddr), u64>,
    (id, sender): (u64, &RtcpSender),
) -> Tree {
    let (src, dst) = sender.key.flow.ends(sender.key.direction);
    json!({
        "id": id,
        "ssrc": Told::plain(sender.key.ssrc.to_string()),
        "flow": report.scene.tracker.flow(&sender.key.flow).map(|flow| flow.id),
        "path": paths.get(&sender.ends()),
        "src": src,
        "dst": dst,
        "packets": sender.total(),
        "plain": sender.plain.total(),
        "sealed": sender.sealed.total(),
        "null_cipher": sender.null_cipher.total(),
        "counted": sender.counted.total(),
        "undecided": sender.undecided.total(),
        "authenticated": sender.opened().map(|opened| opened.authenticated.total()),
        "basis": basis(sender),
        "trailer_offset": sender.trailer.map(|trailer| trailer.offset),
        "first": sender.first,
        "last": sender.last,
    })
}

/// Seconds, to the nanosecond.
fn span(seconds: f64) -> Timestamp {
    Timestamp((seconds * 1e9).round() as i64)
}

fn extension(extension: &Extension<'_>) -> Tree {
    let meaning = extension.meaning;
    let orientations = extension.orientations().iter().map(|(number, value)| {
        json!({ "camera": value >> 3 & 1, "flip": value >> 2 & 1,
            "rotation": u64::from(value & 3) * 90, "first_packet": *number })
    });
    json!({
        "id": extension.id,
        "meaning": meaning.map(|(meaning, _)| meaning.name()),
        "basis": meaning.map(|(_, basis)| basis.name()),
        "readable": extension.readable(),
        "packets": extension.packets.total(),
        "first_packet": extension.packets.first(),
        "value": extension.text().map(|text| Name::Text.of(text)),
        "orientations": orientations.collect::<Tree>(),
    })
}

/// Elements that were sealed and that keys opened, by id.
fn elements(stream: &RtpStream, opened: &OpenedMedia) -> Tree {
    let told = opened.elements.iter().map(|(id, packets)| {
        let meaning = stream.meaning(*id);
        json!({
            "id": *id,
            "meaning": meaning.map(|(meaning, _)| meaning.name()),
            "packets": packets.total(),
            "first_packet": packets.first(),
        })
    });
    told.collect()
}

/// What a loudness meter beside the wire shows: levels are dB below overload.
fn levels(extension: &Extension<'_>, meter: &Meter) -> Tree {
    let series = meter.series();
    json!({
        "id": extension.id,
        "packets": meter.count,
        "loudest": meter.loudest,
        "quietest": meter.quietest,
        "mean": meter.mean(),
        "voiced": meter.voiced,
        "first_packet": extension.packets.first(),
        "series": series.map(|(moment, level)| json!({ "time": moment, "level": level })).collect::<Tree>(),
    })
}
