//! BPF filters: compiled by libpcap once for each link type, run on our own frames.

use std::fs;

use pcap::{BpfProgram, Capture};

use super::error::said;
use super::pcap::LONGEST_FRAME;
use super::summary::{CaptureSummary, Choice};
use super::{Block, CaptureError, Frame, LinkType};
use crate::base::label::printable;

/// A filter, as far as it was compiled.
pub(super) struct Filter {
    text: String,
    programs: Vec<Program>,
}

struct Program {
    link: LinkType,
    code: BpfProgram,
    asks_length: bool,
}

impl Filter {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            programs: Vec::new(),
        }
    }

    /// What a summary says of it before the first packet.
    pub(super) fn choice(&self) -> Choice {
        Choice {
            filter: printable(self.text.as_bytes()),
            hidden: Some(0),
        }
    }

    /// Takes the frames that do not pass out of `block`. Numbers stay.
    pub(super) fn apply(
        &mut self,
        block: &mut Block,
        summary: &mut CaptureSummary,
    ) -> Result<(), CaptureError> {
        for frame in &block.frames {
            self.prepare(frame)?;
        }
        let octets = &block.octets;
        let mut hidden = 0;
        block.frames.retain(|frame| {
            let passes = self.passes(frame, octets);
            hidden += u64::from(!passes && frame.link != LinkType::NONE);
            passes
        });
        if let Some(counted) = summary.filter.as_mut().and_then(|c| c.hidden.as_mut()) {
            *counted += hidden;
        }
        Ok(())
    }

    /// Compiles where no packet asked for it: a wrong filter is told of an empty capture too.
    pub(super) fn check(&mut self, summary: &CaptureSummary) -> Result<(), CaptureError> {
        if self.programs.is_empty() {
            let first = summary.interfaces.first();
            let link = first.map_or(LinkType::ETHERNET, |interface| interface.link);
            let program = self.compile(link)?;
            self.programs.push(program);
        }
        Ok(())
    }

    fn program(&self, link: LinkType) -> Option<&Program> {
        self.programs.iter().find(|program| program.link == link)
    }

    fn prepare(&mut self, frame: &Frame) -> Result<(), CaptureError> {
        if frame.link == LinkType::NONE {
            return Ok(());
        }
        if self.program(frame.link).is_none() {
            let program = self.compile(frame.link)?;
            self.programs.push(program);
        }
        let cut = frame.len < frame.wire_len as usize;
        if cut && self.program(frame.link).is_some_and(|p| p.asks_length) {
            return Err(CaptureError::FilterLength {
                filter: printable(self.text.as_bytes()),
                number: frame.number,
            });
        }
        Ok(())
    }

    /// Whether a frame passes; what holds no packet does not.
    fn passes(&self, frame: &Frame, octets: &[u8]) -> bool {
        let octets = octets.get(frame.start..frame.start + frame.len);
        let program = self.program(frame.link);
        program.is_some_and(|program| program.code.filter(octets.unwrap_or_default()))
    }

    fn compile(&self, link: LinkType) -> Result<Program, CaptureError> {
        let code = program(&self.text, link).map_err(|message| CaptureError::Filter {
            filter: printable(self.text.as_bytes()),
            link: link.name().into_owned(),
            message,
        })?;
        // Their one way to be looked at is to be printed: operation, two jumps, operand.
        let asks_length = code.get_instructions().iter().any(|instruction| {
            let printed = instruction.to_string();
            printed.starts_with("128 ") || printed.starts_with("129 ")
        });
        Ok(Program {
            link,
            code,
            asks_length,
        })
    }
}

