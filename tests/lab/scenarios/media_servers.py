"""Calls through Janus, at which every handshake ends: no relay is in them."""

import re
import time

from parties import Chromium, account, connected
from servers import Janus

from . import scenario

# Of the end-to-end layer, which no server knows.
FRAME_KEY = "000102030405060708090a0b0c0d0e0f"


@scenario
def media_server(stage):
    """A media server forwards what two people send (SFU); keys of the server."""
    video_room(stage, ["alice", "bob"])


@scenario
def media_server_three(stage):
    """The same with three people."""
    video_room(stage, ["alice", "bob", "carol"])


@scenario
def media_server_simulcast(stage):
    """The pictures of each are sent in three sizes."""
    video_room(stage, ["alice", "bob"], simulcast=True)


@scenario
def media_server_end_to_end(stage):
    """Frames are sealed end to end inside what the server opens; the key of the frames too."""
    stage.truth["frame_key"] = FRAME_KEY
    video_room(stage, ["alice", "bob"], frameKey=FRAME_KEY)


@scenario
def media_server_over_tcp(stage):
    """STUN, DTLS and SRTP in TCP, each behind its length (RFC 4571)."""
    video_room(stage, ["alice", "bob"], tcp=True)


def video_room(stage, names, tcp=False, **options):
    janus, room = Janus(stage, tcp), 4321
    sealed = {"e2ee": True} if "frameKey" in options else {}
    with stage.recorded():
        people = [Chromium(stage, name) for name in names]
        bits = 250_000 if options.get("simulcast") else 90_000
        janus.message(
            janus.attach("videoroom"), request="create", room=room, publishers=6, bitrate=bits,
            videocodec="vp8", audiocodec="opus", audiolevel_ext=True, require_e2ee=bool(sealed),
        )
        feeds = {}
        for person in people:
            handle = janus.attach("videoroom")
            joined = janus.message(
                handle, request="join", ptype="publisher", room=room, display=person.name
            )
            feeds[person.name] = joined["plugindata"]["data"]["id"]
            person.make("publisher", direction="sendonly", **options)
            offer = over(person.ask("offer", "publisher"), tcp) | sealed
            told = janus.message(handle, offer, request="publish", audio=True, video=True)
            person.ask("accept", "publisher", over(told["jsep"], tcp))
            connected("publisher", person)
        for person, other in ((a, b) for a in people for b in people if a is not b):
            handle, connection = janus.attach("videoroom"), f"from-{other.name}"
            streams = [{"feed": feeds[other.name]}]
            told = janus.message(
                handle, request="join", ptype="subscriber", room=room, streams=streams
            )
            person.make(connection, direction="recvonly", **options)
            answer = person.ask("answer", connection, over(told["jsep"], tcp))
            janus.message(handle, over(answer, tcp) | sealed, request="start")
            connected(connection, person)
        time.sleep(stage.seconds)
        account(stage, *people)


def over(described, tcp):
    """A description; where TCP is wanted, with no candidate of UDP."""
    plain = {member: described[member] for member in ("type", "sdp")}
    if tcp:
        plain["sdp"] = re.sub(r"a=candidate:\S+ \d+ udp .*\r\n", "", plain["sdp"], flags=re.I)
    return plain


@scenario
def mixing_server(stage):
    """A media server mixes what three people say (MCU): one stream of sound to each."""
    janus, room = Janus(stage), 5678
    with stage.recorded():
        people = [Chromium(stage, name) for name in ("alice", "bob", "carol")]
        janus.message(
            janus.attach("audiobridge"), request="create", room=room, sampling_rate=16000,
            audiolevel_ext=True,
        )
        for person in people:
            handle = janus.attach("audiobridge")
            janus.message(handle, request="join", room=room, display=person.name)
            person.make("main", video=False)
            offer = over(person.ask("offer", "main"), False)
            told = janus.message(handle, offer, request="configure", muted=False)
            person.ask("accept", "main", over(told["jsep"], False))
            connected("main", person)
        time.sleep(stage.seconds)
        account(stage, *people)
