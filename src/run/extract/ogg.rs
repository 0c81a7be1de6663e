//! Sound of Opus as an Ogg file (RFC 7845): the packets as they came, none of them decoded.

use std::io::{self, Write};

use anyhow::Result;
use ogg::{PacketWriteEndInfo, PacketWriter};

use super::timeline::Timeline;
use crate::dissect::codec::opus::{Opus, Toc};
use crate::exposure::Heard;
use crate::report::extraction::Media;

/// Units of the clock, and samples, in a second (RFC 7587, section 4.1).
const RATE: u32 = 48_000;
/// A page ends after so many samples at the latest: players look for moments by the page.
const PAGE: u64 = RATE as u64;
/// Samples that players leave out at the beginning: 6.5 ms, by which usual encoders look ahead, so
/// that decoders give no sound yet (RFC 7845, section 4.2).
const PRE_SKIP: u16 = 312;
/// Configuration of the shortest frames, and how long these last (RFC 6716, section 3.1).
const SHORTEST: (u8, u32) = (28, 120);

/// An Ogg file while it is written.
pub(super) struct OggOpus<W: Write> {
    out: PacketWriter<'static, W>,
    serial: u32,
    timeline: Timeline,
    /// The last packet, and the samples up to its end: what ends the file must be known as it is
    /// written.
    last: Option<(Vec<u8>, u64)>,
    /// Samples up to the end of the last packet.
    samples: u64,
    /// Samples up to the end of the last page.
    paged: u64,
}

impl<W: Write> OggOpus<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn begin(out: W, serial: u32) -> io::Result<Self> {
        let mut out = PacketWriter::new(out);
        for header in [head(), tags()] {
            out.write_packet(header, serial, PacketWriteEndInfo::EndPage, 0)?;
        }
        Ok(Self {
            out,
            serial,
            timeline: Timeline::of(RATE),
            last: None,
            samples: 0,
            paged: 0,
        })
    }

    /// Writes a packet, and before it as many lost ones as its timestamp says.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn take(
        &mut self,
        heard: &Heard,
        packet: &Opus<'_>,
        payload: &[u8],
    ) -> io::Result<()> {
        let lasts = packet.duration();
        let silence = self.timeline.advance(heard, lasts);
        self.conceal(packet.toc, silence)?;
        self.push(payload.to_vec(), lasts)
    }

    /// Ends the file; returns what it holds.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn end(mut self) -> Result<Media> {
        if let Some((packet, samples)) = self.last.take() {
            let end = PacketWriteEndInfo::EndStream;
            self.out.write_packet(packet, self.serial, end, samples)?;
        }
        self.out.inner_mut().flush()?;
        Ok(self.timeline.sound(self.samples))
    }

    /// Writes packets without frames, for which players play what fits between the others: a page
    /// may not count samples that none of its packets holds (RFC 7845, section 4.1).
    fn conceal(&mut self, toc: Toc, samples: u32) -> io::Result<()> {
        let (config, shortest) = SHORTEST;
        let alike = (toc.0 & !3, toc.frame_duration());
        let short = (config << 3 | toc.0 & 4, shortest);
        let mut left = samples;
        for (octet, lasts) in [alike, short] {
            while left >= lasts {
                self.push(vec![octet], lasts)?;
                left -= lasts;
            }
        }
        Ok(())
    }

    /// Writes the packet before, and keeps this one.
    fn push(&mut self, packet: Vec<u8>, lasts: u32) -> io::Result<()> {
        self.samples += u64::from(lasts);
        if let Some((packet, samples)) = self.last.replace((packet, self.samples)) {
            let end = if samples - self.paged >= PAGE {
                self.paged = samples;
                PacketWriteEndInfo::EndPage
            } else {
                PacketWriteEndInfo::NormalPacket
            };
            self.out.write_packet(packet, self.serial, end, samples)?;
        }
        Ok(())
    }
}

