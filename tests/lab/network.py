"""The network of the lab: hosts around a router, each in a namespace of its own.

    alice 10.77.1.2 --- router --- relay 10.77.0.10   (TURN, media and SIP servers)
    bob   10.77.2.2 ---/
    carol 10.77.3.2 --'         (IPv6 likewise: fd77:N::2, fd77:0::10)

The router passes on what goes to or from the relay; hosts reach each other only where a scenario
says so. No namespace has a way out of the machine.
"""

from program import run

HOSTS = {"relay": (0, 10), "alice": (1, 2), "bob": (2, 2), "carol": (3, 2)}
RELAY = "10.77.0.10"
# Of hosts behind address translation.
INNER, INNER_GATEWAY = "192.168.7.2", "192.168.7.1"


def address(host, family=4):
    net, last = HOSTS[host]
    return f"10.77.{net}.{last}" if family == 4 else f"fd77:{net}::{last}"


def gateway(host, family=4):
    net, _ = HOSTS[host]
    return f"10.77.{net}.1" if family == 4 else f"fd77:{net}::1"


def build():
    namespace("router")
    forwards("router")
    for host in HOSTS:
        namespace(host)
        cable((host, "eth0"), ("router", host))
        settle(host, host)
    firewall("router", """
        table inet lab {
            chain forward {
                type filter hook forward priority filter; policy drop
                iifname relay accept
                oifname relay accept
            }
        }""")


def let_hosts_meet():
    """From now on hosts reach each other."""
    firewall("router", "flush chain inet lab forward; add rule inet lab forward accept")


def cut_in(host):
    """Puts a namespace into the cable of a host: its interfaces are `inner` and `outer`."""
    wire = f"{host}-wire"
    inside(host, "ip", "link", "del", "eth0")
    namespace(wire)
    inside(wire, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    cable((host, "eth0"), (wire, "inner"))
    cable((wire, "outer"), ("router", host))
    settle(host, host)
    return wire


def translate(host, forwarded=None, bridge=False):
    """Puts a host behind address translation, in a namespace of its own that takes its address.

    Each connection gets a random port (a symmetric NAT, RFC 4787: address and port-dependent).
    Datagrams and connections to the ports `forwarded` reach the host from outside; with a `bridge`
    they pass one before they come to it.
    """
    nat = f"{host}-nat"
    inside(host, "ip", "link", "del", "eth0")
    namespace(nat)
    forwards(nat)
    cable((nat, "eth0"), ("router", host))
    settle(nat, host)
    cable((host, "eth0"), (nat, "inner"))
    inwards = "inner"
    if bridge:
        inwards = "bridge0"
        inside(nat, "ip", "link", "add", "name", inwards, "type", "bridge")
        inside(nat, "ip", "link", "set", "inner", "master", inwards)
        inside(nat, "ip", "link", "set", inwards, "up")
    assign(nat, inwards, f"{INNER_GATEWAY}/24")
    assign(host, "eth0", f"{INNER}/24")
    inside(host, "ip", "route", "add", "default", "via", INNER_GATEWAY)
    to_host = f"meta l4proto {{ tcp, udp }} th dport {{ {forwarded} }} dnat to {INNER}"
    firewall(nat, f"""
        table ip lab {{
            chain before {{
                type nat hook prerouting priority dstnat
                {"iifname eth0 " + to_host if forwarded else ""}
            }}
            chain after {{
                type nat hook postrouting priority srcnat
                oifname eth0 masquerade {"" if forwarded else "random,fully-random"}
            }}
        }}""")
    return nat


def namespace(name):
    run("ip", "netns", "add", name)
    inside(name, "ip", "link", "set", "lo", "up")
    # Addresses can be used at once.
    settings = [f"net.ipv6.conf.{of}.accept_dad=0" for of in ("all", "default")]
    inside(name, "sysctl", "-qw", *settings)


def forwards(name):
    inside(name, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


def cable(one, other):
    """A cable between interfaces of two namespaces."""
    run("ip", "link", "add", one[1], "netns", one[0], "type", "veth",
        "peer", "name", other[1], "netns", other[0])
    for host, interface in (one, other):
        inside(host, "ip", "link", "set", interface, "up")
        # Checksums and sizes are those of a wire.
        offloads = [word for what in ("tx", "tso", "gso", "gro") for word in (what, "off")]
        inside(host, "ethtool", "-K", interface, *offloads)


def settle(name, host):
    """Gives a namespace that is connected to the router the addresses of a host."""
    for family, width in ((4, 24), (6, 64)):
        assign(name, "eth0", f"{address(host, family)}/{width}")
        assign("router", host, f"{gateway(host, family)}/{width}")
        inside(name, "ip", f"-{family}", "route", "add", "default", "via", gateway(host, family))


def assign(name, interface, with_width):
    at_once = ["nodad"] if ":" in with_width else []
    inside(name, "ip", "addr", "add", with_width, "dev", interface, *at_once)


def firewall(name, rules):
    inside(name, "nft", "-f", "-", input=rules)


def inside(name, *args, **options):
    return run("ip", "netns", "exec", name, *args, **options)
