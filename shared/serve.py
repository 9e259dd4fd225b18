"""How a service is served, the same on one machine and in a container: `python -m shared.serve scorecard`."""

import gc
import importlib
import sys
from typing import Any

import uvicorn

from shared.warm import warm

CONTAINER_PORT = 8000
SWITCH_SECONDS = 0.0005
"""A thread that computes gives way to requests that soon, where Python's own 5 ms made each step of a ballot wait."""
COLLECT_AFTER = 20_000
"""New objects until those in rings are looked for, at most 4 MB of them: after Python's 700 that took a quarter of the
time of a batch of ballots, all of whose objects are still needed."""
GRACE_SECONDS = 5
"""How long requests under way may take to end when the service is asked to stop."""


def serve(app: Any, *, port: int, host: str = "127.0.0.1", trusted_proxies: str = "127.0.0.1") -> int:
    """Serve an application until the process is asked to stop; return its exit code.

    Client addresses are taken from the gateway alone, and the gateway writes the access log.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=host, port=port, loop="uvloop", http="httptools", lifespan="on", access_log=False,
            log_config=None, server_header=False, proxy_headers=True, forwarded_allow_ips=trusted_proxies,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )  # fmt: skip
    gc.set_threshold(COLLECT_AFTER)
    server.run()
    return 0 if server.started else 3


def main() -> int:
    """Serve one service on a container's network, which only the gateway shares."""
    if len(sys.argv) != 2:
        sys.stderr.write("Usage: python -m shared.serve SERVICE\n")
        return 2
    app = importlib.import_module(f"services.{sys.argv[1]}.main").app
    warm(app)
    return serve(app, port=CONTAINER_PORT, host="0.0.0.0", trusted_proxies="*")  # noqa: S104


if __name__ == "__main__":
    sys.exit(main())
