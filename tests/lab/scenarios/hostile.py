"""Relays that misbehave, and networks that are in the way. No browser is needed."""

import json
import os
import signal
import time

import network
from network import INNER, RELAY, address
from parties import Aiortc, account, connect, connected
from servers import Coturn, relayed, turn
from stage import HERE

from . import scenario


@scenario
def tampering_relay(stage):
    """The relay alters, invents and drops media on their way to bob."""
    wire = network.cut_in("relay")
    tampering = start_wire(stage, wire, "tamper")
    coturn = Coturn(stage)
    # Seen where the cable of the relay's host ends: what it sends is what has been tampered with.
    with stage.recorded(wire, interface="outer"):
        talk(stage)
    tell_wire(stage, tampering, coturn)


@scenario
def loss_and_reordering(stage):
    """A long call over a bad network before alice: datagrams are lost and overtake each other."""
    wire = network.cut_in("alice")
    rough = start_wire(stage, wire, "rough")
    coturn = Coturn(stage)
    with stage.recorded():
        talk(stage, seconds=7.5 * stage.seconds)
    tell_wire(stage, rough, coturn)


def start_wire(stage, wire, how):
    script = os.path.join(HERE, "wire.py")
    program = stage.start(wire, "python3", "-B", script, how, "inner", "outer", name="wire")
    program.wait_for("passing on")
    return program


def tell_wire(stage, wire, coturn):
    wire.stop()
    stage.truth["wire"] = json.loads(wire.told().splitlines()[-1])
    stage.truth["allocations"] = coturn.account()


@scenario
def man_in_the_middle(stage):
    """Whoever runs the relay also ends both handshakes there, with certificates of their own."""
    coturn = Coturn(stage)
    with stage.recorded(interface="any"):
        alice, bob = Aiortc(stage, "alice", relayed("alice")), Aiortc(stage, "bob")
        mallory = Aiortc(stage, "relay", name="mallory")
        alice.make("with-alice")
        mallory.make("with-alice", passes_on="with-bob")
        mallory.make("with-bob", passes_on="with-alice")
        bob.make("with-bob")
        # alice's offer is not passed on: bob gets another, and so does alice's answer come about.
        mallory.ask("hear", "with-alice", alice.ask("offer", "with-alice"))
        to_bob = mallory.ask("offer", "with-bob")
        mallory.ask("accept", "with-bob", bob.ask("answer", "with-bob", to_bob))
        alice.ask("accept", "with-alice", mallory.ask("answer", "with-alice"))
        connected("with-alice", alice, mallory)
        connected("with-bob", bob, mallory)
        time.sleep(stage.seconds)
        account(stage, alice, bob, mallory)
    stage.truth["allocations"] = coturn.account()


@scenario
def symmetric_nat(stage):
    """alice and bob are each behind a symmetric NAT: only a relay brings them together."""
    network.let_hosts_meet()
    for host in ("alice", "bob"):
        network.translate(host)
    coturn = Coturn(stage)
    with stage.recorded():
        talk(stage)
    stage.truth["allocations"] = coturn.account()


@scenario
def relay_behind_nat(stage):
    """The relay's host has a private address and advertises another; seen on this host."""
    network.translate("relay", forwarded="3478, 50000-50999")
    coturn = Coturn(stage, f"--external-ip={RELAY}/{INNER}", addresses=[INNER])
    with stage.recorded():
        talk(stage)
    stage.truth["allocations"] = coturn.account()


@scenario
def relay_behind_bridge(stage):
    """coturn in a container: its host's interfaces show each packet up to three times, rewritten."""
    host = network.translate("relay", forwarded="3478, 50000-50999", bridge=True)
    coturn = Coturn(stage, f"--external-ip={RELAY}/{INNER}", addresses=[INNER])
    with stage.recorded(host, interface="any"):
        talk(stage)
    stage.truth["allocations"] = coturn.account()


@scenario
def relay_rebooted(stage):
    """The relay loses its allocations in the middle of a call; the parties call again."""
    coturn = Coturn(stage)
    with stage.recorded():
        alice, bob = Aiortc(stage, "alice", turn("alice")), Aiortc(stage, "bob")
        connect(alice, bob, "first")
        time.sleep(stage.seconds / 2)
        coturn.program.stop(signal.SIGKILL)
        lost = coturn.account()
        coturn = Coturn(stage)
        time.sleep(1)
        connect(alice, bob, "second")
        time.sleep(stage.seconds / 2)
        account(stage, alice, bob)
    stage.truth["allocations"] = lost + coturn.account()


@scenario
def mesh_of_three(stage):
    """Three parties, each connected to each, without a server; seen on all interfaces between."""
    network.let_hosts_meet()
    with stage.recorded("router", interface="any"):
        alice, bob, carol = (Aiortc(stage, host) for host in ("alice", "bob", "carol"))
        for one, other in ((alice, bob), (alice, carol), (bob, carol)):
            connect(one, other, f"{one.name}-{other.name}")
        time.sleep(stage.seconds)
        account(stage, alice, bob, carol)


def talk(stage, seconds=None):
    alice, bob = Aiortc(stage, "alice", turn("alice")), Aiortc(stage, "bob", turn("bob"))
    connect(alice, bob, channel=True)
    time.sleep(seconds or stage.seconds)
    account(stage, alice, bob)
