//! Allocations as servers grant them (RFC 8656, section 7).

use std::net::SocketAddr;

use super::request::{Request, lifetime, ticket, token};
use super::{LIFETIME, Turn, VALUES};
use crate::base::addr::FiveTuple;
use crate::base::time::Timestamp;
use crate::dissect::stun::Stun;
use crate::dissect::stun::attribute::AttributeValue;
use crate::dissect::stun::names::AttributeType;
use crate::flow::allocation::RefusedFamily;

impl Turn {
    pub(super) fn allocate(
        &mut self,
        number: u64,
        time: Timestamp,
        ends: FiveTuple,
        stun: &Stun<'_>,
        request: Option<&Request>,
    ) {
        let relayed = relayed(stun);
        let flow = ends.key().0;
        let lifetime = lifetime(stun).unwrap_or(LIFETIME);
        let known = self.on_flow(&flow, time).filter(|a| a.relayed == relayed);
        if let Some(id) = known.map(|known| known.id) {
            // An answer that was repeated, or MS-TURN, which refreshes and deletes with Allocate.
            if let Some(allocation) = self.allocations.get_mut(&id) {
                allocation.refresh(time, lifetime);
            }
            return;
        }
        let reserved_by = request.and_then(|request| self.reserving(ends.dst, request));
        let id = self.make(flow, ends, time, false);
        let Some(allocation) = self.allocations.get_mut(&id) else {
            return;
        };
        allocation.mapped = match stun.find(AttributeType::XOR_MAPPED_ADDRESS) {
            Some(AttributeValue::Address(mapped)) => Some(mapped),
            _ => None,
        };
        allocation.told_by = Some(number);
        allocation.reserved_by = reserved_by;
        allocation.refused = refused(stun);
        allocation.refresh(time, lifetime);
        if let Some(request) = request {
            allocation.first = request.time;
            allocation.ends = request.ends;
            allocation.peer_transport = request.transport;
            allocation.even_port = request.even_port;
            allocation.username.clone_from(&request.username);
            allocation.realm.clone_from(&request.realm);
        }
        if let Some(ticket) = ticket(stun) {
            self.held.give(allocation, ticket);
        }
        if let Some(token) = token(stun) {
            self.held.reserve(allocation, token);
        }
        for address in &relayed {
            self.relayed.insert(*address, id);
        }
        allocation.relayed = relayed;
    }

    /// The allocation with which the server kept the port that a request asks for.
    fn reserving(&self, server: SocketAddr, request: &Request) -> Option<u64> {
        self.held.by_token(server.ip(), request.reservation?)
    }
}

/// The addresses at which the server relays: one, or one of each family.
fn relayed(stun: &Stun<'_>) -> Vec<SocketAddr> {
    let told = stun
        .attributes()
        .filter_map(|attribute| match (attribute.kind, attribute.value) {
            (AttributeType::XOR_RELAYED_ADDRESS, AttributeValue::Address(found)) => Some(found),
            _ => None,
        });
    told.take(VALUES).collect()
}

/// The families of addresses that the server does not grant, though it grants another.
fn refused(stun: &Stun<'_>) -> Vec<RefusedFamily> {
    let told = stun.attributes().filter_map(|attribute| {
        let AttributeValue::Error(code, _) = attribute.value else {
            return None;
        };
        let told = attribute.kind == AttributeType::ADDRESS_ERROR_CODE;
        let family = attribute.octets.first().filter(|_| told)?;
        Some(RefusedFamily {
            family: *family,
            code,
        })
    });
    told.take(VALUES).collect()
}