/// The identification header (RFC 7845, section 5.1).
fn head() -> Vec<u8> {
    let mut head = b"OpusHead".to_vec();
    // Version, and two channels: packets of one channel play in both, and none of two is lost.
    head.extend([1, 2]);
    head.extend(PRE_SKIP.to_le_bytes());
    head.extend(RATE.to_le_bytes());
    // No gain, and channels that need no map.
    head.extend([0; 3]);
    head
}

/// The comment header, without a comment (RFC 7845, section 5.2).
fn tags() -> Vec<u8> {
    let vendor = concat!("relayscope ", env!("CARGO_PKG_VERSION"));
    let mut tags = b"OpusTags".to_vec();
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor.as_bytes());
    tags.extend(0_u32.to_le_bytes());
    tags
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::base::time::Timestamp;
    use crate::dissect::codec::opus;
    use crate::run::extract::tests::heard;

    fn read(payload: &[u8]) -> Option<Opus<'_>> {
        opus::parse(Octets::whole(payload, 0), &mut Quiet).ok()
    }

    /// Packets of the file that holds these payloads, each with its timestamp: how long each lasts,
    /// and the end of each page in samples. Those that are no Opus are left out.
    fn written(packets: &[(u32, Vec<u8>)]) -> (Vec<u32>, Vec<u64>) {
        let mut octets = Vec::new();
        let mut file = OggOpus::begin(&mut octets, 7).expect("memory");
        for (timestamp, payload) in packets {
            let packet = Heard {
                time: Timestamp(i64::from(*timestamp) * 20_833),
                ..heard(0, *timestamp, payload)
            };
            if let Some(opus) = read(payload) {
                file.take(&packet, &opus, payload).expect("memory");
            }
        }
        file.end().expect("memory");
        let mut file = ogg::PacketReader::new(Cursor::new(octets));
        let mut lasting = Vec::new();
        let mut pages = Vec::new();
        while let Some(packet) = file.read_packet().expect("pages with right sums") {
            if packet.absgp_page() == 0 {
                continue;
            }
            lasting.push(read(&packet.data).expect("Opus").duration());
            if packet.last_in_page() {
                pages.push(packet.absgp_page());
            }
        }
        (lasting, pages)
    }

    #[test]
    fn a_page_counts_the_samples_of_its_packets() {
        let packets: Vec<_> = (0..120).map(|at| (at * 960, vec![0xF8, 1, 2])).collect();
        let (lasting, pages) = written(&packets);
        assert_eq!(lasting, [960; 120]);
        assert_eq!(pages, [48_000, 96_000, 115_200]);
    }

    #[test]
    fn what_is_missing_is_written_as_lost() {
        let (lasting, pages) = written(&[(0, vec![0x78, 9]), (960 * 3 + 240, vec![0x78, 9])]);
        assert_eq!(lasting, [960, 960, 960, 120, 120, 960]);
        assert_eq!(pages, [960 * 4 + 240]);
    }

    #[test]
    fn a_file_begins_with_its_headers() {
        let mut octets = Vec::new();
        let mut file = OggOpus::begin(&mut octets, 7).expect("memory");
        let opus = read(&[0xF8]).expect("Opus");
        file.take(&heard(0, 0, &[]), &opus, &[0xF8])
            .expect("memory");
        file.end().expect("memory");
        let mut file = ogg::PacketReader::new(Cursor::new(octets));
        let head = file.read_packet_expected().expect("a header");
        assert!(head.first_in_stream() && head.last_in_page());
        let wanted = b"OpusHead\x01\x02\x38\x01\x80\xBB\x00\x00\x00\x00\x00";
        assert_eq!(head.data, wanted);
        let tags = file.read_packet_expected().expect("a header").data;
        assert!(tags.starts_with(b"OpusTags"));
        assert!(file.read_packet_expected().expect("sound").last_in_stream());
    }

    proptest! {
        #[test]
        fn any_octets_make_a_whole_file(
            packets in prop::collection::vec((0..900_000_u32, prop::collection::vec(any::<u8>(), 0..40)), 0..40)
        ) {
            let (lasting, pages) = written(&packets);
            let lasting: u64 = lasting.into_iter().map(u64::from).sum();
            prop_assert_eq!(pages.last().copied().unwrap_or(0), lasting);
        }
    }
}
