"""The servers of the lab, on the relay's host unless said otherwise."""

import json
import os
import re

from network import RELAY, inside

REALM = "relay.lab"
USERS = {host: (f"{host}-u", f"{host}pw") for host in ("alice", "bob", "carol")}


def turn(host, url=f"turn:{RELAY}:3478", user=None):
    """The `iceServers` with which a host uses the relay."""
    name, password = user or USERS[host]
    return {"iceServers": [{"urls": url, "username": name, "credential": password}]}


def relayed(host, **options):
    """The same, with nothing but relayed candidates."""
    return turn(host, **options) | {"iceTransportPolicy": "relay"}


def certificate():
    """A key and a certificate of the relay that it signs itself."""
    if not os.path.exists("turn.pem"):
        names = f"subjectAltName=DNS:turn.{REALM},IP:{RELAY},IP:fd77:0::10"
        os.system(
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout turn.key -out turn.pem -days 30 "
            f"-subj /CN=turn.{REALM} -addext {names} 2>/dev/null"
        )
    return ["--cert=turn.pem", "--pkey=turn.key"]


class Coturn:
    """coturn, and its own account of its allocations."""

    def __init__(self, stage, *options, addresses=(RELAY, "fd77:0::10")):
        known = [f"--user={name}:{password}" for name, password in USERS.values()]
        at = [f"--{role}-ip={ip}" for ip in addresses for role in ("listening", "relay")]
        self.program = stage.start(
            "relay", "turnserver", "-n", *at, "--min-port=50000", "--max-port=50999",
            f"--realm={REALM}", "--lt-cred-mech", *known, *certificate(),
            "--no-cli", "--log-file=stdout", "--simple-log", "--verbose",
            "--pidfile=coturn.pid", "--userdb=coturn.db", *options, keys=True, name="coturn",
        )
        self.program.wait_for_port("udp", 3478)

    def account(self):
        """Its allocations: whose they were, and what they carried, in packets."""
        sessions = {}
        for line in self.program.told().splitlines():
            found = re.search(r"session (\d+): (.*)", line)
            if found:
                self.read(sessions.setdefault(found[1], {}), found[2])
        return [session for session in sessions.values() if "user" in session]

    def read(self, session, told):
        """What one line of its log tells of one session."""
        if made := re.match(r"new, .*username=<(.*?)>", told):
            session["user"] = made[1]
        if ended := re.search(r"closed .* local (\S+), remote (\S+), reason", told):
            session["server"], session["client"] = ended[1], ended[2].rstrip(",")
        if used := re.match(r"(peer )?usage: .*rp=(\d+), rb=\d+, sp=(\d+)", told):
            side = "peer" if used[1] else "client"
            # Told again after every 2048 packets, each time of these alone.
            for way, count in ((f"from_{side}", used[2]), (f"to_{side}", used[3])):
                session[way] = session.get(way, 0) + int(count)


JANUS = "/usr/lib/x86_64-linux-gnu/janus"
PLUGINS = ("videoroom", "audiobridge")


class Janus:
    """A media server with its HTTP interface on its own loopback address; keys of every handshake."""

    def __init__(self, stage, tcp=False):
        os.makedirs("janus")
        ice = "\n ice_tcp = true\n ice_lite = true" if tcp else ""
        unwanted = ",".join(
            file for file in sorted(os.listdir(f"{JANUS}/plugins"))
            if file.endswith(".so") and not any(plugin in file for plugin in PLUGINS)
        )
        files = {f"plugin.{plugin}": "general: { }" for plugin in PLUGINS} | {
            "transport.http": 'general: { json = "plain", http = true, port = 8088, ip = "127.0.0.1" }',
        }
        for name, text in files.items():
            with open(f"janus/janus.{name}.jcfg", "w") as file:
                file.write(text)
        with open("janus/janus.jcfg", "w") as file:
            file.write(f"""
                general: {{
                 configs_folder = "{os.path.abspath("janus")}"
                 plugins_folder = "{JANUS}/plugins"
                 transports_folder = "{JANUS}/transports"
                 loggers_folder = "/nonexistent"
                 events_folder = "/nonexistent"
                 log_to_stdout = true
                }}
                nat: {{ ice_enforce_list = "{RELAY}"{ice} }}
                media: {{ rtp_port_range = "20000-20999" }}
                plugins: {{ disable = "{unwanted}" }}""")
        self.program = stage.start("relay", "janus", "-F", os.path.abspath("janus"), keys=True)
        self.program.wait_for_port("tcp", 8088)
        self.sent = 0
        self.session = self.request("", janus="create")["data"]["id"]

    def request(self, path, **body):
        """One request of its HTTP interface, which only its own host reaches."""
        body = {"transaction": "lab"} | body
        told = inside("relay", "curl", "-sS", f"http://127.0.0.1:8088/janus{path}",
                      "-H", "content-type: application/json", "-d", json.dumps(body))
        answer = json.loads(told)
        if answer["janus"] == "error":
            raise RuntimeError(f"janus: {answer['error']['reason']}")
        return answer

    def attach(self, plugin):
        plugin = f"janus.plugin.{plugin}"
        return self.request(f"/{self.session}", janus="attach", plugin=plugin)["data"]["id"]

    def message(self, handle, jsep=None, **body):
        """A message to a plugin, and what it answers at once or tells later."""
        more = {"jsep": jsep} if jsep else {}
        self.sent += 1
        number = f"m{self.sent}"
        path = f"/{self.session}/{handle}"
        answer = self.request(path, janus="message", body=body, transaction=number, **more)
        while answer.get("transaction") != number or answer["janus"] == "ack":
            answer = self.event()
        return answer

    def event(self):
        told = inside("relay", "curl", "-sS",
                      f"http://127.0.0.1:8088/janus/{self.session}?maxev=1")
        return json.loads(told)
