//! What the observer of a call reads of one of its packets.

use std::net::SocketAddr;

use super::part::Part;
use super::rows::FlowRow;
use crate::base::addr::FiveTuple;
use crate::base::field::Field;
use crate::claim::Verdict;
use crate::exposure::{Region, Vantage, Visibility, Wire};

impl Part {
    /// The flow of the call to which a packet with these ends belongs.
    pub fn flow(&self, ends: &FiveTuple) -> Option<&FlowRow> {
        let FiveTuple { src, dst, .. } = *ends;
        let between = |flow: &&FlowRow| flow.ends == [src, dst] || flow.ends == [dst, src];
        let mut flows = self.flows.iter().filter(between);
        flows.find(|flow| flow.transport == ends.transport.name())
    }

    /// Whether the observer reads a part of a packet that passes where it sees it; `None` where
    /// only keys can check it, or the capture does not hold it.
    ///
    /// `ends` are those of the packet, `ssrc` the stream of what it carries, in hexadecimal.
    pub fn reads(
        &self,
        region: &Region,
        ends: [SocketAddr; 2],
        ssrc: Option<&str>,
    ) -> Option<Visibility> {
        let wire = Self::wire(region)?;
        Some(match (wire, region.label.field) {
            (Visibility::Hidden, Field::SrtcpSealed) => self.reads_reports(),
            (Visibility::Hidden, Field::DtlsSealed) => self.reads_records(),
            (Visibility::Hidden, _) => self.reads_stream(ends, ssrc),
            (told, _) => told,
        })
    }

    /// The same for somebody without any key.
    pub const fn wire(region: &Region) -> Option<Visibility> {
        match region.wire {
            Wire::Clear => Some(Visibility::Readable),
            Wire::Sealed => Some(Visibility::Hidden),
            Wire::Unknown => Some(Visibility::Unknown),
            Wire::Tag | Wire::NotCaptured => None,
        }
    }

    /// Octets that are sealed on the wire: those that the observer reads, those of which it cannot
    /// be told, and those that are hidden from it.
    pub fn sealed(&self) -> [u64; 3] {
        let (mut sums, mut rest) = ([0; 3], self.octets.sealed);
        let mut add = |visibility, octets| {
            let [readable, unknown, hidden] = &mut sums;
            *match visibility {
                Visibility::Readable => readable,
                Visibility::Unknown => unknown,
                Visibility::Hidden => hidden,
            } += octets;
        };
        for row in self.streams.iter().filter(|row| row.seen) {
            let octets = row.sealed.min(rest);
            add(row.payload, octets);
            rest -= octets;
        }
        add(self.reads_control(), rest);
        sums
    }

    /// The worst that is known of what is sealed beside media.
    fn reads_control(&self) -> Visibility {
        let has = |field| self.exposures.iter().any(|exposed| exposed.field == field);
        let reports = has("srtcp.payload").then(|| self.reads_reports());
        let records = has("dtls.record.length").then(|| self.reads_records());
        match [reports, records] {
            [None, None] => Visibility::Unknown,
            both if both.contains(&Some(Visibility::Readable)) => Visibility::Readable,
            both if both.contains(&Some(Visibility::Unknown)) => Visibility::Unknown,
            _ => Visibility::Hidden,
        }
    }

    fn reads_stream(&self, ends: [SocketAddr; 2], ssrc: Option<&str>) -> Visibility {
        let mut streams = self.streams.iter();
        let stream = streams.find(|row| row.ends == ends && Some(row.ssrc.as_str()) == ssrc);
        stream.map_or(Visibility::Unknown, |row| row.payload)
    }

    /// The worst that is known of sealed reports: doubt counts as exposure.
    fn reads_reports(&self) -> Visibility {
        let all = self.exposures.iter();
        let mut reports = all.filter(|exposed| exposed.field == "srtcp.payload");
        let worst = |is: Visibility| reports.clone().any(|exposed| exposed.visibility == is);
        if worst(Visibility::Readable) {
            Visibility::Readable
        } else if worst(Visibility::Unknown) || reports.next().is_none() {
            Visibility::Unknown
        } else {
            Visibility::Hidden
        }
    }

    /// Whoever may be at the end of a handshake may read its records.
    fn reads_records(&self) -> Visibility {
        let outside =
            |judged: &&super::Judged| judged.judgement.claim.id == "relay-outside-key-agreement";
        let mut outside = self.claims.iter().filter(outside).peekable();
        match self.observer {
            Vantage::Endpoint => Visibility::Readable,
            Vantage::Sfu | Vantage::Mcu => Visibility::Unknown,
            Vantage::Relay if outside.peek().is_none() => Visibility::Unknown,
            Vantage::Relay => {
                let holds =
                    |judged: &super::Judged| matches!(judged.judgement.verdict, Verdict::Holds(_));
                if outside.all(holds) {
                    Visibility::Hidden
                } else {
                    Visibility::Unknown
                }
            }
            _ => Visibility::Hidden,
        }
    }
}
