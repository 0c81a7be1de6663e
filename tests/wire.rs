//! What guards each octet on the wire is what the whole capture shows of its stream.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{capture, captures, each_view};
use relayscope::capture::FileSource;
use relayscope::exposure::PacketView;
use relayscope::run::track;

fn views(name: &str) -> Vec<PacketView> {
    let path = capture(name);
    let tracker = track(&mut FileSource::open(&path).expect("a capture")).expect("readable");
    let mut views = Vec::new();
    each_view(&path, &tracker, |_, view| views.push(view));
    views
}

/// For each field all words that say what guards it.
fn guards(views: &[PacketView]) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut guards = BTreeMap::<_, BTreeSet<_>>::new();
    for region in views.iter().flat_map(|view| &view.regions) {
        let words = guards.entry(region.label.field.key()).or_default();
        words.insert(region.wire.name());
    }
    guards
}

fn only(word: &'static str) -> BTreeSet<&'static str> {
    BTreeSet::from([word])
}

#[test]
fn agreed_media_is_sealed_and_its_header_clear() {
    let views = views("one-client-relayed.pcap");
    let guards = guards(&views);
    for (field, word) in [
        ("rtp.payload", "sealed"),
        ("rtp.ssrc", "clear"),
        ("rtp.ext.data", "clear"),
        ("srtcp.encrypted_payload", "sealed"),
        ("srtcp.auth_tag", "tag"),
        ("srtcp.trailer", "clear"),
        ("rtcp.senderssrc", "clear"),
        ("dtls.record.sealed", "sealed"),
        ("dtls.handshake.ciphersuite", "clear"),
        ("stun.att.hmac", "tag"),
        ("stun.att.username", "clear"),
    ] {
        assert_eq!(guards.get(field), Some(&only(word)), "{field}");
    }
    // The handshake seals its profile, so nobody can tell where the tag begins.
    assert!(!guards.contains_key("srtp.auth_tag"));
    let layers: BTreeSet<_> = views.iter().flat_map(|view| &view.layers).collect();
    assert!(layers.contains(&"srtp") && !layers.contains(&"rtp"));
}

#[test]
fn the_tag_is_set_apart_where_its_length_was_agreed_on() {
    let views = views("dtls12-aes-gcm.pcap");
    let guards = guards(&views);
    assert_eq!(guards.get("rtp.payload"), Some(&only("sealed")));
    assert_eq!(guards.get("srtp.auth_tag"), Some(&only("tag")));
    let regions = views.iter().flat_map(|view| &view.regions);
    let tags = regions.filter(|region| region.label.field.key() == "srtp.auth_tag");
    assert!(tags.clone().count() > 100);
    assert!(tags.clone().all(|region| region.label.span.len() == 16));
}

#[test]
fn media_of_which_the_octets_show_structure_is_clear() {
    let views = views("unencrypted-media.pcap");
    let payload = guards(&views).remove("rtp.payload").expect("media");
    assert!(payload.contains("clear") && !payload.contains("sealed"));
    assert!(views.iter().all(|view| !view.layers.contains(&"srtp")));
}

#[test]
fn a_header_extension_is_sealed_where_the_payload_is() {
    let guards = guards(&views("header-extensions-sealed.pcap"));
    assert_eq!(guards.get("rtp.ext.opaque"), Some(&only("sealed")));
    assert_eq!(guards.get("rtp.ext.profile"), Some(&only("clear")));
}

#[test]
fn nothing_is_sealed_that_nobody_agreed_on() {
    let guards = guards(&views("load-test-filler.pcap"));
    assert!(guards.values().all(|words| !words.contains("sealed")));
}

#[test]
fn of_no_capture_is_addressing_anything_but_clear() {
    for path in captures() {
        let name = path.file_name().expect("a name").to_string_lossy();
        for (field, words) in guards(&views(&name)) {
            if ["ip.", "udp.", "eth."]
                .iter()
                .any(|layer| field.starts_with(layer))
            {
                assert_eq!(words, only("clear"), "{name} {field}");
            }
        }
    }
}
