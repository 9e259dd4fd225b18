"""The gateway, Envoy from a wheel, with the configuration of deploy/gateway."""

import hashlib
import importlib.util
import os
import signal
import subprocess
from pathlib import Path

from deploy.local.probes import answers
from deploy.local.problems import Problem
from deploy.local.process import spawn


class Gateway:
    """The one way in. Its configuration is rendered by a task before it starts."""

    name = "gateway"
    stop_signal = signal.SIGTERM
    stop_patience = 5.0
    stop_rank = 1

    def __init__(self, directory: Path, port: int, log: Path) -> None:
        self.port = port
        self._directory, self._log = directory, log

    @property
    def address(self) -> str:
        """Where everything is reached."""
        return f"http://localhost:{self.port}"

    def prepare(self) -> list[str]:
        """Its configuration must be there."""
        if not (self._directory / "envoy.yaml").exists():
            raise Problem(f"The gateway's configuration is missing: {self._directory / 'envoy.yaml'}")
        return []

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it without waiting."""
        return spawn(
            envoy_command(self._directory / "envoy.yaml"), environment={"PATH": os.defpath}, log=self._log,
            directory=self._directory, on_parent_death=signal.SIGKILL,
        )  # fmt: skip

    def was_made_from(self, made_from: str) -> bool:
        """Whether its configuration is there, complete, and made from just this."""
        try:
            return (self._directory / "made-from").read_text() == made_from
        except OSError:
            return False

    def ready(self) -> bool:
        """Whether the start page comes."""
        return answers(self.port, "/")

    def serves(self, service: str) -> bool:
        """Whether a service is well when asked through the gateway."""
        return answers(self.port, f"/health/{service}")


def fingerprint(root: Path, settings: object) -> str:
    """What the gateway's documents are made of: code, pages, installed packages, settings."""
    known = hashlib.sha256(repr(settings).encode())
    places = [path for part in ("shared", "services", "deploy/gateway") for path in (root / part).rglob("*")]
    for path in sorted([*places, root / "requirements.lock"]):
        if path.is_file() and path.suffix != ".pyc":
            state = path.stat()
            known.update(f"{path} {state.st_mtime_ns} {state.st_size}".encode())
    return known.hexdigest()


def envoy_command(configuration: Path) -> list[str]:
    """How Envoy is started: as in its image, on at most two cores.

    Without hot restart there is no shared memory between instances, so that any number run beside each other without
    a --base-id; the access log is flushed each tenth of a second and at the end.
    """
    return [
        *(str(_binary()), "--config-path", str(configuration), "--disable-hot-restart"),
        *("--concurrency", str(min(2, os.cpu_count() or 1)), "--file-flush-interval-msec", "100"),
        *("--log-level", "warning", "--log-format", '{"time":"%Y-%m-%dT%T.%e","level":"%l","event":"%j"}'),
    ]


def _binary() -> Path:
    spec = importlib.util.find_spec("envoy")
    if spec is None or spec.origin is None:
        raise Problem("The gateway (Envoy) is not installed.", "Install the locked packages: make .venv/installed")
    return Path(spec.origin).parent / "_bin" / "envoy"
