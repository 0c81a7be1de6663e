//! Headers that codecs leave in front of what they encode, in payloads that are readable: those in
//! clear, and those that keys opened.
//!
//! Pure: which payload is of which codec is for the caller to know. Of what is encoded nothing is
//! read. Padding of RTP must be taken off before (see `rtp::Rtp::unpadded`).

pub mod opus;
pub mod vp8;

use crate::base::field::Field;
use crate::base::label::{Label, Value};
use crate::dissect::words::Words;

/// The value of a codec's field in words.
pub(in crate::dissect) fn words(label: &Label, _octets: &[u8]) -> Option<Words> {
    let (Field::OpusConfig, Value::Number(config)) = (label.field, label.value) else {
        return None;
    };
    let toc = opus::Toc(u8::try_from(config).ok()?.checked_shl(3)?);
    Some(toc.text().into())
}
