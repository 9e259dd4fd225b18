"""PostgreSQL 18 from a wheel: one server, reached through a socket that only its owner can open."""

import atexit
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

from deploy.local.cluster import CONFIGURATION, Cluster, locate
from deploy.local.problems import Problem
from deploy.local.process import spawn, stop

_MAKE_DATABASE = """
SELECT 'CREATE DATABASE isaf' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'isaf')
\\gexec
"""
_SMALL = ("shared_buffers=16MB", "wal_buffers=1MB")
"""On a machine that does other things too; the system's own cache stands behind it."""
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """A PostgreSQL server on a data directory of its own, with a role and a schema per service.

    Used by the local stack, which launches and watches it, and by tests, which `start` and `stop` it.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast shutdown": open transactions are rolled back, the data are left clean
    stop_patience = 20.0
    stop_rank = 5

    def __init__(self, data_dir: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self.data_dir = data_dir
        self.durable = durable
        self.log = log or data_dir.with_name(data_dir.name + ".log")
        self.process: subprocess.Popen[bytes] | None = None
        self._cluster: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        """Where this server's files are."""
        if self._cluster is None:
            self._cluster = locate(self.data_dir, temporary=not self.durable)
        return self._cluster

    @property
    def address(self) -> str:
        """Where it is reached."""
        return str(self.cluster.socket)

    def url(self, role: str, database: str = "isaf") -> str:
        """The connection URL of one role; the socket's directory is the lock, so there is no password."""
        return f"postgresql://{role}@/{database}?host={self.cluster.sockets}"

    def prepare(self) -> list[str]:
        """Make the data directory ready to start on; tell what had to be put right."""
        return self.cluster.prepare(durable=self.durable)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it."""
        cluster = self.cluster
        settings = [f"unix_socket_directories={cluster.sockets}", "listen_addresses=", "unix_socket_permissions=0700"]
        settings += _SMALL if self.durable else _NOT_DURABLE
        self.process = spawn(
            [cluster.binaries / "bin" / "postgres", "-D", cluster.data,
             "-c", f"config_file={cluster.home / 'postgresql.conf'}", *(f"--{setting}" for setting in settings)],
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, log=self.log, account=cluster.account,
            on_parent_death=signal.SIGINT, directory=cluster.home,
        )  # fmt: skip
        return self.process

    def ready(self, database: str = "postgres") -> bool:
        """Whether a session can be opened now, asked as a client would."""
        greeting = b"user\0postgres\0database\0" + database.encode() + b"\0\0"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(1)
                client.connect(str(self.cluster.socket))
                client.sendall(struct.pack("!ii", len(greeting) + 8, 196_608) + greeting)
                answer = client.recv(1)
                client.sendall(b"X\0\0\0\4")
        except OSError:
            return False
        return answer == b"R"

    def set_up(self) -> None:
        """Make the database, and a role and a schema for each service; nothing changes where they are there."""
        self._psql("postgres", _MAKE_DATABASE)
        self._psql("isaf", (CONFIGURATION / "roles.sql").read_text())

    def start(self, patience: float = 60) -> None:
        """Prepare, launch, wait until it answers, set up the roles."""
        if not self.durable:
            atexit.register(self.stop)
        self.prepare()
        process = self.launch()
        deadline = time.monotonic() + patience
        while not self.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                told = self.log.read_text()[-2000:]
                self.stop()
                raise Problem(f"PostgreSQL did not start (exit {process.returncode}):\n{told}")
            time.sleep(0.01)
        self.set_up()

    def stop(self) -> None:
        """Stop the server; a temporary one leaves nothing behind."""
        if self.process is not None:
            stop(self.process, self.stop_signal if self.durable else signal.SIGQUIT, self.stop_patience)
            self.process = None
        if not self.durable and self._cluster is not None:
            shutil.rmtree(self._cluster.home, ignore_errors=True)
            shutil.rmtree(self._cluster.sockets, ignore_errors=True)
            if self._cluster.moved:
                shutil.rmtree(self._cluster.home.parent, ignore_errors=True)
            self._cluster = None

    def query(self, role: str, statement: str) -> str:
        """Run a statement as one role; return what psql prints."""
        return self._psql("isaf", statement, role)

    def _psql(self, database: str, script: str, role: str = "postgres") -> str:
        cluster = self.cluster
        ran = subprocess.run(
            [cluster.binaries / "bin" / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster.sockets,
             "-U", role, "-d", database, "-f", "-"],
            input=script, capture_output=True, text=True, check=False, cwd="/", env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        if ran.returncode != 0:
            raise Problem(f"PostgreSQL refused what {role} asked:\n{ran.stderr.strip()[-2000:]}")
        return ran.stdout.strip()
