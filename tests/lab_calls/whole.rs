//! Calls of browsers, media servers and telephones.

use super::a_sealed_call_is_relayed;
use super::call::{Call, list, number};

#[test]
#[ignore = "makes a call with real software, as root"]
fn one_client_relayed() {
    a_sealed_call_is_relayed("one-client-relayed");
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn both_clients_one_relay() {
    a_sealed_call_is_relayed("both-clients-one-relay");
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn firefox_dtls13() {
    a_sealed_call_is_relayed("firefox-dtls13");
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn unencrypted_media() {
    let Some(call) = Call::made("unencrypted-media") else {
        return;
    };
    call.has_its_parties("relayed");
    call.has_the_streams_of_its_parties(2);
    call.is_the_same_live();
    call.judged(&[
        ("relay-forwards-unchanged", "holds"),
        ("media-sealed", "violated"),
        ("rtcp-sealed", "violated"),
    ]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn media_server() {
    let Some(call) = Call::made("media-server") else {
        return;
    };
    call.is_the_same_live();
    call.judged(&[
        ("server-without-media-keys", "violated"),
        ("media-sealed", "inconclusive"),
    ]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn mixing_server() {
    let Some(call) = Call::made("mixing-server") else {
        return;
    };
    call.has_its_parties("mixed-by-mcu");
    call.is_the_same_live();
    call.judged(&[("server-without-media-keys", "violated")]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn sip_key_in_signalling() {
    let Some(call) = Call::made("sip-key-in-signalling") else {
        return;
    };
    has_what_the_telephones_sent(&call);
    call.is_the_same_live();
    call.judged(&[
        ("keys-not-in-signalling", "violated"),
        ("media-sealed", "violated"),
    ]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn sip_fingerprint_in_signalling() {
    let Some(call) = Call::made("sip-fingerprint-in-signalling") else {
        return;
    };
    has_what_the_telephones_sent(&call);
    call.is_the_same_live();
    call.judged(&[
        ("keys-not-in-signalling", "holds"),
        ("certificate-matches-signalling", "holds"),
        ("media-sealed", "holds"),
        ("relay-outside-key-agreement", "holds"),
    ]);
}

/// On each leg the longest stream each way is what a telephone sent, to the packet or two that
/// were on their way when it hung up.
fn has_what_the_telephones_sent(call: &Call) {
    let streams = list(&call.report, "streams");
    assert_eq!(streams.len(), 4, "{streams:#?}");
    for stream in streams {
        let told = ["alice", "bob"].map(|name| number(&call.truth["rtp"][name]["sent"]));
        let seen = number(&stream["packets"]);
        assert!(
            told.iter().any(|told| told.abs_diff(seen) <= 2),
            "{told:?}: {seen}"
        );
    }
}
