"""The parent of the services: children share its imports, live by its life, and are told apart."""

import http.client
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.ports import free_ports
from deploy.local.process import end
from deploy.local.services import Service, ServiceHost
from tests.deploy.waiting import until

TARGET = "tests.deploy.stub:app"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServiceHost]:
    """A parent that has imported the stand-in."""
    host = ServiceHost([TARGET], tmp_path / "host.log")
    process = host.launch()
    yield host
    process.kill()
    process.wait()
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    process.stdout.close()


def service(host: ServiceHost, name: str, directory: Path, target: str = TARGET) -> Service:
    """A service of that parent."""
    (port,) = free_ports(1, directory / name)
    return Service(name, host, target, port, directory / f"{name}.log", lambda: {"ISAF_SERVICE": name})


def ask(service: Service) -> dict[str, Any]:
    """What the service says of itself."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.request("GET", "/")
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def test_services_are_children_of_one_parent(host: ServiceHost, tmp_path: Path) -> None:
    first, second = (service(host, name, tmp_path) for name in ("registry", "jaap"))
    processes = [first.launch(), second.launch()]
    until(lambda: first.ready() and second.ready(), "both answer")
    assert host.process
    for asked, process in zip((first, second), processes, strict=True):
        assert ask(asked) == {"service": asked.name, "pid": process.pid, "parent": host.process.pid}
        assert psutil.Process(process.pid).name() == f"isaf-{asked.name}"


def test_a_service_stops_when_asked(host: ServiceHost, tmp_path: Path) -> None:
    one = service(host, "budget", tmp_path)
    process = one.launch()
    until(one.ready, "it answers")
    process.send_signal(signal.SIGTERM)
    assert end(process, 60)
    assert process.returncode == -signal.SIGTERM


def test_services_die_with_their_parent(host: ServiceHost, tmp_path: Path) -> None:
    one = service(host, "notify", tmp_path)
    process = one.launch()
    until(one.ready, "it answers")
    assert host.process
    host.process.kill()
    until(lambda: not psutil.pid_exists(process.pid), "the child is gone")
    assert process.poll() == -signal.SIGKILL


def test_a_resting_parent_keeps_watch_and_forks_again(host: ServiceHost, tmp_path: Path) -> None:
    stays, goes = (service(host, name, tmp_path) for name in ("registry", "jaap"))
    staying, going = stays.launch(), goes.launch()
    until(lambda: stays.ready() and goes.ready(), "both answer")
    assert host.process
    parent = psutil.Process(host.process.pid)
    host.rest()
    until(lambda: any(word.endswith("resting.py") for word in parent.cmdline()), "it rests")
    going.kill()
    assert going.wait(60) == -signal.SIGKILL
    again = goes.launch()
    until(goes.ready, "it answers again")
    assert ask(goes) == {"service": "jaap", "pid": again.pid, "parent": parent.pid}
    assert staying.poll() is None
    assert ask(stays)["parent"] == parent.pid


def test_a_service_that_cannot_be_imported_says_so_in_its_own_log(host: ServiceHost, tmp_path: Path) -> None:
    broken = service(host, "scorecard", tmp_path, "tests.deploy.no_such_module:app")
    assert broken.launch().wait(60) == 1
    assert "No module named 'tests.deploy.no_such_module'" in broken.log.read_text()


def test_a_task_is_called_once_with_its_arguments(host: ServiceHost, tmp_path: Path) -> None:
    written = tmp_path / "written"
    task = host.call("write", "tests.deploy.stub:write", {}, path=str(written), text="done")
    assert task.wait(60) == 7
    assert written.read_text() == "done"
    assert (tmp_path / "write.log").stat().st_mode & 0o777 == 0o600
