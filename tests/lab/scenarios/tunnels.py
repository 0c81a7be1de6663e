"""TURN inside TLS and DTLS, and media without any signalling."""

import json
import os
import struct

import network
from network import RELAY, address
from parties import Chromium
from program import run
from servers import USERS, Coturn, certificate, relayed
from stage import HERE, PYTHON

from . import scenario
from .browsers import talk

PEER_PORT = 40000


@scenario
def turn_inside_tls(stage):
    """TLS 1.2 that names the protocol `stun.turn`; a request runs inside, and nobody answers it."""
    files = ["-cert", "turn.pem", "-key", "turn.key"]
    certificate()
    with stage.recorded():
        server = stage.start(
            "relay", "openssl", "s_server", "-port", 5349, "-alpn", "stun.turn", "-quiet", *files
        )
        server.wait_for_port("tcp", 5349)
        allocate = struct.pack("!HHI", 3, 8, 0x2112A442) + b"twelveoctets"
        allocate += struct.pack("!HHI", 0x19, 4, 17 << 24)
        escaped = "".join(f"\\{octet:03o}" for octet in allocate)
        ask = f"openssl s_client -connect {RELAY}:5349 -tls1_2 -alpn stun.turn -quiet"
        network.inside("alice", "sh", "-c", f"printf '{escaped}' | timeout 4 {ask} || true")


@scenario
def turn_inside_tls_opened(stage):
    """alice's leg is TURN inside TLS 1.2, bob's over UDP; the keys stand in the file."""
    coturn = Coturn(stage)
    url = f"turns:{RELAY}:5349?transport=tcp"
    with stage.recorded():
        alice = Chromium(
            stage, "alice", relayed("alice", url=url), flags=["--ignore-certificate-errors"]
        )
        talk(stage, alice, Chromium(stage, "bob", relayed("bob")))
    finish(stage, coturn)


@scenario
def turn_inside_dtls(stage):
    """alice's leg is TURN inside DTLS 1.2; the keys stand in the file."""
    coturn = Coturn(stage)
    with stage.recorded():
        small_client(stage, "dtls")
    finish(stage, coturn)


@scenario
def turn_inside_tls13(stage):
    """The same inside TLS 1.3, which a server in front of coturn ends; the keys stand in the file."""
    coturn = Coturn(stage, "--no-tls", "--no-dtls")
    front = stage.start(
        "relay", "socat",
        f"openssl-listen:5349,bind={RELAY},reuseaddr,fork,cert=turn.pem,key=turn.key,verify=0",
        f"tcp:{RELAY}:3478",
    )
    front.wait_for_port("tcp", 5349)
    with stage.recorded():
        small_client(stage, "tls")
    finish(stage, coturn)


def small_client(stage, kind):
    """alice's small client talks to a peer on bob's host."""
    peer = [address("bob"), PEER_PORT]
    stage.start("bob", "python3", os.path.join(HERE, "echo.py"), *peer).wait_for_port("udp", PEER_PORT)
    client = stage.start(
        "alice", PYTHON, os.path.join(HERE, "turn_client.py"), kind, RELAY, 5349, *USERS["alice"],
        *peer, name="turn_client", env={"KEYLOGFILE": stage.result("keys")},
    )
    client.end(30)
    stage.truth["client"] = json.loads(client.told().splitlines()[-1])


def finish(stage, coturn):
    """Writes the capture once more with the keys in it."""
    keys, capture = stage.result("keys"), stage.result("pcap")
    run("editcap", "--inject-secrets", f"tls,{keys}", capture, stage.result("pcapng"))
    stage.truth["allocations"] = coturn.account()


@scenario
def rtp_without_signalling(stage):
    """Bare RTP and RTCP one way, nothing before it; ICMP errors quote RTP and are no flow."""
    network.let_hosts_meet()
    sound = ["-re", "-f", "lavfi", "-i", "sine=440:sample_rate=48000"]
    picture = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10"]
    to_sound = ["-c:a", "libopus", "-b:a", "24k", "-payload_type", 111, "-ssrc", 1111]
    to_picture = ["-c:v", "libvpx", "-b:v", "80k", "-g", 30, "-payload_type", 96, "-ssrc", 2222]
    shared = ["-t", stage.seconds, "-cname", "alice@lab.test", "-f", "rtp"]
    with stage.recorded("alice", "bob"):
        stage.start(
            "alice", "ffmpeg", "-nostdin", "-loglevel", "error", *sound, *picture,
            "-map", 0, *to_sound, *shared, f"rtp://{address('bob')}:30000",
            "-map", 1, *to_picture, *shared, f"rtp://{address('bob')}:30002",
        ).end(stage.seconds + 20)
