//! Which network a packet passed in, where several share a wire.

/// Tags and tunnels around a packet, each with the number of its network: VLAN, VXLAN, GENEVE, GRE
/// key, GTP-U tunnel.
///
/// Equal for packets behind the same tags and tunnels, and all but surely different for others.
/// Zero around no tag and no tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Network(u64);

impl Network {
    /// The network of this kind and number within this one.
    pub(super) const fn within(self, kind: u32, id: u32) -> Self {
        let step = (kind as u64) << 32 | id as u64;
        Self((self.0.rotate_left(7) ^ step.wrapping_add(1)).wrapping_mul(ODD))
    }
}

/// An odd number of 64 bits without a pattern: the fraction of the golden ratio.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::super::tests::{ETHERNET, ETHERNET_IPV4, IPV4_UDP, see};
    use super::*;

    fn behind(tags: &[u8]) -> Network {
        let octets = [&ETHERNET_IPV4[..12], tags, &[8, 0], &IPV4_UDP].concat();
        see(ETHERNET, &octets).decoded.network
    }

    #[test]
    fn tags_tell_networks_apart_whatever_their_priority() {
        assert_eq!(behind(&[]), Network::default());
        assert_ne!(behind(&[0x81, 0, 0, 0]), Network::default());
        assert_ne!(behind(&[0x81, 0, 0, 1]), behind(&[0x81, 0, 0, 2]));
        assert_eq!(behind(&[0x81, 0, 0xa0, 1]), behind(&[0x81, 0, 0, 1]));
        let stack = |a, b| behind(&[0x88, 0xa8, 0, a, 0x81, 0, 0, b]);
        assert_ne!(stack(1, 2), stack(2, 1));
    }
}
