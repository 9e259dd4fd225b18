"""The demo: ready accounts and one played year, in the environment "demo" alone."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from deploy.local.installation import ROOT
from deploy.local.logs import tail
from deploy.local.narrator import Narrator
from deploy.local.parts import Parts
from deploy.local.problems import Problem
from deploy.local.process import spawn
from deploy.local.supervisor import Supervisor

SEED = 2026
PATIENCE = 300.0


def ready_accounts(supervisor: Supervisor, parts: Parts) -> list[dict[str, Any]]:
    """Make one account per role where they are missing; return how to sign in as each."""
    return []


def play(supervisor: Supervisor, parts: Parts, narrator: Narrator) -> None:
    """Play the Battambang year once; what was played is remembered beside the data."""
    place = parts.installation
    played = place.data_dir / "demo-played.json"
    if played.exists():
        return
    log = None if sys.stdout.isatty() else place.log("demo")
    command: list[str | Path] = [
        sys.executable, "-m", "simulate", "battambang", "--base-url", place.base_url, "--seed", str(SEED),
        "--report", place.data_dir / "demo-report.json",
    ]  # fmt: skip
    narrator.say(f"Playing the demo, a year in Battambang{f' (log: {log})' if log else ''} …")
    process = spawn(command, log=log, directory=ROOT, on_parent_death=signal.SIGKILL)
    if code := supervisor.wait_ended(process, PATIENCE):
        ending = f" The end of its log, {log}:\n{tail(log, 20)}" if log else ""
        raise Problem(f"The demo did not end well (exit {code}).{ending}", "Start without it: make up ARGS=--no-demo")
    played.write_text(json.dumps({"seed": SEED, "played_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}))