/// Compiles for frames of this link in a file.
///
/// libpcap is shown an empty file: only then does it number links as files do, and know the address
/// families of other systems than this one.
fn program(text: &str, link: LinkType) -> Result<BpfProgram, String> {
    let link = match link.0 {
        // Raw IP, as some systems number it.
        12 | 14 => 101,
        other => u32::from(other),
    };
    let mut header = 0xA1B2_C3D4_u32.to_ne_bytes().to_vec();
    header.extend([2_u16, 4].map(u16::to_ne_bytes).concat());
    header.extend([0, 0, LONGEST_FRAME, link].map(u32::to_ne_bytes).concat());
    let empty = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    fs::write(empty.path(), header).map_err(|error| error.to_string())?;
    let capture = Capture::from_file(empty.path());
    let compiled = capture.and_then(|capture| capture.compile(text, true));
    compiled.map_err(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::capture::Order;

    /// A frame of one link: IPv4, UDP from and to these ports.
    fn frame(number: u64, header: &[u8], port: u16) -> Vec<u8> {
        let mut octets = header.to_vec();
        octets.extend([0x45, 0, 0, 28, 0, number as u8, 0, 0, 64, 17, 0, 0]);
        octets.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        octets.extend(port.to_be_bytes());
        octets.extend([0x0D, 0x96, 0, 8, 0, 0]);
        octets
    }

    const ETHER: [u8; 14] = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 8, 0];

    fn block(frames: &[(LinkType, Vec<u8>)]) -> Block {
        let mut block = Block::default();
        for (place, (link, octets)) in frames.iter().enumerate() {
            let frame = Frame {
                number: place as u64 + 1,
                time: Timestamp(0),
                order: Order::Timed,
                wire_len: octets.len() as u32,
                link: *link,
                interface: 0,
                start: 0,
                len: 0,
            };
            block.append(frame, octets);
        }
        block
    }

    fn kept(filter: &str, block: &mut Block) -> (Vec<u64>, u64) {
        let mut filter = Filter::new(filter);
        let mut summary = CaptureSummary {
            filter: Some(filter.choice()),
            ..CaptureSummary::default()
        };
        filter.apply(block, &mut summary).expect("it compiles");
        let numbers = block.packets().map(|packet| packet.number).collect();
        (numbers, summary.hidden())
    }

    fn refused(filter: &str, block: &mut Block) -> String {
        let told = Filter::new(filter).apply(block, &mut CaptureSummary::default());
        told.expect_err("refused").to_string()
    }

    #[test]
    fn each_link_type_has_its_own_program() {
        let raw = LinkType(101);
        let mut both = block(&[
            (LinkType::ETHERNET, frame(1, &ETHER, 7)),
            (raw, frame(2, &[], 7)),
            (LinkType::ETHERNET, frame(3, &ETHER, 9)),
            (raw, frame(4, &[], 9)),
            (LinkType::NONE, frame(5, &[], 9)),
        ]);
        assert_eq!(kept("udp src port 9", &mut both), (vec![3, 4], 2));
    }

    #[test]
    fn a_filter_that_does_not_compile_is_quoted() {
        let mut one = block(&[(LinkType::ETHERNET, frame(1, &ETHER, 7))]);
        let told = refused("udp prot 9", &mut one);
        assert!(
            told.contains("'udp prot 9' on ethernet packets: "),
            "{told}"
        );
        assert!(told.contains("syntax error"), "{told}");
        assert!(!told.contains('\n'), "{told}");
    }

    #[test]
    fn a_link_type_that_libpcap_cannot_filter_is_named() {
        let mut odd = block(&[(LinkType(65000), frame(1, &[], 7))]);
        assert!(refused("udp", &mut odd).contains("on link-type-65000 packets"));
        let mut raw = block(&[(LinkType(101), frame(1, &[], 7))]);
        assert!(refused("vlan 5", &mut raw).contains("on raw-ip packets"));
    }

    #[test]
    fn address_families_of_other_systems_are_known() {
        let mut octets = vec![30, 0, 0, 0, 0x60, 0, 0, 0, 0, 8, 17, 64];
        octets.extend([0; 32]);
        octets.extend([0, 7, 0, 9, 0, 8, 0, 0]);
        let mut loopback = block(&[(LinkType(0), octets)]);
        assert_eq!(kept("ip6 and udp port 9", &mut loopback).0, [1]);
    }

    #[test]
    fn lengths_are_not_asked_of_cut_frames() {
        let mut cut = block(&[(LinkType::ETHERNET, frame(1, &ETHER, 7))]);
        cut.frames[0].wire_len = 1000;
        assert!(refused("greater 100", &mut cut).contains("packet 1 was cut"));
        assert_eq!(kept("udp", &mut cut).0, [1]);
    }

    #[test]
    fn an_empty_capture_does_not_hide_a_wrong_filter() {
        let summary = CaptureSummary::default();
        assert!(Filter::new("udp prot 9").check(&summary).is_err());
        assert!(Filter::new("udp port 9").check(&summary).is_ok());
    }
}
