"""Calls of browsers through coturn, and without it."""

import base64
import hashlib
import hmac
import time

import network
from parties import Chromium, Firefox, account, connect
from servers import Coturn, relayed, turn

from . import scenario


@scenario
def one_client_relayed(stage):
    """The plain case: a ChannelData leg and a bare leg, each datagram of one found in the other."""
    one_relays(stage)


@scenario
def both_clients_one_relay(stage):
    """Both relay through one server: no bare leg, and one client's leg proves the other's."""
    both_relay(stage)


def one_relays(stage, coturn=(), ice=None, flags=(), bob_ice=None, **options):
    """alice relays, bob speaks to the relay from his own address."""
    coturn = Coturn(stage, *coturn)
    with stage.recorded():
        alice = Chromium(stage, "alice", ice or relayed("alice"), flags=flags)
        talk(stage, alice, Chromium(stage, "bob", bob_ice, flags=flags), **options)
    stage.truth["allocations"] = coturn.account()


def both_relay(stage, **options):
    coturn = Coturn(stage)
    with stage.recorded():
        talk(stage, *(Chromium(stage, name, relayed(name)) for name in ("alice", "bob")), **options)
    stage.truth["allocations"] = coturn.account()


def talk(stage, caller, callee, **options):
    connect(caller, callee, **{"channel": True} | options)
    time.sleep(stage.seconds)
    account(stage, caller, callee)
    time.sleep(0.7)  # until the last refresh is answered


@scenario
def firefox_dtls13(stage):
    """DTLS 1.3, so certificate and SRTP profile are hidden; Firefox (bob) gives its keys away."""
    coturn = Coturn(stage)
    with stage.recorded():
        talk(stage, Chromium(stage, "alice", relayed("alice")), Firefox(stage, "bob"))
    stage.truth["allocations"] = coturn.account()


@scenario
def ipv6_client_ipv4_peer(stage):
    """alice's leg is IPv6, her relayed address IPv4."""
    ice = relayed("alice", url="turn:[fd77:0::10]:3478")
    one_relays(stage, ice=ice)


@scenario
def rest_credentials(stage):
    """The user name is `expiry:alice@example.test`: who and until when, in clear."""
    user = f"{int(time.time()) + 3600}:alice@example.test"
    seal = hmac.new(b"labsecret", user.encode(), hashlib.sha1).digest()
    ice = relayed("alice", user=(user, base64.b64encode(seal).decode()))
    one_relays(stage, ["--use-auth-secret", "--static-auth-secret=labsecret"], ice)


@scenario
def unencrypted_media(stage):
    """RTP and RTCP without encryption: the relay can listen."""
    flags = ["--disable-webrtc-encryption"]
    one_relays(stage, flags=flags, channel=False, iceAlone=True)


@scenario
def header_extensions_sealed(stage):
    """The header extensions of RTP are encrypted (RFC 9335): no audio level in clear."""
    sealed = {"rtpHeaderEncryptionPolicy": "require"}
    flags = ["--enable-blink-features=RTCRtpHeaderEncryptionPolicy",
             "--enable-features=RtcRtpHeaderEncryptionPolicy"]
    one_relays(stage, ice=relayed("alice") | sealed, bob_ice=sealed, flags=flags)


@scenario
def handshake_inside_stun(stage):
    """The DTLS handshake travels in the STUN attributes 0xC070 and 0xC071."""
    one_relays(stage, flags=["--force-fieldtrials=WebRTC-IceHandshakeDtls/Enabled/"])


@scenario
def data_channel_only(stage):
    """A data channel and no media; host names instead of addresses in the session descriptions."""
    coturn = Coturn(stage)
    flags = ["--enable-features=WebRtcHideLocalIpsWithMdns"]
    with stage.recorded():
        alice, bob = (
            Chromium(stage, name, turn(name), flags=flags, asks=True) for name in ("alice", "bob")
        )
        talk(stage, alice, bob, media=False)
    stage.truth["allocations"] = coturn.account()


@scenario
def no_relay(stage):
    """No relay: the parties speak with each other; seen by alice and by bob."""
    network.let_hosts_meet()
    with stage.recorded("alice", "bob"):
        talk(stage, Chromium(stage, "alice"), Chromium(stage, "bob"))


@scenario
def two_interfaces(stage):
    """pcapng with two interfaces; on lo the hop between the two relayed addresses shows."""
    coturn = Coturn(stage)
    recorder = stage.start(
        "relay", "dumpcap", "-q", "-i", "eth0", "-f", "udp", "-i", "lo", "-f", "udp",
        "-w", stage.result("pcapng"),
    )
    recorder.wait_for("File:")
    talk(stage, *(Chromium(stage, name, relayed(name)) for name in ("alice", "bob")))
    stage.finish(recorder, "relay", "pcapng")
    stage.truth["allocations"] = coturn.account()
