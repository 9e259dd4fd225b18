"""Child processes that neither outlive their parent nor share its terminal's Ctrl-C."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

from deploy.local.account import Account

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(with_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to signal this process when its parent dies, however the parent dies (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _in_child(with_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()
    return lambda: die_with_parent(with_signal, parent)


def python_environment(**more: str) -> dict[str, str]:
    """The environment of our own Python programs: they keep their compiled modules, which halves a later start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


class Stoppable(Protocol):
    """A process that can be waited for and killed."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""

    def kill(self) -> None:
        """End it at once."""


def spawn(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    account: Account | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
    directory: Path = Path("/"),
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a part in its own session, its output added to its log; call it from the main thread.

    The kernel ties the death signal to the thread that forked, and clears it when the account changes: it is set after
    the change, in the child, where nothing but one system call happens.
    """
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else None
    try:
        return subprocess.Popen(
            [str(word) for word in command],
            env=dict(environment) if environment is not None else None,
            stdin=stdin,
            stdout=stdout if stdout is not None else output,
            stderr=output,
            cwd=directory,
            start_new_session=True,
            preexec_fn=_in_child(on_parent_death),  # noqa: PLW1509
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    finally:
        if output is not None:
            os.close(output)


def stop(process: subprocess.Popen[bytes], with_signal: signal.Signals, patience: float) -> bool:
    """Ask a part to stop and kill it when it does not; tell whether it went by itself."""
    if process.poll() is not None:
        return True
    with suppress(ProcessLookupError):
        process.send_signal(with_signal)
    return end(process, patience)


def end(process: Stoppable, patience: float) -> bool:
    """Wait for a process that was asked to stop, and kill it when it does not; tell whether it went by itself."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def is_alive(pid: int | None, created: float | None) -> bool:
    """Whether the process that was meant lives: not a later one with its number, nor one that only awaits its burial.

    In a container nobody may bury the dead; they keep their number and hold nothing else.
    """
    if pid is None or created is None:
        return False
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - created) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def stop_stranger(pid: int, with_signal: signal.Signals, patience: float) -> None:
    """Stop a process that is not our child: a supervisor, or what an earlier, killed one left behind."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        created = process.create_time()
        process.send_signal(with_signal)
        if not _gone(pid, created, patience):
            process.kill()
            _gone(pid, created, 5)


def _gone(pid: int, created: float, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while alive := is_alive(pid, created):
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return not alive


def name_process(name: str) -> None:
    """Give this process a name that ps and top show (Linux only; 15 characters)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)
