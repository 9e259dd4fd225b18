"""One installation on this machine: its data directory, its ports, and what each service is told."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from deploy.local import secret_store
from deploy.local.ports import free_ports, require_free
from deploy.local.problems import Problem, explain
from deploy.local.process import is_alive

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = ROOT / ".local"
SERVICES = secret_store.SERVICES
KEEP_FILES = ("registry", "scorecard")
"""Maps while they are imported, files of results for a while: where the folder for temporary files is memory, they
would take of that."""
INNER = ("nats", "nats_monitor", "gateway_admin", *SERVICES)


@dataclass(frozen=True)
class Installation:
    """Where everything of one installation is; the same answers for who starts it and for who asks about it."""

    data_dir: Path
    port: int
    inner_ports: Mapping[str, int]
    demo: bool = True

    @classmethod
    def plan(cls, data_dir: Path, port: int = 8080, *, demo: bool = True) -> Self:
        """Choose the ports; 0 takes any free one for the gateway too."""
        inner = free_ports(len(INNER) + 1, data_dir)
        if port:
            require_free(port)
        return cls(data_dir.resolve(), port or inner[-1], dict(zip(INNER, inner, strict=False)), demo)

    @classmethod
    def of_state(cls, state: Mapping[str, Any]) -> Self:
        """The installation that a running supervisor has written down."""
        known = state["installation"]
        return cls(Path(known["data_dir"]), known["port"], known["inner_ports"], known["demo"])

    def as_state(self) -> dict[str, Any]:
        """What `of_state` reads."""
        return asdict(replace(self, inner_ports=dict(self.inner_ports))) | {"data_dir": str(self.data_dir)}

    @property
    def base_url(self) -> str:
        """Where everything is reached."""
        return f"http://localhost:{self.port}"

    @property
    def is_default(self) -> bool:
        """Whether commands find it without being told the data directory."""
        return self.data_dir == DEFAULT_DATA

    @property
    def environment_name(self) -> str:
        """ "demo" has ready accounts and a played year; "local" has neither."""
        return "demo" if self.demo else "local"

    @property
    def secrets_file(self) -> Path:
        """The secrets of this installation."""
        return self.data_dir / "secrets.env"

    def log(self, part: str) -> Path:
        """A part's log."""
        return self.data_dir / "logs" / f"{part}.log"

    def service_environment(self, service: str, database_url: str) -> dict[str, str]:
        """Everything that a service is told."""
        kept = secret_store.read(self.secrets_file)
        return {
            "ISAF_ENVIRONMENT": self.environment_name,
            "ISAF_SERVICE": service,
            "ISAF_DATABASE_URL": database_url,
            "ISAF_NATS_URL": f"nats://127.0.0.1:{self.inner_ports['nats']}",
            "ISAF_NATS_USER": service,
            "ISAF_NATS_PASSWORD": kept[f"NATS_PASSWORD_{service.upper()}"],
            "ISAF_PUBLIC_URL": self.base_url,
            "ISAF_JWKS_URL": f"http://127.0.0.1:{self.inner_ports['registry']}/api/registry/v1/jwks",
            "ISAF_SECRET_KEY": kept[f"SECRET_KEY_{service.upper()}"],
        } | ({"TMPDIR": str(self.data_dir / "files")} if service in KEEP_FILES else {})


class State:
    """What a supervisor writes down about itself, and the lock that says it lives."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "state.json"
        self._lock: int | None = None

    def acquire(self) -> bool:
        """Become the one supervisor of this data directory; the lock ends with the process, however it ends."""
        self.make_directories()
        try:
            lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise explain(error, "use the data directory") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def make_directories(self) -> None:
        """Make the data directory, which nobody else can read; as root PostgreSQL's account must pass through it."""
        try:
            if not self.data_dir.exists():
                self.data_dir.mkdir(parents=True)
                self.data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for name in ("logs", "files"):
                (self.data_dir / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise explain(error, "use the data directory") from None

    def release(self) -> None:
        """Let another supervisor begin."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self) -> dict[str, Any]:
        """What was written last; empty where nothing was."""
        try:
            state: dict[str, Any] = json.loads(self.path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        except OSError as error:
            raise explain(error, "read the state of the installation") from None
        return state

    def write(self, state: Mapping[str, Any]) -> None:
        """Replace what is written, whole or not at all."""
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps(state, indent=1, default=str))
        unfinished.replace(self.path)

    def supervisor(self) -> int | None:
        """The pid of the supervisor that lives on this data directory."""
        state = self.read()
        return state["pid"] if is_alive(state.get("pid"), state.get("created")) else None

    def running(self) -> dict[str, Any]:
        """The state of a running installation; says how to start one where there is none."""
        if self.supervisor() is None:
            raise Problem(f"Nothing is running on {self.data_dir}.", "Start it with: make up")
        return self.read()
