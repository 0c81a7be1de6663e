//! One interface that is captured on.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd};

use pcap::{Active, Capture, Linktype, Precision};

use super::counters::Counters;
use super::{ANY, Options, names_of};
use crate::base::label::printable;
use crate::base::time::Timestamp;
use crate::capture::error::said;
use crate::capture::{Block, CaptureError, EndedEarly, Frame, LinkType, Order, Reading, devices};

/// Frames that are read of one interface before it is another's turn.
pub(super) const QUOTA: usize = 256;

/// Milliseconds after which the kernel hands on a part of the ring that is not full. With none, in
/// libpcap's immediate mode, each frame takes as much of the ring as the longest one: 64 MiB then
/// hold a thousand frames, and with this 300,000.
const TIMEOUT: i32 = 50;

/// Nanosecond times are asked for where they are given for sure: libpcap does not tell the crate
/// what it granted.
const NANOSECONDS: bool = cfg!(target_os = "linux");

/// One interface that is captured on.
pub(super) struct Tap {
    pub(super) name: String,
    pub(super) link: LinkType,
    /// Why and after how many packets it ended, once it did.
    pub(super) ended: Option<EndedEarly>,
    interface: u32,
    handle: Capture<Active>,
    counters: Counters,
}

impl Tap {
    /// Opens the interface under this index.
    pub(super) fn open(
        interface: u32,
        name: &str,
        options: &Options,
    ) -> Result<Self, CaptureError> {
        let handle = activate(name, options).map_err(|error| refused(name, said(error)))?;
        let link = match u16::try_from(handle.get_datalink().0) {
            // Raw IP, as some systems number it; in files it has one number.
            Ok(12 | 14) => LinkType(101),
            other => LinkType(other.unwrap_or(u16::MAX)),
        };
        let mut tap = Self {
            name: name.to_owned(),
            link,
            ended: None,
            interface,
            handle,
            counters: Counters::new(name),
        };
        if let Some(filter) = &options.filter {
            let compiled = tap.handle.filter(filter, true);
            compiled.map_err(|error| CaptureError::Filter {
                filter: printable(filter.as_bytes()),
                link: link.name().into_owned(),
                message: said(error),
            })?;
        }
        Ok(tap)
    }

    /// Copies at most [`QUOTA`] frames that are there behind those in `block`, and counts on from
    /// `number`; returns how many. Where the interface ends, `ended` says so.
    pub(super) fn read(&mut self, block: &mut Block, number: &mut u64) -> usize {
        let (interface, link) = (self.interface, self.link);
        let before = *number;
        let done = self.handle.dispatch(Some(QUOTA), |packet| {
            *number += 1;
            let time = packet.header.ts;
            let frame = Frame {
                number: *number,
                time: timestamp(time.tv_sec, time.tv_usec),
                order: Order::Timed,
                wire_len: packet.header.len,
                link,
                interface,
                start: 0,
                len: 0,
            };
            block.append(frame, packet.data);
        });
        let read = *number - before;
        self.counters.read += read;
        if let Err(error) = done {
            self.ended = Some(EndedEarly {
                file: self.name.clone(),
                offset: None,
                packets: self.counters.read,
                reason: format!("cannot be captured on any more: {}", said(error)).into(),
            });
        }
        read as usize
    }

    /// What the interface has counted until `now`.
    ///
    /// Of packets on a loopback interface libpcap counts the one that goes and the one that comes,
    /// and hands on the latter. What it hands on is counted here, so that `received` is right; of
    /// `dropped`, which it alone knows, as much as half may be the other copies.
    pub(super) fn reading(&mut self, now: Timestamp) -> Reading {
        if let Ok(told) = self.handle.stats() {
            self.counters.add(told);
        }
        Reading {
            interface: self.interface,
            time: now,
            received: self.counters.read.saturating_add(self.counters.dropped),
            dropped: self.counters.dropped,
        }
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("name", &self.name)
            .field("link", &self.link)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

fn activate(name: &str, options: &Options) -> Result<Capture<Active>, pcap::Error> {
    let octets = i32::try_from(u64::from(options.buffer) << 20).unwrap_or(i32::MAX);
    let precision = if NANOSECONDS {
        Precision::Nano
    } else {
        Precision::Micro
    };
    let inactive = Capture::from_device(name)?
        .snaplen(i32::try_from(options.snap_len).unwrap_or(i32::MAX))
        .buffer_size(octets)
        // All interfaces at once have no such mode, and it would be an error to ask for it.
        .promisc(options.promiscuous && name != ANY)
        .timeout(TIMEOUT)
        .precision(precision);
    let mut handle = inactive.open()?.setnonblock()?;
    if name == ANY {
        // The second version of the cooked header tells the interface of each frame.
        let link = Linktype(LinkType::LINUX_SLL2.0.into());
        if handle.list_datalinks()?.contains(&link) {
            handle.set_datalink(link)?;
        }
    }
    Ok(handle)
}

/// Why an interface could not be opened, in words that help.
fn refused(name: &str, message: String) -> CaptureError {
    let name = printable(name.as_bytes());
    let forbids = ["not permitted", "permission", "CAP_NET_RAW"];
    match devices() {
        Ok(listed) if !listed.iter().any(|device| device.name == name) => {
            CaptureError::NoSuchDevice {
                name,
                names: names_of(&listed),
            }
        }
        _ if forbids.iter().any(|word| message.contains(word)) => {
            CaptureError::NotPermitted { name }
        }
        _ => CaptureError::Device { name, message },
    }
}

/// Both parts have other widths on other systems.
fn timestamp(seconds: impl Into<i64>, fraction: impl Into<i64>) -> Timestamp {
    let unit = if NANOSECONDS { 1 } else { 1000 };
    let nanos = seconds.into().saturating_mul(1_000_000_000);
    Timestamp(nanos.saturating_add(fraction.into().saturating_mul(unit)))
}
