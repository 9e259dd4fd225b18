"""A whole installation for tests that act from outside, through the gateway."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.installation import ROOT
from deploy.local.stack import Stack


@contextmanager
def running_stack(data_dir: Path) -> Iterator[Stack]:
    """Every part on free ports and an empty database; without the demo."""
    stack = Stack(data_dir, port=0, demo=False)
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()


def operator_token(stack: Stack) -> str:
    """A token of the operator."""
    return token_of(stack, "operator")


def token_of(stack: Stack, role: str) -> str:
    """A token of a role for the whole nation, as whoever runs the server gets one."""
    command = [sys.executable, "-m", "services.registry.admin", "token", "--role", role]
    environment = os.environ | stack.environment("registry")
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return answer.stdout.strip()
