"""What a scenario has: hosts, programs on them, what is recorded, and the truth of it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import network
from program import Program

HERE = os.path.dirname(os.path.abspath(__file__))
KIT = os.path.join(HERE, "../../target/lab")
PYTHON = os.path.join(KIT, "venv/bin/python")
PACKAGES = """
    baresip-core chromium coturn ffmpeg firefox-esr janus kamailio openssl tcpdump wireshark-common
""".split()


class Stage:
    """One scenario: ends whatever it started, in reverse order, when it is closed."""

    def __init__(self, name, seconds, watcher=None):
        self.name, self.seconds, self.watcher = name, seconds, watcher
        self.programs = contextlib.ExitStack()
        self.results = []
        self.truth = {
            "scenario": name,
            "network": {
                host: [network.address(host, 4), network.address(host, 6)]
                for host in network.HOSTS
            },
            "captures": {},
        }

    def start(self, host, *args, name=None, keys=False, **options):
        """Starts a program on a host; with `keys` it appends the keys of its handshakes."""
        if keys:
            log = {"KEYLOGFILE": self.result("keys"), "LD_PRELOAD": os.path.join(KIT, "keylog.so")}
            options["env"] = options.get("env", {}) | log
        log = f"{name or os.path.basename(args[0])}.log"
        program = Program(host, args, os.path.abspath(log), **options)
        self.programs.callback(program.stop)
        return program

    def result(self, ending):
        """The file of this scenario with this ending; it is kept if it is there at the end."""
        file = os.path.abspath(f"{self.name}.{ending}")
        if file not in self.results:
            self.results.append(file)
        return file

    @contextlib.contextmanager
    def recorded(self, server="relay", client="alice", interface="eth0"):
        """Records what both sides see; a `client` of None leaves its side out."""
        sides = [(server, interface, "pcap")]
        if client:
            sides.append((client, "eth0", f"{client}.pcap"))
        recorders = [self.record(*side) for side in sides]
        watching = self.watch(server, interface) if self.watcher else None
        yield
        for (host, _, ending), recorder in zip(sides, recorders):
            self.finish(recorder, host, ending)
        if watching:
            watching.stop(signal.SIGINT, seconds=20)

    def record(self, host, interface, ending):
        link = ["-y", "LINUX_SLL2"] if interface == "any" else []
        recorder = self.start(
            host, "tcpdump", "-Z", "root", "-i", interface, *link, "-s", 0, "-U", "-B", 8192,
            "-w", self.result(ending), "not icmp6 and not arp", name=f"tcpdump-{host}",
        )
        recorder.wait_for("listening on")
        return recorder

    def finish(self, recorder, host, ending):
        """Ends a recorder, and takes its own account: packets, and that none was dropped."""
        # The kernel hands its last packets over up to a second late.
        time.sleep(1.3)
        recorder.stop(signal.SIGINT)
        told = recorder.told()
        if dropped := re.search(r"([1-9]\d*) packets dropped by (kernel|interface)", told):
            raise RuntimeError(f"{self.name}: {dropped[0]}")
        file = os.path.basename(self.result(ending))
        packets = re.search(r"(\d+) packets captured|Packets captured: (\d+)", told)
        self.truth["captures"][host] = {"file": file, "packets": int(packets[1] or packets[2])}

    def watch(self, host, interface):
        """Lets the watcher follow the call live; its report is `NAME.live.json`."""
        watching = self.start(
            host, self.watcher, "live", "-i", interface, "--format", "json",
            "-o", self.result("live.json"), name="watcher",
        )
        watching.wait_for("capturing on")
        return watching

    def keep(self, out):
        """Copies the results to the folder `out`, whole or not at all."""
        self.truth |= {"made": time.strftime("%Y-%m-%d"), "versions": versions()}
        with open(self.result("json"), "w") as truth:
            json.dump(self.truth, truth, indent=1)
        for file in filter(os.path.exists, self.results):
            name = os.path.basename(file)
            shutil.copy(file, os.path.join(out, f".{name}"))
            os.rename(os.path.join(out, f".{name}"), os.path.join(out, name))

    def close(self):
        self.programs.close()


def versions():
    """The versions of the Debian packages whose programs are in the calls, of those installed."""
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
        capture_output=True, text=True,
    ).stdout
    return dict(line.split() for line in told.splitlines() if len(line.split()) == 2)
