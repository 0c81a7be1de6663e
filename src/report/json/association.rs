//! DTLS associations, one entry for each leg on which a handshake passes.

use std::net::SocketAddr;

use hashbrown::HashMap;

use crate::base::label::hex;
use crate::base::told::{Name, Told};
use crate::flow::{Association, Certificate, DataChannel, DataSender, Tracker};
use crate::report::tree::{Tree, json};

pub(super) fn association(
    tracker: &Tracker,
    paths: &HashMap<(SocketAddr, SocketAddr), u64>,
    association: &Association,
) -> Tree {
    let ends = association.ends();
    let offered = association.offered_profiles.as_deref();
    let alpn = association.alpn.iter().map(|name| Name::Text.of(name));
    json!({
        "id": association.id,
        "flow": tracker.flow(&association.flow).map(|flow| flow.id),
        "path": paths.get(&ends),
        "client": ends.0,
        "server": ends.1,
        "version": association.version.as_ref().map(word),
        "offered_profiles": offered.map(words),
        "profile": association.profile.as_ref().map(word),
        "cipher": association.cipher.as_ref().map(word),
        "sni": association.sni.as_ref().map(|name| Name::Host.of(name)),
        "complete": association.is_complete(),
        "in_stun": association.in_stun,
        "certificates": association.certificates.iter().map(certificate).collect::<Tree>(),
        "relayed": association.relayed,
        "offered_versions": words(&association.offered_versions),
        "alpn": alpn.collect::<Tree>(),
        "offered_groups": words(&association.groups),
        "group": association.group.as_ref().map(word),
        "alerts": association.alerts.keys().map(word).collect::<Tree>(),
        "protected_records": association.protected,
        "data_channels": association.data.as_deref().map(|data| data_channels(association, data)),
        "first": association.first,
        "last": association.last,
    })
}

/// What keys opened of the data of client and server: sizes, and nothing of what it says.
fn data_channels(association: &Association, [client, server]: &[DataSender; 2]) -> Tree {
    let (src, dst) = association.ends();
    let sides = [(client, src, dst), (server, dst, src)];
    let sides = sides.into_iter().map(|(sender, src, dst)| {
        let channels = sender.channels().map(channel);
        json!({
            "src": src,
            "dst": dst,
            "channels": channels.collect::<Tree>(),
            "incomplete": sender.incomplete(),
            "repeated": sender.repeated,
            "others": sender.others,
        })
    });
    sides.collect()
}

fn channel((stream, channel): (u16, &DataChannel)) -> Tree {
    let kinds = channel.kinds.iter().map(|kind| kind.0);
    json!({
        "stream": stream,
        "kinds": kinds.collect::<Tree>(),
        "messages": channel.messages.total(),
        "octets": channel.octets,
        "shortest": channel.lengths.map(|(least, _)| least),
        "longest": channel.lengths.map(|(_, most)| most),
        "control": channel.control.total(),
        "first_packet": channel.messages.first(),
    })
}

fn certificate(certificate: &Certificate) -> Tree {
    let subject = certificate.subject.as_ref();
    json!({
        "role": certificate.role.name(),
        "sha256": Name::Fingerprint.of(hex(&certificate.sha256)),
        "subject": subject.map(|subject| Name::Subject.of(subject)),
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "opened": certificate.opened,
    })
}

/// A registered number by its name.
fn word<T: ToString>(value: &T) -> Told {
    Told::plain(value.to_string())
}

fn words<T: ToString>(values: &[T]) -> Tree {
    values.iter().map(word).collect()
}
