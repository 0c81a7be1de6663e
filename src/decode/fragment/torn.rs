//! Where packets passed of which it is not known what they carried.

use std::net::IpAddr;

use hashbrown::HashMap;

use crate::base::time::Timestamp;

/// Hosts that are kept.
const HOSTS: usize = 1 << 12;

/// Hosts between which packets in fragments passed that never came whole, or may have been read in
/// another way than their receivers did: what these carried may be anything.
#[derive(Debug, Default)]
pub struct Torn {
    /// Each with the time of the last such packet.
    hosts: HashMap<IpAddr, Timestamp>,
    /// Time of the last one whose hosts found no room: from then on it may be any host.
    beyond: Option<Timestamp>,
}

impl Torn {
    /// Whether there was no such packet.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.beyond.is_none()
    }

    /// How many hosts are known; one more where it may be any.
    pub fn len(&self) -> usize {
        self.hosts.len().saturating_add(self.beyond.iter().len())
    }

    /// Whether such a packet passed from or to a host.
    pub fn has(&self, host: IpAddr) -> bool {
        self.beyond.is_some() || self.hosts.contains_key(&host)
    }

    /// Notes one.
    pub(super) fn add(&mut self, ends: [IpAddr; 2], time: Timestamp) {
        for host in ends {
            if self.hosts.len() < HOSTS || self.hosts.contains_key(&host) {
                let last = self.hosts.entry(host).or_insert(time);
                *last = time.max(*last);
            } else {
                self.beyond = self.beyond.max(Some(time));
            }
        }
    }

    /// Forgets what came before.
    pub(super) fn forget(&mut self, since: Timestamp) {
        self.hosts.retain(|_, last| *last >= since);
        self.beyond = self.beyond.filter(|last| *last >= since);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn host(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_host_for_which_there_is_no_room_may_be_any() {
        let mut torn = Torn::default();
        for number in 0..HOSTS as u32 {
            torn.add([host(number); 2], Timestamp(0));
        }
        assert!(torn.has(host(1)) && !torn.has(host(u32::MAX)));
        torn.add([host(1), host(u32::MAX - 1)], Timestamp(1));
        assert!(torn.has(host(u32::MAX)));
        torn.forget(Timestamp(1));
        assert_eq!(torn.len(), 2);
        torn.forget(Timestamp(2));
        assert!(torn.is_empty());
    }
}
