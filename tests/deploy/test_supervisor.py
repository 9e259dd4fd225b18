"""What dies is started again, ever more patiently, and all stops in order."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psutil
import pytest

from deploy.local.installation import Installation, State
from deploy.local.problems import Problem
from deploy.local.process import spawn
from deploy.local.supervisor import Supervisor
from tests.deploy.waiting import until

FOREVER = "import signal; signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
BROKEN = "raise SystemExit('it cannot work')"


class Dummy:
    """A part that is one small Python program."""

    stop_signal = signal.SIGTERM
    stop_patience = 60.0
    address = "nowhere"

    def __init__(self, name: str, program: str, directory: Path, rank: int = 1) -> None:
        self.name, self.program, self.stop_rank = name, program, rank
        self.log = directory / "logs" / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> list[str]:
        """Nothing to prepare."""
        return []

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the program."""
        self.process = spawn([sys.executable, "-c", self.program], log=self.log)
        return self.process

    def ready(self) -> bool:
        """Well as long as it lives."""
        return self.process is not None and self.process.poll() is None


class Watched(Supervisor):
    """A supervisor that remembers what it said."""

    def __init__(self, directory: Path) -> None:
        self.said: list[str] = []
        self.state = State(directory)
        assert self.state.acquire()
        super().__init__(Installation(directory, 1, {}), self.state, self.said.append)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Watched]:
    """A supervisor of nothing yet."""
    supervisor = Watched(tmp_path)
    yield supervisor
    supervisor.stop()
    supervisor.state.release()


def test_a_killed_part_starts_again(supervisor: Watched, tmp_path: Path) -> None:
    part = Dummy("nats", FOREVER, tmp_path)
    supervisor.start(part)
    assert part.process
    before = part.process.pid
    part.process.kill()

    def restarted() -> bool:
        supervisor.tick(0.1)
        return part.process is not None and part.process.pid != before

    until(restarted, "it runs again")
    assert supervisor.said == [f"nats was killed by SIGKILL; it starts again in 0.5 s (log: {part.log})"]
    assert supervisor.state.read()["parts"][0]["restarts"] == 1


def test_the_delay_grows_with_each_death_and_ends_somewhere(supervisor: Watched, tmp_path: Path) -> None:
    supervisor.start(Dummy("gateway", BROKEN, tmp_path))
    watch = supervisor._watches["gateway"]
    delays = []
    for deaths in (1, 2, 3, 4, 10):
        watch.deaths = deaths
        delays.append(watch.delay())
    assert delays == [0.5, 1, 2, 4, 30]


def test_a_part_that_dies_again_and_again_ends_the_start_with_its_log(supervisor: Watched, tmp_path: Path) -> None:
    part = Dummy("jaap", BROKEN, tmp_path)
    part.ready = lambda: False  # type: ignore[method-assign]
    supervisor.start(part)
    supervisor._watches["jaap"].deaths = 3
    with pytest.raises(Problem, match=r"(?s)jaap dies again and again\. .*it cannot work"):
        supervisor.wait_ready([part], 60)


def test_a_part_that_is_never_well_ends_the_start(supervisor: Watched, tmp_path: Path) -> None:
    part = Dummy("budget", FOREVER, tmp_path)
    part.ready = lambda: False  # type: ignore[method-assign]
    supervisor.start(part)
    with pytest.raises(Problem, match="budget was not healthy within 0 s"):
        supervisor.wait_ready([part], 0.1)


def test_everything_stops_in_order_of_rank(supervisor: Watched, tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = (
        "import signal, sys\ndef stop(*_):\n open(%r, 'a').write('%s '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); print('up', flush=True)\nsignal.pause()"
    )
    parts = [
        Dummy(name, program % (str(order), name), tmp_path, rank)
        for name, rank in (("postgres", 5), ("gateway", 1), ("nats", 4))
    ]
    supervisor.start(*parts)
    until(lambda: all(part.log.exists() and "up" in part.log.read_text() for part in parts), "all are up")
    supervisor.stop()
    assert order.read_text() == "gateway nats postgres "
    assert supervisor.state.read()["phase"] == "stopped"


def test_a_part_that_does_not_stop_is_killed(supervisor: Watched, tmp_path: Path) -> None:
    part = Dummy("envoy", DEAF, tmp_path)
    part.stop_patience = 0.2
    supervisor.start(part)
    until(lambda: part.log.exists() and "deaf" in part.log.read_text(), "it no longer listens")
    supervisor.stop()
    assert supervisor.said == ["envoy did not stop within 0.2 s and was killed"]
    assert part.process
    assert part.process.returncode == -signal.SIGKILL


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    program = (
        "import sys, signal; from deploy.local.process import spawn;"
        f"print(spawn([sys.executable, '-c', {FOREVER!r}]).pid, flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert parent.stdout
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child is gone")


def test_asking_twice_to_stop_stops_at_once(supervisor: Watched, tmp_path: Path) -> None:
    part = Dummy("envoy", DEAF, tmp_path)
    part.stop_patience = 60
    supervisor.start(part)
    until(lambda: part.log.exists() and "deaf" in part.log.read_text(), "it no longer listens")

    def ask_twice() -> None:
        until(lambda: supervisor.state.read()["phase"] == "stopping", "it is stopping")
        supervisor._asked_to_stop()
        supervisor._asked_to_stop()

    impatient = Thread(target=ask_twice)
    impatient.start()
    supervisor.stop()
    impatient.join()
    assert part.process
    assert part.process.returncode == -signal.SIGKILL
