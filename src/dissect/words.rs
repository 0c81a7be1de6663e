//! What the value of a field says, in words: for people, beside the bare value of JSON.
//!
//! Each protocol names its own values, in one function that knows its fields and no others.

use std::borrow::Cow;

use super::{codec, dtls, header_ext, rtcp, stun};
use crate::base::label::Label;

/// A value in words: a registered name, or a reading of several bits.
pub type Words = Cow<'static, str>;

/// What a label says, read from the octets of its frame; `None` where its value says it already.
pub fn words(label: &Label, frame: &[u8]) -> Option<Words> {
    let octets = label.octets(frame);
    [
        stun::words::words,
        dtls::words::words,
        rtcp::words::words,
        header_ext::words::words,
        codec::words,
    ]
    .iter()
    .find_map(|of_protocol| of_protocol(label, octets))
}
