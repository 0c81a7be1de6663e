//! Records opened with a key log, and the messages that are inside.
//!
//! Whoever follows connections has openings of its own: the tracker, and who looks at packets
//! again. Each opens the records of a sender in order.

use super::TlsSession;
use crate::base::addr::{Direction, FlowKey};
use crate::base::time::Timestamp;
use crate::dissect::dtls::names::ContentType;
use crate::dissect::tls::Record;
use crate::flow::FLOWS;
use crate::flow::connection::{Contents, Event, StreamMessage};
use crate::flow::table::{Aged, Bounded};
use crate::keys::{KeyLog, NotOpened, Opened, Opener, openers};

/// What is opened of all connections.
#[derive(Debug)]
pub struct Openings {
    table: Bounded<FlowKey, Opening>,
    used: u64,
}

/// What came of the records of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedFlow {
    /// The connection.
    pub flow: FlowKey,
    /// Records that were opened.
    pub opened: u64,
    /// Sealed records that were not.
    pub closed: u64,
    /// Why not, of the last of them.
    pub why: Option<NotOpened>,
}

impl OpenedFlow {
    pub(in crate::flow) const fn of(flow: FlowKey) -> Self {
        Self {
            flow,
            opened: 0,
            closed: 0,
            why: None,
        }
    }
}

/// One connection that is opened, or is not.
#[derive(Debug)]
struct Opening {
    from_client: Direction,
    sides: Result<[Opener; 2], NotOpened>,
    contents: Contents,
    /// The content of the record that was opened last.
    content: Vec<u8>,
    told: OpenedFlow,
    last: Timestamp,
}

impl Aged for Opening {
    fn last(&self) -> Timestamp {
        self.last
    }
}

impl Default for Openings {
    fn default() -> Self {
        Self {
            table: Bounded::new(FLOWS),
            used: 0,
        }
    }
}

impl Openings {
    /// Handshakes of which a record was opened.
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// Counts a handshake whose records are opened elsewhere.
    pub(super) const fn count(&mut self) {
        self.used += 1;
    }

    /// Looks for the keys of a connection whose handshake in clear is over, where any were given.
    pub fn begin(&mut self, session: &TlsSession, keys: &KeyLog) {
        if keys.logs() > 0 {
            let make = || Opening::new(session, keys);
            self.table.entry(session.flow, make);
        }
    }

    /// Opens a sealed record of a connection that was begun, and hands on the messages of TURN that
    /// are whole with it; returns whether anything of it was read.
    pub fn record(
        &mut self,
        (flow, direction): (&FlowKey, Direction),
        (number, time): (u64, Timestamp),
        record: &Record<'_>,
        out: &mut impl FnMut(Event<StreamMessage<'_>>),
    ) -> bool {
        let Some(opening) = self.table.get_mut(flow) else {
            return false;
        };
        opening.last = opening.last.max(time);
        match opening.open(direction, record) {
            Ok(opened) => {
                self.used += u64::from(opening.told.opened == 0);
                opening.told.opened += 1;
                if opened.behind_gap {
                    opening.contents.gap(direction);
                }
                if opened.content == ContentType::APPLICATION_DATA {
                    let content = &opening.content;
                    opening.contents.take((number, direction), content, out);
                }
                !opening.contents.are_foreign()
            }
            Err(why) => {
                opening.told.closed += 1;
                opening.told.why = Some(why);
                false
            }
        }
    }

    /// Octets of a connection are missing, in one direction or the other: of the next records
    /// some may not be there.
    pub fn lost(&mut self, flow: &FlowKey) {
        if let Some(opening) = self.table.get_mut(flow)
            && let Ok(sides) = &mut opening.sides
        {
            sides.iter_mut().for_each(Opener::lost);
        }
    }

    /// Whether records of a connection may be opened yet.
    pub(super) fn opens(&self, flow: &FlowKey) -> bool {
        let opening = self.table.get(flow);
        opening.is_some_and(|of| of.sides.is_ok() && !of.contents.are_foreign())
    }

    /// Records of a connection that were opened.
    pub fn opened(&self, flow: &FlowKey) -> u64 {
        self.table.get(flow).map_or(0, |of| of.told.opened)
    }

    /// What came of each connection of which a sealed record was seen, in no order.
    pub(in crate::flow) fn all(&self) -> impl Iterator<Item = OpenedFlow> {
        self.table.values().map(|of| of.told)
    }

    /// Forgets a connection: another begins.
    pub fn remove(&mut self, flow: &FlowKey) {
        self.table.remove(flow);
    }

    pub(in crate::flow) fn retain(&mut self, keeps: impl Fn(&FlowKey) -> bool) {
        self.table.retain_keys(keeps);
    }
}

impl Opening {
    fn new(session: &TlsSession, keys: &KeyLog) -> Self {
        Self {
            from_client: session.from_client,
            sides: sides(session, keys),
            contents: Contents::default(),
            content: Vec::new(),
            told: OpenedFlow::of(session.flow),
            last: Timestamp::default(),
        }
    }

    fn open(&mut self, direction: Direction, record: &Record<'_>) -> Result<Opened, NotOpened> {
        let [client, server] = self.sides.as_mut().map_err(|why| *why)?;
        let opener = if direction == self.from_client {
            client
        } else {
            server
        };
        opener.open(record, &mut self.content)
    }
}

/// The openers of client and server.
fn sides(session: &TlsSession, keys: &KeyLog) -> Result<[Opener; 2], NotOpened> {
    let [Some(client), Some(server)] = &session.randoms else {
        return Err(NotOpened::Unknown);
    };
    let terms = session.version.zip(session.cipher);
    let (version, cipher) = terms.ok_or(NotOpened::Unknown)?;
    let secrets = keys.of(client).ok_or(NotOpened::Unknown)?;
    openers(version, cipher, [client, server], secrets)
}

#[cfg(test)]
mod tests;
