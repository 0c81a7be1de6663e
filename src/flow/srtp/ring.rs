//! All keys of media that are known, and which of them may be those of a direction.
//!
//! A handshake gives keys to the level of the flow on which it is seen; every key may also be that
//! of any other stream, which ICE may have led elsewhere, or whose handshake nobody saw.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;

use super::key::{KeySource, MediaKey, Randoms};
use crate::base::addr::{Direction, FlowKey};
use crate::dissect::dtls::names::{SrtpProfile, Version};
use crate::flow::association::{Associations, Key};
use crate::flow::{Association, MediaDescription, Role};
use crate::keys::{KeyLog, MasterKey, SrtpSuite, srtp_masters};

/// Keys that are kept to be tried on any stream; then the oldest goes.
const KEPT: usize = 1 << 14;
/// Directions of which the keys are remembered; then all are looked up again.
const DIRECTIONS: usize = 1 << 16;

/// Keys that may be those of a direction, those first that are more probably.
pub(in crate::flow) type Near = Arc<[Arc<MediaKey>]>;

/// All keys of media.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// What each handshake exports, for each profile that it may have chosen: keys of client and
    /// server.
    exported: HashMap<Randoms, Vec<[Arc<MediaKey>; 2]>>,
    directions: HashMap<(Key, Direction), Of>,
    /// All keys by their number, in the order of their numbers.
    all: VecDeque<(u64, Arc<MediaKey>)>,
    made: u64,
    evicted: u64,
    /// Counts what may change the keys of a direction.
    version: u64,
}

/// The keys of a direction.
#[derive(Debug)]
struct Of {
    version: u64,
    near: Near,
    /// Keys from elsewhere that were found to be those of a stream.
    found: Vec<Arc<MediaKey>>,
}

impl Ring {
    /// Whether there is any key.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Keys that the cap has let go.
    pub(super) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The number of the latest key.
    pub(super) const fn latest(&self) -> u64 {
        self.made
    }

    /// The keys whose number is greater than `after`, up to `upto`.
    pub(super) fn between(&self, after: u64, upto: u64) -> impl Iterator<Item = &Arc<MediaKey>> {
        let first = self.all.partition_point(|(number, _)| *number <= after);
        let keys = self.all.range(first..);
        let keys = keys.take_while(move |(number, _)| *number <= upto);
        keys.map(|(_, key)| key)
    }

    /// Takes a key that was given.
    pub(super) fn give(&mut self, master: MasterKey) {
        self.take(KeySource::Given, master);
    }

    /// Takes the keys of a media line.
    pub(super) fn announce(&mut self, media: &Arc<MediaDescription>) {
        let masters = media.crypto.iter().filter_map(|line| line.master.clone());
        for master in masters {
            self.take(KeySource::Signalling(Arc::clone(media)), master);
        }
    }

    /// Takes the keys that a handshake exports, as far as the log has its secrets.
    pub(super) fn learn(&mut self, association: &Association, log: &KeyLog) {
        let randoms = association.client_random.zip(association.server_random);
        let Some(randoms) = randoms else { return };
        self.version += 1;
        if !self.exported.contains_key(&randoms) {
            let exported = self.export(association, randoms, log);
            if !exported.is_empty() {
                self.exported.insert(randoms, exported);
            }
        }
    }

    fn export(
        &mut self,
        association: &Association,
        randoms: Randoms,
        log: &KeyLog,
    ) -> Vec<[Arc<MediaKey>; 2]> {
        let terms = association.version.zip(association.cipher);
        let (Some((version, cipher)), Some(secrets)) = (terms, log.of(&randoms.0)) else {
            return Vec::new();
        };
        let suites = profiles(association).iter();
        let mut suites: Vec<_> = suites.filter_map(|p| SrtpSuite::of_profile(*p)).collect();
        suites.dedup();
        let both = [&randoms.0, &randoms.1];
        let masters = suites
            .into_iter()
            .filter_map(|suite| srtp_masters(version, cipher, both, secrets, suite).ok());
        let mut exported = Vec::new();
        for [client, server] in masters {
            let mut take = |role, master: MasterKey| {
                let master = master.identified(association.mki.len());
                self.take(KeySource::Handshake(randoms, role), master)
            };
            let keys = take(Role::Client, client).zip(take(Role::Server, server));
            exported.extend(keys.map(|(client, server)| [client, server]));
        }
        exported
    }

    fn take(&mut self, source: KeySource, master: MasterKey) -> Option<Arc<MediaKey>> {
        let key = MediaKey::new(source, master)?;
        self.made += 1;
        self.all.push_back((self.made, Arc::clone(&key)));
        if self.all.len() > KEPT {
            self.all.pop_front();
            self.evicted += 1;
        }
        Some(key)
    }

    /// The keys of a direction of a level.
    pub(super) fn near(
        &mut self,
        level: Key,
        direction: Direction,
        associations: &Associations,
    ) -> Near {
        let version = self.version;
        let place = (level, direction);
        if let Some(of) = self.directions.get(&place)
            && of.version == version
        {
            return Arc::clone(&of.near);
        }
        if self.directions.len() >= DIRECTIONS {
            self.directions.clear();
        }
        let of = self.directions.entry(place).or_insert_with(|| Of {
            version,
            near: Near::default(),
            found: Vec::new(),
        });
        of.version = version;
        let handshakes = associations.recent(&level).flat_map(|association| {
            let randoms = association.client_random.zip(association.server_random);
            let exported = randoms.and_then(|randoms| self.exported.get(&randoms));
            let sent_by_client = association.from_client == direction;
            let keys = exported.into_iter().flatten();
            keys.map(move |[client, server]| if sent_by_client { client } else { server })
        });
        let near: Near = of.found.iter().chain(handshakes).cloned().collect();
        let same = |(one, other): (&Arc<MediaKey>, &Arc<MediaKey>)| Arc::ptr_eq(one, other);
        if near.len() != of.near.len() || !near.iter().zip(of.near.iter()).all(same) {
            of.near = near;
        }
        Arc::clone(&of.near)
    }

    /// Notes that a key is that of a stream in this direction: others in it may have the same.
    pub(super) fn found(&mut self, level: Key, direction: Direction, key: &Arc<MediaKey>) {
        let Some(of) = self.directions.get_mut(&(level, direction)) else {
            return;
        };
        if !of.near.iter().any(|known| Arc::ptr_eq(known, key)) {
            of.found.push(Arc::clone(key));
            self.version += 1;
        }
    }

    /// Keeps what is of flows that stay, and of handshakes that do.
    pub(super) fn retain(&mut self, stays: impl Fn(&FlowKey) -> bool, associations: &Associations) {
        self.directions.retain(|(level, _), _| stays(&level.flow));
        let live: hashbrown::HashSet<Randoms> = associations
            .all()
            .iter()
            .filter_map(|of| of.client_random.zip(of.server_random))
            .collect();
        self.exported.retain(|randoms, _| live.contains(randoms));
        self.all.retain(|(_, key)| match &key.source {
            KeySource::Handshake(randoms, _) => live.contains(randoms),
            KeySource::Signalling(_) | KeySource::Given => true,
        });
    }
}

/// The profiles of which a handshake chose one: DTLS 1.3 seals which.
fn profiles(association: &Association) -> &[SrtpProfile] {
    match (&association.profile, association.version) {
        (Some(profile), _) => std::slice::from_ref(profile),
        (None, Some(Version::DTLS_1_3)) => {
            association.offered_profiles.as_deref().unwrap_or_default()
        }
        (None, _) => &[],
    }
}
