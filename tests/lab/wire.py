"""A wire with a will of its own: passes on frames between two interfaces, but not all as they are.

`wire.py HOW INNER OUTER`, where HOW is `rough` (frames are lost and overtaken, both ways) or `tamper`
(RTP that goes outwards from the relayed ports of coturn is altered, invented and dropped). When it
is told to end, it tells what it did, as JSON.
"""

import json
import random
import select
import signal
import socket
import struct
import sys
import time

EVERY_PROTOCOL, ETHERNET, IPV4, UDP = 0x0003, 14, 0x0800, 17
RELAYED_PORTS = range(50000, 51000)
RTP = range(128, 192)
# How likely each mishap is for one frame.
CHANCE = 0.02
HELD_BACK = 0.06  # seconds


class Rough:
    """Loses some frames, and holds some back until others have overtaken them."""

    did = {"lost": 0, "overtaken": 0}

    def __init__(self):
        self.held = []

    def pass_on(self, frame, _outwards, send):
        match chosen(self.did):
            case "lost":
                return
            case "overtaken":
                self.held.append((time.monotonic() + HELD_BACK, frame, send))
            case None:
                send(frame)

    def go_on(self):
        while self.held and self.held[0][0] < time.monotonic():
            _, frame, send = self.held.pop(0)
            send(frame)


class Tamper:
    """Does to what leaves a relay what a relay must not do."""

    did = {"altered": 0, "invented": 0, "dropped": 0}

    def pass_on(self, frame, outwards, send):
        payload = relayed_rtp(frame) if outwards else None
        match chosen(self.did) if payload else None:
            case "altered":
                send(rewritten(frame, len(frame) - 1))
            case "invented":
                # One that claims to be long ago in its stream.
                send(frame)
                send(rewritten(frame, payload + 2))
            case "dropped":
                return
            case None:
                send(frame)

    def go_on(self):
        pass


def chosen(did):
    """One of these mishaps, which is counted, or none."""
    if random.random() > CHANCE * len(did):
        return None
    what = random.choice(list(did))
    did[what] += 1
    return what


def relayed_rtp(frame):
    """Where in the frame RTP begins that coturn sends to a peer."""
    if struct.unpack_from("!H", frame, 12)[0] != IPV4 or frame[ETHERNET + 9] != UDP:
        return None
    datagram = ETHERNET + 4 * (frame[ETHERNET] & 15)
    payload = datagram + 8
    is_relayed = struct.unpack_from("!H", frame, datagram)[0] in RELAYED_PORTS
    return payload if is_relayed and len(frame) > payload and frame[payload] in RTP else None


def rewritten(frame, at):
    """The frame with other bits in one octet, and with a checksum of UDP that says nothing."""
    changed = bytearray(frame)
    changed[at] ^= 0x80
    checksum = ETHERNET + 4 * (frame[ETHERNET] & 15) + 6
    changed[checksum : checksum + 2] = b"\0\0"
    return bytes(changed)


def main(how, *names):
    wire = {"rough": Rough, "tamper": Tamper}[how]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(json.dumps(wire.did), flush=True)))
    ends = [
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)) for _ in names
    ]
    for end, name in zip(ends, names):
        end.bind((name, 0))
    inner, outer = ends
    print("passing on", flush=True)
    while True:
        ready, _, _ = select.select(ends, [], [], HELD_BACK / 6)
        for end in ready:
            frame, (_, _, kind, _, _) = end.recvfrom(65535)
            # What it sends itself comes back to it.
            if kind != socket.PACKET_OUTGOING:
                wire.pass_on(frame, end is inner, (outer if end is inner else inner).send)
        wire.go_on()


main(*sys.argv[1:])
