//! Link, network and transport.

/// Rows of the table, handed on behind those of the lower layers.
macro_rules! network_fields {
    ($($below:tt)*) => {
        stun_fields! {
            $($below)*
            // What is around and between the messages.
            Unparsed, "data", "octets that were not understood", Dec, Unknown, "";
            NotCaptured, "frame.not_captured", "octets cut off by the snap length", Dec, NotCaptured, "";
            FrameTrailer, "eth.trailer", "octets after the packet, link padding", Dec, Addressing, "";
            // Link and network.
            EthDst, "eth.dst", "Ethernet destination", Dec, Addressing, "network card of the next hop";
            EthSrc, "eth.src", "Ethernet source", Dec, Addressing, "network card of the last hop";
            EthType, "eth.type", "EtherType", Hex(4), Addressing, "";
            EthLength, "eth.len", "802.3 length", Dec, Addressing, "";
            LlcHeader, "llc", "LLC and SNAP header", Dec, Addressing, "";
            VlanTag, "vlan", "VLAN tag", Dec, Addressing, "network segment";
            LinkHeader, "link", "link header", Dec, Addressing, "";
            SllHeader, "sll", "Linux cooked header", Dec, Addressing, "interface and direction at the capture";
            IpHeader, "ip", "IPv4 header", Dec, Addressing, "";
            IpSrc, "ip.src", "source address", Dec, Addressing, "who sends, at this hop";
            IpDst, "ip.dst", "destination address", Dec, Addressing, "who receives, at this hop";
            IpDsField, "ip.dsfield", "traffic class and ECN", Hex(2), Addressing, "media class, where the sender marks it";
            IpTtl, "ip.ttl", "time to live", Dec, Addressing, "hops from the sender, and a hint at its system";
            IpId, "ip.id", "identification", Hex(4), Addressing, "order of the sender's packets";
            IpLength, "ip.len", "total length", Dec, Addressing, "exact size of the packet";
            IpProtocol, "ip.proto", "protocol of the content", Dec, Addressing, "";
            IpOptions, "ip.options", "IPv4 options", Dec, Addressing, "route and clocks of the routers, where they are asked for";
            Ipv6Header, "ipv6", "IPv6 header", Dec, Addressing, "";
            Ipv6Src, "ipv6.src", "source address", Dec, Addressing, "who sends, at this hop";
            Ipv6Dst, "ipv6.dst", "destination address", Dec, Addressing, "who receives, at this hop";
            Ipv6Flow, "ipv6.flow", "traffic class and flow label", Hex(5), Addressing, "media class; one number for each flow";
            Ipv6HopLimit, "ipv6.hlim", "hop limit", Dec, Addressing, "hops from the sender, and a hint at its system";
            Ipv6Length, "ipv6.plen", "payload length", Dec, Addressing, "exact size of the packet";
            Ipv6Next, "ipv6.nxt", "next header", Dec, Addressing, "";
            Ipv6Extension, "ipv6.ext", "IPv6 extension headers", Dec, Addressing, "fragments, and routes that are asked for";
            UdpSrcPort, "udp.srcport", "source port", Dec, Addressing, "which program sends; ties the packets of a call together";
            UdpDstPort, "udp.dstport", "destination port", Dec, Addressing, "which program receives; ties the packets of a call together";
            UdpLength, "udp.length", "UDP length", Dec, Addressing, "exact size of the message";
            UdpChecksum, "udp.checksum", "UDP checksum", Hex(4), Addressing, "";
            GtpHeader, "gtp", "GTP-U header", Dec, Addressing, "";
            GtpTunnel, "gtp.teid", "tunnel endpoint", Hex(8), Addressing, "tunnel of one subscriber in a mobile network";
            GreHeader, "gre", "GRE header", Dec, Addressing, "";
            GreKey, "gre.key", "key of a GRE tunnel", Hex(8), Addressing, "customer or network that the tunnel serves";
            ErspanHeader, "erspan", "ERSPAN header", Dec, Addressing, "a switch copies this traffic to somebody";
            VxlanHeader, "vxlan", "VXLAN header", Dec, Addressing, "";
            VxlanVni, "vxlan.vni", "VXLAN network identifier", Dec, Addressing, "customer or network that the overlay serves";
            GeneveHeader, "geneve", "GENEVE header", Dec, Addressing, "";
            GeneveVni, "geneve.vni", "GENEVE network identifier", Dec, Addressing, "customer or network that the overlay serves";
            TcpHeader, "tcp", "TCP header", Dec, Addressing, "ports, order, clock of the sender";
            TcpPayload, "tcp.payload", "TCP payload", Dec, Unknown, "";
            Rfc4571Length, "rfc4571.length", "length of the message that follows", Dec, Control, "exact size of the message";
            IcmpType, "icmp.type", "ICMP type", Dec, Addressing, "what the path or the host refused";
            IcmpCode, "icmp.code", "ICMP code", Dec, Addressing, "why it was refused";
            IcmpMessage, "icmp", "ICMP message", Dec, Addressing, "";
            IcmpMtu, "icmp.mtu", "largest packet that the next hop takes", Dec, Addressing, "tunnels and links on the path";
            IcmpQuoteHeader, "icmp.quote.header", "headers of the quoted packet", Dec, Addressing, "";
            IcmpQuoteSrc, "icmp.quote.src", "source of the quoted packet", Dec, Addressing, "who sent what was refused";
            IcmpQuoteDst, "icmp.quote.dst", "destination of the quoted packet", Dec, Addressing, "whom it was to reach";
            IcmpQuoteSrcPort, "icmp.quote.srcport", "source port of the quoted packet", Dec, Addressing, "which program sent it";
            IcmpQuoteDstPort, "icmp.quote.dstport", "destination port of the quoted packet", Dec, Addressing, "which program was to receive it";
            IcmpQuote, "icmp.quote", "content of the quoted packet", Dec, Unknown, "part of another packet";
        }
    };
}
