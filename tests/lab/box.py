"""The box in which one scenario runs: namespaces of the kernel that end with it.

Processes, interfaces and files that a scenario leaves are gone when its first process ends, also
where the lab is killed: the kernel takes them away. Only the folder of results outlives it.
"""

import os
import signal
import subprocess
import sys

from program import run

NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]


def enter(arguments):
    """Runs this program again inside a box; gives its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Should the lab be killed, unshare is killed, then the first process, then all others.
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", *NAMESPACES]
    child = subprocess.Popen(
        [*command, sys.executable, "-B", sys.argv[0], "--inside", *arguments],
        start_new_session=True,
    )
    try:
        return child.wait()
    finally:
        child.kill()
        child.wait()


def furnish(work):
    """Gives the box its own places for sockets and for files; both are gone with it."""
    for folder in ("/run", work):
        run("mount", "-t", "tmpfs", "-o", "mode=1777", "lab", folder)
    os.environ |= {"HOME": work, "TMPDIR": work, "XDG_RUNTIME_DIR": work}
    os.chdir(work)
