"""Keeps the parts running: starts what died again with growing delay, stops all in order, writes down what is where."""

import math
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

from deploy.local.installation import Installation, State
from deploy.local.logs import keep_small, tail
from deploy.local.problems import Problem
from deploy.local.process import end
from deploy.local.services import Service, ServiceHost

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
STEADY_SECONDS = 10.0
"""After so long a run, the delays begin anew."""
DEATHS_AT_START = 4
"""A part that dies this often before it was ever healthy will not become so by itself."""


class Running(Protocol):
    """A process as the supervisor needs it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class Part(Protocol):
    """One part of the stack: how to start it, ask after it and stop it."""

    name: str
    stop_signal: signal.Signals
    stop_patience: float
    stop_rank: int

    @property
    def address(self) -> str: ...
    def prepare(self) -> list[str]: ...
    def launch(self) -> Running: ...
    def ready(self) -> bool: ...


class Interrupted(Exception):
    """Somebody asked the supervisor to stop."""


@dataclass
class Watch:
    """What the supervisor knows of one part."""

    part: Part
    process: Running
    since: float
    deaths: int = 0
    restarts: int = 0
    due: float | None = None

    def delay(self) -> float:
        """How long to wait before the next start."""
        return min(FIRST_DELAY * 2.0 ** max(self.deaths - 1, 0), LONGEST_DELAY)


class Supervisor:
    """Watches the parts from the main thread: the kernel ties the children's lives to the thread that forked them."""

    def __init__(self, installation: Installation, state: State, say: Callable[[str], None]) -> None:
        self._installation, self._state, self._say = installation, state, say
        self._watches: dict[str, Watch] = {}
        self.demo = "none"
        self._phase = "starting"
        self._signals = 0
        self._stopping = False
        self._next_care = 0.0
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def take_signals(self) -> None:
        """Ctrl-C, a closed terminal and `down` stop everything in order; asking again stops it at once."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, *_: object) -> None:
        self._signals += 1
        if self._stopping and self._signals > 1:
            for watch in self._watches.values():
                with suppress(ProcessLookupError, PermissionError):
                    watch.process.kill()

    def start(self, *parts: Part) -> None:
        """Start parts without waiting for them."""
        for part in parts:
            for told in part.prepare():
                self._say(told)
            self._watches[part.name] = Watch(part, part.launch(), time.monotonic())
        self.write_down()

    def phase(self, phase: str) -> None:
        """Write down how far the start has come."""
        self._phase = phase
        self.write_down()

    def wait_ready(self, parts: Sequence[Part], patience: float) -> None:
        """Wait until parts are well; say what stands in their log when they will not be."""
        waiting = list(parts)
        deadline = time.monotonic() + patience
        while waiting := [part for part in waiting if not part.ready()]:
            for part in waiting:
                watch = self._watches[part.name]
                if watch.deaths >= DEATHS_AT_START or time.monotonic() > deadline:
                    raise self._will_not_start(part.name, patience)
            self.tick(0.02)
        for part in parts:
            self._watches[part.name].deaths = 0

    def wait_ended(self, process: Running, patience: float) -> int:
        """Let a task finish while the parts are watched; return its exit code."""
        deadline = time.monotonic() + patience
        code = None
        try:
            while (code := process.poll()) is None and time.monotonic() < deadline:
                self.tick(0.05)
        finally:
            if code is None:
                process.kill()
        if code is None:
            raise Problem(f"A step of the start did not end within {patience:.0f} s.")
        return code

    def watch_for_ever(self) -> None:
        """Keep the parts running until somebody asks to stop."""
        while True:
            self.tick(1.0)

    def tick(self, longest: float) -> None:
        """Wait for news, at most so long; restart what died and is due."""
        if self._signals and not self._stopping:
            raise Interrupted
        host = self._host()
        watched = [self._wake_read, *([host.reports] if host and host.alive and host.reports is not None else [])]
        next_start = min((watch.due for watch in self._watches.values() if watch.due is not None), default=math.inf)
        with suppress(InterruptedError):
            select.select(watched, [], [], max(0.0, min(longest, next_start - time.monotonic())))
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        if host and host.news():
            self.write_down()
        for watch in list(self._watches.values()):
            self._care_for(watch)
        if time.monotonic() > self._next_care:
            self._next_care = time.monotonic() + 5
            keep_small(self._installation.data_dir / "logs")
            self._let_host_rest()
            self.write_down()

    def _care_for(self, watch: Watch) -> None:
        now = time.monotonic()
        if watch.due is None:
            code = watch.process.poll()
            if code is not None:
                ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
                self._plan_restart(watch, ended, now)
        elif now >= watch.due and self._can_start(watch.part):
            self._restart(watch, now)

    def _restart(self, watch: Watch, now: float) -> None:
        watch.since, watch.restarts = now, watch.restarts + 1
        try:
            for told in watch.part.prepare():
                self._say(told)
            watch.process = watch.part.launch()
        except (Problem, OSError) as problem:
            self._plan_restart(watch, f"could not be started: {problem}", now)
            return
        watch.due = None
        self.write_down()

    def _plan_restart(self, watch: Watch, ended: str, now: float) -> None:
        watch.deaths = 1 if now - watch.since > STEADY_SECONDS else watch.deaths + 1
        delay = watch.delay()
        watch.due = now + delay
        log = self._installation.log(watch.part.name)
        self._say(f"{watch.part.name} {ended}; it starts again in {delay:g} s (log: {log})")
        self.write_down()

    def _can_start(self, part: Part) -> bool:
        host = self._host()
        return not isinstance(part, Service) or (host is not None and host.alive)

    def _let_host_rest(self) -> None:
        """Once all is up and has been for a while, nothing needs to be forked."""
        host, now = self._host(), time.monotonic()
        steady = all(watch.due is None and now - watch.since > STEADY_SECONDS for watch in self._watches.values())
        if host and steady and self._phase == "ready":
            host.rest()

    def _host(self) -> ServiceHost | None:
        watch = self._watches.get(ServiceHost.name)
        return watch.part if watch and isinstance(watch.part, ServiceHost) else None

    def stop(self) -> None:
        """Stop everything in order of rank; parts of one rank do not need each other and stop together."""
        self._stopping = True
        self.phase("stopping")
        for rank in sorted({watch.part.stop_rank for watch in self._watches.values()}):
            self._stop_together([watch for watch in self._watches.values() if watch.part.stop_rank == rank])
        self.phase("stopped")

    def _stop_together(self, watches: list[Watch]) -> None:
        alive = [watch for watch in watches if watch.process.poll() is None]
        for watch in alive:
            with suppress(ProcessLookupError):
                watch.process.send_signal(watch.part.stop_signal)
        for watch in alive:
            if not end(watch.process, watch.part.stop_patience):
                self._say(f"{watch.part.name} did not stop within {watch.part.stop_patience:g} s and was killed")

    def write_down(self) -> None:
        """Tell `status`, `down` and the next start what is where."""
        supervisor = psutil.Process()
        self._state.write(
            {
                "pid": supervisor.pid,
                "created": supervisor.create_time(),
                "phase": self._phase,
                "demo": self.demo,
                "installation": self._installation.as_state(),
                "parts": [_description(watch) for watch in self._watches.values()],
            }
        )

    def _will_not_start(self, name: str, patience: float) -> Problem:
        watch = self._watches[name]
        why = "dies again and again" if watch.deaths >= DEATHS_AT_START else f"was not healthy within {patience:.0f} s"
        log = self._installation.log(name)
        return Problem(f"{name} {why}. The end of its log, {log}:\n{tail(log, 15)}")


def _description(watch: Watch) -> dict[str, Any]:
    pid = watch.process.pid if watch.due is None else 0
    try:
        created = psutil.Process(pid).create_time() if pid else None
    except psutil.Error:
        created = None
    return {
        "name": watch.part.name,
        "address": watch.part.address,
        "pid": pid or None,
        "created": created,
        "restarts": watch.restarts,
        "stop_signal": int(watch.part.stop_signal),
    }
