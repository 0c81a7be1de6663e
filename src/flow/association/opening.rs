//! Records of DTLS opened with a key log: the rest of a handshake, and the data behind it.
//!
//! Whoever follows datagrams has openings of its own: the tracker, and who looks at packets again.

use super::{Association, Key};
use crate::base::addr::{Direction, FlowKey};
use crate::base::time::Timestamp;
use crate::dissect::dtls::names::ContentType;
use crate::dissect::dtls::{Random, Record};
use crate::flow::table::{Aged, Bounded};
use crate::flow::{FLOWS, OpenedFlow};
use crate::keys::{DatagramOpener, KeyLog, NotOpened, Opened, SessionSecrets, datagram_openers};

/// What is opened of all handshakes over datagrams, the last of each level of a flow.
#[derive(Debug)]
pub struct DtlsOpenings(Bounded<Key, Opening>);

/// One handshake that is opened, or is not.
#[derive(Debug)]
struct Opening {
    /// Randoms of client and server, which tell handshakes of one level apart.
    randoms: [Option<Random>; 2],
    sides: Result<[DatagramOpener; 2], NotOpened>,
    /// Secrets from which they are made.
    secrets: usize,
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

impl Default for DtlsOpenings {
    fn default() -> Self {
        Self(Bounded::new(FLOWS))
    }
}

impl DtlsOpenings {
    /// Opens a sealed record that comes behind a handshake; returns what it is and what it carries.
    ///
    /// # Errors
    /// [`NotOpened`] as openers tell it, and where the log has nothing of the handshake.
    pub(in crate::flow) fn open(
        &mut self,
        (association, keys): (&Association, &KeyLog),
        direction: Direction,
        record: &Record<'_>,
    ) -> Result<(ContentType, &[u8]), NotOpened> {
        let key = association.key();
        let randoms = [association.client_random, association.server_random];
        if self.0.get(&key).is_some_and(|of| of.randoms != randoms) {
            self.0.remove(&key);
        }
        let opening = self.0.entry(key, || Opening::new(association));
        opening.last = association.last;
        let sent_by_client = direction == association.from_client;
        let mut opened = opening.open(sent_by_client, record);
        if opened.is_err() && opening.learns(association, keys) {
            opened = opening.open(sent_by_client, record);
        }
        match opened {
            Ok(opened) => {
                opening.told.opened += 1;
                Ok((opened.content, &opening.content))
            }
            Err(why) => {
                opening.told.closed += 1;
                opening.told.why = Some(why);
                Err(why)
            }
        }
    }

    /// What came of the handshakes that no relay carries, in no order.
    pub(in crate::flow) fn bare(&self) -> impl Iterator<Item = OpenedFlow> {
        let all = self.0.iter().filter(|(key, _)| !key.relayed);
        all.map(|(_, of)| of.told)
    }

    /// Forgets those of flows that `keeps` does not name.
    pub(in crate::flow) fn retain(&mut self, keeps: impl Fn(&FlowKey) -> bool) {
        self.0.retain_keys(|key| keeps(&key.flow));
    }
}

impl Opening {
    fn new(association: &Association) -> Self {
        Self {
            randoms: [association.client_random, association.server_random],
            sides: Err(NotOpened::Unknown),
            secrets: 0,
            content: Vec::new(),
            told: OpenedFlow::of(association.flow),
            last: association.last,
        }
    }

    fn open(&mut self, sent_by_client: bool, record: &Record<'_>) -> Result<Opened, NotOpened> {
        let [client, server] = self.sides.as_mut().map_err(|why| *why)?;
        let sender = if sent_by_client { client } else { server };
        sender.open(record, &mut self.content)
    }

    /// Makes the openers anew where the log has grown: it tells of a handshake line by line.
    fn learns(&mut self, association: &Association, keys: &KeyLog) -> bool {
        let secrets = association.client_random.and_then(|of| keys.of(&of));
        let known = secrets.map_or(0, SessionSecrets::count);
        if known <= self.secrets {
            return false;
        }
        self.sides = sides(association, keys);
        if self.sides.is_ok() {
            self.secrets = known;
        }
        true
    }
}

/// The openers of client and server.
fn sides(association: &Association, keys: &KeyLog) -> Result<[DatagramOpener; 2], NotOpened> {
    let randoms = association.client_random.zip(association.server_random);
    let terms = association.version.zip(association.cipher);
    let (Some((client, server)), Some((version, cipher))) = (randoms, terms) else {
        return Err(NotOpened::Unknown);
    };
    let secrets = keys.of(&client).ok_or(NotOpened::Unknown)?;
    datagram_openers(version, cipher, [&client, &server], secrets)
}
