"""The scenarios: each makes one call, as the capture of its name shows it."""

SCENARIOS = {}


def scenario(make):
    """Names a scenario after its function; its documentation is what it shows."""
    SCENARIOS[make.__name__.replace("_", "-")] = make
    return make


def kit(names):
    """What must be installed for these scenarios."""
    needs = {SCENARIOS[name].__module__.rpartition(".")[2] for name in names}
    return "quick" if needs <= {"quick", "hostile"} else "all"


from . import (  # noqa: E402  each adds its own
    browsers, hostile, media_servers, quick, sip, tunnels,
)
