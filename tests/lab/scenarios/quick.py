"""Calls without a browser: coturn with its own load client, and with aiortc."""

import time

from network import RELAY, address
from parties import Aiortc, account, connect
from servers import USERS, Coturn, turn

from . import scenario


def load(stage, password, *options):
    """coturn's own client sends filler through the relay to bob."""
    user, _ = USERS["alice"]
    return stage.start(
        "alice", "turnutils_uclient", "-u", user, "-w", password, "-e", address("bob"),
        "-r", 3480, *options, RELAY, name="turnutils_uclient",
    )


@scenario
def load_test_filler(stage):
    """What is relayed is filler, neither RTP nor DTLS; first in channels, then in indications."""
    coturn = Coturn(stage, "--allow-loopback-peers")
    with stage.recorded():
        stage.start("bob", "turnutils_peer", "-L", address("bob")).wait_for_port("udp", 3480)
        _, password = USERS["alice"]
        for kind in ([], ["-s"]):
            load(stage, password, *kind, "-n", 40, "-l", 172, "-z", 20, "-m", 2).end(20)
    stage.truth["allocations"] = coturn.account()


@scenario
def wrong_password(stage):
    """No allocation is granted; the user name is in clear all the same."""
    coturn = Coturn(stage)
    with stage.recorded():
        # It tries for ever, and fails.
        load(stage, "WRONG", "-n", 2, "-m", 1).process.wait(20)
    stage.truth["allocations"] = coturn.account()


@scenario
def dtls12_aes_gcm(stage):
    """DTLS 1.2, so the certificates are seen; SRTP with AES-256-GCM; keys of both parties."""
    aiortc_call(stage, turn("alice"))


@scenario
def turn_over_tcp(stage):
    """The client's leg is TURN over TCP: ChannelData is padded to four octets."""
    aiortc_call(stage, turn("alice", url=f"turn:{RELAY}:3478?transport=tcp"))


def aiortc_call(stage, ice):
    coturn = Coturn(stage)
    with stage.recorded():
        alice, bob = Aiortc(stage, "alice", ice), Aiortc(stage, "bob")
        connect(alice, bob, channel=True)
        time.sleep(stage.seconds)
        account(stage, alice, bob)
    stage.truth["allocations"] = coturn.account()


@scenario
def relayed_address_ipv6(stage):
    """The relayed address is IPv6, and so is the peer; alice's leg is IPv4."""
    coturn = Coturn(stage, "--allow-loopback-peers")
    user, password = USERS["alice"]
    bob = address("bob", 6)
    with stage.recorded():
        stage.start("bob", "turnutils_peer", "-L", bob).wait_for_port("udp", 3480)
        stage.start(
            "alice", "turnutils_uclient", "-x", "-u", user, "-w", password, "-e", bob,
            "-r", 3480, "-n", 100, "-l", 172, "-z", 20, "-m", 2, RELAY,
        ).end(20)
    stage.truth["allocations"] = coturn.account()
