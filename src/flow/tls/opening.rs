//! Records opened with a key log, and the messages that are inside.
//!
//! Whoever follows connections has openings of its own: the tracker, and who looks at packets
//! again. Each opens the records of a sender in order.

use super::TlsSession;
use crate::base::addr::{Direction, FlowKey};
use crate::base::time::Timestamp;
use crate::dissect::dtls::names::{ContentType, Version};
use crate::dissect::dtls::{self, CipherSuite, Random};
use crate::dissect::tls::Record;
use crate::flow::FLOWS;
use crate::flow::association::Association;
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

/// One connection that is opened, or is not.
#[derive(Debug)]
struct Opening {
    from_client: Direction,
    /// Randoms of client and server, which tell handshakes on one flow apart.
    randoms: [Option<Random>; 2],
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

    /// Looks for the keys of a connection whose handshake in clear is over, where any were given.
    pub fn begin(&mut self, session: &TlsSession, keys: &KeyLog) {
        if keys.logs() > 0 {
            let make = || Opening::new(&Agreed::over_tls(session), keys);
            self.table.entry(session.flow, make);
        }
    }

    /// The same for what is sealed in datagrams, where a flow may have one handshake after another.
    pub(super) fn begin_datagrams(&mut self, association: &Association, keys: &KeyLog) {
        let agreed = Agreed::over_dtls(association);
        let known = self.table.get(&agreed.flow);
        if known.is_some_and(|opening| opening.randoms != agreed.randoms) {
            self.table.remove(&agreed.flow);
        }
        let make = || Opening::new(&agreed, keys);
        self.table.entry(agreed.flow, make).last = association.last;
    }

    /// Opens a sealed record of DTLS on a flow that was begun; returns what it carries, where that
    /// is data.
    pub fn datagram(
        &mut self,
        (flow, direction): (&FlowKey, Direction),
        record: &dtls::Record<'_>,
    ) -> Option<&[u8]> {
        let opening = self.table.get_mut(flow)?;
        match opening.open_datagram(direction, record) {
            Ok(opened) => {
                self.used += u64::from(opening.told.opened == 0);
                opening.told.opened += 1;
                let data = opened.content == ContentType::APPLICATION_DATA;
                data.then_some(opening.content.as_slice())
            }
            Err(why) => {
                opening.told.closed += 1;
                opening.told.why = Some(why);
                None
            }
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

    /// What came of each connection of which a sealed record was seen, in the order of its ends.
    pub fn all(&self) -> Vec<OpenedFlow> {
        let mut all: Vec<_> = self.table.values().map(|of| of.told).collect();
        all.sort_unstable_by_key(|of| of.flow);
        all
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
    fn new(agreed: &Agreed, keys: &KeyLog) -> Self {
        Self {
            from_client: agreed.from_client,
            randoms: agreed.randoms,
            sides: agreed.sides(keys),
            contents: Contents::default(),
            content: Vec::new(),
            told: OpenedFlow {
                flow: agreed.flow,
                opened: 0,
                closed: 0,
                why: None,
            },
            last: Timestamp::default(),
        }
    }

    fn open(&mut self, direction: Direction, record: &Record<'_>) -> Result<Opened, NotOpened> {
        let (opener, content) = self.of_sender(direction)?;
        opener.open(record, content)
    }

    fn open_datagram(
        &mut self,
        direction: Direction,
        record: &dtls::Record<'_>,
    ) -> Result<Opened, NotOpened> {
        let (opener, content) = self.of_sender(direction)?;
        opener.open_datagram(record, content)
    }

    fn of_sender(
        &mut self,
        direction: Direction,
    ) -> Result<(&mut Opener, &mut Vec<u8>), NotOpened> {
        let [client, server] = self.sides.as_mut().map_err(|why| *why)?;
        let opener = if direction == self.from_client {
            client
        } else {
            server
        };
        Ok((opener, &mut self.content))
    }
}

/// What a handshake agreed on, as far as openers are made from it.
struct Agreed {
    flow: FlowKey,
    from_client: Direction,
    randoms: [Option<Random>; 2],
    terms: Option<(Version, CipherSuite)>,
}

impl Agreed {
    fn over_tls(session: &TlsSession) -> Self {
        Self {
            flow: session.flow,
            from_client: session.from_client,
            randoms: session.randoms,
            terms: session.version.zip(session.cipher),
        }
    }

    fn over_dtls(association: &Association) -> Self {
        Self {
            flow: association.flow,
            from_client: association.from_client,
            randoms: [association.client_random, association.server_random],
            terms: association.version.zip(association.cipher),
        }
    }

    /// The openers of client and server.
    fn sides(&self, keys: &KeyLog) -> Result<[Opener; 2], NotOpened> {
        let [Some(client), Some(server)] = &self.randoms else {
            return Err(NotOpened::Unknown);
        };
        let (version, cipher) = self.terms.ok_or(NotOpened::Unknown)?;
        let secrets = keys.of(client).ok_or(NotOpened::Unknown)?;
        openers(version, cipher, [client, server], secrets)
    }
}

#[cfg(test)]
mod tests;
