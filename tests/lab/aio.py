"""A party of a call: aiortc, told what to do by lines of JSON on its standard input.

`aio.py NAME KEYS`: NAME decides what it says and shows, so that no two parties sound alike; the keys
of its DTLS handshakes are appended to the file KEYS. Each line is `[what, connection, ...]`; the
answer is `{"ok": ...}` or `{"error": ...}`. `page.js` understands the same.
"""

import asyncio
import fractions
import json
import math
import random
import struct
import sys
import time

from aiortc import (AudioStreamTrack, RTCConfiguration, RTCIceServer, RTCIceTransportPolicy,
                    RTCPeerConnection, RTCSessionDescription, VideoStreamTrack)
from aiortc.contrib.media import MediaRelay
from av import AudioFrame, VideoFrame
from OpenSSL import SSL

RATE = 48000
WIDTH, HEIGHT, BAR = 320, 180, 40


class Sound(AudioStreamTrack):
    """Tones of a third of a second, in frames of 20 ms."""

    def __init__(self, name):
        super().__init__()
        self.chance, self.at, self.begun = random.Random(name), 0, None

    async def recv(self):
        self.begun = self.begun or time.monotonic()
        await asyncio.sleep(self.begun + self.at / RATE - time.monotonic())
        count = RATE // 50
        if self.at % (16 * count) == 0:
            self.pitch, self.level = self.chance.uniform(100, 2000), self.chance.uniform(10, 9000)
        turn = math.tau * self.pitch / RATE
        wave = (int(self.level * math.sin(turn * (self.at + i))) for i in range(count))
        frame = AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(struct.pack(f"<{count}h", *wave))
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.at, fractions.Fraction(1, RATE)
        self.at += count
        return frame


class Picture(VideoStreamTrack):
    """A bar that jumps about over black, ten pictures a second."""

    def __init__(self, name):
        super().__init__()
        self.chance = random.Random(name)

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        await asyncio.sleep(0.07)
        left, colour = self.chance.randrange(WIDTH - BAR), self.chance.randbytes(3)
        frame = VideoFrame(WIDTH, HEIGHT, "rgb24")
        plane = frame.planes[0]
        line = bytes(3 * left) + colour * BAR
        plane.update(line.ljust(plane.line_size, b"\0") * HEIGHT)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Party:
    """The peer connections of one party, by name."""

    def __init__(self, name):
        self.name, self.relay = name, MediaRelay()
        self.connections, self.options, self.received, self.tracks = {}, {}, {}, {}

    async def make(self, name, config, options):
        servers = [
            RTCIceServer(server["urls"], server["username"], server["credential"])
            for server in config.get("iceServers", [])
        ]
        policy = RTCIceTransportPolicy(config.get("iceTransportPolicy", "all"))
        connection = RTCPeerConnection(RTCConfiguration(servers, policy))
        self.connections[name], self.options[name] = connection, options
        self.received[name] = {"datachannel": 0, "audio": 0, "video": 0}
        connection.on("track", lambda track: self.take(name, track))
        connection.on("datachannel", lambda channel: self.chat(name, channel))

    def take(self, name, track):
        """Keeps what arrives for who passes it on, and counts it."""
        self.tracks.setdefault(name, []).append(track)
        asyncio.ensure_future(self.drain(name, self.relay.subscribe(track)))

    async def drain(self, name, track):
        while track.readyState == "live":
            await track.recv()
            self.received[name][track.kind] += 1

    def chat(self, name, channel):
        """Sends a line of text twice a second."""

        async def send():
            count = 0
            while channel.readyState == "open":
                channel.send(f"SECRET-DATACHANNEL-TEXT-{count}")
                count += 1
                await asyncio.sleep(0.5)

        def count(_):
            self.received[name]["datachannel"] += 1

        channel.on("message", count)
        channel.on("open", lambda: asyncio.ensure_future(send()))
        if channel.readyState == "open":
            asyncio.ensure_future(send())

    def add_media(self, name):
        connection, options = self.connections[name], self.options[name]
        if passed_on := options.get("passes_on"):
            tracks = [self.relay.subscribe(track) for track in self.tracks[passed_on]]
        else:
            tracks = [Sound(self.name), Picture(self.name)][: 2 if options.get("video", True) else 1]
        for track in tracks:
            connection.addTrack(track)

    async def offer(self, name):
        connection = self.connections[name]
        self.add_media(name)
        if self.options[name].get("channel"):
            self.chat(name, connection.createDataChannel("chat"))
        await connection.setLocalDescription(await connection.createOffer())
        return description(connection.localDescription)

    async def hear(self, name, offered):
        await self.connections[name].setRemoteDescription(RTCSessionDescription(**offered))

    async def answer(self, name, offered=None):
        connection = self.connections[name]
        if offered:
            await self.hear(name, offered)
        self.add_media(name)
        await connection.setLocalDescription(await connection.createAnswer())
        return description(connection.localDescription)

    accept = hear

    async def connected(self, name, seconds=20):
        connection = self.connections[name]
        deadline = time.monotonic() + seconds
        while connection.connectionState not in ("connected", "failed"):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        return connection.connectionState

    async def close(self, name):
        await self.connections[name].close()

    async def stats(self, name):
        connection = self.connections[name]
        told = list((await connection.getStats()).values())
        streams = {
            way: [stream(entry) for entry in told if entry.type == f"{way}-rtp"]
            for way in ("outbound", "inbound")
        }
        transports = {t.sender.transport for t in connection.getTransceivers()}
        return streams | {
            "state": connection.connectionState,
            "selected": [selected(transport) for transport in transports if transport],
            "received": self.received[name],
            "localSdp": connection.localDescription.sdp,
            "remoteSdp": connection.remoteDescription.sdp,
        }


def description(described):
    return {"type": described.type, "sdp": described.sdp}


def stream(entry):
    packets = getattr(entry, "packetsSent", None) or getattr(entry, "packetsReceived", None)
    clock = {"audio": RATE, "video": 90000}[entry.kind]
    return {"ssrc": entry.ssrc, "kind": entry.kind, "clock": clock, "packets": packets}


def selected(transport):
    """The pair of candidates that carries media; aiortc tells it nowhere but inside."""
    pair = transport.transport._connection._nominated.get(1)
    return pair and {
        "local": candidate(pair.protocol.local_candidate),
        "remote": candidate(pair.remote_candidate),
    }


def candidate(of):
    return {"type": of.type, "address": of.host, "port": of.port}


def log_keys(path):
    """aiortc makes its contexts itself: each is told where its keys go."""
    make, keys = SSL.Context.__init__, open(path, "a", buffering=1)

    def make_and_log(self, *args):
        make(self, *args)
        self.set_keylog_callback(lambda _, line: keys.write(line.decode() + "\n"))

    SSL.Context.__init__ = make_and_log


async def main():
    name, keys = sys.argv[1:]
    log_keys(keys)
    party, loop = Party(name), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        what, *args = json.loads(line)
        try:
            answer = {"ok": await getattr(party, what)(*args)}
        except Exception as error:  # told to who asked
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
