"""An installation of its own for a benchmark, as `make up` makes it: all services behind the gateway."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.registries import wait_until_quiet
from deploy.local.stack import Stack


@contextmanager
def installation() -> Iterator[Stack]:
    """One that has told everybody of the areas of the official list, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="isaf-bench-") as directory:
        stack = Stack(Path(directory))
        try:
            stack.start()
            wait_until_quiet(port_of(stack, "registry"))
            yield stack
        finally:
            stack.remove()


def port_of(stack: Stack, part: str) -> int:
    """Where a part is reached directly."""
    return int(stack.parts()[part]["address"].rsplit(":", 1)[1])


def token(stack: Stack, role: str = "ncdds", area: str = "") -> str:
    """A token as the administrator of the server may have it; "" is the whole country."""
    command = [sys.executable, "-m", "services.registry.admin", "token", "--role", role, "--area", area]
    environment = os.environ | stack.environment("registry")
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
