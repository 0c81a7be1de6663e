"""The network of the lab: hosts around a router, each in a namespace of its own.

    alice 10.77.1.2 --- router --- relay 10.77.0.10   (TURN, media and SIP servers)
    bob   10.77.2.2 ---/      \\
    carol 10.77.3.2 --'        (IPv6 likewise: fd77:N::2, fd77:0::10)

The router passes on what goes to or from the relay; hosts reach each other only where a scenario
says so. No namespace has a way out of the machine.
"""

from program import run

HOSTS = {"relay": (0, 10), "alice": (1, 2), "bob": (2, 2), "carol": (3, 2)}
RELAY = "10.77.0.10"


def address(host, family=4):
    net, last = HOSTS[host]
    return f"10.77.{net}.{last}" if family == 4 else f"fd77:{net}::{last}"


def build():
    namespace("router")
    inside("router", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for host, (net, _) in HOSTS.items():
        namespace(host)
        join((host, "eth0"), ("router", host))
        for family, width in ((4, 24), (6, 64)):
            gateway = f"10.77.{net}.1" if family == 4 else f"fd77:{net}::1"
            assign(host, "eth0", f"{address(host, family)}/{width}")
            assign("router", host, f"{gateway}/{width}")
            inside(host, "ip", f"-{family}", "route", "add", "default", "via", gateway)
    firewall("router", FORWARD)


FORWARD = """
table inet lab {
    chain forward {
        type filter hook forward priority filter; policy drop
        iifname relay accept
        oifname relay accept
    }
}
"""


def let_hosts_meet():
    """From now on hosts reach each other."""
    firewall("router", "flush chain inet lab forward\nadd rule inet lab forward accept")


def namespace(name):
    run("ip", "netns", "add", name)
    inside(name, "ip", "link", "set", "lo", "up")
    # Addresses can be used at once.
    settings = [f"net.ipv6.conf.{of}.accept_dad=0" for of in ("all", "default")]
    inside(name, "sysctl", "-qw", *settings)


def join(*ends):
    """A cable between interfaces of two namespaces."""
    for (host, interface), peer in zip(ends, reversed(ends)):
        if (host, interface) == ends[0]:
            run("ip", "link", "add", interface, "netns", host, "type", "veth",
                "peer", "name", peer[1], "netns", peer[0])
    for host, interface in ends:
        inside(host, "ip", "link", "set", interface, "up")
        # Checksums and sizes are those of a wire.
        offloads = [word for what in ("tx", "tso", "gso", "gro") for word in (what, "off")]
        inside(host, "ethtool", "-K", interface, *offloads)


def assign(host, interface, with_width):
    extra = ["nodad"] if ":" in with_width else []
    inside(host, "ip", "addr", "add", with_width, "dev", interface, *extra)


def firewall(host, rules):
    inside(host, "nft", "-f", "-", input=rules)


def inside(host, *args, **options):
    return run("ip", "netns", "exec", host, *args, **options)
