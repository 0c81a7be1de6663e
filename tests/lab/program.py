"""Programs that a scenario runs, each in the network namespace of one host."""

import os
import re
import signal
import subprocess
import time


class Program:
    """A running program; what it prints goes to a log of its own, or where `pipes` say."""

    def __init__(self, host, args, log, env=None, **pipes):
        self.host, self.name, self.log = host, os.path.basename(log), log
        with open(log, "wb") as out:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out} | pipes
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", host, *map(str, args)],
                env=os.environ | (env or {}),
                start_new_session=True,
                **pipes,
            )

    def told(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def wait_until(self, ready, what, seconds=20):
        """Waits until `ready()`; fails with the end of the log where the program ends first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: {what} did not come\n{self.told()[-2000:]}")
            time.sleep(0.05)

    def wait_for(self, pattern, seconds=20):
        """Waits until it prints what matches."""
        self.wait_until(lambda: re.search(pattern, self.told()), repr(pattern), seconds)

    def wait_for_port(self, transport, port):
        """Waits until somebody listens on this port of the host."""
        look = ["ip", "netns", "exec", self.host, "ss", "-Hln", f"--{transport}"]
        listens = lambda: subprocess.run(
            [*look, f"sport = :{port}"], capture_output=True, check=True
        ).stdout
        self.wait_until(listens, f"port {port}")

    def end(self, seconds):
        """Waits until it ends by itself; fails where it does not, or does not end well."""
        if self.process.wait(seconds) != 0:
            raise RuntimeError(f"{self.name} failed\n{self.told()[-2000:]}")

    def stop(self, number=signal.SIGTERM, seconds=3):
        """Ends it and what it started, at last by force."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def run(*args, **options):
    """Runs a short command to its end; fails with what it said where it does not end well."""
    done = subprocess.run([*map(str, args)], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, args))}: {done.stderr or done.stdout}")
    return done.stdout
