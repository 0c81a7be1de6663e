//! Names what stands inside a packet of media that keys opened: the headers of its codec, and the
//! marks of a layer that seals its frames once more.

use crate::base::anomaly::Malformed;
use crate::base::label::Labels;
use crate::base::span::Octets;
use crate::dissect::codec::{opus, vp8};
use crate::dissect::rtp::Rtp;
use crate::dissect::sframe;
use crate::flow::{Inner, Kind, LayerMark, RtpStream};

/// Names the octets of an opened packet of this stream, as far as it is known what they are.
///
/// # Errors
/// [`Malformed`] where the packet breaks the rules of its codec; what was read before is named.
pub(super) fn label(
    stream: &RtpStream,
    rtp: &Rtp<'_>,
    labels: &mut Labels,
) -> Result<(), Malformed> {
    let octets = rtp.unpadded();
    let inner = stream.inner();
    match (stream.inner_codec(), &inner) {
        (Some("opus"), Some(Inner::Readable(_))) => opus::parse(octets, labels).map(drop),
        (Some("VP8"), Some(Inner::Readable(_))) => vp8::parse(octets, labels).map(drop),
        _ => around(stream, octets, inner.as_ref(), labels),
    }
}

/// Names the headers of the codec, and what a layer leaves around the frame that it seals.
fn around(
    stream: &RtpStream,
    octets: Octets<'_>,
    inner: Option<&Inner>,
    labels: &mut Labels,
) -> Result<(), Malformed> {
    let mark = inner.and_then(Inner::layer).map(|layer| &layer.mark);
    let is_sframe = matches!(mark, Some(LayerMark::Sframe(_)));
    let video = stream.kind() == Kind::Video;
    let (mut rest, mut begins) = (octets, !video);
    if video && (is_sframe || stream.inner_codec() == Some("VP8")) {
        let descriptor = vp8::descriptor(octets, labels)?;
        rest = octets.after(descriptor.len);
        begins = descriptor.starts_frame();
    }
    match (begins, stream.inner_codec()) {
        (true, _) if is_sframe => rest = rest.after(sframe::header(rest, labels)?.len),
        (true, Some("opus")) => {
            opus::toc(rest, labels)?;
            rest = rest.after(1);
        }
        (true, Some("VP8")) => rest = rest.after(vp8::header(rest, labels)?.len),
        _ => {}
    }
    if mark.is_some() {
        sframe::label(rest, labels);
    }
    Ok(())
}
