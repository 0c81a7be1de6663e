//! Which allocation a ticket or a reserved port belongs to.
//!
//! As many are kept as there are allocations: each holds one of either kind at most.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::request::Token;
use crate::flow::allocation::Allocation;

/// What servers gave out that clients show later, each with the latest allocation that holds it.
#[derive(Debug, Default)]
pub(super) struct Held {
    tickets: HashMap<Box<[u8]>, u64>,
    /// With the host of the server.
    tokens: HashMap<(IpAddr, Token), u64>,
}

impl Held {
    /// The allocation that may move with this ticket (RFC 8016, section 3.2).
    pub(super) fn by_ticket(&self, ticket: &[u8]) -> Option<u64> {
        self.tickets.get(ticket).copied()
    }

    /// The allocation with which a server kept the next port (RFC 8656, section 18.10).
    pub(super) fn by_token(&self, server: IpAddr, token: Token) -> Option<u64> {
        self.tokens.get(&(server, token)).copied()
    }

    /// Gives an allocation another ticket.
    pub(super) fn give(&mut self, allocation: &mut Allocation, ticket: Box<[u8]>) {
        self.take(allocation);
        self.tickets.insert(ticket.clone(), allocation.id);
        allocation.ticket = Some(ticket);
    }

    /// Keeps the token of the port that a server reserved with an allocation.
    pub(super) fn reserve(&mut self, allocation: &mut Allocation, token: Token) {
        let reservation = (allocation.ends.dst.ip(), token);
        self.tokens.insert(reservation, allocation.id);
        allocation.reservation = Some(reservation);
    }

    /// Forgets what an allocation holds.
    pub(super) fn forget(&mut self, allocation: &Allocation) {
        self.take(allocation);
        if let Some(reservation) = allocation.reservation
            && self.tokens.get(&reservation) == Some(&allocation.id)
        {
            self.tokens.remove(&reservation);
        }
    }

    /// Forgets what allocations held that are not kept.
    pub(super) fn retain(&mut self, kept: impl Fn(u64) -> bool) {
        self.tickets.retain(|_, id| kept(*id));
        self.tokens.retain(|_, id| kept(*id));
    }

    fn take(&mut self, allocation: &Allocation) {
        if let Some(ticket) = &allocation.ticket
            && self.tickets.get(ticket) == Some(&allocation.id)
        {
            self.tickets.remove(ticket);
        }
    }
}
