"""Parties of a call, whatever program they are: each is asked the same (see `aio.py`, `page.js`)."""

import json
import os
import subprocess

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
        raise NotImplementedError

    def account(self):
        """What it says itself of its connections."""
        return {"pcs": {name: self.ask("stats", name) for name in self.connections}}

    def hang_up(self):
        for name in self.connections:
            self.ask("close", name)


class Aiortc(Party):
    """aiortc, with sound, pictures and a data channel; DTLS 1.2; logs its keys."""

    software = "aiortc 1.16.0"

    def __init__(self, stage, host, ice=None, name=None):
        super().__init__(stage, host, ice, name)
        self.program = stage.start(
            host, PYTHON, os.path.join(HERE, "aio.py"), stage.result("keys"),
            name=f"aiortc-{self.name}",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def ask(self, what, *args):
        process = self.program.process
        process.stdin.write(json.dumps([what, *args]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        answer = json.loads(line) if line else {"error": self.program.told()[-2000:]}
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {what}: {answer['error']}")
        return answer["ok"]


def connect(caller, callee, connection="main", hears=None, **options):
    """Lets one party call another; `hears` is who answers in the callee's place."""
    caller.make(connection, channel=True, **options)
    callee.make(connection, **options)
    offer = caller.ask("offer", connection)
    answer = callee.ask("answer", connection, offer)
    caller.ask("accept", connection, answer)
    for party in (caller, callee):
        state = party.ask("connected", connection)
        if state != "connected":
            raise RuntimeError(f"{party.name}: the call is {state}")


def account(stage, *parties):
    """Writes what parties say themselves into the truth, then lets them hang up."""
    told = stage.truth.setdefault("participants", {})
    for party in parties:
        told[party.name] = party.account() | {"software": party.software}
    for party in parties:
        party.hang_up()
