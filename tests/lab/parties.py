"""Parties of a call, whatever program they are: each is asked the same (see `aio.py`, `page.js`)."""

import json
import os
import re
import subprocess

from program import run
from stage import HERE, PYTHON


class Party:
    """Somebody on a host who answers what is asked; `ice` is its configuration."""

    def __init__(self, stage, host, ice=None, name=None):
        self.stage, self.host, self.ice, self.name = stage, host, ice or {}, name or host
        self.connections = []

    def make(self, connection, **options):
        self.connections.append(connection)
        self.ask("make", connection, self.ice, options)

    def ask(self, what, *args):
        """Asks it to do something, and gives what it answers."""
        answer = self.answer([what, *args])
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {what}: {answer['error']}")
        return answer.get("ok")

    def answer(self, request):
        raise NotImplementedError

    def account(self):
        """What it says itself of its connections."""
        connections = {name: self.ask("stats", name) for name in self.connections}
        return {"software": self.software(), "pcs": connections}

    def hang_up(self):
        for name in self.connections:
            self.ask("close", name)


class ByLines(Party):
    """One whose program reads requests from its standard input, a line each."""

    def start(self, *command, **options):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.program = self.stage.start(self.host, *command, name=self.name, **pipes, **options)

    def answer(self, request):
        process = self.program.process
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        return json.loads(line) if line else {"error": self.program.told()[-2000:]}


class Aiortc(ByLines):
    """aiortc, with sound, pictures and a data channel; DTLS 1.2; logs its keys."""

    def __init__(self, stage, host, ice=None, name=None):
        super().__init__(stage, host, ice, name)
        self.start(PYTHON, os.path.join(HERE, "aio.py"), self.name, stage.result("keys"))

    def software(self):
        pinned = open(os.path.join(HERE, "requirements.txt")).read()
        return "aiortc " + re.search("aiortc==(.*)", pinned)[1]


class Firefox(ByLines):
    """Firefox; DTLS 1.3; logs its keys."""

    def __init__(self, stage, host, ice=None, name=None):
        super().__init__(stage, host, ice, name)
        keys = {"SSLKEYLOGFILE": stage.result("keys")}
        script = os.path.join(HERE, "firefox.py")
        self.start("python3", "-B", script, os.path.abspath(self.name), page(), env=keys)

    def software(self):
        return run("firefox-esr", "--version").strip()


# Nothing but the call; names are not asked for, yet addresses still count as names of hosts.
CHROMIUM = """
    --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --mute-audio
    --disable-background-networking --disable-component-update --disable-sync
    --autoplay-policy=no-user-gesture-required --use-fake-device-for-media-stream
    --disable-features=OptimizationHints,MediaRouter --remote-debugging-pipe
""".split() + ["--host-resolver-rules=MAP *.com ~NOTFOUND, MAP *.test ~NOTFOUND"]


class Chromium(Party):
    """Chromium, driven over a pair of pipes; DTLS 1.3; its keys cannot be had."""

    def __init__(self, stage, host, ice=None, name=None, flags=(), asks=False):
        super().__init__(stage, host, ice, name)
        allow = [] if asks else ["--use-fake-ui-for-media-stream"]
        profile = f"--user-data-dir={os.path.abspath(self.name)}"
        (theirs_in, self.to), (self.out, theirs_out) = os.pipe(), os.pipe()
        # It reads from descriptor 3 and writes to 4.
        pipes = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.program = stage.start(
            host, "bash", "-c", pipes, "chromium", "/usr/lib/chromium/chromium",
            *CHROMIUM, *allow, *flags, profile, name=self.name, pass_fds=(theirs_in, theirs_out),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.replies, self.count, self.session = open(self.out, "rb"), 0, None
        target = self.command("Target.createTarget", url=f"file://{page()}")
        self.session = self.command("Target.attachToTarget", flatten=True, **target)["sessionId"]
        # The page is there once it knows its party.
        while "exceptionDetails" in self.evaluate("party.media"):
            pass

    def command(self, method, **parameters):
        self.count += 1
        request = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while (reply := self.reply()).get("id") != self.count:
            pass  # an event
        if "error" in reply:
            raise RuntimeError(f"{self.name}: {method}: {reply['error']['message']}")
        return reply["result"]

    def reply(self):
        octets = bytearray()
        while (octet := self.replies.read(1)) != b"\0":
            if not octet:
                raise RuntimeError(f"{self.name} ended\n{self.program.told()[-2000:]}")
            octets += octet
        return json.loads(octets)

    def evaluate(self, expression):
        wanted = {"awaitPromise": True, "returnByValue": True}
        return self.command("Runtime.evaluate", expression=expression, **wanted)

    def answer(self, request):
        what, *args = request
        done = self.evaluate(f"party.{what}(...{json.dumps(args)})")
        if "exceptionDetails" in done:
            return {"error": done["exceptionDetails"]["exception"].get("description")}
        return {"ok": done["result"].get("value")}

    def software(self):
        return self.command_of_browser("Browser.getVersion")["product"]

    def command_of_browser(self, method):
        session, self.session = self.session, None
        result = self.command(method)
        self.session = session
        return result


def page():
    """The page that is a party, in a file of its own."""
    path = os.path.abspath("page.html")
    if not os.path.exists(path):
        scripts = "".join(
            f"<script>{open(os.path.join(HERE, name)).read()}</script>"
            for name in ("frames.js", "page.js")
        )
        with open(path, "w") as file:
            file.write(f"<!doctype html><meta charset=utf-8><body>{scripts}</body>")
    return path


def connect(caller, callee, connection="main", **options):
    """Lets one party call another; with a `channel`, the caller opens a data channel."""
    caller.make(connection, **options)
    callee.make(connection, **options)
    offer = caller.ask("offer", connection)
    answer = callee.ask("answer", connection, offer)
    caller.ask("accept", connection, answer)
    connected(connection, caller, callee)


def connected(connection, *parties):
    """Fails where a connection of one of them does not come about."""
    for party in parties:
        state = party.ask("connected", connection)
        if state != "connected":
            raise RuntimeError(f"{party.name}: the connection {connection} is {state}")


def account(stage, *parties):
    """Writes what parties say themselves into the truth, then lets them hang up."""
    told = stage.truth.setdefault("participants", {})
    for party in parties:
        told[party.name] = party.account()
    for party in parties:
        party.hang_up()
