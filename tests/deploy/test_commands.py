"""What goes wrong on a person's machine is told in a sentence with a way on, never as a stack trace."""

import json
import os
import re
import socket
from pathlib import Path

import psutil
import pytest

from deploy.local import installation, startup
from deploy.local.cli import main
from deploy.local.installation import Installation, State


def running(directory: Path, phase: str) -> State:
    """A data directory as this process would leave it if it were a supervisor."""
    state = State(directory)
    assert state.acquire()
    me = psutil.Process()
    place = Installation(directory, 8123, dict.fromkeys(installation.INNER, 1))
    known = {
        "pid": me.pid,
        "created": me.create_time(),
        "phase": phase,
        "demo": "none",
        "installation": place.as_state(),
        "parts": [],
    }
    state.write(known)
    return state


def test_a_taken_port_names_who_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["up", "--data", str(tmp_path), "--port", str(port), "--no-demo"]) == 1
    told = capsys.readouterr().err
    assert f"Port {port} is taken by {psutil.Process().name()} (pid {os.getpid()})." in told
    assert f'make up ARGS="--port {port + 1000}"' in told
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("detach", [[], ["--detach"]])
def test_a_second_up_says_where_the_first_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], detach: list[str]
) -> None:
    state = running(tmp_path, "ready")
    assert main(["up", "--data", str(tmp_path), *detach]) == 0
    assert "ISAF is already running on these data at http://localhost:8123" in capsys.readouterr().out
    state.release()


def test_a_second_up_during_the_first_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = running(tmp_path, "starting")
    assert main(["up", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert re.search(r"Another start on .* is under way", told)
    assert "make down" in told
    state.release()


def test_a_directory_that_may_not_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["up", "--data", str(tmp_path / "file" / "data")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("Could not use the data directory: ")
    assert "--data DIR" in told


def test_an_incomplete_checkout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "ROOT", tmp_path)
    assert main(["up", "--data", str(tmp_path / "data"), "--port", "0"]) == 1
    assert "services/registry/main.py is missing" in capsys.readouterr().err


def test_data_without_their_secrets_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nats").mkdir()
    assert main(["up", "--data", str(tmp_path), "--port", "0", "--no-demo"]) == 1
    assert "secrets.env is missing, and the data beside it are protected" in capsys.readouterr().err


def test_commands_without_a_running_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    assert main(["status", *data]) == 1
    assert "Nothing is running" in capsys.readouterr().out
    assert main(["status", "--json", *data]) == 1
    assert json.loads(capsys.readouterr().out)["running"] is False
    assert main(["token", "--role", "ncdds", *data]) == 1
    assert "Start it with: make up" in capsys.readouterr().err
    assert main(["logs", "registry", *data]) == 1
    assert "nothing was started here yet" in capsys.readouterr().err
    assert main(["replay", *data]) == 1
    assert main(["down", *data]) == 0


def test_reset_asks_first_and_deletes_only_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nats", "mine"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("sys.stdin.readline", lambda: "n\n")
    assert main(["reset", "--data", str(tmp_path)]) == 1
    assert (tmp_path / "nats").exists()
    assert main(["reset", "--yes", "--data", str(tmp_path)]) == 0
    assert "The data are deleted" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_killed_supervisor_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    state = running(tmp_path, "ready")
    state.release()
    state.write(state.read() | {"created": psutil.Process().create_time() - 1000})
    assert state.supervisor() is None
