"""A whole stack for programs and tests: its supervisor runs as a process of its own, as it does for people."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psutil

from deploy.local.cluster import locate
from deploy.local.installation import ROOT, Installation, State
from deploy.local.logs import tail
from deploy.local.parts import Parts
from deploy.local.problems import Problem
from deploy.local.process import is_alive, python_environment, spawn, stop_stranger
from deploy.local.startup import detached_command


class Stack:
    """Start, ask after, hurt and stop an installation."""

    def __init__(self, data_dir: Path, port: int = 0, *, demo: bool = False) -> None:
        self.data_dir, self.port, self.demo = data_dir.resolve(), port, demo
        self.state = State(self.data_dir)
        self.log = self.data_dir / "logs" / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def installation(self) -> Installation:
        """Addresses and ports of the running installation."""
        return Installation.of_state(self.state.running())

    @property
    def base_url(self) -> str:
        """Where the gateway is."""
        return self.installation.base_url

    def environment(self, service: str) -> dict[str, str]:
        """What a service is told, for programs that act in its place."""
        return Parts(self.installation).environment(service)

    def start(self, *, patience: float = 300, outlive: bool = False, tell: Callable[[str], None] | None = None) -> None:
        """Start in the background; return when healthy, the demo played. It ends with us unless told otherwise."""
        if self.state.supervisor() is None and self._process is not None:
            self._process.wait(5)
        self.state.make_directories()
        self.log.touch(mode=0o600)
        beginning = self.log.stat().st_size if self.log.exists() else 0
        command = detached_command(self.data_dir, self.port, with_demo=self.demo)
        if outlive:
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True,
                    env=python_environment(),
                )  # fmt: skip
        else:
            process = spawn(command, environment=python_environment(), log=self.log, directory=ROOT)
        self._process = process
        told = beginning
        deadline = time.monotonic() + patience
        while True:
            state = self.state.read()
            ended = process.poll()
            if tell:
                told = self._tell_news(told, tell)
            if state.get("pid") == process.pid and state.get("phase") == "ready":
                break
            if ended is not None or time.monotonic() > deadline:
                raise Problem(f"ISAF did not start (log: {self.log}).", "" if tell else self._since(beginning))
            time.sleep(0.05)
        if state.get("demo") == "failed":
            raise Problem(f"ISAF runs at {self.base_url}, but the demo did not end well.", f"Its report: {self.log}")

    def _since(self, place: int) -> str:
        with self.log.open("rb") as file:
            file.seek(place)
            return file.read().decode(errors="replace").strip()[-3000:]

    def _tell_news(self, place: int, tell: Callable[[str], None]) -> int:
        with self.log.open("rb") as file:
            file.seek(place)
            whole, newline, _ = file.read().rpartition(b"\n")
        for line in whole.decode(errors="replace").splitlines():
            tell(line)
        return place + len(whole) + len(newline)

    def stop(self, patience: float = 60) -> bool:
        """Stop everything in order; tell whether anything was running."""
        begun = self._process.pid if self._process and self._process.poll() is None else None
        pid = self.state.supervisor() or begun
        if pid is not None:
            stop_stranger(pid, signal.SIGTERM, patience)
        if self._process is not None:
            self._process.wait(5)
            self._process = None
        return pid is not None

    def parts(self) -> dict[str, dict[str, Any]]:
        """Each part as the supervisor wrote it down."""
        return {part["name"]: part for part in self.state.running()["parts"]}

    def pid(self, part: str) -> int:
        """A part's process."""
        found = self.parts()[part]["pid"]
        if not found:
            raise Problem(f"{part} is not running now. The end of its log:\n{tail(self.installation.log(part), 5)}")
        return int(found)

    def kill(self, part: str, with_signal: signal.Signals = signal.SIGKILL) -> int:
        """Kill a part, as a fault would; the supervisor starts it again. Returns the pid it had."""
        pid = self.pid(part)
        os.kill(pid, with_signal)
        return pid

    def wait_restarted(self, part: str, old_pid: int, patience: float = 120) -> None:
        """Wait until a killed part runs under another pid and is well."""
        well = Parts(self.installation).probes().get(part, lambda: True)
        deadline = time.monotonic() + patience
        while True:
            now = self.parts()[part]
            if now["pid"] not in {None, old_pid} and is_alive(now["pid"], now["created"]) and well():
                return
            if time.monotonic() > deadline:
                raise Problem(f"{part} did not come back within {patience:.0f} s.")
            time.sleep(0.02)

    def remove(self) -> None:
        """Stop, and delete all data; what else lies in the directory stays."""
        self.stop()
        for place in self._places():
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        with suppress(OSError):
            self.data_dir.rmdir()

    def _places(self) -> list[Path]:
        cluster = locate(self.data_dir / "postgres")
        names = ["postgres", "nats", "gateway", "logs", "files", "secrets.env", "state.json", "lock"]
        outside = [cluster.home.parent if cluster.moved else cluster.home, cluster.sockets]
        ours = [*outside, *(self.data_dir / name for name in names), *self.data_dir.glob("demo-*.json")]
        return [place for place in ours if place.exists()]

    def memory(self) -> dict[str, int]:
        """Proportional memory (PSS) in bytes of each part with its children, and of the supervisor."""
        supervisor = psutil.Process(self.state.running()["pid"])
        return {
            f"{process.name()} {process.pid}": process.memory_full_info().pss
            for process in (supervisor, *supervisor.children(recursive=True))
        }
