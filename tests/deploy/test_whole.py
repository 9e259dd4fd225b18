"""A whole installation, started, asked, killed, started again and stopped, as a person would."""

import json
import os
import re
import signal
import subprocess
import sys

import psutil

from deploy.local.installation import ROOT
from deploy.local.stack import Stack
from tests.deploy.waiting import until
from tests.world import SERVICES


def command(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    """One command of `python -m deploy.local`."""
    line = [sys.executable, "-m", "deploy.local", words[0], "--data", str(stack.data_dir), *words[1:]]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def test_status_asks_every_part(stack: Stack) -> None:
    until(lambda: command(stack, "status").returncode == 0, "every part answers in time")
    asked = command(stack, "status", "--json")
    found = json.loads(asked.stdout)
    assert found["healthy"]
    assert {part["name"] for part in found["parts"]} == {"postgres", "nats", "services", *SERVICES, "gateway"}
    assert all(part["health"] == "healthy" and part["pid"] for part in found["parts"])


def test_a_token_is_printed_alone(stack: Stack) -> None:
    printed = command(stack, "token", "--role", "ncdds")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", printed.stdout), printed.stderr
    refused = command(stack, "token", "--role", "caf", "--area", "99")
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr


def test_secrets_and_logs_are_private_and_say_no_secret(stack: Stack) -> None:
    assert stack.data_dir.stat().st_mode & 0o066 == 0
    secrets = [line.split("=", 1)[1] for line in (stack.data_dir / "secrets.env").read_text().splitlines()[1:]]
    for log in (stack.data_dir / "logs").glob("*.log"):
        assert log.stat().st_mode & 0o077 == 0
        assert not any(secret in log.read_text() for secret in secrets)


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_goes_on(stack: Stack) -> None:
    running = psutil.Process(stack.state.read()["pid"])
    family = [running, *running.children(recursive=True)]
    os.kill(running.pid, signal.SIGKILL)
    until(lambda: not any(_lives(process) for process in family), "all parts are gone")
    assert "Nothing is running" in command(stack, "status").stdout
    stack.start()
    until(lambda: command(stack, "status").returncode == 0, "every part answers in time")


def test_down_stops_everything(stack: Stack) -> None:
    running = psutil.Process(stack.state.read()["pid"])
    family = [running, *running.children(recursive=True)]
    assert command(stack, "down").stdout == "Stopped.\n"
    assert not any(_lives(process) for process in family)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
