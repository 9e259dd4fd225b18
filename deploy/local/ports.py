"""Ports on loopback that stay the same from start to start when they can."""

import socket
from pathlib import Path

import psutil

from deploy.local.account import short_name
from deploy.local.problems import Problem

# Below the range from which Linux takes ports for outgoing connections: a part that restarts finds its own port free.
FIRST, LAST = 20_000, 32_000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now; a port in TIME_WAIT counts as free, as it does for servers."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_ports(count: int, data_dir: Path) -> list[int]:
    """Free ports for the inner parts, tried from a place that depends on the data directory alone."""
    start = int(short_name(data_dir), 16) % (LAST - FIRST)
    found: list[int] = []
    for step in range(LAST - FIRST):
        port = FIRST + (start + step) % (LAST - FIRST)
        if is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise Problem("There is no free port on 127.0.0.1 between 20000 and 32000.", "Stop something that listens there.")


def require_free(port: int) -> None:
    """Refuse a taken gateway port before anything is started, naming the process that has it where that can be seen."""
    if is_free(port):
        return
    raise Problem(
        f"Port {port} is taken{_holder(port)}.",
        f'Stop that program, or choose another port: make up ARGS="--port {port + 1000}"',
    )


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                if connection.pid:
                    return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
                return " by another user's program"
    except psutil.Error:
        pass
    return ""
