//! Calls that are made now, with real software: their reports, live and from the file, against
//! what the programs in them say themselves.
//!
//! Ignored unless asked for, since they take root, Debian's packages and their time.
//! `cargo test --test lab_calls -- --ignored quick` makes those that need no browser.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod call;
mod quick;
mod whole;

use call::Call;

/// What is judged of a call that a relay forwards as it should.
const SEALED: &[(&str, &str)] = &[
    ("relay-forwards-unchanged", "holds"),
    ("relay-outside-key-agreement", "holds"),
    ("media-sealed", "holds"),
    ("rtcp-sealed", "holds"),
    ("server-without-media-keys", "holds"),
    ("peers-not-identified", "violated"),
    ("client-leg-encrypted", "violated"),
    ("account-not-named", "violated"),
];

/// A call of two parties whose relay does what it should.
fn a_sealed_call_is_relayed(scenario: &str) {
    let Some(call) = Call::made(scenario) else {
        return;
    };
    call.has_its_parties("relayed");
    call.has_the_allocations_of_the_server();
    call.has_the_streams_of_its_parties(2);
    call.is_the_same_live();
    call.judged(SEALED);
}
