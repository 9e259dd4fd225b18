"""The demo: ready accounts and one played year, in the environment "demo" alone."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from deploy.local import secret_store
from deploy.local.installation import ROOT
from deploy.local.logs import tail
from deploy.local.narrator import Narrator
from deploy.local.parts import Parts
from deploy.local.problems import Problem
from deploy.local.process import python_environment, spawn
from deploy.local.supervisor import Supervisor

SEED = 2026
PATIENCE = 600.0

Account = dict[str, Any]


def ready_accounts(supervisor: Supervisor, parts: Parts) -> list[Account]:
    """One account per role, made at the first start; how to sign in as each."""
    place = parts.installation
    known = place.data_dir / "demo-accounts.json"
    if not known.exists():
        making = parts.host.call(
            "demo-accounts", "services.registry.admin:write_demo_accounts", parts.environment("registry"),
            password=secret_store.read(place.secrets_file)["DEMO_PASSWORD"], output=str(known),
        )  # fmt: skip
        if supervisor.wait_ended(making, 60):
            known.unlink(missing_ok=True)
            raise Problem(f"The ready accounts could not be made:\n{tail(place.log('demo-accounts'), 15)}")
    accounts: list[Account] = json.loads(known.read_text())
    return accounts


def play(supervisor: Supervisor, parts: Parts, accounts: list[Account], narrator: Narrator) -> str:
    """Play the Battambang year, once for these data: "played", or "failed" where its books are not in order."""
    place = parts.installation
    played = place.data_dir / "demo-played.json"
    if played.exists():
        return "played"
    operator = next(account for account in accounts if account["role"] == "operator")
    command: list[str | Path] = [
        sys.executable, "-m", "simulate", "battambang", "--base-url", place.base_url, "--seed", str(SEED),
        "--report", place.data_dir / "demo-report.json", "--operator-username", operator["username"],
    ]  # fmt: skip
    environment = python_environment(ISAF_OPERATOR_PASSWORD=operator["password"])
    process = spawn(command, environment=environment, directory=ROOT, on_parent_death=signal.SIGKILL)
    if code := supervisor.wait_ended(process, PATIENCE):
        narrator.report(
            f"The demo did not end well (exit {code}); everything else runs. The next start plays it again."
        )
        return "failed"
    played.write_text(json.dumps({"seed": SEED, "played_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}))
    return "played"
