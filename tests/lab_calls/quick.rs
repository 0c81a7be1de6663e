//! Calls that need no browser: of coturn's own load client and of aiortc.

use super::call::{Call, list, number};
use super::{SEALED, a_sealed_call_is_relayed};
use serde_json::Value;

#[test]
#[ignore = "makes a call with real software, as root"]
fn dtls12_aes_gcm() {
    a_sealed_call_is_relayed("dtls12-aes-gcm");
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn turn_over_tcp() {
    a_sealed_call_is_relayed("turn-over-tcp");
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn load_test_filler() {
    let Some(call) = Call::made("load-test-filler") else {
        return;
    };
    call.has_the_allocations_of_the_server();
    call.is_the_same_live();
    assert_eq!(call.report["streams"].as_array().map(Vec::len), Some(0));
    call.judged(&[("relay-forwards-unchanged", "inconclusive")]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn wrong_password() {
    let Some(call) = Call::made("wrong-password") else {
        return;
    };
    call.is_the_same_live();
    assert_eq!(call.truth["allocations"], Value::Array(Vec::new()));
    assert_eq!(call.report["allocations"], Value::Array(Vec::new()));
    call.judged(&[("account-not-named", "violated")]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn tampering_relay() {
    let Some(call) = Call::made("tampering-relay") else {
        return;
    };
    call.has_its_parties("relayed");
    call.is_the_same_live();
    // Beside the way that the call takes there may be others, on which checks passed.
    let paths = list(&call.report, "paths");
    let seen = |what: &str| -> u64 {
        let counts = paths.iter().map(|path| number(&path["to_peer"][what]));
        counts.sum()
    };
    let did = |what: &str| number(&call.truth["wire"][what]);
    assert_eq!(seen("altered"), did("altered"), "{paths:#?}");
    assert_eq!(seen("left_only"), did("invented"), "{paths:#?}");
    assert!(seen("entered_only") >= did("dropped"), "{paths:#?}");
    call.refuted("relay-forwards-unchanged");
    call.judged(&[
        ("relay-outside-key-agreement", "inconclusive"),
        ("server-without-media-keys", "inconclusive"),
        ("media-sealed", "holds"),
    ]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn man_in_the_middle() {
    let Some(call) = Call::made("man-in-the-middle") else {
        return;
    };
    call.is_the_same_live();
    call.judged(&[
        ("relay-forwards-unchanged", "holds"),
        ("relay-outside-key-agreement", "violated"),
        ("server-without-media-keys", "violated"),
        ("certificate-matches-signalling", "inconclusive"),
    ]);
    // It is not beyond whoever runs the relay, on any leg of which they see both sides.
    let sealed = list(&call.report, "claims").iter();
    let sealed = sealed.filter(|judged| judged["id"] == "media-sealed");
    assert!(sealed.clone().count() > 0);
    for judged in sealed {
        assert_eq!(judged["verdict"], "inconclusive", "{judged:#}");
    }
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn loss_and_reordering() {
    let Some(call) = Call::made("loss-and-reordering") else {
        return;
    };
    call.has_its_parties("relayed");
    call.has_the_allocations_of_the_server();
    call.is_the_same_live();
    // Whatever was lost may leave a claim open, and refutes none.
    call.judged_or_left_open(SEALED);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn relay_rebooted() {
    let Some(call) = Call::made("relay-rebooted") else {
        return;
    };
    call.has_its_parties("relayed");
    call.is_the_same_live();
    call.judged(SEALED);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn symmetric_nat() {
    let Some(call) = Call::made("symmetric-nat") else {
        return;
    };
    assert_eq!(call.report["summary"]["calls"], 1);
    call.has_the_streams_of_its_parties(2);
    call.is_the_same_live();
    call.judged(&SEALED[1..]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn relay_behind_bridge() {
    let Some(call) = Call::made("relay-behind-bridge") else {
        return;
    };
    call.is_the_same_live();
    call.judged(&[("relay-forwards-unchanged", "holds")]);
}

#[test]
#[ignore = "makes a call with real software, as root"]
fn mesh_of_three() {
    let Some(call) = Call::made("mesh-of-three") else {
        return;
    };
    call.has_its_parties("mesh");
    call.has_the_streams_of_its_parties(1);
    call.is_the_same_live();
    call.judged(&[("media-sealed", "holds"), ("rtcp-sealed", "holds")]);
}
