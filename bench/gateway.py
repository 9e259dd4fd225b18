"""What the gateway costs: the same requests to a service directly and through the gateway."""

from bench import load
from bench.figures import Figure
from bench.installations import installation, port_of
from deploy.local.stack import Stack

PATH = "/api/registry/v1/areas/0201"
LIGHT_PATH = "/livez"


def run() -> list[Figure]:
    """Measure a light request (no database) and a read of one row, over 32 connections each."""
    with installation() as stack:
        return _measure(stack)


def _measure(stack: Stack) -> list[Figure]:
    direct = port_of(stack, "registry")
    light = load.run(direct, LIGHT_PATH)
    read = load.run(direct, PATH)
    through = load.run(stack.installation.port, PATH)
    return [
        Figure("an endpoint that touches nothing, direct", light.rate, "requests/s"),
        Figure("one row read, direct", read.rate, "requests/s"),
        Figure("one row read, through the gateway", through.rate, "requests/s"),
        Figure("share of the direct rate kept", through.rate / read.rate, "", "> 0.8"),
        Figure("99th percentile, direct", read.p99_ms, "ms"),
        Figure("99th percentile, through the gateway", through.p99_ms, "ms"),
        Figure("answers that were not 200", light.errors + read.errors + through.errors, ""),
    ]
