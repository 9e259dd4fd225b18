"""The five services and the parent that forks them, as the supervisor sees them."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.installation import ROOT
from deploy.local.probes import answers
from deploy.local.process import python_environment, spawn

SPARING = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""Large pieces of memory, such as a password's hashing takes, go back to the system as soon as they are free."""


class ServiceHost:
    """The parent process that has imported the stack; orders go in, reports come out."""

    name = "services"
    stop_signal = signal.SIGTERM
    stop_patience = 10.0
    stop_rank = 3
    address = ""

    def __init__(self, targets: list[str], log: Path) -> None:
        self._modules = list(dict.fromkeys(target.partition(":")[0] for target in targets))
        self._log = log
        self._unread = b""
        self._news = False
        self.resting = False
        self._children: dict[str, ForkedProcess] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> list[str]:
        """Nothing is needed before it starts."""
        return []

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it without waiting; orders given while it still imports are carried out afterwards."""
        self.process = spawn(
            [sys.executable, "-m", "deploy.local.host", *self._modules], log=self._log, directory=ROOT,
            environment=python_environment(**SPARING),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, on_parent_death=signal.SIGKILL,
        )  # fmt: skip
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._unread, self._children, self.resting = b"", {}, False
        return self.process

    def ready(self) -> bool:
        """It takes orders as soon as it lives."""
        return self.alive

    @property
    def alive(self) -> bool:
        """Whether orders reach it."""
        return self.process is not None and self.process.poll() is None

    @property
    def reports(self) -> int | None:
        """What to watch for its reports."""
        return self.process.stdout.fileno() if self.process and self.process.stdout else None

    def serve(self, name: str, target: str, port: int, environment: Mapping[str, str], log: Path) -> "ForkedProcess":
        """Order a child that serves an application."""
        return self._order(name, target, environment, log, port=port)

    def call(self, name: str, target: str, environment: Mapping[str, str], **arguments: object) -> "ForkedProcess":
        """Order a child that calls a function once, with a log of its own; its number, or 0, is the exit code."""
        return self._order(name, target, environment, self._log.with_name(f"{name}.log"), arguments=arguments)

    def rest(self) -> None:
        """Let it give its memory back until the next order."""
        if self.alive and not self.resting:
            self._write({"rest": True})
            self.resting = True

    def _order(
        self, name: str, target: str, environment: Mapping[str, str], log: Path, **more: object
    ) -> "ForkedProcess":
        order = {"start": name, "target": target, "environment": dict(environment), "log": str(log), **more}
        child = self._children[name] = ForkedProcess(name, self)
        self.resting = False
        self._write(order)
        return child

    def _write(self, order: Mapping[str, object]) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            self.process.stdin.flush()

    def news(self) -> bool:
        """Whether a child came or went since this was asked last."""
        self.read()
        news, self._news = self._news, False
        return news

    def read(self) -> None:
        """Take in what was reported since."""
        if self.reports is None:
            return
        with suppress(BlockingIOError):
            while received := os.read(self.reports, 65_536):
                self._unread += received
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            report = json.loads(line)
            child = self._children.get(report.get("started") or report.get("exited"))
            if child is not None and "started" in report:
                child.started(report["pid"])
            elif child is not None:
                child.ended(report["pid"], report["code"])
        self._news = self._news or bool(lines)


class ForkedProcess:
    """A child of the host, with the few methods of a Popen that a supervisor needs."""

    def __init__(self, name: str, host: ServiceHost) -> None:
        self.name = name
        self._pid = 0
        self.returncode: int | None = None
        self._host = host
        self._parent = host.process

    @property
    def pid(self) -> int:
        """Its process id; 0 until the host has forked it."""
        if not self._pid and self._parent is self._host.process:
            self._host.read()
        return self._pid

    def started(self, pid: int) -> None:
        """The host has forked it."""
        self._pid = pid

    def ended(self, pid: int, code: int) -> None:
        """The host has seen its end, or that of an earlier one of the same name."""
        if pid == self._pid:
            self.returncode = code

    def poll(self) -> int | None:
        """The exit code, or None while it lives; a child dies with its host."""
        if self.returncode is None:
            self._host.read()
        if self.returncode is None and (self._parent is not self._host.process or not self._host.alive):
            self.returncode = -signal.SIGKILL
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, waiting a little where it has only just been ordered."""
        deadline = time.monotonic() + 1
        while not self.pid and self.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if self.pid and self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end as a Popen would."""
        deadline = time.monotonic() + (timeout if timeout is not None else 3600)
        with selectors.DefaultSelector() as selector:
            if self._host.reports is not None:
                selector.register(self._host.reports, selectors.EVENT_READ)
            while self.poll() is None:
                if time.monotonic() > deadline:
                    raise subprocess.TimeoutExpired(self.name, timeout or 0)
                selector.select(0.05)
        assert self.returncode is not None
        return self.returncode


@dataclass
class Service:
    """One service: a child of the host that serves its application on a port of loopback."""

    name: str
    host: ServiceHost
    target: str
    port: int
    log: Path
    environment: Callable[[], Mapping[str, str]]
    stop_signal = signal.SIGTERM
    stop_patience = 8.0
    stop_rank = 2

    @property
    def address(self) -> str:
        """Where it is reached from this machine."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> list[str]:
        """Nothing is needed before it starts."""
        return []

    def launch(self) -> ForkedProcess:
        """Order its process from the host."""
        return self.host.serve(self.name, self.target, self.port, self.environment(), self.log)

    def ready(self) -> bool:
        """Whether it says that its database, migrations and events are well."""
        return answers(self.port, "/readyz")
